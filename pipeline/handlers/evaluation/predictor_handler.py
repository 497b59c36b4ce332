"""What evaluations of a predictor share: its predictions of an epoch, whose they are, and their scores."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from ignite.engine import Engine
from monai.handlers import from_engine
from torch import Tensor

from brainaging.pipeline.engines import optional_entry, stacked
from brainaging.pipeline.handlers.evaluation.evaluation_handler import Evaluated, EvaluationHandler
from brainaging.pipeline.results import Finding, Probe, Scoring
from brainaging.pipeline.runtime import UserError
from brainaging.pipeline.stats.predictions import Predictions
from brainaging.pipeline.stats.scores import Metric


class PredictorHandler(EvaluationHandler):
    """Gather a predictor's outputs and the truth, as an engine's output has them.

    Args:
        about: what the rows say of themselves.
        classes: the classes' names; none for a predictor of a number (age in years).
        logits: False where outputs are probabilities.
        output_transform: from the engine's output to outputs and truth: ``(B, K)`` or ``(B, 1)``, and class
            numbers or numbers ``(B,)`` or ``(B, 1)``; either may be a list of a decollated batch's items.
        batch_transform: from the engine's batch to what of its people belongs together (families, subjects), which
            intervals draw as one; by default the entry ``subject``, or each by itself where batches have none.
    """

    def __init__(
        self,
        about: Evaluated,
        classes: Sequence[str] = (),
        logits: bool = True,
        output_transform: Callable[[Any], Any] = from_engine(["pred", "label"]),
        batch_transform: Callable[[Any], Any] = optional_entry("subject"),
    ) -> None:
        super().__init__(about)
        self.classes = tuple(classes)
        self.logits = logits
        self.output_transform, self.batch_transform = output_transform, batch_transform

    @property
    def target(self) -> str:
        """What is predicted, a code of the vocabulary."""
        if set(self.classes) == {"F", "M"}:
            return "sex"
        return "class" if self.classes else "age_years"

    def gather(self, engine: Engine) -> None:
        """Keep a batch's outputs, truth and groups.

        Raises:
            UserError: as many outputs as there are no classes, or other numbers of outputs and truths.
        """
        outputs, truth = (
            stacked(part).detach().float().cpu() for part in self.output_transform(engine.state.output)
        )
        if len(outputs) != len(truth.flatten()):
            raise UserError(f"predictions: expected one truth each, found {len(outputs)} and {truth.numel()}")
        self.keep("output", self._answers(outputs).numpy())
        self.keep("truth", truth.flatten().numpy())
        groups = self.batch_transform(engine.state.batch)
        if groups is not None:
            self.keep("group", np.array([str(group) for group in groups]))

    def predictions(self) -> Predictions:
        """Return the epoch's predictions, each of a row of its own."""
        outputs, truth = self.kept("output"), self.kept("truth")
        rows, fold = np.arange(len(truth)), np.zeros(len(truth), int)
        if self.classes:
            numbers = truth.astype(int)
            predicted = outputs.argmax(axis=1) if len(outputs) else numbers
            return Predictions(rows, fold, numbers, predicted, outputs, self.classes, self.about.n_train)
        values = outputs[:, 0] if len(outputs) else truth
        return Predictions(rows, fold, truth, values, np.empty((len(truth), 0)), (), self.about.n_train)

    @property
    def groups(self) -> np.ndarray:
        """What belongs together (n,); each row by itself where batches do not say."""
        groups = self.kept("group")
        return groups if len(groups) else np.arange(len(self.kept("truth")))

    def scores(
        self, pred: Predictions, metrics: Mapping[str, Metric] | None = None, adjustment: str = ""
    ) -> list[Finding]:
        """Return a finding a metric, with its interval over groups."""
        scoring = Scoring(self.about.cohort, "T1w", self.about.seed, self.groups)
        probe = Probe(target=self.target, features="voxels", model=self.about.model, adjustment=adjustment)
        return scoring.scores(probe, pred, experiment=self.experiment, metrics=metrics)

    def _answers(self, outputs: Tensor) -> Tensor:
        """Return probabilities (B, K), or numbers (B, 1)."""
        if outputs.ndim == 1:
            outputs = outputs[:, None]
        if not self.classes:
            return outputs
        if outputs.shape[1] == 1 and len(self.classes) == 2:
            positive = outputs.sigmoid() if self.logits else outputs
            return torch.cat([1 - positive, positive], dim=1)
        if outputs.shape[1] != len(self.classes):
            listed = ", ".join(self.classes)
            raise UserError(f"predictions: expected an output a class ({listed}), found {outputs.shape[1]}")
        return outputs.softmax(1) if self.logits else outputs
