"""How much of a classifier is head size?"""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np
from ignite.engine import Engine
from monai.utils import CommonKeys

from brainaging.pipeline.engines import entry, stacked
from brainaging.pipeline.handlers.evaluation.evaluation_handler import Evaluated
from brainaging.pipeline.handlers.evaluation.predictor_handler import PredictorHandler
from brainaging.pipeline.results import Finding, ScaleResponse, measured
from brainaging.pipeline.runtime import UserError
from brainaging.pipeline.stats.bootstrap import mean_ratio
from brainaging.pipeline.stats.head_size_audit import (
    SCALES,
    matched_on_head_size,
    scale_answers,
    without_head_size,
)


class HeadSizeAudit(PredictorHandler):
    """A two-class classifier as it is, with head size regressed out, on pairs of one head size, on scaled scans.

    A head shrunk to 0.914 along each axis read as female to the original study's classifier: what a classifier of
    sex is worth, it is worth at the same head size.

    Args:
        about: what the rows say of themselves.
        classes: the two classes' names.
        head_size: from the engine's batch to head sizes in mL, as :func:`brainaging.transforms.t1w_chain` leaves
            them.
        predict: from volumes (n, X, Y, Z) to probabilities (n, 2), such as
            :func:`brainaging.pipeline.engines.predict_volumes` of a network; None asks nothing of scaled scans.
        image: from the engine's batch to the scans that are scaled, (B, 1, X, Y, Z) or a list of items.
        options: ``logits``, ``output_transform``, ``batch_transform`` of :class:`PredictorHandler`.
    """

    experiment: ClassVar[str] = "head_size_audit"

    def __init__(
        self,
        about: Evaluated,
        classes: Sequence[str] = ("F", "M"),
        head_size: Callable[[Any], Any] = entry("head_size"),
        predict: Callable[[np.ndarray], np.ndarray] | None = None,
        image: Callable[[Any], Any] = entry(CommonKeys.IMAGE),
        **options: Any,
    ) -> None:
        super().__init__(about, classes, **options)
        if len(self.classes) != 2:
            raise UserError(f"classes: expected two for an audit of head size, found {len(self.classes)}")
        self.head_size, self.predict, self.image = head_size, predict, image

    def gather(self, engine: Engine) -> None:
        """Keep a batch's predictions, head sizes and, where they are to be scaled, scans."""
        super().gather(engine)
        sizes = self.head_size(engine.state.batch)
        self.keep("head_size", np.array([float(size) for size in sizes]))
        if self.predict is not None:
            self.keep("image", stacked(self.image(engine.state.batch)).detach().float().cpu()[:, 0].numpy())

    def findings(self) -> list[Finding]:
        """Return the scores three times, and the mean answer to scans of each scale."""
        pred, size = self.predictions(), self.kept("head_size")
        return [
            *self.scores(pred),
            *self.scores(
                without_head_size(pred, size, self.groups, self.about.seed), adjustment="head_size_residualised"
            ),
            *self.scores(matched_on_head_size(pred, size), adjustment="head_size_matched"),
            *self._answers_by_scale(float(np.mean(pred.truth))),
        ]

    def _answers_by_scale(self, share: float) -> list[Finding]:
        if self.predict is None:
            return []
        volumes = self.kept("image")
        answers = scale_answers(self.predict, volumes)
        common = self.common(len(volumes))
        return [
            ScaleResponse(
                **common,
                scale=scale,
                **measured(
                    "p_male", mean_ratio(second, 1.0, self.groups, self.about.seed), "men_among_scans", share
                ),
            )
            for scale, second in zip(SCALES, answers, strict=True)
        ]
