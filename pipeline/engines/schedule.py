"""A learning rate schedule that a resumed run may stretch."""

import math
from typing import Any

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR


class CosineSchedule(LambdaLR):
    """Cosine annealing to zero over ``epochs`` (Loshchilov and Hutter 2017, without restarts).

    torch's ``CosineAnnealingLR`` takes its length and first rate from a checkpoint, so that a run resumed for
    more epochs would see its rate rise again, and one resumed with a lower rate would keep the old. Here a
    checkpoint gives the epoch alone; rate and length are this run's.

    Args:
        optimizer: whose rate is set.
        epochs: after so many the rate is zero.
    """

    def __init__(self, optimizer: Optimizer, epochs: int) -> None:
        super().__init__(optimizer, lambda epoch: 0.5 * (1 + math.cos(math.pi * min(epoch / epochs, 1))))

    def state_dict(self) -> dict[str, Any]:
        """Return how many epochs are done."""
        return {"last_epoch": self.last_epoch}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from a checkpoint's epoch; call it after the optimizer's own ``load_state_dict``."""
        self.last_epoch = state_dict["last_epoch"]
        rates = [base * rate(self.last_epoch) for base, rate in zip(self.base_lrs, self.lr_lambdas, strict=True)]
        for group, rate in zip(self.optimizer.param_groups, rates, strict=True):
            group["lr"] = rate
        self._last_lr = rates
