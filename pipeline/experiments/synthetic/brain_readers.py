"""Two classifiers that read brains which nobody has: learned from other people than the brains' generator."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from torch import nn

from brainaging.pipeline.data import SEXES
from brainaging.pipeline.engines import predict_volumes
from brainaging.pipeline.experiments.budget import SyntheticBudget
from brainaging.pipeline.experiments.synthetic.classifiers import FIRST, SECOND, sex_learners
from brainaging.pipeline.experiments.synthetic.cohort_parts import People, Sample
from brainaging.pipeline.experiments.synthetic.training import Learner, Training
from brainaging.pipeline.stats.predictions import Predictions
from brainaging.pipeline.stats.reader_checks import LabelPairs

#: folders of their weights, by classifier
FOLDERS = {FIRST: "residual_network_reader", SECOND: "densenet_reader"}


@dataclass(frozen=True)
class Readers:
    """Trained classifiers by code; the first one labels.

    Attributes:
        networks: by code.
        learned: (n,) groups of the people that they learned from.
    """

    networks: Mapping[str, nn.Module]
    learned: np.ndarray

    def read(self, brains: np.ndarray) -> dict[str, np.ndarray]:
        """Return each reader's probabilities (k, 2) of brains (k, X, Y, Z)."""
        return {name: predict_volumes(network, brains) for name, network in self.networks.items()}

    def predictions(self, brains: np.ndarray, sex: np.ndarray) -> dict[str, Predictions]:
        """Return each reader's predictions of brains (m, X, Y, Z) of known sex (m,)."""
        return {name: as_predictions(answers, sex) for name, answers in self.read(brains).items()}


@dataclass(frozen=True)
class ReadersTested:
    """Readers and what they say of people who taught nothing.

    Attributes:
        readers: the classifiers.
        people: those on whose scans they are tested.
        of_scans: predictions by reader.
        of_reconstructions: predictions by kind of reconstruction and reader.
        intended: (m,) the kind that each scan's latent stands for, −1 where none is known.
        head_sizes: (m,) of the scans, mL.
    """

    readers: Readers
    people: Sample
    of_scans: Mapping[str, Predictions]
    of_reconstructions: Mapping[str, Mapping[str, Predictions]]
    intended: np.ndarray
    head_sizes: np.ndarray

    @property
    def agreement(self) -> LabelPairs:
        """Both readers' labels of the scans."""
        first, second = (predictions.predicted for predictions in self.of_scans.values())
        return LabelPairs(first, second)


def as_predictions(probabilities: np.ndarray, sex: np.ndarray) -> Predictions:
    """Return probabilities (m, 2) of people of known sex (m,) as predictions."""
    rows = np.arange(len(probabilities))
    fold = np.zeros(len(rows), int)
    return Predictions(rows, fold, sex, probabilities.argmax(axis=1), probabilities, SEXES, 0)


def reader_learners(bundle: Path, budget: SyntheticBudget) -> dict[str, Learner]:
    """Return the two readers by code: the first and the second classifier, in folders of their own."""
    learners = sex_learners(bundle, budget.classifier_epochs)
    return {name: replace(learners[name], name=folder) for name, folder in FOLDERS.items()}


def trained_readers(training: Training, learners: Mapping[str, Learner], people: People) -> Readers:
    """Return the readers, trained on their part of the people."""
    rows = people.parts.readers[people.sex[people.parts.readers] >= 0]
    networks = {name: training.network(learner, rows, labels=people.sex) for name, learner in learners.items()}
    return Readers(networks, people.groups[rows])
