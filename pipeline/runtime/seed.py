"""The one place that random numbers come from."""

import hashlib

import numpy as np


def subseed(seed: int, *names: str | int) -> int:
    """Return a 32-bit seed for one named part of a run.

    Parts named differently get independent streams, and adding a part changes no other: ``subseed(0, "folds")``
    is the same whatever else the run draws. A name may be any text, also one made from a file name that is no
    UTF-8.
    """
    text = "\x1f".join([str(seed), *map(str, names)])
    digest = hashlib.sha256(text.encode(errors="surrogatepass")).digest()
    return int.from_bytes(digest[:4], "little")


def generator(seed: int, *names: str | int) -> np.random.Generator:
    """Return a NumPy generator for one named part of a run (see :func:`subseed`)."""
    return np.random.default_rng(subseed(seed, *names))


def seed_everything(seed: int) -> None:
    """Seed Python's, NumPy's, torch's and MONAI's global generators and ask for deterministic kernels."""
    # here and not above: processes that simulate need no MONAI, whose import takes seconds
    from monai.utils import set_determinism  # noqa: PLC0415

    set_determinism(seed=seed)
