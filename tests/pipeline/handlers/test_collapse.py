"""A GAN that collapses is stopped by an error that names how; one good step, and the count begins anew."""

from types import SimpleNamespace

import pytest
import torch

from brainaging.pipeline.handlers import StopWhenCollapsed
from brainaging.pipeline.runtime import UserError


def _engine(fake: torch.Tensor, real: torch.Tensor, on_real: float, on_fake: float) -> SimpleNamespace:
    output = {"fake": fake, "d_real": torch.tensor(on_real), "d_fake": torch.tensor(on_fake)}
    return SimpleNamespace(state=SimpleNamespace(output=output, batch={"image": real}, epoch=7))


@pytest.mark.parametrize(
    ("repeat", "on_real", "on_fake", "message"),
    [
        (True, 0.5, 0.5, "generated brains are all alike"),
        ("noise", 0.5, 0.5, "generated brains are noise"),
        (False, 1.0, 0.0, "tells every generated brain from every scan"),
        (False, 1.0, 1.0, "calls everything real"),
        (False, 0.0, 0.0, "calls everything generated"),
    ],
)
def test_collapse_is_named(repeat: bool | str, on_real: float, on_fake: float, message: str) -> None:
    real, fake = torch.randn(2, 4, 1, 3, 3, 3)
    if repeat == "noise":
        fake = 10 * fake
    elif repeat:
        fake = fake[:1].expand(4, -1, -1, -1, -1)
    watch = StopWhenCollapsed(patience=3)
    for _ in range(2):
        watch.check(_engine(fake, real, on_real, on_fake))
    watch.check(_engine(torch.randn_like(real), real, 0.5, 0.5))  # one good step and it counts anew
    for _ in range(2):
        watch.check(_engine(fake, real, on_real, on_fake))
    with pytest.raises(UserError, match=f"{message}.*epoch 7"):
        watch.check(_engine(fake, real, on_real, on_fake))


def test_an_output_of_other_names_and_a_decollated_batch_are_read_too() -> None:
    scans = torch.randn(4, 1, 3, 3, 3)
    output = {"generated": list(torch.zeros_like(scans)), "on": (torch.tensor(0.5), torch.tensor(0.5))}
    batch = [{"scan": scan} for scan in scans]
    watch = StopWhenCollapsed(
        patience=1,
        output_transform=lambda out: {"fake": out["generated"], "d_real": out["on"][0], "d_fake": out["on"][1]},
        batch_transform=lambda items: [item["scan"] for item in items],
    )
    with pytest.raises(UserError, match="all alike"):
        watch.check(SimpleNamespace(state=SimpleNamespace(output=output, batch=batch, epoch=1)))


def test_an_output_without_generated_brains_is_passed_over() -> None:
    StopWhenCollapsed(patience=1).check(SimpleNamespace(state=SimpleNamespace(output={"loss": 1.0})))
