"""MONAI bundles of brain-aging, one a folder; this module only says where they lie."""

from pathlib import Path

if __name__ != "brainaging.bundles":
    # The checkout's root is on sys.path: importing by the folder's name would load a second copy of every class.
    raise ImportError("import brainaging.bundles, not bundles")


def bundle_names() -> list[str]:
    """Return the names of the bundles that are installed, sorted: what MONAI trains and runs."""
    return sorted(p.parent.parent.name for p in Path(__file__).parent.glob("*/configs/train.json"))


def model_names() -> list[str]:
    """Return the names of all models that are installed, sorted: bundles, and what is no network (``edit``)."""
    return sorted(p.parent.parent.name for p in Path(__file__).parent.glob("*/configs/metadata.json"))


def bundle_path(name: str) -> Path:
    """Return the folder of the bundle, or other model, called ``name``.

    Raises:
        ValueError: none of this name is installed; the message lists those that are.
    """
    if name not in model_names():
        raise ValueError(f"no bundle is called {name!r}; installed are: {', '.join(model_names())}")
    return Path(__file__).parent / name
