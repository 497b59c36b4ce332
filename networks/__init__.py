"""Torch modules and losses: they know tensors, not keys, files or labels."""

if __name__ != "brainaging.networks":
    # The checkout's root is on sys.path: importing by the folder's name would load a second copy of every class.
    raise ImportError("import brainaging.networks, not networks")
