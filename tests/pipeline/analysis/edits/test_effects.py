import numpy as np

from brainaging.pipeline.analysis.edits.effects import Effects, least_squares

PEOPLE, MEASURES = 200, 60


def mirror(values: np.ndarray) -> np.ndarray:
    """Exchange the first half of the measures with the second."""
    return np.roll(values, MEASURES // 2, axis=-1)


def people(seed: int, effect: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    design = np.stack([np.ones(PEOPLE), random.standard_normal(PEOPLE)], axis=1)
    scale = np.geomspace(3, 0.1, MEASURES)
    turned = np.linalg.qr(random.normal(size=(MEASURES, MEASURES)))[0]
    noise = random.standard_normal((PEOPLE, MEASURES)) * scale @ turned
    return (design[:, 1:] * effect + noise).astype(np.float32), design


def test_where_nothing_is_planted_next_to_nothing_is_left():
    left = []
    for seed in range(10):
        values, design = people(seed, np.zeros(MEASURES))
        found = Effects.fit(values, design, mirror).coefficients[1]
        left.append(np.square(found).sum() / np.square(least_squares(values, design)[1]).sum())
    assert np.mean(left) < 0.25


def test_a_planted_effect_is_nearer_than_by_least_squares():
    effect = np.tile(np.sin(np.arange(MEASURES // 2)), 2) * 0.3
    better = []
    for seed in range(10):
        values, design = people(seed, effect)
        shrunk = Effects.fit(values, design, mirror).coefficients[1]
        raw = least_squares(values, design)[1]
        better.append(np.linalg.norm(shrunk - effect) / np.linalg.norm(raw - effect))
    assert np.mean(better) < 0.8


def test_the_constant_is_left_alone_and_equal_weights_change_nothing():
    values, design = people(0, np.ones(MEASURES))
    fitted = Effects.fit(values, design, mirror)
    np.testing.assert_allclose(fitted.coefficients[0], least_squares(values, design)[0], atol=1e-4)
    np.testing.assert_allclose(fitted.again(values, design, np.ones(PEOPLE)), fitted.coefficients, atol=1e-4)
