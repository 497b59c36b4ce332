"""A predictor's network and its linear model, stacked by weights that are fitted to validation scans."""

import logging
from collections.abc import Sequence
from typing import Any, cast

import ignite.distributed as idist
import numpy as np
import torch
from ignite.engine import Engine, Events
from scipy.optimize import minimize
from torch import Tensor, nn

from brainaging.networks import T1wPredictor
from brainaging.pipeline.data import stacked_images
from brainaging.pipeline.engines import MirrorInferer, unwrapped

#: Strength of the pull to equal weights, in units of one scan's loss. Sensitivity: it decides where there are few
#: scans; against the loss of a hundred it is one per cent of it.
PULL = 1.0
_BATCH = 64


class StackModels:
    """Before a validation, choose the weights w of :class:`brainaging.networks.T1wPredictor`.

    Stacking (Wolpert 1992; Breiman 1996 for w ≥ 0) of a linear model and a network: w minimises the validation
    scans' loss (log loss of classes, squared error of standardised numbers) plus ``PULL`` |w − w°|², w° half and
    half. Two numbers fitted to a hundred scans leave their loss an honest guide to the best epoch; test scans stay
    unseen.

    Args:
        network: the predictor, possibly wrapped for several processes.
        dataset: validation scans, items with ``image`` ``(1, X, Y, Z)`` and ``label``.
        linear: whether the linear model takes part.
    """

    def __init__(self, network: nn.Module, dataset: Sequence[Any], linear: bool = True) -> None:
        self.network = network
        self.dataset = dataset
        self.start = np.array([0.5, 0.5] if linear else [0.0, 1.0])
        self.free = np.array([linear, True])
        self.logger = logging.getLogger(__name__)

    def attach(self, engine: Engine) -> None:
        """Attach to the evaluator ``engine``."""
        engine.add_event_handler(Events.STARTED, self.fit)

    @torch.no_grad()
    def fit(self) -> None:
        """Choose the weights; every process sees all the scans and comes to the same."""
        inner = cast(T1wPredictor, unwrapped(self.network)).eval()
        linear, net, labels = self._outputs(inner)
        classes = not labels.is_floating_point()
        if not classes:
            labels = (labels - inner.centre.cpu().double()) / inner.spread.cpu().double()

        def loss(weights: np.ndarray) -> float:
            mixed = float(weights[0]) * linear + float(weights[1]) * net
            error = (
                nn.functional.cross_entropy(mixed, labels, reduction="sum")
                if classes
                else (mixed[:, 0] - labels).square().sum()
            )
            return float(error) + PULL * float(((weights - self.start) ** 2).sum())

        # from the start that w° is: at a minimum of a convex loss, whichever start was taken
        optimum = minimize(loss, self.start, bounds=[(0, None) if free else (0, 0) for free in self.free])
        inner.mix.copy_(torch.as_tensor(optimum.x))
        if idist.get_rank() == 0:
            self.logger.debug("linear model %.2f, network %.2f", *optimum.x)

    def _outputs(self, network: T1wPredictor) -> tuple[Tensor, Tensor, Tensor]:
        """Return both models' outputs ``(n, K)``, over each scan and its mirror image, and the labels ``(n,)``."""
        labels = torch.tensor([self.dataset[i]["label"] for i in range(len(self.dataset))])
        images = stacked_images(self.dataset)
        infer, parts = MirrorInferer(), [part.to(network.mix.device) for part in images.split(_BATCH)]
        linear, net = (
            torch.cat([infer(part, model).double().cpu() for part in parts])
            for model in (network.linear, network.network)
        )
        return linear, net, labels
