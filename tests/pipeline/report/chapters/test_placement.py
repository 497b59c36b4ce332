"""Where every scan landed: worst first, under the template's outline."""

import numpy as np
import pytest

from brainaging.pipeline.report.chapters.placement import MOST_SCANS, placement_content
from brainaging.pipeline.runtime import UserError


@pytest.fixture
def arrays():
    rng = np.random.default_rng(0)
    sizes = {"axial": (8, 9), "coronal": (8, 10), "sagittal": (9, 10)}
    masks = {f"mask_{name}": np.pad(np.ones((size[0] - 4, size[1] - 4)), 2) for name, size in sizes.items()}
    return (
        {name: rng.random((3, *size)) for name, size in sizes.items()}
        | masks
        | {"dice": np.array([0.9, 0.7, 0.8])}
    )


def test_the_worst_comes_first_and_nobody_is_named(arrays):
    content = placement_content(arrays)
    assert [(strip["name"], strip["dice"]) for strip in content.extra["strips"]] == [
        ("Scan 2", "0.700"),
        ("Scan 3", "0.800"),
        ("Scan 1", "0.900"),
    ]
    assert ("Dice with the template", "lowest 0.700, median 0.800") in content.facts
    assert [bool(part["path"]) for part in content.extra["paths"]] == [True] * 3
    assert content.extra["width"] == 8 + 8 + 9


def test_more_scans_than_fit_are_counted(arrays):
    many = {name: values.repeat(20, axis=0) for name, values in arrays.items() if "mask" not in name}
    content = placement_content(arrays | many | {"dice": np.linspace(0.5, 0.9, 60)})
    assert len(content.extra["strips"]) == MOST_SCANS
    assert ("Scans shown", f"{MOST_SCANS} of 60") in content.facts


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"axial": np.zeros(3)}, "axial expected"),
        ({"mask_axial": np.zeros((2, 2))}, "mask_axial expected shape"),
        ({"dice": np.zeros(1)}, "dice expected 3 values, found 1"),
    ],
)
def test_arrays_that_do_not_fit_are_named(arrays, change, words):
    with pytest.raises(UserError, match=words):
        placement_content(arrays | change)
    del arrays["coronal"]
    with pytest.raises(UserError, match="expected coronal, found"):
        placement_content(arrays)
