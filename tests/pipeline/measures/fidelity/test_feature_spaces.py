"""Feature spaces: principal components of real brains, from arrays or a bundle's dataset."""

import numpy as np
import torch

from brainaging.pipeline.measures.fidelity import FeatureSpace, dataset_space, pca_space


def test_distances_in_the_space_are_those_in_voxels_where_all_components_are_kept(ball):
    volumes, mask = ball
    space = pca_space(volumes, mask, 100)
    assert (space.name, space.codes) == ("pca", 20)  # as many as the volumes have modes
    features = space(volumes)
    apart = np.linalg.norm(features[0] - features[1])
    np.testing.assert_allclose(apart, np.linalg.norm((volumes[0] - volumes[1])[mask]), rtol=1e-4)


def test_fewer_components_are_the_leading_ones(ball):
    volumes, mask = ball
    full, few = pca_space(volumes, mask, 10)(volumes), pca_space(volumes, mask, 3)(volumes)
    np.testing.assert_allclose(few, full[:, :3], rtol=1e-6)
    assert (np.diff(few.var(axis=0)) < 0).all()


def test_a_dataset_s_space_is_that_of_its_volumes(ball):
    volumes, mask = ball
    items = [{"image": torch.from_numpy(volume)[None]} for volume in volumes]
    np.testing.assert_array_equal(dataset_space(items, mask, 4)(volumes), pca_space(volumes, mask, 4)(volumes))


def test_any_map_is_a_space():
    space = FeatureSpace("means", lambda volumes: volumes.mean(axis=(1, 2, 3))[:, None])
    np.testing.assert_array_equal(space(np.ones((3, 2, 2, 2))), np.ones((3, 1)))
