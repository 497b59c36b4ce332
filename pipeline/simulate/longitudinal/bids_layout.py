"""BIDS's files of a simulated cohort whose people are followed, and the truth in a folder of its own."""

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from typing import Any

from brainaging.pipeline.runtime import write_json, write_text
from brainaging.pipeline.simulate.causes import Cause, Visit
from brainaging.pipeline.simulate.hcp_layout import TRUTH, write_csv
from brainaging.pipeline.simulate.scenario import Scenario

BIDS_VERSION = "1.10.0"
#: columns of truth/causes.csv: what of a cause is the person's, at the first session's age
_OF_THE_PERSON = (
    *("subject", "sex", "age", "bracket", "rate", "ventricle_years", "cortex_years", "site"),
    *("head_size_ml", "family", "pair", "kin", "anatomy"),
)
_SESSIONS_JSON = {
    "session_id": {"Description": "1, 2, … in the order of days; 1retest repeats session 1"},
    "age": {"Description": "age at the session", "Units": "years"},
    "acq_time": {"Description": "day of the session"},
}
_PARTICIPANTS_JSON = {
    "age": {"Description": "age at the first session", "Units": "years"},
    "sex": {"Description": "sex", "Levels": {"F": "female", "M": "male"}},
}


def _visit(cause: Cause) -> Visit:
    if cause.visit is None:
        raise ValueError(f"subject {cause.subject}: expected a cause at a session")
    return cause.visit


def scan_path(out: Path, cause: Cause) -> Path:
    """Return where the scan of a cause lies under ``out``; ValueError for a cause without a session."""
    names = f"sub-{cause.subject}", f"ses-{_visit(cause).session}"
    return out.joinpath(*names, "anat", f"{'_'.join(names)}_T1w.nii.gz")


def write_tables(
    out: Path, scenario: Scenario, causes: Sequence[Cause], rows: Sequence[Mapping[str, Any]]
) -> None:
    """Write participants.tsv, everybody's ``*_sessions.tsv``, what describes them, and the truth.

    ``causes`` (n) are of all scans, sorted by subject and day, ``rows`` (n) their flat causes and true volumes
    (mL). Ages stand to a thousandth of a year, about a third of a day. ``truth/causes.csv`` has a row a person,
    ``truth/sessions.csv`` a row a scan.
    """
    people = []
    for subject, scans in groupby(causes, key=lambda cause: cause.subject):
        visits = list(scans)
        first, label = visits[0], f"sub-{subject}"
        people.append({"participant_id": label, "age": f"{first.age:.3f}", "sex": first.sex})
        sessions = [
            {
                "session_id": f"ses-{_visit(cause).session}",
                "age": f"{cause.age:.3f}",
                "acq_time": f"{_visit(cause).day}T00:00:00",
            }
            for cause in visits
        ]
        write_csv(out / label / f"{label}_sessions.tsv", sessions, "\t")
    write_csv(out / "participants.tsv", people, "\t")
    write_json(out / "participants.json", _PARTICIPANTS_JSON)
    write_json(out / "sessions.json", _SESSIONS_JSON)
    write_json(
        out / "dataset_description.json",
        {
            "Name": f"simulated cohort {scenario.name}: nobody's brains",
            "BIDSVersion": BIDS_VERSION,
            "DatasetType": "raw",
            "GeneratedBy": [{"Name": "brainaging simulate", "Version": version("brain-aging")}],
        },
    )
    # what is no part of the standard
    write_text(out / ".bidsignore", f"{TRUTH}/\nsessions.json\nrun.log\n")
    firsts = [
        row
        for cause, row in zip(causes, rows, strict=True)
        if _visit(cause).years == 0 and not _visit(cause).retest
    ]
    write_csv(
        out / TRUTH / "causes.csv", [{name: row[name] for name in _OF_THE_PERSON if name in row} for row in firsts]
    )
    own = set(_OF_THE_PERSON) - {"subject", "age"}
    write_csv(
        out / TRUTH / "sessions.csv",
        [
            {
                "subject": cause.subject,
                **vars(_visit(cause)),
                **{name: value for name, value in row.items() if name not in own and name != "subject"},
            }
            for cause, row in zip(causes, rows, strict=True)
        ],
    )
