"""What every evaluation of an engine's epoch does: gather, make findings, write them, show them as metrics."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import ignite.distributed as idist
import numpy as np
from ignite.engine import Engine, Events

from brainaging.pipeline.engines import gathered
from brainaging.pipeline.results import Finding, Measured, read_results, write_results
from brainaging.pipeline.results.synthesis_findings import OfGenerator

#: fields of a finding that tell it from others of its metric, in the order in which they stand in a metric's name
QUALIFIERS = ("features", "codes", "adjustment", "people", "site", "reader", "scale")


@dataclass(frozen=True)
class Evaluated:
    """What the rows of an evaluation say of themselves.

    Attributes:
        cohort: name of the people that are looked at.
        model: a code of the results' vocabulary (:data:`brainaging.pipeline.results.TERMS`), such as "generator",
            "classifier" or "regressor".
        path: the results table, in the columns of a pipeline's ``results.csv``; None writes none.
        seed: of draws and folds.
        n_train: people that the model learned from; 0 where that is not recorded.
    """

    cohort: str
    model: str
    path: str | Path | None = None
    seed: int = 0
    n_train: int = 0


class EvaluationHandler(ABC):
    """Gather an epoch of any engine; at its end write findings, and put their values into ``state.metrics``.

    Rows of other experiments, cohorts and models that stand in the same table stay. Under several processes every
    one gathers all of them, and the first writes. Attach it before what logs or saves the engine's metrics.

    Args:
        about: what the rows say of themselves.
    """

    #: the findings' experiment
    experiment: ClassVar[str]

    def __init__(self, about: Evaluated) -> None:
        self.about = about
        self.found: list[Finding] = []
        self._parts: dict[str, list[np.ndarray]] = {}

    def attach(self, engine: Engine) -> None:
        """Attach to an engine whose output is evaluated, epoch by epoch."""
        engine.add_event_handler(Events.EPOCH_STARTED, self.start)
        engine.add_event_handler(Events.ITERATION_COMPLETED, self.gather)
        engine.add_event_handler(Events.EPOCH_COMPLETED, self.finish)

    def start(self) -> None:
        """Forget what an earlier epoch gathered."""
        self._parts, self.found = {}, []

    @abstractmethod
    def gather(self, engine: Engine) -> None:
        """Keep a batch, by :meth:`keep`."""

    @abstractmethod
    def findings(self) -> list[Finding]:
        """Return what the epoch says, of all that was kept."""

    def keep(self, name: str, batch: Any) -> None:
        """Keep a batch (B, …) of what is called ``name``."""
        self._parts.setdefault(name, []).append(np.asarray(batch))

    def kept(self, name: str) -> np.ndarray:
        """Return all that was kept of it, in every process; empty where nothing was."""
        return gathered(self._parts.get(name, []))

    def finish(self, engine: Engine) -> None:
        """Make the findings, write them, and put their values into the engine's metrics."""
        self.found = self.findings()
        engine.state.metrics.update(self.metrics(self.found))
        if self.about.path is not None and idist.get_rank() == 0:
            path = Path(self.about.path)
            before = read_results(path) if path.is_file() else []
            write_results([*(row for row in before if not self._own(row)), *self.found], path)

    def metrics(self, findings: Sequence[Finding]) -> dict[str, float]:
        """Return the values of findings by the names that they have among an engine's metrics."""
        return {metric_name(row): row.value for row in findings if isinstance(row, Measured)}

    def common(self, n_test: int) -> dict[str, Any]:
        """Return the fields that every finding of the evaluation has."""
        return {
            "experiment": self.experiment,
            "cohort": self.about.cohort,
            "model": self.about.model,
            "seed": self.about.seed,
            "n_train": self.about.n_train,
            "n_test": n_test,
        }

    def _own(self, row: Finding) -> bool:
        """Whether a row is of an earlier evaluation of the same."""
        keys = ("experiment", "cohort", "model")
        own = (self.experiment, self.about.cohort, self.about.model)
        return tuple(getattr(row, key, "") for key in keys) == own


def metric_name(finding: Measured) -> str:
    """Return what a finding is called among an engine's metrics: its metric, and what tells it from others.

    >>> from brainaging.pipeline.results import GeneratorMeasure
    >>> about = {"experiment": "fidelity", "cohort": "mine", "model": "generator"}
    >>> metric_name(GeneratorMeasure(**about, features="voxels", metric="variance_ratio", value=1.0))
    'variance_ratio_voxels'
    """
    told = [name for name in QUALIFIERS if name != "features" or isinstance(finding, OfGenerator)]
    values = [value for name in told if (value := getattr(finding, name, "")) not in ("", 0)]
    return "_".join([finding.metric, *(f"{v:.3g}" if isinstance(v, float) else str(v) for v in values)])
