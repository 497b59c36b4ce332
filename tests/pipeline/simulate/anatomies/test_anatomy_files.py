"""What is kept of an anatomy comes back, to the step that it is kept in; half of one is refused."""

import json

import numpy as np
import pytest
import torch

from brainaging.pipeline.runtime import UserError
from brainaging.pipeline.simulate.anatomies import LATTICE, MAPS, KeptAnatomies
from brainaging.pipeline.simulate.anatomies.anatomy_files import KeptAnatomy, volumes_ml, write_anatomy


@pytest.fixture(scope="module")
def kept(tmp_path_factory, front_brain):
    folder = tmp_path_factory.mktemp("anatomies")
    write_anatomy(folder / "front", front_brain, {"sha256": "abc"})
    return folder


def test_an_anatomy_comes_back(kept, front_brain):
    back = KeptAnatomy(kept / "front")
    np.testing.assert_allclose(back.maps, front_brain.maps, atol=0.003)
    np.testing.assert_array_equal(back.structures, front_brain.structures)
    torch.testing.assert_close(back.in_template, front_brain.in_template)
    assert back.lattice == front_brain.lattice
    assert (back.name, back.white, back.contrast) == ("front", 1.0, 0.15)
    theirs, ours = front_brain.on_lattice(LATTICE), back.on_lattice(LATTICE)
    for name in MAPS:
        np.testing.assert_allclose(ours[name], theirs[name], atol=0.003)


def test_the_record_says_what_it_was_made_of_and_its_volumes(kept, front_brain):
    record = json.loads((kept / "front" / "anatomy.json").read_text())
    assert record["sha256"] == "abc"
    assert record["volumes_ml"] == volumes_ml(front_brain)
    assert record["volumes_ml"]["ventricles"] == pytest.approx(4 / 3 * np.pi * 1.4**3, rel=0.02)


def test_equal_anatomies_are_equal_bytes(kept, front_brain, tmp_path):
    write_anatomy(tmp_path / "front", front_brain, {"sha256": "abc"})
    for path in (tmp_path / "front").iterdir():
        assert path.read_bytes() == (kept / "front" / path.name).read_bytes(), path.name


def test_half_an_anatomy_is_none_and_names_its_folder(kept, tmp_path):
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "anatomy.json").write_text('{"name": "half", "white": 1, "contrast": 0.1}')
    (tmp_path / "half" / "t1.nii.gz").write_bytes((kept / "front" / "t1.nii.gz").read_bytes()[:500])
    (tmp_path / "other").mkdir()
    anatomies = KeptAnatomies(tmp_path)
    assert list(anatomies) == ["half"]
    with pytest.raises(UserError, match="half: expected an anatomy"):
        anatomies["half"]
    assert list(KeptAnatomies(kept, ["back"])) == []
    with pytest.raises(KeyError):
        KeptAnatomies(kept)["back"]
