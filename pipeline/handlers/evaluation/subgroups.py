"""For whom does a predictor work? Its scores by sex, age, head size or site."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
from ignite.engine import Engine

from brainaging.pipeline.engines import entry
from brainaging.pipeline.handlers.evaluation.evaluation_handler import Evaluated
from brainaging.pipeline.handlers.evaluation.predictor_handler import PredictorHandler
from brainaging.pipeline.results import Finding
from brainaging.pipeline.results.prediction_findings import Score
from brainaging.pipeline.runtime import UserError

#: people under which a subgroup has no score: that of a few would say what one of them is. Sensitivity: not
#: measured; intervals over ten people are as wide as a score can be
FEWEST = 10
#: years from which and up to which, not included, people of a band are
AGE_BANDS = {"to_40": (-np.inf, 40.0), "40_to_60": (40.0, 60.0), "from_60": (60.0, np.inf)}
COVARIATES = ("sex", "age", "head_size", "site")


class SubgroupScores(PredictorHandler):
    """A predictor's scores in each subgroup of a covariate, with 95 % intervals; subgroups of under ten have none.

    Args:
        about: what the rows say of themselves.
        by: "sex" (F, M), "age" (years, in three bands), "head_size" (mL, halved at the median) or "site" (names).
        classes: the classes' names; none for a predictor of a number.
        covariate: from the engine's batch to the covariate; the entry named ``by`` if None.
        options: ``logits``, ``output_transform``, ``batch_transform`` of :class:`PredictorHandler`.

    >>> import torch
    >>> from ignite.engine import Engine
    >>> from brainaging.pipeline.handlers.evaluation import Evaluated
    >>> engine = Engine(lambda engine, batch: {"pred": batch["label"][:, None] + 2.0, "label": batch["label"]})
    >>> SubgroupScores(Evaluated("mine", "regressor"), by="sex").attach(engine)
    >>> people = {"label": torch.arange(20.0, 44.0), "sex": ["F", "M"] * 12}
    >>> metrics = engine.run([people]).metrics
    >>> metrics["mae_F"], metrics["mae_M"]
    (2.0, 2.0)
    """

    experiment: ClassVar[str] = "subgroups"

    def __init__(
        self,
        about: Evaluated,
        by: str,
        classes: Sequence[str] = (),
        covariate: Callable[[Any], Any] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(about, classes, **options)
        if by not in COVARIATES:
            raise UserError(f"by: expected one of {', '.join(COVARIATES)}, found {by!r}")
        self.by = by
        self.covariate = covariate or entry(by)

    def gather(self, engine: Engine) -> None:
        """Keep a batch's predictions and covariate."""
        super().gather(engine)
        values = self.covariate(engine.state.batch)
        words = self.by in ("sex", "site")
        self.keep("covariate", np.array([str(value) if words else float(value) for value in values]))

    def findings(self) -> list[Finding]:
        """Return a finding a metric and subgroup that is large enough."""
        pred = self.predictions()
        return [
            replace(row, site=code) if self.by == "site" else replace(row, people=code)
            for code, inside in subgroups(self.by, self.kept("covariate")).items()
            if np.count_nonzero(inside) >= FEWEST
            for row in self.scores(pred.only(inside))
            if isinstance(row, Score)
        ]


def subgroups(by: str, values: np.ndarray) -> dict[str, np.ndarray]:
    """Return who belongs to each subgroup of a covariate, bool (n,), by its code; who has none belongs to none.

    Args:
        by: a name in :data:`COVARIATES`.
        values: (n,) of it.

    >>> {code: inside.tolist() for code, inside in subgroups("age", np.array([20.0, 40.0, 70.0])).items()}
    {'to_40': [True, False, False], '40_to_60': [False, True, False], 'from_60': [False, False, True]}
    """
    if by == "sex":
        return {code: values == code for code in ("F", "M")}
    if by == "site":
        return {str(site): values == site for site in np.unique(values) if site}
    if by == "age":
        return {code: (values >= low) & (values < high) for code, (low, high) in AGE_BANDS.items()}
    middle = np.nanmedian(values)
    return {"smaller_heads": values <= middle, "larger_heads": values > middle}
