import pytest
import torch

from brainaging.pipeline.engines import halved


def test_large_tensors_are_halved_and_nothing_else_changes():
    large, small, whole = torch.randn(64, 64), torch.tensor([1.5e6]), torch.arange(5000)
    state = {"model": {"large": large, "small": small, "whole": whole, "_extra_state": {"grid": "g"}}, "n": 3}
    out = halved(state)
    assert out["model"]["large"].dtype == torch.float16
    torch.testing.assert_close(out["model"]["large"].float(), large, rtol=2**-11, atol=1e-6)
    assert out["model"]["small"] is small
    assert out["model"]["whole"] is whole
    assert out["model"]["_extra_state"] == {"grid": "g"}
    assert out["n"] == 3
    assert state["model"]["large"] is large


def test_what_half_precision_cannot_hold_is_refused_by_name():
    with pytest.raises(ValueError, match=r"model\.volumes: expected numbers of at most 65,504, found 1e\+05"):
        halved({"model": {"volumes": torch.full((5000,), 1e5)}})
