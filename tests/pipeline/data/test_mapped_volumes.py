"""Volumes in one file: the same as those in memory, made once, whole or not at all, and never written again."""

import os

import nibabel as nib
import numpy as np
import pytest
import torch

from brainaging.pipeline.data import Prepared, Recipe, mapped_volumes, prepare, read_cohort
from brainaging.pipeline.data.mapped_volumes import archived, held_or_mapped


def corner_chain(recipe, space):
    """Stand in for t1w_chain: the scan's first 8³ voxels."""

    def chain(data):
        volume = np.asarray(nib.load(data["image"]).dataobj, dtype=np.float32)[:8, :8, :8]
        return {"image": volume[None], "head_size": float(volume.sum())}

    return chain


@pytest.fixture
def prepared(hcp, tiny_grid, tmp_path):
    cohort = read_cohort(hcp).subset(range(9))
    return prepare(cohort, Recipe(tiny_grid, factory=corner_chain), tmp_path / "prepared", progress=False)


@pytest.fixture
def mapping(monkeypatch):
    """Map whatever is more than a kilobyte, and read four volumes ahead."""
    monkeypatch.setattr(mapped_volumes, "HELD_BYTES", 1000)
    monkeypatch.setattr("brainaging.pipeline.data.prepared._AHEAD", 4)


def test_few_volumes_are_held_and_no_file_is_written(prepared, tmp_path):
    assert not isinstance(held_or_mapped(prepared, tmp_path / "volumes"), np.memmap)
    assert not (tmp_path / "volumes").exists()


@pytest.mark.usefixtures("mapping")
def test_many_are_mapped_the_same_bits_and_changing_them_changes_no_file(prepared, tmp_path):
    volumes = held_or_mapped(prepared, tmp_path / "volumes")
    assert isinstance(volumes, np.memmap)
    assert volumes.dtype == np.float32
    np.testing.assert_array_equal(volumes, prepared.volumes())
    torch.from_numpy(volumes[2:4])  # warns of what may not be written
    volumes[0] = 7
    np.testing.assert_array_equal(held_or_mapped(prepared, tmp_path / "volumes"), prepared.volumes())


@pytest.mark.usefixtures("mapping")
def test_the_file_is_made_once_and_another_takes_its_place_where_a_volume_is_another(
    prepared, tmp_path, monkeypatch
):
    held_or_mapped(prepared, tmp_path / "volumes")
    (first,) = (tmp_path / "volumes").iterdir()
    with monkeypatch.context() as patched:
        patched.setattr(Prepared, "each_volume", lambda *_: pytest.fail("volumes are read again"))
        held_or_mapped(prepared, tmp_path / "volumes")
    os.utime(prepared.files[3], (1, 1))
    held_or_mapped(prepared, tmp_path / "volumes")
    (second,) = (tmp_path / "volumes").iterdir()
    assert first.name != second.name


@pytest.mark.usefixtures("mapping")
def test_a_stop_half_way_leaves_no_file(prepared, tmp_path, monkeypatch):
    def stopped(self, index):
        yield np.zeros(self.grid.shape, np.float32)
        raise KeyboardInterrupt

    monkeypatch.setattr(Prepared, "each_volume", stopped)
    with pytest.raises(KeyboardInterrupt):
        held_or_mapped(prepared, tmp_path / "volumes")
    assert list((tmp_path / "volumes").iterdir()) == []


def test_a_large_array_of_an_archive_is_mapped_the_same_bits(tmp_path, monkeypatch):
    arrays = {"grid": np.array("t1w_32"), "made": np.random.default_rng(0).random((9, 4, 5), dtype=np.float32)}
    arrays["turned"] = np.asfortranarray(arrays["made"][0])
    np.savez(tmp_path / "stored.npz", **arrays)
    np.savez_compressed(tmp_path / "packed.npz", **arrays)
    monkeypatch.setattr(mapped_volumes, "HELD_ENTRY", 160)
    for archive in ("stored", "packed"):
        for name, expected in arrays.items():
            found = archived(tmp_path / f"{archive}.npz", name)
            np.testing.assert_array_equal(found, expected)
            assert isinstance(found, np.memmap) == (archive == "stored" and name != "grid")
