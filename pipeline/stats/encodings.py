"""What comes into the analysis: the subjects, and an encoder's latents of them on every fold."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from brainaging.pipeline.data import Cohort
from brainaging.pipeline.runtime import UserError
from brainaging.pipeline.stats.sample_space import FoldSpace, fold_spaces


@dataclass(frozen=True)
class FoldEncoding:
    """One encoder fitted on one fold's training subjects alone.

    Attributes:
        train_idx, test_idx: rows of the cohort; the fold as it stands among the grouped folds.
        z_train, z_test: (n, L) and (m, L) latents.
        recon_test: (m, X, Y, Z) reconstructions of the test subjects, or None.
        name: of the encoder, the same over its folds: "autoencoder-1000".
        latent_size: L, for the PCA with as many components.
        fit_idx: those of train_idx whose scans trained the weights, where others chose the epoch; None for all.
    """

    train_idx: np.ndarray
    test_idx: np.ndarray
    z_train: np.ndarray
    z_test: np.ndarray
    recon_test: np.ndarray | None
    name: str
    latent_size: int
    fit_idx: np.ndarray | None = None

    @property
    def fitted(self) -> np.ndarray:
        """Rows of the subjects that the weights were fitted on, and so a baseline is fitted on."""
        return self.train_idx if self.fit_idx is None else self.fit_idx


@dataclass(frozen=True)
class Subjects:
    """What is known of the n subjects, in the volumes' order.

    Attributes:
        sex: (n,) "F", "M" or "" (unknown).
        age_bracket: (n,) public bracket, "" where unknown.
        groups: (n,) opaque numbers; relatives or repeats share one.
        head_size: (n,) brain volume in mL, NaN where unknown.
        age_years: (n,) exact ages, NaN where unknown, or None; used in fits and summed scores only, and never
            written for a subject.
        template_dice: (n,) overlap with the template's brain mask, or None.
        group_kind: what a group is: "family", "subject", "site".
        families_known: of how many people a family is known, and how many people there are; None where all are,
            or where groups are no families.
        ages_are_public: whether ``age_years`` holds public values alone, so that a 10-year band of each may be
            shown where there are no brackets; restricted ages are never put in bands.
    """

    sex: np.ndarray
    age_bracket: np.ndarray
    groups: np.ndarray
    head_size: np.ndarray
    age_years: np.ndarray | None = None
    template_dice: np.ndarray | None = None
    group_kind: str = "family"
    ages_are_public: bool = False
    families_known: tuple[int, int] | None = None

    def __len__(self) -> int:
        return len(self.sex)

    @property
    def years(self) -> np.ndarray:
        """Exact ages (n,), NaN where unknown."""
        return np.full(len(self), np.nan) if self.age_years is None else np.asarray(self.age_years, dtype=float)

    @property
    def has_brackets(self) -> bool:
        """Whether the cohort knows age brackets; else :attr:`age_group` is 10-year bands."""
        return bool((np.asarray(self.age_bracket, dtype=str) != "").any())

    @property
    def age_group(self) -> np.ndarray:
        """Public bracket (n,), or, in a cohort without brackets, the 10-year band of a public age; else ""."""
        if self.has_brackets or not self.ages_are_public:
            return np.asarray(self.age_bracket, dtype=str)
        return np.array([_band(age) for age in self.years], dtype=str)


def subjects_of(cohort: Cohort, head_size: np.ndarray, template_dice: np.ndarray | None = None) -> Subjects:
    """Return what a cohort knows of its people, with head size (n,) in mL and, for scans, overlap (n,)."""
    facts = cohort.group_facts()
    return Subjects(
        sex=cohort.table["sex"].to_numpy(str),
        age_bracket=cohort.table["age_bracket"].to_numpy(str),
        groups=cohort.groups(),
        head_size=head_size,
        age_years=cohort.age_years(),
        template_dice=template_dice,
        group_kind=facts["kind"],
        ages_are_public=cohort.restricted is None,
        families_known=(facts["known"], facts["of"]) if "known" in facts else None,
    )


def _band(age: float) -> str:
    if np.isnan(age):
        return ""
    start = int(age // 10) * 10
    return f"{start}-{start + 9}"


def check_inputs(
    volumes: np.ndarray, subjects: Subjects, folds: Sequence[tuple[np.ndarray, np.ndarray]], mask: np.ndarray
) -> None:
    """Check that everything speaks of the same n subjects and one grid.

    Raises:
        UserError: naming what does not fit, what was expected and what came.
    """
    n = len(volumes)
    if volumes.ndim != 4:
        raise UserError(f"volumes: expected (n, X, Y, Z), found shape {volumes.shape}")
    if mask.shape != volumes.shape[1:]:
        raise UserError(f"mask: expected shape {volumes.shape[1:]}, found {mask.shape}")
    for name in ("sex", "age_bracket", "groups", "head_size", "age_years", "template_dice"):
        values = getattr(subjects, name)
        if values is not None and len(values) != n:
            raise UserError(f"{name}: expected {n} values, one for every volume, found {len(values)}")
    if not folds:
        raise UserError("folds: expected at least one pair of training and test rows, found none")
    for number, (train, test) in enumerate(folds):
        if len(train) < 2 or not len(test):
            raise UserError(
                f"fold {number}: expected at least 2 training subjects and 1 test subject, "
                f"found {len(train)} and {len(test)}"
            )
        if np.intersect1d(train, test).size:
            both = np.intersect1d(train, test).size
            raise UserError(f"fold {number}: {both} subjects are in training and in test")


def by_encoder(encodings: Sequence[FoldEncoding]) -> dict[str, list[FoldEncoding]]:
    """Return the encodings of each encoder, in the order given."""
    encoders: dict[str, list[FoldEncoding]] = {}
    for encoding in encodings:
        encoders.setdefault(encoding.name, []).append(encoding)
    return encoders


def fold_numbers(encodings: Sequence[FoldEncoding], folds: Sequence[tuple[np.ndarray, np.ndarray]]) -> list[int]:
    """Return, for every encoding, which of ``folds`` it was fitted on.

    Raises:
        UserError: an encoding's rows are none of the folds', so that pairing it with voxels would compare unlike
            training sets.
    """
    numbers = []
    for encoding in encodings:
        for number, (train, test) in enumerate(folds):
            if np.array_equal(train, encoding.train_idx) and np.array_equal(test, encoding.test_idx):
                numbers.append(number)
                break
        else:
            raise UserError(
                f"{encoding.name}: an encoding with {len(encoding.train_idx)} training and "
                f"{len(encoding.test_idx)} test subjects fits none of the {len(folds)} folds"
            )
    return numbers


def latent_spaces(
    encodings: Sequence[FoldEncoding], folds: Sequence[tuple[np.ndarray, np.ndarray]], first: int = 0
) -> list[FoldSpace]:
    """Return the sample spaces of one encoder's latents.

    Folds are numbered from ``first``, as those that other features were scored on, so that predictions pair up.

    Raises:
        UserError: an encoding fits none of the folds.
    """
    numbers = fold_numbers(encodings, folds)
    pairs = [(np.asarray(part.z_train), np.asarray(part.z_test)) for part in encodings]
    named = [first + number for number in numbers]
    return fold_spaces(pairs, [folds[number] for number in numbers], numbers=named)
