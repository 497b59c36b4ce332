"""The untyped rows that experiments wrote before findings had types; gone as soon as all are converted."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import pandas as pd

from brainaging.pipeline.runtime import UserError, atomic_output

NOT_COMPUTED = "not computed"


@dataclass(frozen=True)
class Result:
    """One number of the results table (design 4); the fields are the columns, in order.

    ``value``, ``ci_low``, ``ci_high`` and ``baseline_value`` are in the metric's own unit (shares for accuracies,
    years for ``mae``). NaN where a number does not exist; a row that could not be computed has NaN ``value`` and
    says why in ``model`` ("not computed: …"). ``n_train`` is the mean size of the training folds, ``n_test`` the
    number of subjects tested.
    """

    experiment: str
    cohort: str
    modality: str
    features: str
    target: str
    model: str
    split: str
    metric: str
    value: float
    ci_low: float = math.nan
    ci_high: float = math.nan
    baseline: str = ""
    baseline_value: float = math.nan
    original_value: float = math.nan
    n_train: int = 0
    n_test: int = 0
    seed: int = 0


COLUMNS: tuple[str, ...] = tuple(field.name for field in fields(Result))
_TEXT = tuple(field.name for field in fields(Result) if field.type is str)
_WHOLE = ("n_train", "n_test", "seed")


def to_frame(rows: Iterable[Result]) -> pd.DataFrame:
    """Return the rows as a table with :data:`COLUMNS`, in the order given."""
    return pd.DataFrame([asdict(row) for row in rows], columns=list(COLUMNS))


def write_results(rows: Iterable[Result] | pd.DataFrame, path: str | Path) -> pd.DataFrame:
    """Write rows to a CSV, atomically and in full precision, and return them as a table.

    Raises:
        UserError: the table's columns are not :data:`COLUMNS`.
    """
    frame = rows if isinstance(rows, pd.DataFrame) else to_frame(rows)
    _check_columns(list(frame.columns), path)
    with atomic_output(path) as temporary:
        frame.to_csv(temporary, index=False, encoding="utf-8")
    return frame


def read_results(path: str | Path) -> pd.DataFrame:
    """Read what :func:`write_results` wrote: text columns as text (empty stays ""), numbers as numbers.

    Raises:
        UserError: the file is missing or its columns are not :data:`COLUMNS`.
    """
    path = Path(path)
    if not path.is_file():
        raise UserError(f"{path}: expected a results table, found no file")
    _check_columns(list(pd.read_csv(path, nrows=0).columns), path)
    kinds = {name: "str" if name in _TEXT else "int64" if name in _WHOLE else "float64" for name in COLUMNS}
    frame = pd.read_csv(path, dtype=kinds, keep_default_na=False, na_values=NA)
    return frame[list(COLUMNS)]


# only numbers have a missing value; a baseline called "None" or an empty text stays what it is
NA = {name: ["", "nan", "NaN"] for name in COLUMNS if name not in _TEXT}


def _check_columns(found: Sequence[str], path: str | Path) -> None:
    if tuple(found) != COLUMNS:
        raise UserError(f"{path}: expected the columns {', '.join(COLUMNS)}; found {', '.join(map(str, found))}")
