"""Desikan-Killiany and DKT share names and not borders: they are told apart, and one of them is kept."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from brainaging.pipeline.data import CohortError
from brainaging.pipeline.data.morphometry import read_morphometry
from brainaging.pipeline.data.morphometry.cortical_atlases import check_atlas, of_one_atlas
from brainaging.pipeline.runtime import UserError

LEFT_OUT = ("bankssts", "frontalpole", "temporalpole")


@pytest.fixture(scope="module")
def fs_stats(shared_data: Path) -> Path:
    return shared_data / "aomic_piop2/derivatives/fs_stats"


def dkt_of(path: Path, to: Path, first: str | None = None) -> Path:
    """Write a table of Desikan-Killiany as one of DKT: other first cell, fewer parcels, other numbers."""
    frame = pd.read_csv(path, sep="\t")
    frame = frame[[name for name in frame.columns if not any(region in name for region in LEFT_OUT)]]
    parcels = [name for name in frame.columns[1:] if name.endswith("_thickness") and "Mean" not in name]
    frame[parcels] *= 1.03
    header = frame.columns[0].replace("aparc", "aparc.DKTatlas") if first is None else first
    frame.rename(columns={frame.columns[0]: header}).to_csv(to, sep="\t", index=False)
    return to


@pytest.fixture
def both(fs_stats: Path, tmp_path: Path) -> Path:
    """A folder with the thickness of both atlases, DKT's first in the alphabet."""
    for side in ("lh", "rh"):
        path = fs_stats / f"data-cortical_type-aparc_measure-thickness_hemi-{side}.tsv"
        shutil.copy(path, tmp_path / f"z_{side}.tsv")
        dkt_of(path, tmp_path / f"a_{side}.tsv")
    return tmp_path


def test_desikan_killiany_wins_and_the_choice_is_said(both, fs_stats):
    morphometry = read_morphometry(both)
    assert morphometry.columns["atlas"].value_counts().to_dict() == {"desikan-killiany": 68, "global": 4}
    left = pd.read_csv(fs_stats / "data-cortical_type-aparc_measure-thickness_hemi-lh.tsv", sep="\t", index_col=0)
    insula = morphometry.values["lh_insula_thickness"]
    np.testing.assert_allclose(insula, left.loc[insula.index, "lh_insula_thickness"])
    assert any("DKT's are left out" in note and "--atlas dkt" in note for note in morphometry.notes)
    assert (morphometry.dropped["reason"] == "a parcel of the atlas dkt").sum() == 62


def test_dkt_can_be_chosen_and_has_its_own_numbers(both):
    chosen, plain = read_morphometry(both, atlas="dkt"), read_morphometry(both)
    assert chosen.columns["atlas"].value_counts().to_dict() == {"dkt": 62, "global": 4}
    np.testing.assert_allclose(
        chosen.values["lh_insula_thickness_DKT"], 1.03 * plain.values["lh_insula_thickness"]
    )
    assert read_morphometry(both, atlas="all").columns["atlas"].value_counts()["dkt"] == 62
    kept = read_morphometry(both, keep=["rh_insula_thickness_DKT"])
    assert {"rh_insula_thickness_DKT", "rh_insula_thickness"} <= set(kept.values.columns)


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("lh.tsv", "lh.aparc.DKTatlas.thickness"),
        ("lh.tsv", "lh.aparc.DKTatlas40.thickness"),
        ("lh.tsv", "lh.aparc.DKTatlas.mapped.thickness"),
        ("data-cortical_type-aparc.DKTatlas_measure-thickness_hemi-lh.tsv", "subject"),
        ("lh.tsv", "subject"),
    ],
)
def test_a_table_of_dkt_alone_is_called_so(fs_stats, tmp_path, name, first):
    source = fs_stats / "data-cortical_type-aparc_measure-thickness_hemi-lh.tsv"
    morphometry = read_morphometry(dkt_of(source, tmp_path / name, first))
    assert morphometry.columns["atlas"].value_counts().to_dict() == {"dkt": 31, "global": 3}
    assert any("DKT" in note for note in morphometry.notes)


def test_who_knows_better_says_so(fs_stats, tmp_path):
    source = fs_stats / "data-cortical_type-aparc_measure-thickness_hemi-lh.tsv"
    path = dkt_of(source, tmp_path / "lh.tsv", "subject")
    morphometry = read_morphometry(path, atlas="desikan-killiany")
    assert morphometry.columns["atlas"].value_counts().to_dict() == {"desikan-killiany": 31, "global": 3}
    with pytest.raises(CohortError, match="expected parcels of the atlas destrieux, found dkt"):
        read_morphometry(path, atlas="destrieux")


def test_an_atlas_that_is_none_is_refused():
    check_atlas(None)
    with pytest.raises(
        UserError, match="--atlas: expected desikan-killiany, dkt, destrieux, exvivo, all, found 'dk'"
    ):
        check_atlas("dk")


def test_destrieux_stays_beside_and_can_be_alone():
    frame = pd.DataFrame(1.0, index=["a"], columns=["lh_insula_thickness", "lh_G_cuneus_thickness", "eTIV"])
    dropped: list[tuple[str, str]] = []
    assert list(of_one_atlas(frame, None, [], dropped, [], Path("t"))) == list(frame)
    assert list(of_one_atlas(frame, "destrieux", [], dropped, [], Path("t"))) == ["lh_G_cuneus_thickness", "eTIV"]
    assert dropped == [("lh_insula_thickness", "a parcel of the atlas desikan-killiany")]
