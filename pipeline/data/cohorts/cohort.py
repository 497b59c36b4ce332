"""The cohort: one typed public table, and what is restricted, in memory only."""

import math
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from brainaging.pipeline.data.cohorts.codes import BRACKETS
from brainaging.pipeline.data.cohorts.identity import person_labels
from brainaging.pipeline.data.cohorts.problems import CohortError
from brainaging.pipeline.data.cohorts.restricted import (
    RESTRICTED_COLUMNS,
    check_families,
    connect,
    exact_ages,
    family_known,
    family_links,
    read_restricted,
)
from brainaging.pipeline.data.cohorts.store import (
    read_cohort_files,
    restricted_file,
    restricted_pointer,
    write_cohort,
)
from brainaging.pipeline.data.cohorts.validate import PUBLIC_COLUMNS, absolute
from brainaging.pipeline.runtime import UserError, text_sha256

GroupBy = Literal["auto", "family", "subject", "site"]
#: with this many sites or more, and nobody's unknown, whole sites are held out together (five folds)
MANY_SITES = 5


def _no_exclusions() -> pd.DataFrame:
    return pd.DataFrame({"subject": [], "reason": []}, dtype=object)


@dataclass(frozen=True, eq=False)
class Cohort:
    """People and their scans, a row a scan; or people without scans, whom a morphometry table is of.

    ``table`` has exactly the columns subject, session, image (absolute path, "" without a scan), space
    ("template" | "native"), sex ("F", "M", "" unknown), age_bracket ("" unknown), age_years (float, NaN where
    unknown or restricted) and site, and the index 0..n-1. ``restricted`` (indexed by subject, see
    ``read_restricted``) stays in memory: it is not shown, not pickled and not written; ``restricted_path`` says
    where the user keeps it.
    ``excluded`` (subject, reason) is who was set aside; ``notes`` are lines for the user. With ``distinct_ids``
    ids that look alike (``01`` and ``1``, ``X`` and ``X-v2``) are different people, as the user states.
    """

    table: pd.DataFrame
    name: str = "cohort"
    restricted: pd.DataFrame | None = field(default=None, repr=False)
    restricted_path: Path | None = None
    excluded: pd.DataFrame = field(default_factory=_no_exclusions, repr=False)
    notes: tuple[str, ...] = ()
    simulated: bool = False
    distinct_ids: bool = False

    def __post_init__(self) -> None:
        if tuple(self.table.columns) != PUBLIC_COLUMNS:
            raise ValueError(f"cohort table: expected columns {PUBLIC_COLUMNS}, found {tuple(self.table.columns)}")
        if not self.table.index.equals(pd.RangeIndex(len(self.table))):
            raise ValueError("cohort table: expected the index 0..n-1")

    def __len__(self) -> int:
        return len(self.table)

    @property
    def scan_keys(self) -> list[tuple[str, str]]:
        """Subject and session of each row: together they name it."""
        return [
            (str(name), str(session)) for name, session in self.table[["subject", "session"]].itertuples(False)
        ]

    @property
    def families_known(self) -> tuple[int, int]:
        """Of how many subjects the restricted table knows a family, and how many subjects there are."""
        subjects = sorted(set(self.table["subject"]))
        if self.restricted is None:
            return 0, len(subjects)
        return int(family_known(self.restricted, subjects, self.distinct_ids).sum()), len(subjects)

    @property
    def has_scans(self) -> bool:
        """Whether there are scans, and not people alone."""
        return bool((self.table["image"] != "").any())

    def __getstate__(self) -> dict[str, Any]:
        # a pickle may reach a disk cache; what may leave this process is the public part, and that by name
        if self.restricted is not None:
            raise TypeError("a cohort with restricted values is not pickled: pass arrays, or write() and load()")
        return dict(self.__dict__)

    def age_years(self) -> np.ndarray:
        """Return exact ages (n,) in years, in memory: restricted where known, else public, else NaN."""
        public = self.table["age_years"].to_numpy(dtype=float).copy()
        if self.restricted is None:
            return public
        exact = exact_ages(self.restricted, self.scan_keys)
        return np.where(np.isnan(exact), public, exact)

    def group_kind(self, by: GroupBy = "auto") -> str:
        """Return what ``groups(by)`` holds together: "family", "site" or "subject".

        "auto": family where the restricted table is there; else site where everyone's is known and there are at
        least 5; else subject.
        """
        if by != "auto":
            return by
        if self.restricted is not None:
            return "family"
        sites = set(self.table["site"])
        return "site" if len(sites) >= MANY_SITES and "" not in sites else "subject"

    def groups(self, by: GroupBy = "auto") -> np.ndarray:
        """Return an opaque group number for each row (n,).

        Rows of one subject are always one group, ids that look like one person's too (unless ``distinct_ids``),
        and members of one family wherever families are known, so that a "site" group never parts either. Numbers
        follow each group's first subject id in sorted order, so that
        permuting the rows permutes the numbers. Raises UserError for families that are not known.
        """
        kind = self.group_kind(by)
        if kind not in ("family", "subject", "site"):
            raise UserError(f"groups: expected auto, family, subject or site, found {by!r}")
        if kind == "family" and self.restricted is None:
            raise UserError(f"{self.name}: families stand in HCP's restricted CSV: give it as --restricted")
        subjects = self.table["subject"].tolist()
        links = [person_labels(subjects, self.distinct_ids)]
        if self.restricted is not None and kind != "subject":
            links.append(family_links(self.restricted, subjects, self.distinct_ids))
        if kind == "site":
            links.append(self.table["site"].tolist())
        order = np.argsort(np.asarray(subjects, dtype=str), kind="stable")
        numbers = np.empty(len(subjects), dtype=np.int64)
        if len(subjects):
            numbers[order] = connect([[labels[row] for row in order] for labels in links])
        return numbers

    def group_facts(self) -> dict[str, Any]:
        """Return kind and number of groups; of families that are not all known, of how many subjects they are."""
        kind = self.group_kind()
        facts: dict[str, Any] = {"kind": kind, "n": len(np.unique(self.groups()))}
        known, subjects = self.families_known
        if kind == "family" and known < subjects:
            facts |= {"known": known, "of": subjects}
        return facts

    def age_group(self) -> np.ndarray:
        """Return the public age group of each row (n, str): the bracket, else a band of ten years, else ""."""

        def band(years: float) -> str:
            return "" if math.isnan(years) else f"{int(years // 10) * 10}-{int(years // 10) * 10 + 9}"

        columns = self.table[["age_bracket", "age_years"]]
        return np.array([bracket or band(years) for bracket, years in columns.itertuples(index=False)], dtype=str)

    def strata(self) -> np.ndarray:
        """Return sex and public age group joined (n, str), for splits to keep in balance."""
        return np.char.add(self.table["sex"].to_numpy(dtype=str), np.char.add("|", self.age_group()))

    @property
    def digest(self) -> str:
        """SHA-256 of the public table, with file names in place of absolute paths (the same on every machine)."""
        table = self.table.assign(image=[Path(image).name for image in self.table["image"]])
        return text_sha256(table.to_csv(index=False, lineterminator="\n"))

    def subset(self, index: ArrayLike) -> "Cohort":
        """Return the rows at ``index`` (positions, or a mask (n,)), in that order."""
        rows = np.asarray(index)
        rows = np.flatnonzero(rows) if rows.dtype == bool else rows.astype(int)
        return replace(self, table=self.table.iloc[rows].reset_index(drop=True))

    def summary(self) -> dict[str, Any]:
        """Return counts for the report: n, sex, age by sex, kind and number of groups, who was set aside."""
        sex, age = self.table["sex"], np.asarray(self.age_group().tolist(), dtype=object)
        in_years = self.table["age_years"].notna().any()
        order = [b for b in BRACKETS if b in age] + sorted({a for a in age if a and a not in BRACKETS}, key=_lower)
        return {
            "name": self.name,
            "n": len(self),
            "subjects": int(self.table["subject"].nunique()),
            "sex": {"F": int((sex == "F").sum()), "M": int((sex == "M").sum()), "unknown": int((sex == "").sum())},
            "age": {a: {s: int(((age == a) & (sex == s)).sum()) for s in ("F", "M")} for a in order},
            "age_kind": "years" if in_years else "brackets",
            "groups": self.group_facts(),
            "excluded": self.excluded.to_dict("records"),
            "simulated": self.simulated,
        }

    def write(self, csv_path: str | Path, extra: pd.DataFrame | None = None) -> Path:
        """Write the public table to ``csv_path`` and its sidecar beside it; return ``csv_path``.

        ``extra`` (n rows) adds public columns of the caller's. Of what is restricted the sidecar holds the path
        and SHA-256 of the user's own CSV, from which :meth:`load` reads it again. Who was set aside goes to
        ``excluded.csv``.
        """
        csv_path = Path(csv_path)
        table = self.table if extra is None else pd.concat([self.table, extra.reset_index(drop=True)], axis=1)
        hidden = [name for name in table.columns if name in RESTRICTED_COLUMNS]
        if hidden:
            raise ValueError(f"{csv_path}: restricted columns are never written: {', '.join(hidden)}")
        sidecar = {
            "name": self.name,
            "n": len(self),
            "digest": self.digest,
            "restricted": restricted_pointer(self.restricted_path),
            "simulated": self.simulated,
            "distinct_ids": self.distinct_ids,
            "notes": list(self.notes),
        }
        write_cohort(csv_path, table, sidecar, self.excluded)
        return csv_path

    @classmethod
    def load(
        cls, csv_path: str | Path, restricted: str | Path | None = None, public_only: bool = False
    ) -> "Cohort":
        """Return a cohort that was written; restricted values are read again from the user's own CSV.

        ``restricted`` says where that CSV is now, if it moved; ``public_only`` goes without it (families are
        then unknown, and the groups are subjects). Raises :class:`CohortError`: no cohort there, the table was
        changed by hand, the restricted CSV is gone or changed.
        """
        csv_path = Path(csv_path)
        frame, sidecar = read_cohort_files(csv_path)
        moved_to = None if restricted is None else absolute(Path(restricted))
        path = None if public_only else restricted_file(sidecar, csv_path, moved_to)
        cohort = cls(
            table=frame[list(PUBLIC_COLUMNS)],
            name=sidecar["name"],
            restricted=None if path is None else read_restricted(path),
            restricted_path=path,
            excluded=pd.DataFrame(sidecar["excluded"], columns=["subject", "reason"], dtype=object),
            notes=tuple(sidecar["notes"]),
            simulated=sidecar["simulated"],
            # sidecars of earlier versions do not say
            distinct_ids=bool(sidecar.get("distinct_ids", False)),
        )
        if cohort.digest != sidecar["digest"]:
            raise CohortError.single(
                f"{csv_path}: the table is not the one that was written: run `brainaging cohort` on it again"
            )
        if cohort.restricted is not None and path is not None and sidecar.get("restricted") is None:
            # given for the first time: nobody has looked yet whether it is these people's
            check_families(cohort.restricted, path, cohort.table, cohort.distinct_ids)
        return cohort


def _lower(band: str) -> int:
    return int(band.partition("-")[0])
