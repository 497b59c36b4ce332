"""A real scan's anatomy: volumes as brains have them, the scan's own intensities, labels where they belong."""

import numpy as np
import pytest
import torch

from brainaging.networks.lattice import Lattice
from brainaging.pipeline.simulate.anatomies import LATTICE, MAPS, AnatomyScan
from brainaging.pipeline.simulate.anatomies.anatomy_files import volumes_ml
from brainaging.pipeline.simulate.anatomies.anatomy_of_scan import anatomy_of
from brainaging.pipeline.simulate.anatomies.phantom import template_anatomy
from brainaging.pipeline.simulate.anatomies.placed_scan import GRID, VOXELS, place_scan
from brainaging.pipeline.simulate.anatomies.template_registration import template_t1

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def scan(shared_data):
    torch.set_num_threads(1)
    return AnatomyScan("sub-01", shared_data / "ds002748" / "sub-01" / "anat" / "sub-01_T1w.nii.gz", "native")


@pytest.fixture(scope="module")
def anatomy(scan):
    return anatomy_of(scan)


def test_volumes_are_a_brain_s(anatomy):
    ml = volumes_ml(anatomy)
    # at the template's size, whose brain is 1883 mL
    assert 1750 < ml["brain"] < 2150
    assert 0.38 < ml["grey"] / ml["brain"] < 0.52
    assert 0.3 < ml["white"] / ml["brain"] < 0.45
    assert 5 < ml["ventricles"] < 80
    assert 100 < ml["cerebellum"] < 170
    assert 0.05 < anatomy.contrast < 0.25


def test_the_t1_is_the_placed_scan_but_for_its_gain(scan, anatomy):
    placed = place_scan(scan)
    ours = anatomy.lattice.sample(torch.from_numpy(anatomy.maps[:1]), VOXELS.points())[0].numpy()
    inside = (ours > 0.3) & (ours < 1.2)
    ratio = placed[inside] / ours[inside]
    assert ratio.std() / ratio.mean() < 1e-3


def test_shares_add_up_and_end_before_the_edges(anatomy):
    shares = dict(zip(MAPS, anatomy.maps, strict=True))
    assert min(values.min() for values in shares.values()) >= 0
    assert (shares["grey"] + shares["white"]).max() <= 1 + 1e-5
    assert (shares["ventricles"] <= 1 - shares["grey"] - shares["white"] + 1e-5).all()
    assert (shares["cortex"] + shares["cerebellum"] <= shares["grey"] + 1e-6).all()
    for axis in range(1, 4):
        assert not np.take(anatomy.maps, (0, -1), axis).any()


def test_registration_makes_the_template_more_like_the_scan(anatomy):
    t1 = torch.from_numpy(template_t1(template_anatomy()))[None]
    own = anatomy.on_lattice(LATTICE)
    where = own["brain"] > 0.5
    carried = VOXELS.sample(t1, anatomy.in_template)[0].numpy()
    as_is = VOXELS.sample(t1, LATTICE.points())[0].numpy()
    before, after = (np.corrcoef(values[where], own["t1"][where])[0, 1] for values in (as_is, carried))
    assert after > before + 0.05


def test_labels_lie_in_their_own_tissue(anatomy):
    own = anatomy.on_lattice(LATTICE)
    ventricle = np.isin(anatomy.structures, (4, 43))
    assert own["ventricles"][ventricle].mean() > 0.5
    assert own["white"][np.isin(anatomy.structures, (2, 41))].mean() > 0.6
    assert own["cortex"][anatomy.structures >= 1000].mean() > 0.4
    assert GRID.shape == VOXELS.shape
    assert isinstance(anatomy.lattice, Lattice)
