"""Fit a predictor's linear model before its network is trained."""

from collections.abc import Sequence
from typing import Any, cast

import ignite.distributed as idist
import numpy as np
import torch
from ignite.engine import Engine
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import log_loss
from torch import Tensor, nn

from brainaging.networks import T1wPredictor, principal_components
from brainaging.networks.linear.leading_space import most_components
from brainaging.pipeline.data import stacked_images
from brainaging.pipeline.engines import unwrapped
from brainaging.pipeline.handlers.linear_start import LinearStart
from brainaging.pipeline.runtime import UserError

#: inverse penalties to choose from; scores have a mean square norm of 1, as those of the probes in ``stats``
PENALTIES = (0.1, 1.0, 10.0, 100.0, 1000.0)
#: used where validation cannot choose
DEFAULT_PENALTY = 10.0
#: logit of a class without a training scan: a share of 2e-9 beside a logit of 0
ABSENT = -20.0


class LinearFit(LinearStart):
    """Before the first epoch: L2 logistic regression, or ridge for numbers, on the training scans' components.

    Each scan's mirror image is a second sample. The penalty is the one with the least loss on validation scans.
    Attach it after the checkpoints: a resumed run keeps what it had.

    Args:
        network: the predictor, possibly wrapped for several processes.
        dataset: the training dataset, items with ``image`` ``(1, X, Y, Z)`` and ``label``.
        choose: the validation dataset.
        flip: add each scan's mirror image.
        linear: False leaves the linear model at zero, and fits the unit of numbers alone.
    """

    def __init__(
        self,
        network: nn.Module,
        dataset: Sequence[Any],
        choose: Sequence[Any],
        flip: bool = True,
        linear: bool = True,
    ) -> None:
        super().__init__(network, dataset, flip)
        self.choose = choose
        self.linear = linear

    def start(self, engine: Engine) -> None:
        """Fit, unless training goes on from a checkpoint.

        Raises:
            UserError: the training scans are too few, all alike, or all of one class.
        """
        if engine.state.epoch > 0:
            return
        inner = cast(T1wPredictor, unwrapped(self.network))
        images, labels = _samples(self.dataset)
        if len(np.unique(labels)) < 2:
            raise UserError(f"{len(labels)} training scans have one label, {labels[0]}: nothing tells them apart")
        if labels.dtype.kind == "f":
            inner.centre.fill_(float(labels.mean()))
            inner.spread.fill_(float(labels.std()))
        if self.linear:
            self._fit(inner, images, labels)
        self.share()

    def _fit(self, inner: T1wPredictor, images: Tensor, labels: np.ndarray) -> None:
        voxels = inner.voxels.cpu()
        samples, truth = images.flatten(1)[:, voxels], labels
        if self.flip:
            samples = torch.cat([samples, images.flip(2).flatten(1)[:, voxels]])
            truth = np.concatenate([labels, labels])
        try:
            principal = principal_components(samples, most_components(len(samples)))
        except ValueError as error:
            raise UserError(f"{len(images)} training scans are no start for a network: {error}") from error
        scores = ((samples - principal.mean) @ principal.components.T).numpy().astype(float)
        unit = float(np.sqrt(np.square(scores).sum(1).mean()))
        others, others_truth = _samples(self.choose)
        pair = [others.flatten(1)[:, voxels], others.flip(2).flatten(1)[:, voxels]]
        validation = [((part - principal.mean) @ principal.components.T).numpy() / unit for part in pair]
        fits = {}
        for penalty in PENALTIES:
            weight, bias, loss = self._model(inner, penalty, scores / unit, truth, validation, others_truth)
            fits[loss, abs(np.log(penalty / DEFAULT_PENALTY))] = penalty, weight, bias
        penalty, weight, bias = fits[min(fits)]
        straight = torch.as_tensor(weight / unit, dtype=torch.float32) @ principal.components
        inner.weight.copy_(straight)
        inner.bias.copy_(torch.as_tensor(bias, dtype=torch.float32) - straight @ principal.mean)
        if idist.get_rank() == 0:
            self.logger.info("linear model of %d scans, inverse penalty %g", len(images), penalty)

    def _model(
        self,
        inner: T1wPredictor,
        penalty: float,
        scores: np.ndarray,
        truth: np.ndarray,
        validation: list[np.ndarray],
        others_truth: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray, float]:
        """Return weights (K, r), biases (K,) and the loss on the validation scans, over both mirror images."""
        if truth.dtype.kind == "f":
            centre, spread = float(inner.centre), float(inner.spread)
            ridge = Ridge(alpha=1 / penalty).fit(scores, (truth - centre) / spread)
            predicted = np.mean([ridge.predict(part) for part in validation], axis=0)
            loss = float(np.square(predicted - (others_truth - centre) / spread).mean())
            return ridge.coef_[None], np.array([ridge.intercept_]), loss
        model = LogisticRegression(C=penalty, max_iter=3000).fit(scores, truth)
        weight, bias = np.zeros((inner.outputs, scores.shape[1])), np.full(inner.outputs, ABSENT)
        if len(model.classes_) == 2:
            # one logit stands for two: half of it each way
            weight[model.classes_] = np.array([[-0.5], [0.5]]) * model.coef_
            bias[model.classes_] = np.array([-0.5, 0.5]) * model.intercept_
        else:
            weight[model.classes_], bias[model.classes_] = model.coef_, model.intercept_
        logits = np.mean([part @ weight.T + bias for part in validation], axis=0)
        probabilities = np.exp(logits - logits.max(1, keepdims=True))
        probabilities /= probabilities.sum(1, keepdims=True)
        return weight, bias, float(log_loss(others_truth, probabilities, labels=range(inner.outputs)))


def _samples(dataset: Sequence[Any]) -> tuple[Tensor, np.ndarray]:
    """Return images ``(n, 1, X, Y, Z)`` on the CPU and labels ``(n,)``."""
    return stacked_images(dataset, "cpu"), np.array([dataset[i]["label"] for i in range(len(dataset))])
