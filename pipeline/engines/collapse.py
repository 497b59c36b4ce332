"""Stop a GAN that has collapsed, and say how."""

from typing import Any

from ignite.engine import Engine, Events

from brainaging.pipeline.runtime import UserError

#: a discriminator this sure of both kinds gives the generator no gradient to learn from
SURE = 0.999


class StopWhenCollapsed:
    """End training with an error where fakes no longer differ, or the discriminator has won or gone blind.

    NaN is for :class:`brainaging.pipeline.engines.StopWhenNotFinite`. Here, for ``patience`` iterations on end: a
    voxel variance between the fakes of a batch under ``least`` of that between its scans (every latent gives one
    brain) or over ``most`` times it, or a discriminator that gives scans over 0.999 and fakes under 0.001, or one
    saturated answer to both.

    Args:
        least: variance of fakes by that of scans, under which they count as one brain.
        most: the same, over which they count as noise.
        patience: iterations on end that a collapse must last.
    """

    def __init__(self, least: float = 0.05, most: float = 20.0, patience: int = 50) -> None:
        self.least = least
        self.most = most
        self.patience = patience
        self.seen: dict[str, int] = {}

    def attach(self, engine: Engine) -> None:
        """Attach to a :class:`brainaging.pipeline.engines.GanTrainer`."""
        engine.add_event_handler(Events.STARTED, self.start)
        engine.add_event_handler(Events.ITERATION_COMPLETED, self.check)

    def start(self) -> None:
        """Forget an earlier run."""
        self.seen = {}

    def check(self, engine: Engine) -> None:
        """Look at an iteration.

        Raises:
            UserError: collapsed, in one line that says how.
        """
        output: Any = engine.state.output
        if "fake" not in output:
            return
        batch: Any = engine.state.batch
        fake, real = output["fake"], batch["image"].to(output["fake"])
        spread = float(fake.var(0).sum() / real.var(0).sum()) if len(fake) > 1 else 1.0
        on_real, on_fake = float(output["d_real"]), float(output["d_fake"])
        signs = {
            f"made brains are all alike (voxel variance {spread:.3f} of the scans')": spread < self.least,
            f"made brains are noise (voxel variance {spread:.3g} times the scans')": spread > self.most,
            "the discriminator tells every made brain from every scan": on_real > SURE and on_fake < 1 - SURE,
            "the discriminator calls everything real": min(on_real, on_fake) > SURE,
            "the discriminator calls everything made": max(on_real, on_fake) < 1 - SURE,
        }
        for number, (what, is_so) in enumerate(signs.items()):
            name = str(number)
            self.seen[name] = self.seen.get(name, 0) + 1 if is_so else 0
            if self.seen[name] >= self.patience:
                raise UserError(
                    f"the GAN collapsed: {what}, for {self.patience} iterations up to epoch {engine.state.epoch}; "
                    "raise anchor or r1, or lower learning_rate, and start anew with resume=False"
                )
