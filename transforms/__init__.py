"""MONAI transforms for T1w MRI: arrays in, arrays out."""

if __name__ != "brainaging.transforms":
    # The checkout's root is on sys.path: importing by the folder's name would load a second copy of every class.
    raise ImportError("import brainaging.transforms, not transforms")
