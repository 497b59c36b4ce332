"""Stop a GAN that has collapsed, with an error that names the kind of collapse."""

from collections.abc import Callable, Mapping
from typing import Any

from ignite.engine import Engine, Events
from monai.utils import CommonKeys, GanKeys

from brainaging.pipeline.engines import entry, optional_entry, stacked
from brainaging.pipeline.runtime import UserError

#: A discriminator this sure of both kinds gives the generator no gradient to learn from: that of softplus(−D) is
#: 1 − P(real).
SATURATED = 0.999


#: where each is found in an output: under our trainer's name, or that of MONAI's own ``GanTrainer``
NAMES = {"fake": ("fake", GanKeys.FAKES), "d_real": ("d_real",), "d_fake": ("d_fake",)}


def adversarial_output(output: Any) -> dict[str, Any]:
    """Return what there is of generated volumes and the discriminator's answers, decollated or not."""
    found: dict[str, Any] = {}
    for name, keys in NAMES.items():
        values = [value for key in keys if (value := optional_entry(key)(output)) is not None]
        for value in values[:1]:
            # numbers without a batch axis are repeated in every item
            found[name] = value[0] if name != "fake" and isinstance(value, list) else value
    return found


def scans_of(batch: Any) -> Any:
    """Return a batch's scans, under the name of MONAI's supervised trainers or of its ``GanTrainer``."""
    reals = optional_entry(GanKeys.REALS)(batch)
    return entry(CommonKeys.IMAGE)(batch) if reals is None else reals


class StopWhenCollapsed:
    """End training with an error where generated brains no longer differ, or the discriminator is saturated.

    NaN is for :class:`brainaging.pipeline.handlers.StopWhenNotFinite`. Here, for ``patience`` iterations on end: a
    voxel variance between the generated brains of a batch under ``least`` of that between its scans (every latent
    gives one brain) or over ``most`` times it, or a discriminator that gives scans over 0.999 and generated brains
    under 0.001, or one saturated answer to both. Sensitivity: in a good training the ratio of variances ends at
    0.9; that of the original study's recipe fell to 0.02 on the same scans; ``least`` lies between.

    Args:
        least: variance of generated brains by that of scans, under which they count as one brain.
        most: the same, over which they count as noise.
        patience: iterations on end that a collapse must last.
        output_transform: from the engine's output to a mapping with ``fake`` ``(B, 1, X, Y, Z)``, and ``d_real``
            and ``d_fake``, mean probabilities of "real", where the trainer has them; one without ``fake`` is
            passed over.
        batch_transform: from the engine's batch to the scans ``(B, 1, X, Y, Z)``, or a list of them; the entry
            ``image``, or ``reals`` as MONAI's ``GanTrainer`` has it.

    >>> import torch
    >>> trainer = Engine(lambda engine, batch: {"fakes": torch.zeros(4, 1, 3, 3, 3)})
    >>> StopWhenCollapsed(patience=2).attach(trainer)
    >>> trainer.run([{"reals": torch.rand(4, 1, 3, 3, 3)}] * 2)
    Traceback (most recent call last):
    brainaging.pipeline.runtime.errors.UserError: the GAN collapsed: generated brains are all alike (voxel ...
    """

    def __init__(
        self,
        least: float = 0.05,
        most: float = 20.0,
        patience: int = 50,
        output_transform: Callable[[Any], Mapping[str, Any]] = adversarial_output,
        batch_transform: Callable[[Any], Any] = scans_of,
    ) -> None:
        self.least = least
        self.most = most
        self.patience = patience
        self.output_transform, self.batch_transform = output_transform, batch_transform
        self.lasting: dict[str, int] = {}

    def attach(self, engine: Engine) -> None:
        """Attach to a :class:`brainaging.pipeline.engines.GanTrainer`, or a trainer of like output."""
        engine.add_event_handler(Events.STARTED, self.start)
        engine.add_event_handler(Events.ITERATION_COMPLETED, self.check)

    def start(self) -> None:
        """Forget an earlier run."""
        self.lasting = {}

    def check(self, engine: Engine) -> None:
        """Look at an iteration.

        Raises:
            UserError: collapsed; the message says how.
        """
        output = self.output_transform(engine.state.output)
        if "fake" not in output:
            return
        generated = stacked(output["fake"]).detach()
        scans = stacked(self.batch_transform(engine.state.batch)).to(generated)
        ratio = float(generated.var(0).sum() / scans.var(0).sum()) if len(generated) > 1 else 1.0
        on_real, on_fake = (float(output.get(name, 0.5)) for name in ("d_real", "d_fake"))
        signs = {
            "alike": (
                f"generated brains are all alike (voxel variance {ratio:.3f} of the scans')",
                ratio < self.least,
            ),
            "noise": (
                f"generated brains are noise (voxel variance {ratio:.3g} times the scans')",
                ratio > self.most,
            ),
            "won": (
                "the discriminator tells every generated brain from every scan",
                on_real > SATURATED and on_fake < 1 - SATURATED,
            ),
            "all real": ("the discriminator calls everything real", min(on_real, on_fake) > SATURATED),
            "all fake": ("the discriminator calls everything generated", max(on_real, on_fake) < 1 - SATURATED),
        }
        for name, (sentence, holds) in signs.items():
            self.lasting[name] = self.lasting.get(name, 0) + 1 if holds else 0
            if self.lasting[name] >= self.patience:
                raise UserError(
                    f"the GAN collapsed: {sentence}, for {self.patience} iterations up to epoch "
                    f"{engine.state.epoch}; raise anchor or r1, or lower learning_rate, and start anew with "
                    "resume=False"
                )
