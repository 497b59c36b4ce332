"""From a cohort to a report, by rooms: `lint` checks that imports go one way, from `cli` down to `runtime`."""

if __name__ != "brainaging.pipeline":
    # The checkout's root is on sys.path: importing by the folder's name would load a second copy of every class.
    raise ImportError("import brainaging.pipeline, not pipeline")
