"""Are a classifier's probabilities what they say?"""

from typing import ClassVar

from brainaging.pipeline.handlers.evaluation.predictor_handler import PredictorHandler
from brainaging.pipeline.results import Finding
from brainaging.pipeline.stats.reliability import RELIABILITY_METRICS
from brainaging.pipeline.stats.scores import CLASS_METRICS


class CalibrationScores(PredictorHandler):
    """Calibration error and Brier score of a classifier, beside its accuracies and AUC, with 95 % intervals.

    In an evaluator of MONAI's:

    >>> import torch
    >>> from monai.engines import SupervisedEvaluator
    >>> from brainaging.pipeline.handlers.evaluation import Evaluated
    >>> items = [{"image": torch.full((1, 2), float(n % 2)), "label": n % 2} for n in range(40)]
    >>> loader = torch.utils.data.DataLoader(items, batch_size=8)
    >>> scores = CalibrationScores(Evaluated("mine", "classifier"), classes=("no", "yes"))
    >>> network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(2, 2))
    >>> evaluator = SupervisedEvaluator("cpu", loader, network, val_handlers=[scores])
    >>> evaluator.run()
    >>> sorted(evaluator.state.metrics)
    ['accuracy', 'auc', 'balanced_accuracy', 'brier', 'ece']

    In a plain engine of Ignite's, whose output is a pair:

    >>> from ignite.engine import Engine
    >>> engine = Engine(lambda engine, batch: (batch, torch.tensor([0, 1])))
    >>> pair = {"output_transform": lambda output: output}
    >>> CalibrationScores(Evaluated("mine", "classifier"), ("no", "yes"), logits=False, **pair).attach(engine)
    >>> state = engine.run([torch.tensor([[0.8, 0.2], [0.4, 0.6]])])
    >>> round(state.metrics["brier"], 3), round(state.metrics["ece"], 3)
    (0.1, 0.3)
    """

    experiment: ClassVar[str] = "evaluation"

    def findings(self) -> list[Finding]:
        """Return a finding a metric."""
        return self.scores(self.predictions(), {**CLASS_METRICS, **RELIABILITY_METRICS})
