"""The predictor: what trains it, what weighs it, and that it keeps to its grid."""

import pytest
import torch

from brainaging.networks import T1wPredictor

MASK = torch.zeros(32, 32, 32, dtype=torch.bool)
MASK[6:26, 6:26, 6:26] = True


@pytest.mark.parametrize("architecture", ["resnet", "densenet"])
def test_one_answer_a_class(architecture: str) -> None:
    network = T1wPredictor(MASK, outputs=3, architecture=architecture, width=4).eval()
    assert network(torch.rand(2, 1, 32, 32, 32)).shape == (2, 3)


def test_training_moves_the_network_alone() -> None:
    network = T1wPredictor(MASK, width=4)
    network.weight.fill_(1.0)
    network.mix.copy_(torch.tensor([5.0, 0.5]))
    x = torch.rand(4, 1, 32, 32, 32)
    torch.testing.assert_close(network(x), network.network(x))
    network.eval()
    with torch.no_grad():
        torch.testing.assert_close(network(x), 5 * network.linear(x) + 0.5 * network.network(x))


def test_the_linear_model_sees_the_mask_alone() -> None:
    network = T1wPredictor(MASK, outputs=1, width=4)
    network.weight.fill_(2.0)
    network.bias.fill_(1.0)
    x = torch.rand(1, 1, 32, 32, 32)
    expected = 2 * x[0, 0][MASK].sum() + 1
    torch.testing.assert_close(network.linear(x)[0, 0], expected)
    x[0, 0][~MASK] += 1
    torch.testing.assert_close(network.linear(x)[0, 0], expected)


@pytest.mark.parametrize("architecture", ["resnet", "densenet"])
def test_scripted_it_computes_the_same(architecture: str) -> None:
    network = T1wPredictor(MASK, architecture=architecture, width=4).eval()
    x = torch.rand(2, 1, 32, 32, 32)
    torch.testing.assert_close(torch.jit.script(network)(x), network(x))


def test_another_grid_is_refused_with_both_names() -> None:
    state = T1wPredictor(MASK, width=4, grid="t1w_32-aaaa").state_dict()
    with pytest.raises(ValueError, match=r"t1w_32-aaaa.*t1w_64-bbbb"):
        T1wPredictor(MASK, width=4, grid="t1w_64-bbbb").load_state_dict(state)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"mask": MASK[0]}, "three-dimensional"),
        ({"mask": torch.zeros_like(MASK)}, "not empty"),
        ({"outputs": 0}, "outputs=0"),
        ({"architecture": "vgg"}, "resnet or densenet, got 'vgg'"),
    ],
)
def test_wrong_arguments_are_named(wrong: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        T1wPredictor(**{"mask": MASK, "width": 4, **wrong})
