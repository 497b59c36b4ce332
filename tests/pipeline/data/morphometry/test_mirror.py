"""Mirroring a table swaps the hemispheres and nothing else."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainaging.pipeline.data.morphometry import mirror_of, parse_column

NAMES = [
    "FS_L_Hippo_Vol",
    "FS_R_Hippo_Vol",
    "FS_L_Insula_Thck",
    "FS_R_Insula_Thck",
    "FS_R_Insula_Area",
    "FS_Mask_Vol",
    "lh_G&S_frontomargin_thickness",
    "rh_G_and_S_frontomargin_thickness",
    "Left-Amygdala",
    "Right-Amygdala",
    "wm-lh-insula",
    "wm-rh-insula",
    "anything",
]


@given(st.lists(st.sampled_from(NAMES), unique=True).flatmap(st.permutations))
def test_it_is_an_involution_that_swaps_sides_and_keeps_measures(names) -> None:
    image = mirror_of(names)
    assert [image[position] for position in image] == list(range(len(names)))
    for name, position in zip(names, image, strict=True):
        column, other = parse_column(name), parse_column(names[position])
        assert (column.structure, column.measure, column.atlas) == (other.structure, other.measure, other.atlas)
        assert column == other or {column.hemisphere, other.hemisphere} == {"left", "right"}


def test_every_side_that_is_there_finds_the_other() -> None:
    assert mirror_of(NAMES) == [1, 0, 3, 2, 4, 5, 7, 6, 9, 8, 11, 10, 12]


def test_two_spellings_of_one_measure_are_not_paired_at_random() -> None:
    assert mirror_of(["Left-Amygdala", "FS_L_Amygdala_Vol", "Right-Amygdala"]) == [0, 1, 2]


def test_hcps_own_columns(shared_data: Path) -> None:
    names = (shared_data / "hcp_s1200_freesurfer_columns.txt").read_text().split()
    image = mirror_of(names)
    for name, position in zip(names, image, strict=True):
        side, _, rest = name.removeprefix("FS_").partition("_")
        if side in ("L", "R") and f"FS_{'RL'['LR'.index(side)]}_{rest}" in names:
            assert names[position] == f"FS_{'RL'['LR'.index(side)]}_{rest}"


@pytest.mark.parametrize("names", [[], ["x"]])
def test_nothing_to_mirror(names) -> None:
    assert mirror_of(names) == list(range(len(names)))
