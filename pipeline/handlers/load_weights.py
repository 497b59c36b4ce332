"""Weights of a checkpoint into an engine's network before it runs."""

from ignite.engine import Engine, Events
from torch import nn

from brainaging.pipeline.engines import load_weights, unwrapped


class LoadWeights:
    """Before an engine runs, load a checkpoint's weights; MONAI's ``CheckpointLoader`` with errors one can read.

    Args:
        path: ``best.pt`` or ``last.pt``.
        network: the engine's network, possibly wrapped for several processes.
    """

    def __init__(self, path: str, network: nn.Module) -> None:
        self.path = path
        self.network = network

    def attach(self, engine: Engine) -> None:
        """Attach to ``engine``."""
        engine.add_event_handler(Events.STARTED, self.load)
        engine.add_event_handler(Events.EXCEPTION_RAISED, self.fail)

    def load(self) -> None:
        """Load the weights; raises as :func:`load_weights`."""
        load_weights(unwrapped(self.network), self.path)

    def fail(self, error: BaseException) -> None:
        """Let an error pass to whoever runs the engine; MONAI's ``StatsHandler``, attached later, would log its
        traceback first."""
        raise error
