"""What `brainaging bundles check` asks of every bundle, and the folder that `bundles export` makes of one."""
