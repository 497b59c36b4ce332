"""The fidelity sheet of a generator: are its brains near to real ones, as various, and no copies?"""

from collections.abc import Callable
from typing import Any, ClassVar

from ignite.engine import Engine
from monai.utils import CommonKeys

from brainaging.pipeline.engines import entry, stacked
from brainaging.pipeline.handlers.evaluation.evaluation_handler import Evaluated, EvaluationHandler
from brainaging.pipeline.results import Finding
from brainaging.pipeline.results.fidelity_findings import RealBrains, fidelity_findings
from brainaging.pipeline.runtime import UserError

#: brains under which nearest neighbours, folds and variances say nothing. Sensitivity: not measured; intervals of
#: so few are as wide as the measures
FEWEST = 10


class FidelitySheet(EvaluationHandler):
    """Distances, diversity and memorisation of the brains that an engine generates in an epoch.

    Every number stands beside what real brains give (:func:`fidelity_findings`, which the pipeline's own study
    uses): Fréchet distance and MMD beside their floors, coverage, variances, tissues, copies of training brains.

    Args:
        about: what the rows say of themselves.
        real: scans that the generator learned from, and fresh ones, on one grid.
        output_transform: from the engine's output to generated volumes (B, 1, X, Y, Z), or a list of a decollated
            batch's items.
    """

    experiment: ClassVar[str] = "fidelity"

    def __init__(
        self,
        about: Evaluated,
        real: RealBrains,
        output_transform: Callable[[Any], Any] = entry(CommonKeys.PRED),
    ) -> None:
        super().__init__(about)
        self.real, self.output_transform = real, output_transform

    def gather(self, engine: Engine) -> None:
        """Keep a batch of generated volumes."""
        volumes = stacked(self.output_transform(engine.state.output)).detach().float().cpu()
        if tuple(volumes.shape[1:]) != (1, *self.real.mask.shape):
            shape = tuple(volumes.shape[1:])
            raise UserError(f"generated volumes: expected {(1, *self.real.mask.shape)} each, found {shape}")
        self.keep("volumes", volumes[:, 0].numpy())

    def findings(self) -> list[Finding]:
        """Return every measure.

        Raises:
            UserError: fewer than ten generated brains.
        """
        volumes = self.kept("volumes")
        if len(volumes) < FEWEST:
            raise UserError(f"fidelity: expected at least {FEWEST} generated brains, found {len(volumes)}")
        return fidelity_findings(self.about.model, volumes, self.real, self.about.cohort, self.about.seed)
