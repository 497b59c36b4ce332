"""The days of sessions, as BIDS's tables of sessions have them."""

from datetime import date, datetime
from pathlib import Path

from brainaging.pipeline.data.cohorts.cohort import Cohort
from brainaging.pipeline.data.cohorts.identity import session_key
from brainaging.pipeline.data.cohorts.participants import session_tables
from brainaging.pipeline.data.cohorts.problems import Problems
from brainaging.pipeline.data.cohorts.tables import read_table

#: columns that may hold the day of a session, the standard's own first
DAY_COLUMNS = ("acq_time", "acquisition_date", "scan_date", "session_date", "date")
SESSION_COLUMNS = ("session_id", "session", "ses")


def session_days(cohort: Cohort, problems: Problems) -> dict[tuple[str, str], date]:
    """Return the days of a cohort's scans by subject and session (as :func:`session_key` has it).

    They stand in a column ``acq_time`` (or ``date`` and the like) of ``sub-X/sub-X_sessions.tsv`` or of one
    ``sessions.tsv``, beside BIDS's folders. What is empty is not known; what is no day is added to ``problems``.
    """
    roots = {Path(image).parents[3] for image in cohort.table["image"] if len(Path(str(image)).parents) > 3}
    days: dict[tuple[str, str], date] = {}
    for path in [table for root in sorted(roots) for table in session_tables(root)]:
        table = read_table(path)
        session, day = (
            next((found[0] for name in names if (found := table.named([name]))), None)
            for names in (SESSION_COLUMNS, DAY_COLUMNS)
        )
        people = table.named(["participant_id"])
        if session is None or day is None:
            continue
        for line, row in table.frame.iterrows():
            subject = str(row[people[0]]) if people else path.parent.name
            subject = subject if subject.startswith("sub-") else f"sub-{subject}"
            cell = str(row[day]).strip()
            if cell.casefold() in ("", "n/a", "nan"):
                continue
            try:
                days[subject, session_key(str(row[session]))] = datetime.fromisoformat(cell).date()
            except ValueError:
                reason = f"column {day}: expected a day as 2012-05-03, found {cell[:30]!r}"
                problems.add(subject, table.where(int(str(line))), reason)
    return days
