"""What a run left in its output directory, read once; each file may be missing or broken."""

import json
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from brainaging.pipeline.maps.importance import COLUMNS as IMPORTANCE_COLUMNS
from brainaging.pipeline.results import Finding, readable_results
from brainaging.pipeline.runtime import UserError

RESULTS = "results.csv"
CURVE_COLUMNS = ("experiment", "fold", "epoch", "metric", "value")
PCA_COLUMNS = ("space", "pc1", "pc2", "sex", "age_group")
REGION_COLUMNS = ("structure", "hemisphere", "measure", "atlas", "comparison", "group", "value", "p_fwe")
ORDERED_COLUMNS = ("kind", "age", "sex", "ventricles_ml", "head_ml")
EDITED_REGION_COLUMNS = ("structure", "hemisphere", "edit_percent", "true_percent")
#: experiments that the section on synthetic brains shows, and the general table of results does not repeat
SYNTHETIC = ("classifiers", "fidelity", "inversion", "synthetic_labels", "gate", "head_size_audit")
#: the experiment that the section on what generators are worth shows
WORTH = ("generators",)
#: experiments that the section on edits shows
EDITING = ("edits", "directions", "edit_readers")
#: experiments that the section on people followed over time shows
FOLLOWING = ("follow_up",)

# numpy says ValueError for a pickled array, zipfile its own error for half an archive.
_UNREADABLE = (OSError, ValueError, KeyError, EOFError, NotImplementedError, zipfile.BadZipFile, zlib.error)


@dataclass
class Run:
    """The files of one output directory; None where a file is not there or could not be read.

    ``problems`` holds, by file name, one line about a file that is there and could not be read.
    """

    folder: Path
    findings: list[Finding] | None = None
    cohort: dict[str, Any] | None = None
    curves: pd.DataFrame | None = None
    pca: pd.DataFrame | None = None
    variance: dict[str, Any] | None = None
    reconstructions: dict[str, np.ndarray] | None = None
    placement: dict[str, np.ndarray] | None = None
    synthetic: dict[str, np.ndarray] | None = None
    generators: dict[str, np.ndarray] | None = None
    edits: dict[str, np.ndarray] | None = None
    follow_up: dict[str, np.ndarray] | None = None
    synthetic_people: dict[str, Any] | None = None
    provenance: dict[str, Any] | None = None
    regions: pd.DataFrame | None = None
    importance: pd.DataFrame | None = None
    table_pca: pd.DataFrame | None = None
    table_variance: dict[str, Any] | None = None
    one_edit: dict[str, np.ndarray] | None = None
    one_edit_regions: pd.DataFrame | None = None
    one_edit_facts: dict[str, Any] | None = None
    ordered: dict[str, np.ndarray] | None = None
    ordered_people: pd.DataFrame | None = None
    ordered_facts: dict[str, Any] | None = None
    problems: dict[str, str] = field(default_factory=dict)

    @property
    def results(self) -> list[Finding]:
        """The findings on everything but synthetic brains, edits and people followed over time."""
        shown = (*SYNTHETIC, *WORTH, *EDITING, *FOLLOWING)
        return [finding for finding in self.findings or () if finding.experiment not in shown]

    @property
    def synthetic_results(self) -> list[Finding]:
        """The findings on classifiers and synthetic brains."""
        return [finding for finding in self.findings or () if finding.experiment in SYNTHETIC]

    @property
    def generator_results(self) -> list[Finding]:
        """The findings on what each generator is worth."""
        return [finding for finding in self.findings or () if finding.experiment in WORTH]

    @property
    def edit_results(self) -> list[Finding]:
        """The findings on edits, their readers and directions."""
        return [finding for finding in self.findings or () if finding.experiment in EDITING]

    @property
    def follow_up_results(self) -> list[Finding]:
        """The findings on people followed over time."""
        return [finding for finding in self.findings or () if finding.experiment in FOLLOWING]

    @property
    def simulated(self) -> bool | None:
        """Whether the cohort is simulated; None where it does not say."""
        simulated = (self.cohort or {}).get("simulated")
        return simulated if isinstance(simulated, bool) else None

    @property
    def has_table(self) -> bool:
        """Whether the run analysed a morphometry table."""
        return "table" in self._modalities or any(
            (self.folder / name).exists() for name in ("regions.csv", "importance.csv", "table_pca.csv")
        )

    @property
    def has_scans(self) -> bool:
        """Whether the run analysed scans: it did unless every result is about a table."""
        about_scans = ("reconstructions.npz", "placement.npz", "pca.csv")
        left = any((self.folder / name).exists() for name in about_scans)
        return left or self._modalities != {"table"}

    @property
    def _modalities(self) -> set[str]:
        return {finding.modality for finding in self.results}


def read_table(path: Path, columns: tuple[str, ...] | list[str], numbers: tuple[str, ...] = ()) -> pd.DataFrame:
    """Read a CSV file as text exactly as written; columns named in ``numbers`` become floats ("" becomes NaN).

    Raises UserError naming the columns that are missing, or the first value that is not a number.
    """
    table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    missing = [name for name in columns if name not in table]
    if missing:
        raise UserError(f"{path.name}: expected the columns {', '.join(columns)}; missing {', '.join(missing)}")
    for name in numbers:
        values = pd.to_numeric(table[name].replace("", "nan"), errors="coerce")
        wrong = values.isna() & ~table[name].str.strip().str.lower().isin(["", "nan"])
        if wrong.any():
            raise UserError(f"{path.name}: column {name} expected numbers, found {table[name][wrong].iloc[0]!r}")
        table[name] = values
    return table


def _json(path: Path) -> dict[str, Any]:
    value = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(value, dict):
        raise UserError(f"{path.name}: expected a JSON object, found {type(value).__name__}")
    return value


def _arrays(path: Path) -> dict[str, np.ndarray]:
    # Never unpickle: the file may come from elsewhere.
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (ValueError, AttributeError) as error:
        raise UserError(f"{path.name}: expected arrays of numbers (.npz), found something else") from error


def _table(columns: tuple[str, ...], numbers: tuple[str, ...]) -> Callable[[Path], pd.DataFrame]:
    return lambda path: read_table(path, columns, numbers)


_PCA = _table(PCA_COLUMNS, ("pc1", "pc2"))
FILES: dict[str, tuple[str, Callable[[Path], Any]]] = {
    "cohort.json": ("cohort", _json),
    "curves.csv": ("curves", _table(CURVE_COLUMNS, ("epoch", "value"))),
    "pca.csv": ("pca", _PCA),
    "pca.json": ("variance", _json),
    "reconstructions.npz": ("reconstructions", _arrays),
    "placement.npz": ("placement", _arrays),
    "synthetic.npz": ("synthetic", _arrays),
    "generators.npz": ("generators", _arrays),
    "edits.npz": ("edits", _arrays),
    "follow_up.npz": ("follow_up", _arrays),
    "synthetic.json": ("synthetic_people", _json),
    "provenance.json": ("provenance", _json),
    "regions.csv": ("regions", _table(REGION_COLUMNS, ("value", "p_fwe"))),
    "importance.csv": ("importance", _table(IMPORTANCE_COLUMNS, ("value", "ci_low", "ci_high", "p_fwe"))),
    "table_pca.csv": ("table_pca", _PCA),
    "table_pca.json": ("table_variance", _json),
    "one_edit.npz": ("one_edit", _arrays),
    "one_edit.csv": ("one_edit_regions", _table(EDITED_REGION_COLUMNS, ("edit_percent", "true_percent"))),
    "one_edit.json": ("one_edit_facts", _json),
    "ordered.npz": ("ordered", _arrays),
    "ordered.csv": ("ordered_people", _table(ORDERED_COLUMNS, ("age", "ventricles_ml", "head_ml"))),
    "ordered.json": ("ordered_facts", _json),
}


def read_run(out_dir: Path) -> Run:
    """Read what ``out_dir`` holds. Raises UserError where it is not a folder; nothing in it is required."""
    folder = Path(out_dir)
    if not folder.is_dir():
        raise UserError(f"{folder}: expected the output folder of a run, found no such folder")
    run = Run(folder)
    _read_findings(run)
    for name, (attribute, read) in FILES.items():
        path = folder / name
        if not path.exists():
            continue
        try:
            setattr(run, attribute, read(path))
        except _UNREADABLE as error:
            run.problems[name] = first_line(error, folder)
    return run


def _read_findings(run: Run) -> None:
    """Read results.csv; rows that cannot be read cost the others nothing, and are counted."""
    path = run.folder / RESULTS
    if not path.exists():
        return
    try:
        run.findings, faults = readable_results(path)
    except _UNREADABLE as error:
        run.problems[RESULTS] = first_line(error, run.folder)
        return
    if faults:
        total = len(run.findings) + len(faults)
        first = first_line(UserError(faults[0]), run.folder)
        run.problems[RESULTS] = f"{len(faults)} of {total} rows are broken, the first: {first}"


def first_line(error: BaseException, folder: Path) -> str:
    """Return an error's first line for the page, without the machine's path in it."""
    text = (str(error) or type(error).__name__).splitlines()[0]
    return text.replace(f"{folder}/", "")
