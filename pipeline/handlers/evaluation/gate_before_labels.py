"""The gate before synthetic brains get labels, in any engine that generates them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

import numpy as np
from ignite.engine import Engine
from monai.utils import CommonKeys

from brainaging.pipeline.engines import entry, stacked
from brainaging.pipeline.handlers.evaluation.evaluation_handler import Evaluated, EvaluationHandler
from brainaging.pipeline.measures.tissue import head_sizes
from brainaging.pipeline.results import Finding, GateCheck
from brainaging.pipeline.runtime import UserError
from brainaging.pipeline.stats import reader_checks
from brainaging.pipeline.stats.label_gate import Check, fingerprint_check, intensity_check, require, size_check
from brainaging.pipeline.stats.predictions import Predictions
from brainaging.pipeline.stats.reader_checks import LabelPairs
from brainaging.transforms import GridSpec

Reader = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class GateReference:
    """What generated brains and their readers are held against.

    Attributes:
        scans: (n, X, Y, Z) of people whom neither generator nor readers learned from.
        labels: (n,) their classes, 0 or 1.
        grid: of the scans.
        mask: (X, Y, Z) bool.
        readers: from volumes (k, X, Y, Z) to probabilities (k, 2), by code of the vocabulary ("classifier", and
            "second_classifier" where there is one, whose agreement is looked at).
        reconstructions: (n, X, Y, Z) of the scans by the generator, on which the first reader must be as well
            calibrated; None where it makes none.
        groups: of the people that the generator learned from, that the readers did, and of the scans; none where
            that is not known, and then not looked at.
        fingerprints: of grids, by what carries them (generator, readers).
    """

    scans: np.ndarray
    labels: np.ndarray
    grid: GridSpec
    mask: np.ndarray
    readers: Mapping[str, Reader]
    reconstructions: np.ndarray | None = None
    groups: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None
    fingerprints: Mapping[str, str] = field(default_factory=dict)


class GateBeforeLabels(EvaluationHandler):
    """Every check that stands before labels of the brains that an engine generates in an epoch.

    Among the engine's metrics are what each check measured, as ``gate_…``, and ``gate_passed``, 1 or 0.

    Args:
        about: what the rows say of themselves.
        reference: what brains and readers are held against.
        output_transform: from the engine's output to generated volumes (B, 1, X, Y, Z), or a list of a decollated
            batch's items.
        stop: end the run by an error where a check fails.
    """

    experiment: ClassVar[str] = "gate"

    def __init__(
        self,
        about: Evaluated,
        reference: GateReference,
        output_transform: Callable[[Any], Any] = entry(CommonKeys.PRED),
        stop: bool = False,
    ) -> None:
        super().__init__(about)
        if not reference.readers:
            raise UserError("readers: expected one or two classifiers that read brains, found none")
        self.reference, self.output_transform, self.stop = reference, output_transform, stop
        self.checked: list[Check] = []

    def gather(self, engine: Engine) -> None:
        """Keep a batch of generated volumes."""
        volumes = stacked(self.output_transform(engine.state.output)).detach().float().cpu()
        self.keep("volumes", volumes[:, 0].numpy())

    def finish(self, engine: Engine) -> None:
        """Check, write, and show; then stop where that is wanted.

        Raises:
            GateError: a check failed, and ``stop`` is set.
        """
        super().finish(engine)
        if self.stop:
            require(self.checked)

    def findings(self) -> list[Finding]:
        """Return a finding a check."""
        self.checked = self.checks(self.kept("volumes"))
        common = self.common(len(self.reference.scans))
        return [GateCheck(**common, **asdict(check)) for check in self.checked]

    def metrics(self, findings: Sequence[Finding]) -> dict[str, float]:
        """Return the checks' values as ``gate_…``, and whether all passed."""
        values = {f"gate_{name}": value for name, value in super().metrics(findings).items()}
        return {**values, "gate_passed": float(all(check.passed for check in self.checked))}

    def checks(self, brains: np.ndarray) -> list[Check]:
        """Return every check of brains (k, X, Y, Z), and of the readers that would label them."""
        known = self.reference
        spacing = known.grid.spacing
        sizes, own = head_sizes(known.scans, spacing), head_sizes(brains, spacing)
        of_scans = {
            name: _predictions(reader(known.scans), known.labels) for name, reader in known.readers.items()
        }
        labels = [reader(brains).argmax(axis=1) for reader in known.readers.values()]
        first = next(iter(known.readers))
        found = [intensity_check(known.scans, brains, known.mask), size_check(sizes, own)]
        if known.fingerprints:
            found.append(fingerprint_check(scans=known.grid.fingerprint, **known.fingerprints))
        if known.groups is not None:
            found.append(reader_checks.independence_check(*known.groups))
        found += [reader_checks.skill_check(name, predictions) for name, predictions in of_scans.items()]
        if known.reconstructions is not None:
            again = _predictions(known.readers[first](known.reconstructions), known.labels)
            found.append(reader_checks.calibration_check(first, of_scans[first], again))
        found.append(reader_checks.degeneracy_check(labels[0]))
        read = of_scans[first].predicted
        found.append(reader_checks.balance_check((read, labels[0]), (sizes, own), first))
        if len(labels) == 2:
            pairs = LabelPairs(*(predictions.predicted for predictions in of_scans.values()))
            found.append(reader_checks.agreement_check(pairs, LabelPairs(labels[0], labels[1])))
        return found


def _predictions(probabilities: np.ndarray, labels: np.ndarray) -> Predictions:
    rows, fold = np.arange(len(labels)), np.zeros(len(labels), int)
    return Predictions(rows, fold, labels, probabilities.argmax(axis=1), probabilities, ("F", "M"), 0)
