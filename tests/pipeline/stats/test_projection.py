import numpy as np
from sklearn.decomposition import PCA

from brainaging.pipeline.stats.projection import first_components, project
from brainaging.pipeline.stats.sample_space import fold_spaces


def test_the_axes_are_the_trainings_principal_components(plant):
    made = plant(sex_effect=6.0)
    train, test = made.grouped[0]
    shown = project(fold_spaces(made.features, made.grouped)[0])
    pca = PCA(2).fit(made.features[train])
    np.testing.assert_array_equal(shown.index, np.r_[train, test])
    np.testing.assert_array_equal(shown.is_test, np.r_[np.zeros(len(train)), np.ones(len(test))])
    expected = pca.transform(made.features[shown.index])
    for axis in range(2):
        assert abs(np.corrcoef(shown.points[:, axis], expected[:, axis])[0, 1]) > 1 - 1e-9
    np.testing.assert_allclose(shown.explained, pca.explained_variance_ratio_, rtol=1e-8)


def test_the_signs_do_not_depend_on_the_solver(plant):
    made = plant()
    space = fold_spaces(made.features, made.grouped)[0]
    flipped = fold_spaces(-made.features, made.grouped)[0]
    one, other = project(space), project(flipped)
    np.testing.assert_allclose(np.abs(one.points), np.abs(other.points), atol=1e-8)
    train = one.points[~one.is_test]
    assert (train[np.abs(train).argmax(axis=0), [0, 1]] > 0).all()


def test_a_single_feature_has_a_second_axis_of_zeros():
    space = fold_spaces(np.arange(6.0)[:, None], [(np.arange(4), np.array([4, 5]))])[0]
    shown = project(space)
    assert not shown.points[:, 1].any()
    assert shown.explained == (1.0, 0.0)
    assert first_components(space).train.shape == (4, 1)
