"""The table's autoencoder: linear optimum first, gaps, units and the columns it knows."""

import pytest
import torch
from sklearn.decomposition import PCA

from brainaging.networks import GridBound, MorphometryAutoencoder, StandardisedMSE

NAMES = [f"c{i}" for i in range(12)]


@pytest.fixture
def table() -> torch.Tensor:
    random = torch.Generator().manual_seed(0)
    rows = torch.randn(60, 5, generator=random) @ torch.randn(5, 12, generator=random)
    return 100 + 10 * (rows + 0.3 * torch.randn(60, 12, generator=random)) * torch.logspace(-2, 2, 12)


@pytest.fixture
def network(table: torch.Tensor) -> MorphometryAutoencoder:
    network = MorphometryAutoencoder(NAMES, 4, 6)
    assert network.start_from(table) == 4
    return network.eval()


def test_it_starts_as_the_principal_components_of_the_standardised_table(network, table) -> None:
    steps = network.standardise(table)
    torch.testing.assert_close(steps.mean(0), torch.zeros(12), atol=1e-4, rtol=0)
    torch.testing.assert_close(steps.std(0, correction=0), torch.ones(12), atol=1e-4, rtol=0)
    pca = PCA(4).fit(steps.numpy())
    expected = torch.from_numpy(pca.inverse_transform(pca.transform(steps.numpy()))).float()
    torch.testing.assert_close(network.standardise(network(table)), expected, atol=1e-3, rtol=1e-3)


MIRROR = [1, 0, 3, 2, 5, 4, *range(6, 12)]


def _symmetric(n: int, seed: int) -> torch.Tensor:
    """Return rows whose factors have the same loading on both sides."""
    random = torch.Generator().manual_seed(seed)
    loadings = torch.randn(4, 12, generator=torch.Generator().manual_seed(1))
    loadings = torch.cat([loadings[:, MIRROR] + loadings, loadings[:2] - loadings[:2, MIRROR]])
    return torch.randn(n, 6, generator=random) @ loadings + 2 * torch.randn(n, 12, generator=random)


def test_a_symmetric_table_is_started_from_both_sides_alike() -> None:
    network, table = MorphometryAutoencoder(NAMES, 4, 6, MIRROR), _symmetric(20, 0)
    network.start_from(table, flip=True)
    steps = network.standardise(table)
    pca = PCA(4).fit(torch.cat([steps, steps[:, MIRROR]]).numpy())
    expected = torch.from_numpy(pca.inverse_transform(pca.transform(steps.numpy()))).float()
    reconstructed = network.standardise(network(table))
    torch.testing.assert_close(reconstructed, expected, atol=1e-3, rtol=1e-3)
    mirrored = network.mean + network.scale * steps[:, MIRROR]
    torch.testing.assert_close(
        network.standardise(network(mirrored)), reconstructed[:, MIRROR], atol=1e-3, rtol=1e-3
    )


def test_mirror_images_help_a_symmetric_table_and_harm_no_other(table) -> None:
    def error(rows: torch.Tensor, new: torch.Tensor, flip: bool) -> float:
        network = MorphometryAutoencoder(NAMES, 4, 6, MIRROR)
        network.start_from(rows, flip)
        return StandardisedMSE(network)(network(new), new).item()

    many = _symmetric(2000, 9)
    pairs = [
        (error(_symmetric(20, seed), many, True), error(_symmetric(20, seed), many, False)) for seed in range(9)
    ]
    assert sum(both for both, _ in pairs) < 0.99 * sum(alone for _, alone in pairs)
    assert error(table[:40], table[40:], True) == error(table[:40], table[40:], False)


@pytest.mark.parametrize("rows", [2, 3, 5, 6])
def test_few_rows_with_a_mirror_are_a_start(rows) -> None:
    assert MorphometryAutoencoder(NAMES, 4, 6, MIRROR).start_from(_symmetric(rows, 0), flip=True) >= 1


@pytest.mark.parametrize("mirror", [[1, 2, 0, *range(3, 12)], [0] * 12, range(11), [12, *range(1, 12)], []])
def test_a_mirror_that_is_none_is_refused(mirror) -> None:
    with pytest.raises(ValueError, match="mirror: expected 12 positions in pairs"):
        MorphometryAutoencoder(NAMES, 4, 6, mirror)


@pytest.mark.parametrize("width", [1, 4])
def test_at_the_start_no_linear_code_of_its_size_is_better(table, width) -> None:
    network = MorphometryAutoencoder(NAMES, width, 6)
    network.start_from(table)
    steps = network.standardise(table)
    values = torch.linalg.svdvals(steps.double())
    least = values[width:].square().sum() / steps.numel()
    torch.testing.assert_close(
        StandardisedMSE(network)(network(table), table).double(), least, rtol=1e-3, atol=1e-5
    )


def test_units_make_no_difference(network, table) -> None:
    units = torch.logspace(-3, 3, 12)
    other = MorphometryAutoencoder(NAMES, 4, 6)
    other.start_from(table * units)
    pair = [fitted.standardise(fitted(rows)) for fitted, rows in ((other, table * units), (network, table))]
    torch.testing.assert_close(*pair, rtol=0, atol=1e-3)


def test_a_gap_is_the_training_mean_and_counts_in_no_error(network, table) -> None:
    holes = table.clone()
    holes[:, 3] = torch.nan
    filled = table.clone()
    filled[:, 3] = network.mean[3]
    torch.testing.assert_close(network.encode(holes), network.encode(filled))
    assert torch.isfinite(network(holes)).all()
    loss = StandardisedMSE(network)
    prediction = network(holes).detach()
    away = prediction.clone()
    away[:, 3] += 1e6
    torch.testing.assert_close(loss(prediction, holes), loss(away, holes))
    assert loss(table, table) == 0
    assert loss(prediction, torch.full_like(table, torch.nan)) == 0


def test_training_on_rows_with_gaps_moves_every_weight_and_stays_finite(network, table) -> None:
    holes = table.clone()
    holes[::3, 2] = torch.nan
    network.train()
    optimizer = torch.optim.Adam(network.parameters(), 1e-2)
    before = {name: weight.clone() for name, weight in network.named_parameters()}
    loss = StandardisedMSE(network)
    errors = []
    for _ in range(30):
        optimizer.zero_grad()
        error = loss(network(holes), holes)
        error.backward()
        optimizer.step()
        errors.append(error.item())
    assert errors[-1] < errors[0]
    assert all(not torch.equal(before[name], weight) for name, weight in network.named_parameters())


def test_a_column_that_never_differs_is_its_mean(table) -> None:
    flat = table.clone()
    flat[:, 5] = 42.0
    network = MorphometryAutoencoder(NAMES, 4, 6)
    network.start_from(flat)
    assert torch.equal(network(flat)[:, 5], torch.full((60,), 42.0))
    assert torch.equal(network.standardise(torch.full((1, 12), 1e9))[:, 5], torch.zeros(1))


def test_more_codes_than_dimensions_leave_the_rest_at_zero(table) -> None:
    network = MorphometryAutoencoder(NAMES, 20, 6)
    assert network.start_from(table) == 12
    assert torch.equal(network.encode(table)[:, 12:], torch.zeros(60, 8))
    torch.testing.assert_close(network(table), table, rtol=1e-3, atol=1e-2)


def test_torchscript_computes_the_same(network, table) -> None:
    torch.testing.assert_close(torch.jit.script(network)(table), network(table))


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ([*NAMES[:-1], "d"], r"1 missing \(c11\), 1 new \(d\)"),
        (NAMES[:-1], r"12 columns, this table has 11: 1 missing \(c11\)"),
        ([*NAMES, "d"], r"has 13: 1 new \(d\)"),
        (NAMES[::-1], "the same in another order"),
    ],
)
def test_weights_of_other_columns_are_refused_by_name(network, columns, words) -> None:
    with pytest.raises(ValueError, match=words):
        MorphometryAutoencoder(columns, 4, 6).load_state_dict(network.state_dict())


def test_a_scan_networks_weights_are_refused_and_the_other_way_round(network) -> None:
    with pytest.raises(ValueError, match="carry no columns"):
        network.set_extra_state(GridBound("t1w_32-0").get_extra_state())
    with pytest.raises(ValueError, match="carry no grid"):
        GridBound("t1w_32-0").set_extra_state(network.get_extra_state())


@pytest.mark.parametrize(
    ("rows", "flip", "words"),
    [
        (torch.zeros(5, 11), False, r"expected rows \(n, 12\), got \(5, 11\)"),
        (torch.zeros(1, 12), False, "n >= 2"),
        (torch.zeros(5, 12), False, "all alike"),
        (torch.zeros(5, 12), True, "built without mirror"),
    ],
)
def test_rows_that_are_no_start_are_refused(rows, flip, words) -> None:
    with pytest.raises(ValueError, match=words):
        MorphometryAutoencoder(NAMES, 4, 6).start_from(rows, flip)
    with pytest.raises(ValueError, match="at least one column"):
        MorphometryAutoencoder([])
