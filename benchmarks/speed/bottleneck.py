"""What bounds a piece of work, told by the names of the operations that it spends its time in."""

from collections.abc import Mapping

#: what parts of operations' names tell of what bounds them; the first that fits counts
KINDS = {
    "convolutions": ("convolution", "conv3d", "mkldnn"),
    "matrix products": (
        "bmm",
        "addmm",
        "::mm",
        "matmul",
        "dot",
        "_raise_to",
        "gram",
        "linalg",
        "cho_",
        "residuals",
        "eigh",
        "_linear_loss",
        "_fold_statistic",
    ),
    "reading between voxels": ("grid_sampler", "upsample", "geometric_transform", "along_axes"),
    "decompressing and reading files": ("igzip", "read", "decompress"),
    "filters": ("correlate", "gaussian", "spline_filter", "pool"),
    "optimiser": ("adam", "foreach", "_fused"),
    "sorting": ("sort", "rank", "partition", "percentile"),
    "moving memory": (
        "copy",
        "cat",
        "index",
        "fill",
        "zero",
        "stack",
        "where",
        "flip",
        "clone",
        "astype",
        "array",
    ),
    "elementwise arithmetic": (
        "add",
        "mul",
        "sub",
        "div",
        "silu",
        "relu",
        "sum",
        "pow",
        "normal",
        "rand",
        "reduce",
    ),
}


def bounds(costs: Mapping[str, float]) -> dict[str, float]:
    """Return the share of each kind of work in costs by operation, the largest first.

    >>> bounds({"aten::mkldnn_convolution": 3.0, "aten::copy_": 1.0})
    {'convolutions': 0.75, 'moving memory': 0.25}
    """
    shares: dict[str, float] = {}
    total = sum(costs.values()) or 1.0
    for name, cost in costs.items():
        low = name.lower()
        kind = next((kind for kind, words in KINDS.items() if any(word in low for word in words)), "other")
        shares[kind] = shares.get(kind, 0.0) + cost / total
    return dict(sorted(shares.items(), key=lambda pair: -pair[1]))


def in_words(costs: Mapping[str, float]) -> str:
    """Say what bounds a profile: the kinds of work that take two thirds of it.

    >>> in_words({"aten::mkldnn_convolution": 3.0, "aten::copy_": 1.0})
    'convolutions (75 %)'
    """
    said, covered = [], 0.0
    for kind, share in bounds(costs).items():
        said.append(f"{kind} ({100 * share:.0f} %)")
        covered += share
        if covered >= 2 / 3:
            break
    return ", ".join(said)
