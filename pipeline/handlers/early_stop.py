"""Early stopping that a resumed run goes on counting."""

import logging
from typing import Any

from ignite.engine import Engine
from monai.handlers import EarlyStopHandler


class EarlyStop(EarlyStopHandler):
    """Stop training when a metric has not improved for ``patience`` validations.

    MONAI's handler forgets its count in a checkpoint; this one is saved and restored, so that a run that was
    killed stops where it would have stopped, and one that had stopped stays so until ``patience`` is raised.

    Args:
        patience: validations without improvement.
        key_metric: name of the metric among the validating engine's.
        larger_is_better: False for errors.
    """

    def __init__(self, patience: int, key_metric: str, larger_is_better: bool = False) -> None:
        sign = 1.0 if larger_is_better else -1.0
        super().__init__(patience, lambda engine: sign * engine.state.metrics[key_metric])

    def set_trainer(self, trainer: Engine) -> None:
        """Say which engine is stopped; a config calls it in ``initialize``, where both engines are there."""
        super().set_trainer(trainer)
        self.trainer = trainer
        if self._handler is not None:
            # Ignite's own logger prints to the terminal, past whatever the program says of it.
            self._handler.logger.setLevel(logging.WARNING)

    def state_dict(self) -> dict[str, Any]:
        """Return the count and the best score so far."""
        return {} if self._handler is None else dict(self._handler.state_dict())

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on counting; stop the trainer at once where patience was at its end."""
        if self._handler is None or not state_dict:
            return
        self._handler.load_state_dict(state_dict)
        if self._handler.counter >= self.patience:
            self.trainer.terminate()
