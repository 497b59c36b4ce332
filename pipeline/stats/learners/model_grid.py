"""The original's grid of models: four learners, three ways to make many classes of two, cross-validated."""

from collections.abc import Callable, Sequence

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.ensemble import RandomForestClassifier
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from brainaging.pipeline.stats.model_choice import choose, inner_folds
from brainaging.pipeline.stats.out_of_fold import Classifier, classes_out_of_fold, spread_scores
from brainaging.pipeline.stats.predictions import Predictions
from brainaging.pipeline.stats.probes import choose_penalty, logistic
from brainaging.pipeline.stats.sample_space import FoldSpace

#: how many classes become two: not at all, each against the rest, each against each
SCHEMES = ("", "_ovr", "_ovo")
LEARNERS = ("logistic_regression", "random_forest", "knn", "decision_tree")
#: learner and scheme by the model's name
_GRID = {f"{learner}{scheme}": (learner, scheme) for learner in LEARNERS for scheme in SCHEMES}
#: beyond the original's four
SUPPORT_VECTORS = "support_vectors"
#: (C, gamma) of the radial kernel exp(−γ d²). Rows have a mean square norm of 1, so that d² of two people is about
#: 2 and the kernel of strangers spans 0.82 to 0.14; C from scikit-learn's own upwards
KERNELS = tuple((cost, gamma) for cost in (1.0, 3.0, 10.0) for gamma in (0.1, 0.3, 1.0))
#: scikit-learn's own number
TREES = 100
#: odd, so that two classes cannot tie; about the root of the demo's 200 people, a rule of thumb
NEIGHBOURS = 15
# a leaf of fewer people is noise: brackets overlap almost wholly
LEAF = 10


def model_names(classes: int) -> list[str]:
    """Return the grid's models for a number of classes; for two classes the schemes are one and the same."""
    schemes = SCHEMES if classes > 2 else SCHEMES[:1]
    return [f"{learner}{scheme}" for learner in LEARNERS for scheme in schemes]


def cross_validate(
    name: str,
    spaces: Sequence[FoldSpace],
    labels: np.ndarray,
    groups: np.ndarray,
    seed: int,
    trees: int | None = None,
) -> Predictions:
    """Return one model's out-of-fold predictions.

    Args:
        name: one of :func:`model_names`, or :data:`SUPPORT_VECTORS`.
        spaces: folds of standardised columns.
        labels: (n,) class name of every row, "" where unknown.
        groups: (n,) group of every row, for the penalty's inner folds.
        seed: of forests, trees and inner folds.
        trees: of a forest; None for :data:`TREES`.
    """

    def fit(x: np.ndarray, y: np.ndarray, own: np.ndarray, count: int) -> Classifier:
        model = _build(name, x, y, own, seed, trees or TREES).fit(x, y)

        def predict(ahead: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            return np.asarray(model.predict(ahead)), spread_scores(_scores(model, ahead), model.classes_, count)

        return predict

    return classes_out_of_fold(fit, spaces, labels, groups)


def _build(name: str, x: np.ndarray, y: np.ndarray, groups: np.ndarray, seed: int, trees: int) -> ClassifierMixin:
    learner, scheme = _GRID.get(name, (name, ""))
    # one against one, a model sees the people of two classes only
    small = min(NEIGHBOURS, int(np.sort(np.unique(y, return_counts=True)[1])[:2].sum()))
    makers: dict[str, Callable[[], ClassifierMixin]] = {
        "logistic_regression": lambda: logistic(choose_penalty(x, y, groups, seed)),
        "random_forest": lambda: RandomForestClassifier(trees, min_samples_leaf=3, random_state=seed),
        "knn": lambda: KNeighborsClassifier(small),
        SUPPORT_VECTORS: lambda: _support_vectors(x, y, groups, seed),
        "decision_tree": lambda: DecisionTreeClassifier(min_samples_leaf=LEAF, max_depth=5, random_state=seed),
    }
    model = makers[learner]()
    if scheme == "_ovr":
        return OneVsRestClassifier(model)
    return OneVsOneClassifier(model) if scheme == "_ovo" else model


def _support_vectors(x: np.ndarray, y: np.ndarray, groups: np.ndarray, seed: int) -> SVC:
    """Return a support vector machine, its cost and width chosen by accuracy on grouped inner folds."""
    folds = [(fit, test) for fit, test in inner_folds(y, groups, seed) if len(np.unique(y[fit])) > 1]

    def wrong(kernel: tuple[float, float], fit: np.ndarray, test: np.ndarray) -> float:
        model = SVC(C=kernel[0], gamma=kernel[1]).fit(x[fit], y[fit])
        return float((model.predict(x[test]) != y[test]).sum())

    cost, gamma = choose(KERNELS, folds, wrong, KERNELS[0])
    return SVC(C=cost, gamma=gamma)


def _scores(model: ClassifierMixin, x: np.ndarray) -> np.ndarray:
    """Return (m, K) scores, higher likelier; one-vs-one has votes and no probabilities."""
    if hasattr(model, "predict_proba"):
        return np.asarray(model.predict_proba(x))
    distance = np.asarray(model.decision_function(x))
    return np.column_stack([-distance, distance]) if distance.ndim == 1 else distance
