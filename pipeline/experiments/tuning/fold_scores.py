"""How well a bundle does with some settings: trained on grouped folds, scored on people whom no training saw."""

import csv
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from monai.bundle import ConfigParser

from brainaging.pipeline.data import Cohort, grouped_folds, holdout
from brainaging.pipeline.engines import place_value, run_bundle, train_bundle
from brainaging.pipeline.runtime import UserError, subseed, write_json

log = logging.getLogger(__name__)
#: of a fold's people to learn from, those that choose the epoch, as in `reproduce`. Sensitivity: not measured
VALIDATION_SHARE = 0.1
#: of a fold's folder: the score, once it is finished
SCORE = "score.json"
_METRICS = "metrics.csv"


@dataclass(frozen=True)
class TunedBundle:
    """A bundle and the people whom its settings are chosen on: those to train on and to validate, never to test.

    Attributes:
        folder: the bundle's.
        dataset_dir: what `brainaging prepare` wrote.
        items: of the config's data, one a scan or person.
        folds: pairs of positions (train, test) in ``items``, whole groups on one side.
        groups, strata: (n,) of ``items``.
        metric: by which the bundle chooses its epoch.
        larger_is_better: of the metric.
        seed: of weights and of who chooses the epoch.
    """

    folder: Path
    dataset_dir: Path
    items: list[dict[str, Any]]
    folds: list[tuple[np.ndarray, np.ndarray]]
    groups: np.ndarray
    strata: np.ndarray
    metric: str
    larger_is_better: bool
    seed: int

    @classmethod
    def of(cls, folder: Path, dataset_dir: Path, cohort: Cohort, folds: int, seed: int) -> "TunedBundle":
        """Read a bundle's config and data, and deal its people to grouped folds.

        Raises:
            UserError: data that do not say whose they are, or too few groups for the folds.
        """
        parser = _config(folder, dataset_dir)
        items = [*parser.get_parsed_content("train#data"), *parser.get_parsed_content("validate#data")]
        if any("subject" not in item for item in items):
            raise UserError(f"{folder.name}: its data do not say whose they are, as grouped folds need")
        table = cohort.table
        names = list(zip(table["subject"].astype(str), table["session"].astype(str), strict=True))
        rows = {name: row for row, name in enumerate(names)}
        places = [rows[str(item["subject"]), str(item.get("session", ""))] for item in items]
        groups, strata = (np.asarray(values)[places] for values in (cohort.groups(), cohort.strata()))
        chosen = parser["train#handler#checkpoints"]
        pairs = [
            (np.asarray(train), np.asarray(test)) for train, test in grouped_folds(groups, strata, folds, seed)
        ]
        better = bool(chosen.get("larger_is_better", False))
        return cls(folder, dataset_dir, items, pairs, groups, strata, str(chosen["key_metric"]), better, seed)

    def defaults(self, names: Sequence[str]) -> dict[str, Any]:
        """Return the config's own values by id.

        Raises:
            UserError: the config has no such id.
        """
        parser = _config(self.folder, self.dataset_dir)
        for name in names:
            if name not in parser:
                there = sorted(
                    key for key, value in dict(parser.get()).items() if not isinstance(value, dict | list)
                )
                raise UserError(f"{self.folder.name}: no value is called {name!r}; there are {', '.join(there)}")
        return {name: parser[name] for name in names}

    def score(self, out: Path, settings: Mapping[str, Any]) -> list[float]:
        """Return the metric of every fold's held-out people; a fold that is finished in ``out`` is read back.

        A tenth of a fold's people to learn from chooses the epoch; the held-out ones take no part in training.

        Raises:
            UserError: as :func:`brainaging.pipeline.engines.run_bundle`.
        """
        return [self._fold(out / f"fold-{number}", number, settings) for number in range(len(self.folds))]

    def _fold(self, folder: Path, number: int, settings: Mapping[str, Any]) -> float:
        kept = folder / SCORE
        if kept.is_file():
            return float(json.loads(kept.read_text(encoding="utf-8"))[self.metric])
        train, test = self.folds[number]
        shares = (1 - VALIDATION_SHARE, VALIDATION_SHARE)
        parts = holdout(self.groups[train], shares, self.strata[train], subseed(self.seed, "validation", number))
        fit, choose, held_out = (
            [self.items[row] for row in rows] for rows in (train[parts["train"]], train[parts["test"]], test)
        )
        log.info("fold %d: training on %d, held out %d", number, len(fit), len(held_out))
        common = {"dataset_dir": place_value(self.dataset_dir), **settings}
        seed = subseed(self.seed, "weights", number)
        train_bundle(self.folder, folder, fit, choose, seed=seed, fold=number, **common)
        places = {"ckpt_dir": place_value(folder), "output_dir": place_value(folder)}
        # without MONAI's statistics, which would print every fold's metrics to the terminal
        handlers = ["%validate#handler#weights", "%validate#handler#metrics"]
        held = {"validate#data": held_out, "validate#handlers": handlers}
        run_bundle(self.folder, "evaluate", **held, **places, **common)
        value = _read_metric(folder / _METRICS, self.metric)
        write_json(kept, {self.metric: value})
        return value


def _config(folder: Path, dataset_dir: Path) -> ConfigParser:
    parser = ConfigParser()
    parser.read_config(str(folder / "configs" / "train.json"))
    parser["bundle_root"], parser["dataset_dir"] = place_value(folder), place_value(dataset_dir)
    return parser


def _read_metric(path: Path, metric: str) -> float:
    with path.open(encoding="utf-8", newline="") as handle:
        values = {row[0].strip(): row[1] for row in csv.reader(handle) if len(row) == 2}
    if metric not in values:
        raise UserError(f"{path}: expected {metric}, found {', '.join(values) or 'nothing'}")
    return float(values[metric])
