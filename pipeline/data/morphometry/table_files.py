"""Which files a source of measures is: one table, or the tables that FreeSurfer's programs wrote in a folder."""

import re
from pathlib import Path

from brainaging.pipeline.data.cohorts.people import COLUMNS as PEOPLE
from brainaging.pipeline.data.cohorts.people import people_table
from brainaging.pipeline.data.cohorts.problems import CohortError
from brainaging.pipeline.data.cohorts.tables import DELIMITERS, read_table
from brainaging.pipeline.data.morphometry.columns import parse_column
from brainaging.pipeline.data.morphometry.spellings import plain

SUFFIXES = (".tsv", ".csv", ".txt", ".dat")
# bytes; more names than any atlas has
_LONGEST_HEADER = 1 << 20
# the first cell of a table by aparcstats2table (lh.aparc.a2009s.area) or asegstats2table (Measure:volume)
# (R makes Measure.volume of it)
_WRITTEN = re.compile(
    r"(?:(?P<side>[lr]h)\.(?P<parcellation>[\w.&-]+)\.(?P<what>\w+))|(?:[Mm]easure[:._](?P<measure>\w+))"
)


def written_by_freesurfer(cell: str) -> re.Match[str] | None:
    """Return the match of a table's first cell with what FreeSurfer's programs write there, else None.

    Group ``measure`` is asegstats2table's measure ("volume", "mean", …), None for aparcstats2table, whose
    ``side``, ``parcellation`` ("aparc", "aparc.DKTatlas", …) and measure ``what`` are groups.
    """
    return _WRITTEN.fullmatch(cell)


def table_files(source: Path) -> list[Path]:
    """Return the files behind ``source``, sorted by name: itself, or what its folder holds.

    A folder holds tables by aparcstats2table and asegstats2table, or has one folder of them under
    ``derivatives`` (BIDS), or holds tables of subjects and mostly measures (ENIGMA's, SynthSeg's), or lists
    measures in participants.tsv or HCP's unrestricted CSV.

    Raises:
        CohortError: there is no such path, no table in it, or more than one folder of tables under derivatives.
    """
    if source.is_file():
        return [source]
    if not source.is_dir():
        raise CohortError.single(f"{source}: no such file or folder")
    tables = _tables(source)
    if tables:
        return tables
    derived = {path.name: _tables(path) for path in sorted(source.glob("derivatives/*")) if path.is_dir()}
    filled = {name: files for name, files in derived.items() if files}
    if len(filled) > 1:
        folders = " and ".join(f"derivatives/{name}" for name in filled)
        raise CohortError.single(f"{source}: tables of measures stand in {folders}: name one folder")
    if filled:
        return next(iter(filled.values()))
    named = [path for path in _text_files(source) if _is_of_measures(path)]
    if named:
        return named
    try:
        listing = people_table(source)
    except CohortError:
        listing = None
    if listing is not None and _has_measures(listing):
        return [listing]
    raise CohortError.single(
        f"{source}: expected tables as aparcstats2table and asegstats2table write them ({', '.join(SUFFIXES)}), "
        "found none"
    )


def _text_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and path.is_file())


def _tables(folder: Path) -> list[Path]:
    return [path for path in _text_files(folder) if written_by_freesurfer(_first_cell(path))]


def _first_line(path: Path, most: int) -> str:
    try:
        with path.open("rb") as file:
            return file.readline(most).decode("utf-8-sig", errors="replace").strip()
    except OSError as error:
        raise CohortError.single(f"{path}: cannot be read ({error.strerror})") from error


def _first_cell(path: Path) -> str:
    return re.split(r"[\t,; ]", _first_line(path, 4096))[0].strip('"')


def _is_of_measures(path: Path) -> bool:
    """Say whether a table has a column of subjects and mostly measures, as ENIGMA's and SynthSeg's exports
    have.
    """
    line = _first_line(path, _LONGEST_HEADER)
    names = [name.strip().strip('"') for name in line.split(max(DELIMITERS, key=line.count))]
    if not {plain(name) for name in names} & {plain(name) for name in PEOPLE["subject"]}:
        return False
    return sum(parse_column(name).measure != "other" for name in names) > len(names) / 2


def _has_measures(path: Path) -> bool:
    return any(parse_column(str(name)).measure != "other" for name in read_table(path).frame.columns)
