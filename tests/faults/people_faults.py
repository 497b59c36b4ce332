"""Broken tables of people: cells, columns, encodings, ids; restricted CSVs; BIDS datasets.

What is right is stated beside each table, and not taken from the program.
"""

import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd
from judging import Case
from material import REAL, Material

READ = ("cohort", "people.csv", "--no-scans")
COLUMNS = ("subject", "sex", "age", "site")
NAN = math.nan
Row = dict[str, str]
Right = dict[str, tuple[str, float, str]]


def people() -> list[Row]:
    """Return twelve people as a clean table has them."""
    ages = (23, 31, 44, 58, 66, 71, 29, 37, 52, 63, 48, 34)
    return [
        {"subject": f"P{n:03d}", "sex": "FM"[n % 2], "age": str(age), "site": "AB"[n // 6]}
        for n, age in enumerate(ages)
    ]


def _right(rows: Sequence[Row]) -> Right:
    return {row["subject"]: (row["sex"], float(row["age"]), row["site"]) for row in rows}


def csv_text(rows: Sequence[Row], mark: str = ",") -> str:
    """Return rows as delimited text with a header."""
    head = list(rows[0])
    return "\n".join([mark.join(head), *(mark.join(row[name] for name in head) for row in rows)]) + "\n"


def is_right(*allowed: Right) -> Callable[[Path, Material], str]:
    """Return what compares the cohort's people with one of the right tables."""

    def compare(folder: Path, material: Material) -> str:
        return _difference(folder / "cohort.csv", allowed)

    return compare


def _difference(path: Path, allowed: Sequence[Right]) -> str:
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    found = {
        row["subject"]: (row["sex"], float(row["age_years"] or "nan"), row["site"]) for _, row in table.iterrows()
    }
    for right in allowed:
        if found.keys() == right.keys() and all(_equal(found[name], right[name]) for name in right):
            return ""
    right = allowed[0]
    if found.keys() != right.keys():
        lost, new = sorted(right.keys() - found.keys()), sorted(found.keys() - right.keys())
        return f"{len(found)} people instead of {len(right)}: without {lost[:3]}, with {new[:3]}"
    name = next(name for name in right if not _equal(found[name], right[name]))
    return f"{name} is {found[name]} instead of {right[name]}"


def _equal(mine: tuple[str, float, str], theirs: tuple[str, float, str]) -> bool:
    return (
        mine[0] == theirs[0]
        and mine[2] == theirs[2]
        and (abs(mine[1] - theirs[1]) < 1e-3 or (math.isnan(mine[1]) and math.isnan(theirs[1])))
    )


def _written(text: str | bytes) -> Callable[[Path, Material], None]:
    def make(folder: Path, material: Material) -> None:
        (folder / "people.csv").write_bytes(text if isinstance(text, bytes) else text.encode())

    return make


def _changed(column: str, cell: str, row: int = 3) -> list[Row]:
    rows = people()
    rows[row][column] = cell
    return rows


def _cell(column: str, cell: str, expects: str, *values: object) -> Case:
    """Return a case of one bad cell; ``values`` are what may rightly come of it."""
    allowed = []
    for value in values:
        right = _right(people())
        sex, age, site = right["P003"]
        new = {"sex": (value, age, site), "age": (sex, value, site), "site": (sex, age, value)}[column]
        allowed.append({**right, "P003": new})
    compare = is_right(*allowed) if allowed else None
    name = f"{column} {cell[:24]!r}{'…' if len(cell) > 24 else ''}"
    says = (column,) if expects != "same" else ()
    quoted = '"' + cell.replace('"', '""') + '"'
    return Case(
        "people: cells",
        name,
        expects,
        _written(csv_text(_changed(column, quoted))),
        (READ,),
        compare,
        says,
        ("cohort.csv",),
    )


def cells() -> list[Case]:
    """Ages, sexes and sites as people write them."""
    ages: list[tuple[str, str, Sequence[float]]] = [
        ("31.5", "same", [31.5]),
        (" 31 ", "same", [31]),
        ("3.1e1", "either", [31]),
        ("31 years", "either", [31]),
        ("31y", "either", [31]),
        ("P31Y", "either", [31]),
        ("031Y", "either", [31]),
        ("31;6", "refused", []),
        ("31,5", "either", [31.5]),
        ("89+", "refused", []),
        (">89", "refused", []),
        ("90 or above", "refused", []),
        ("18-38", "refused", []),
        ("30s", "refused", []),
        ("-", "either", [NAN]),
        (".", "either", [NAN]),
        ("", "same", [NAN]),
        ("n/a", "same", [NAN]),
        ("N/A", "same", [NAN]),
        ("NaN", "same", [NAN]),
        ("null", "same", [NAN]),
        ("unknown", "either", [NAN]),
        ("-999", "refused", [NAN]),
        ("999", "refused", [NAN]),
        ("-1", "refused", [NAN]),
        ("121", "refused", []),
        ("372", "refused", []),
        ("inf", "refused", []),
        ("1990-05-17", "refused", []),
        ("17.05.1990", "refused", []),
        ("31.5.1", "refused", []),
        ("#N/A", "either", [NAN]),
        ("#REF!", "refused", [NAN]),
        ("=31+1", "refused", []),
        ("0x1F", "refused", []),
        ("3_1", "refused", []),
        ("true", "refused", []),
        ("٣١", "either", [31]),
        ("thirty", "refused", []),
    ]
    sexes: list[tuple[str, str, Sequence[str]]] = [
        ("male", "same", ["M"]),
        ("FEMALE", "same", ["F"]),
        ("m ", "same", ["M"]),
        ("Woman", "either", ["F"]),
        ("W", "either", ["F"]),
        ("1", "refused", []),
        ("2.0", "refused", []),
        ("0", "refused", []),
        ("O", "refused", []),
        ("other", "refused", []),
        ("F?", "refused", []),
        ("FM", "refused", []),
        ("", "same", [""]),
        ("n/a", "same", [""]),
        ("-", "either", [""]),
        (".", "either", [""]),
        ("homme", "refused", []),
        ("♀", "either", ["F"]),
    ]
    sites: list[tuple[str, str, Sequence[str]]] = [
        ("n/a", "either", ["n/a", ""]),
        ("Zürich 3T", "same", ["Zürich 3T"]),
        ("1.0", "same", ["1.0"]),
    ]
    return [
        *(_cell("age", cell, expects, *values) for cell, expects, values in ages),
        *(_cell("sex", cell, expects, *values) for cell, expects, values in sexes),
        *(_cell("site", cell, expects, *values) for cell, expects, values in sites),
        *_codings(),
    ]


def _codings() -> list[Case]:
    numbers = [{**row, "sex": {"F": "2", "M": "1"}[row["sex"]]} for row in people()]
    floats = [{**row, "sex": {"F": "2.0", "M": "1.0"}[row["sex"]]} for row in people()]
    right = is_right(_right(people()))
    kind = "people: cells"

    def coded(name: str, rows: Sequence[Row], expects: str, *words: str) -> Case:
        compare = right if expects == "same" else None
        return Case(
            kind, name, expects, _written(csv_text(rows)), ((*READ, *words),), compare, (), ("cohort.csv",)
        )

    months = [{**row, "age": str(12 * int(row["age"]))} for row in people()]
    return [
        coded("sex in numbers, codes given", numbers, "same", "--sex-codes", "1=M,2=F"),
        coded("sex in floats, codes given", floats, "same", "--sex-codes", "1=M,2=F"),
        coded("sex in numbers, one code given", numbers, "refused", "--sex-codes", "1=M"),
        coded("sex codes of letters nobody has", numbers, "refused", "--sex-codes", "1=X,2=F"),
        coded("sex codes of nonsense", numbers, "refused", "--sex-codes", "male"),
        coded("sex codes that contradict themselves", numbers, "refused", "--sex-codes", "1=M,1=F,2=F"),
        coded("sex codes empty", numbers, "refused", "--sex-codes", ""),
        coded("ages in months, nothing said", months, "refused"),
    ]


def columns() -> list[Case]:
    """Columns under other names, twice, or not there."""
    kind = "people: columns"
    right = is_right(_right(people()))

    def renamed(name: str, expects: str, **names: str) -> Case:
        rows = [{names.get(key, key): cell for key, cell in row.items()} for row in people()]
        told = tuple(names.values()) if expects in ("warned", "refused") else ()
        return Case(kind, name, expects, _written(csv_text(rows)), (READ,), right, told, ("cohort.csv",))

    def added(name: str, expects: str, column: str, value: Callable[[int], str], says: Sequence[str] = ()) -> Case:
        rows = [{**row, column: value(n)} for n, row in enumerate(people())]
        return Case(kind, name, expects, _written(csv_text(rows)), (READ,), right, says, ("cohort.csv",))

    twice = csv_text(people()).replace("subject,sex,age,site", "subject,sex,age,age")
    months = [
        {"subject": r["subject"], "sex": r["sex"], "interview_age": str(12 * int(r["age"])), "site": r["site"]}
        for r in people()
    ]
    return [
        renamed("upper-case header", "same", subject="SUBJECT", sex="SEX", age="AGE", site="SITE"),
        renamed("header with blanks", "same", subject=" subject ", age=" age"),
        renamed("participant_id and gender", "same", subject="participant_id", sex="gender"),
        renamed("age_at_scan", "warned", age="age_at_scan"),
        renamed("Age at MRI", "warned", age="Age at MRI"),
        renamed("age_y", "warned", age="age_y"),
        renamed("biological sex", "warned", sex="biological_sex"),
        renamed("Alter and Geschlecht", "warned", age="Alter", sex="Geschlecht"),
        Case(
            kind,
            "interview_age in months",
            "warned",
            _written(csv_text(months)),
            (READ,),
            right,
            ("interview_age",),
            ("cohort.csv",),
        ),
        renamed("no column of subjects", "refused", subject="name of pony"),
        added("two columns of age", "refused", "Age", lambda n: "40", ("age",)),
        Case(kind, "the same column twice", "refused", _written(twice), (READ,), None, ("age",), ("cohort.csv",)),
        added("an index column of pandas", "same", "Unnamed: 0", str),
        added("a column of notes with commas", "same", "notes", lambda n: '"a, b; c"'),
        added("a column without a name", "same", "", str),
    ]


def forms() -> list[Case]:
    """Files: encodings, delimiters, line ends, things that are no table."""
    kind = "people: file"
    text = csv_text(people())
    right = is_right(_right(people()))
    umlaut = text.replace("P003", "Müller")
    german = csv_text([{**row, "age": f"{row['age']},0"} for row in people()], ";")
    lines = text.splitlines()
    quoted = "\n".join(",".join(f'"{cell}"' for cell in line.split(",")) for line in lines) + "\n"
    same: list[tuple[str, str | bytes]] = [
        ("byte-order mark", "\ufeff" + text),
        ("UTF-16", text.encode("utf-16")),
        ("CRLF", text.replace("\n", "\r\n")),
        ("tabs", text.replace(",", "\t")),
        ("semicolons and decimal commas", german),
        ("bars", text.replace(",", "|")),
        ("blank lines", text.replace("\n", "\n\n")),
        ("blank lines first", "\n\n" + text),
        ("quotes around everything", quoted),
        ("rows in reverse", "\n".join([lines[0], *lines[:0:-1]]) + "\n"),
        ("no newline at the end", text.rstrip("\n")),
        ("blanks around the cells", text.replace(",", " , ")),
        ("lines of commas at the end", text + ",,,\n,,,\n"),
    ]
    either: list[tuple[str, str | bytes]] = [
        ("line ends of old Macs", text.replace("\n", "\r")),
        ("UTF-16 without a mark", text.encode("utf-16-le")),
        ("a comma at the end of each line", text.replace("\n", ",\n")),
        ("a comment in the first line", "# exported\n" + text),
        ("a line that says the delimiter", "sep=,\n" + text),
        ("a last line of a mean", text + "mean,,46,\n"),
    ]
    refused: list[tuple[str, str | bytes]] = [
        ("Latin-1", umlaut.encode("latin-1")),
        ("empty file of people", ""),
        ("blanks alone", " \n \n"),
        ("header alone of people", lines[0] + "\n"),
        ("no header", "\n".join(lines[1:]) + "\n"),
        ("NUL bytes", text.replace("P003", "P\0003")),
        ("a row too short", text.replace("P003,M,58,A", "P003,M")),
        ("a row too long", text.replace("P003,M,58,A", "P003,M,58,A,B,C")),
        ("an unclosed quote", text.replace("P003", '"P003')),
        ("an Excel workbook", b"PK\x03\x04" + bytes(range(256)) * 8),
        ("JSON in place of a table", json.dumps(people())),
        ("a gzipped table", b"\x1f\x8b\x08\x00" + bytes(200)),
        ("a cell of 200,000 characters", text.replace("P003", "x" * 200_000)),
        ("a row that stands twice", text + lines[4] + "\n"),
        ("a person twice with two ages", text + "P003,M,59,A\n"),
        ("the header again in the middle", text + text),
    ]
    out = [Case(kind, name, "same", _written(content), (READ,), right) for name, content in same]
    out += [
        Case(kind, name, "either", _written(content), (READ,), right, (), ("cohort.csv",))
        for name, content in either
    ]
    out += [
        Case(kind, name, "refused", _written(content), (READ,), None, (), ("cohort.csv",))
        for name, content in refused
    ]
    return out


def ids() -> list[Case]:
    """Ids that are one person's, look like one person's, or are none."""
    kind = "people: ids"

    def pair(name: str, first: str, second: str, expects: str = "warned") -> Case:
        rows = people()
        rows[3]["subject"], rows[4]["subject"] = first, second
        rows[4].update(sex=rows[3]["sex"], age=rows[3]["age"])

        def joined(folder: Path, material: Material) -> str:
            found = pd.read_csv(folder / "cohort.csv", dtype=str, keep_default_na=False)["subject"]
            return "" if found[3] == found[4] else f"{first} and {second} count as two people"

        says = (first, second)
        return Case(kind, name, expects, _written(csv_text(rows)), (READ,), joined, says, ("cohort.csv",))

    def each(name: str, change: Callable[[str], str], expects: str) -> Case:
        rows = [{**row, "subject": change(row["subject"])} for row in people()]
        quoted = [{**row, "subject": f'"{row["subject"]}"'} for row in rows]

        def kept(folder: Path, material: Material) -> str:
            return _difference(
                folder / "cohort.csv", [_right([{**row, "subject": row["subject"].strip()} for row in rows])]
            )

        return Case(kind, name, expects, _written(csv_text(quoted)), (READ,), kept, (), ("cohort.csv",))

    pairs = [
        ("0471 and 471", "0471", "471"),
        ("sub-0471 and 0471", "sub-0471", "0471"),
        ("sub-0471 and sub-471", "sub-0471", "sub-471"),
        ("471.0 and 471", "471.0", "471"),
        ("Qx71 and qX71", "Qx71", "qX71"),
        ("Qx-71 and Qx_71", "Qx-71", "Qx_71"),
        ("two visits by _ses-", "Qx71_ses-1", "Qx71_ses-2"),
        ("two visits by _V", "Qx71_V1", "Qx71_V2"),
        ("two visits by -v", "Qx71-v1", "Qx71-v2"),
        ("two visits in words", "Qx71_baseline", "Qx71_followup"),
        ("two visits by time", "Qx71_T0", "Qx71_T1"),
        ("one person and a later visit", "Qx71", "Qx71_ses-2"),
        ("FreeSurfer's longitudinal stream", "Qx71_ses-1.long.Qx71", "Qx71_ses-2.long.Qx71"),
        ("a base template and its visit", "Qx71", "Qx71_ses-1.long.Qx71"),
        ("composed and decomposed umlaut", "M\u00fcller", "Mu\u0308ller"),
    ]
    out = [pair(*three) for three in pairs]
    out += [
        each("blanks around ids", lambda name: f" {name} ", "same"),
        each("ids of digits with zeros", lambda name: f"00{name[1:]}", "same"),
        each("ids as floats", lambda name: f"1{name[1:]}.0", "either"),
        each("ids with dots and plus", lambda name: f"{name}.a+b", "same"),
        each("ids of 90 characters", lambda name: name + "x" * 86, "same"),
    ]
    return out


def bad_ids() -> list[Case]:
    """Ids that are paths, code, or nothing."""
    kind = "people: ids"
    names = {
        "empty": "",
        "a blank": " ",
        "a dot": ".",
        "two dots": "..",
        "a path upwards": "../../x",
        "an absolute path": "/etc/passwd",
        "a Windows path": "..\\\\x",
        "a separator": "a/b",
        "a newline": "a\nb",
        "a carriage return": "a\rb",
        "a tab": "a\tb",
        "an escape sequence": "\x1b[31mred",
        "a mark from right to left": "a\u202eb",
        "a space of no width": "a\u200bb",
        "101 characters": "x" * 101,
        "an emoji": "🧠1",
    }
    out = []
    for name, bad in names.items():
        rows = _changed("subject", '"' + bad + '"')
        out.append(
            Case(
                kind, f"id: {name}", "refused", _written(csv_text(rows)), (READ,), None, ("line",), ("cohort.csv",)
            )
        )
    return out


def restricted() -> list[Case]:
    """Restricted CSVs: a promised grouping by family must hold, or the run be refused."""
    kind = "people: restricted"
    cohort = ("cohort", "unrestricted.csv", "--no-scans", "--restricted", "restricted.csv")
    prepare = ("prepare", "cohort.csv", "--morphometry", "unrestricted.csv", "--out", "table")

    def families_hold(folder: Path, material: Material) -> str:
        table = pd.read_csv(folder / "table" / "cohort.csv", dtype=str)
        truth = pd.read_csv(material.people / "restricted.csv", dtype=str).set_index("Subject")
        family = truth["Family_ID"].reindex(table["subject"])
        splits = table["split"].groupby(family.to_numpy()).nunique()
        return "" if (splits <= 1).all() else f"{int((splits > 1).sum())} families are parted by the split"

    def case(
        name: str, expects: str, change: Callable[[pd.DataFrame], str | pd.DataFrame], says: Sequence[str] = ()
    ) -> Case:
        def make(folder: Path, material: Material) -> None:
            (folder / "unrestricted.csv").write_bytes((material.people / "unrestricted.csv").read_bytes())
            frame = pd.read_csv(material.people / "restricted.csv", dtype=str, keep_default_na=False)
            changed = change(frame)
            text = changed if isinstance(changed, str) else changed.to_csv(index=False)
            (folder / "restricted.csv").write_text(text, encoding="utf-8")

        return Case(
            kind,
            name,
            expects,
            make,
            (cohort, prepare),
            families_hold,
            says,
            ("cohort.csv",) if expects == "refused" else (),
        )

    def subject(change: Callable[[pd.Series], pd.Series]) -> Callable[[pd.DataFrame], pd.DataFrame]:
        return lambda frame: frame.assign(Subject=change(frame["Subject"]))

    return [
        case("as it should be", "same", lambda f: f),
        case("ids as floats, 147212.0", "either", subject(lambda s: s + ".0")),
        case("ids with sub-", "either", subject(lambda s: "sub-" + s)),
        case("ids with zeros in front", "either", subject(lambda s: "0" + s)),
        case("ids with _V1 behind", "either", subject(lambda s: s + "_V1")),
        case("ids of nobody", "refused", subject(lambda s: "9" + s)),
        case("ids with a comma of thousands", "refused", subject(lambda s: s.str[:3] + "," + s.str[3:])),
        case("half of the people", "warned", lambda f: f.iloc[::2], ("restricted", "famil")),
        case("three people of the cohort", "warned", lambda f: f.iloc[:3], ("restricted", "famil")),
        case("nobody at all", "refused", lambda f: f.iloc[:0]),
        case("every row twice", "refused", lambda f: pd.concat([f, f])),
        case("no Family_ID", "refused", lambda f: f.drop(columns="Family_ID")),
        case("no Subject", "refused", lambda f: f.drop(columns="Subject")),
        case(
            "Family_ID empty for all",
            "warned",
            lambda f: f.assign(Family_ID="", Mother_ID="", Father_ID=""),
            ("famil",),
        ),
        case("lower-case columns", "same", lambda f: f.rename(columns=str.lower)),
        case("rows in another order", "same", lambda f: f.iloc[::-1]),
        case("semicolons", "same", lambda f: f.to_csv(index=False, sep=";")),
        case("a mark of byte order", "same", lambda f: "\ufeff" + f.to_csv(index=False)),
        case("an age in words", "refused", lambda f: f.assign(Age_in_Yrs="about thirty")),
        case("no restricted header", "refused", lambda f: f.to_csv(index=False, header=False)),
        case("HTML of a login page as restricted", "refused", lambda f: "<!DOCTYPE html>\n<html>login</html>\n"),
    ]


def bids() -> list[Case]:
    """BIDS datasets: sidecars, sessions, entities, derivatives."""
    kind = "bids"
    read = ("cohort", "data")

    def listing(rows: Sequence[Row], mark: str = "\t") -> str:
        return csv_text(rows, mark)

    def clean() -> list[Row]:
        return [
            {"participant_id": name, "age": age, "sex": sex}
            for name, age, sex in zip(REAL, ("39", "27", "41"), "MFF", strict=True)
        ]

    def dataset(
        table: str | None = None,
        sidecar: object = None,
        scans: Sequence[str] = ("anat/{s}_T1w.nii.gz",),
        extra: dict[str, str] | None = None,
    ) -> Callable[[Path, Material], None]:
        def make(folder: Path, material: Material) -> None:
            root = folder / "data"
            for name in REAL:
                for scan in scans:
                    path = root / name / scan.format(s=name)
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.symlink_to(material.bids / name / "anat" / f"{name}_T1w.nii.gz")
            (root / "dataset_description.json").write_text('{"Name": "x", "BIDSVersion": "1.8.0"}')
            if table != "":
                (root / "participants.tsv").write_text(table or listing(clean()), encoding="utf-8")
            if sidecar is not None:
                (root / "participants.json").write_text(
                    sidecar if isinstance(sidecar, str) else json.dumps(sidecar)
                )
            for name, text in (extra or {}).items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text)

        return make

    right = {row["participant_id"]: (row["sex"], float(row["age"]), "") for row in clean()}

    def people_right(folder: Path, material: Material) -> str:
        return _difference(folder / "cohort.csv", [right])

    def one_native_scan_each(folder: Path, material: Material) -> str:
        table = pd.read_csv(folder / "cohort.csv", dtype=str, keep_default_na=False)
        if sorted(table["subject"]) != sorted(REAL):
            return f"{len(table)} rows of {table['subject'].nunique()} people with one visit each"
        foreign = [path for path in table["image"] if "space-" in path]
        return f"taken: {Path(foreign[0]).name}" if foreign else people_right(folder, material)

    def sessions_right(*ages: float) -> Callable[[Path, Material], str]:
        def compare(folder: Path, material: Material) -> str:
            table = pd.read_csv(folder / "cohort.csv", dtype=str, keep_default_na=False)
            if len(table) != 6 or table["subject"].nunique() != 3:
                return f"{len(table)} rows of {table['subject'].nunique()} people, instead of 6 of 3"
            mine = [
                float(age or "nan")
                for age in table[table["subject"] == REAL[0]].sort_values("session")["age_years"]
            ]
            return "" if mine == list(ages) else f"{REAL[0]} is {mine} years old, instead of {list(ages)}"

        return compare

    def case(
        name: str,
        expects: str,
        make: Callable[[Path, Material], None],
        compare=people_right,
        says: Sequence[str] = (),
    ) -> Case:
        return Case(
            kind,
            f"BIDS: {name}",
            expects,
            make,
            (read,),
            compare,
            says,
            ("cohort.csv",) if expects == "refused" else (),
        )

    months = listing([{**row, "age": str(12 * int(row["age"]))} for row in clean()])
    numbers = listing([{**row, "sex": {"F": "2", "M": "1"}[row["sex"]]} for row in clean()])
    young = listing([{**row, "age": str(2 * int(row["age"]))} for row in clean()])
    two = ("ses-1/anat/{s}_ses-1_T1w.nii.gz", "ses-2/anat/{s}_ses-2_T1w.nii.gz")
    per_session = [
        {
            "participant_id": r["participant_id"],
            "session_id": f"ses-{n}",
            "age": str(int(r["age"]) + 3 * n - 3),
            "sex": r["sex"],
        }
        for r in clean()
        for n in (1, 2)
    ]
    sessions = {}
    for r in clean():
        name = f"{r['participant_id']}/{r['participant_id']}_sessions.tsv"
        sessions[name] = f"session_id\tage\nses-1\t{r['age']}\nses-2\t{int(r['age']) + 3}\n"
    entities = "anat/{s}"
    return [
        case("as it should be", "same", dataset()),
        case("no participants.tsv", "warned", dataset(""), says=("participants.tsv",)),
        case(
            "ids without sub-",
            "same",
            dataset(listing([{**r, "participant_id": r["participant_id"][4:]} for r in clean()])),
        ),
        case(
            "a person without a folder",
            "refused",
            dataset(listing([*clean(), {"participant_id": "sub-99", "age": "30", "sex": "F"}])),
            says=("sub-99",),
        ),
        case("a folder without a person", "refused", dataset(listing(clean()[:2])), says=(REAL[2],)),
        case("a person twice", "refused", dataset(listing([*clean(), clean()[0]])), says=(REAL[0],)),
        case("participants.tsv with commas", "same", dataset(listing(clean(), ","))),
        case("months by participants.json", "either", dataset(months, {"age": {"Units": "months"}})),
        case(
            "months by participants.json, all under 120",
            "either",
            dataset(young, {"age": {"Units": "months"}}),
            compare=_ages_over_12,
        ),
        case(
            "weeks by participants.json",
            "either",
            dataset(young, {"age": {"Units": "weeks"}}),
            compare=_ages_over_12,
        ),
        case("years by participants.json", "same", dataset(None, {"age": {"Units": "years"}})),
        case("Year by participants.json", "same", dataset(None, {"age": {"Units": "Year"}})),
        case(
            "sex levels in participants.json",
            "either",
            dataset(numbers, {"sex": {"Levels": {"1": "male", "2": "female"}}}),
        ),
        case(
            "sex levels swapped in participants.json",
            "either",
            dataset(
                listing([{**r, "sex": {"F": "1", "M": "2"}[r["sex"]]} for r in clean()]),
                {"sex": {"Levels": {"1": "Female", "2": "Male"}}},
            ),
        ),
        case("sex in numbers without levels", "refused", dataset(numbers), says=("sex",)),
        case("participants.json is no JSON", "either", dataset(None, "{age: months")),
        case("participants.json is a list", "either", dataset(None, [1, 2])),
        case(
            "age called age_at_scan",
            "warned",
            dataset(listing(clean()).replace("\tage\t", "\tage_at_scan\t")),
            says=("age_at_scan",),
        ),
        case(
            "age called interview_age, months",
            "warned",
            dataset(months.replace("\tage\t", "\tinterview_age\t")),
            says=("interview_age",),
        ),
        case("age 89+", "refused", dataset(listing(clean()).replace("39", "89+")), says=("age",)),
        case(
            "two runs",
            "warned",
            dataset(scans=(f"{entities}_run-1_T1w.nii.gz", f"{entities}_run-2_T1w.nii.gz")),
            compare=one_native_scan_each,
            says=("run-",),
        ),
        case(
            "two acquisitions",
            "warned",
            dataset(scans=(f"{entities}_acq-mprage_T1w.nii.gz", f"{entities}_acq-tse_T1w.nii.gz")),
            compare=one_native_scan_each,
            says=("acq-",),
        ),
        case(
            "two reconstructions",
            "warned",
            dataset(scans=(f"{entities}_rec-1_T1w.nii.gz", f"{entities}_rec-2_T1w.nii.gz")),
            compare=one_native_scan_each,
            says=("rec-",),
        ),
        case(
            "fMRIPrep: native and MNI",
            "warned",
            dataset(
                scans=(
                    f"{entities}_desc-preproc_T1w.nii.gz",
                    f"{entities}_space-MNI152NLin2009cAsym_desc-preproc_T1w.nii.gz",
                )
            ),
            compare=one_native_scan_each,
            says=("space-",),
        ),
        case(
            "fMRIPrep: MNI alone",
            "warned",
            dataset(scans=(f"{entities}_space-MNI152NLin2009cAsym_desc-preproc_T1w.nii.gz",)),
            says=("space-", "template"),
        ),
        case(
            "raw and defaced",
            "warned",
            dataset(scans=(f"{entities}_T1w.nii.gz", f"{entities}_desc-defaced_T1w.nii.gz")),
            compare=one_native_scan_each,
            says=("desc-",),
        ),
        case(
            "a mask beside the scan",
            "same",
            dataset(scans=(f"{entities}_T1w.nii.gz", f"{entities}_desc-brain_mask.nii.gz")),
        ),
        case("two sessions, one row each", "either", dataset(scans=two), compare=sessions_right(39, 39)),
        case(
            "two sessions, a row per session",
            "either",
            dataset(listing(per_session), scans=two),
            compare=sessions_right(39, 42),
        ),
        case(
            "two sessions, ages in sessions.tsv",
            "either",
            dataset(
                listing([{"participant_id": r["participant_id"], "sex": r["sex"]} for r in clean()]),
                scans=two,
                extra=sessions,
            ),
            compare=sessions_right(39, 42),
        ),
        case(
            "ages in both tables",
            "warned",
            dataset(scans=two, extra=sessions),
            compare=sessions_right(39, 42),
            says=("sessions.tsv",),
        ),
        case("no scan in one folder", "refused", _without_a_scan(dataset()), says=(REAL[1],)),
        case("dataset_description.json broken", "same", dataset(extra={"dataset_description.json": "{"})),
    ]


def _ages_over_12(folder: Path, material: Material) -> str:
    ages = pd.read_csv(folder / "cohort.csv")["age_years"]
    return f"ages of {ages.min():.0f} to {ages.max():.0f} years" if (ages > 12).any() else ""


def _without_a_scan(make: Callable[[Path, Material], None]) -> Callable[[Path, Material], None]:
    def less(folder: Path, material: Material) -> None:
        make(folder, material)
        (folder / "data" / REAL[1] / "anat" / f"{REAL[1]}_T1w.nii.gz").unlink()

    return less


def cases() -> list[Case]:
    """Return every broken table of people."""
    return [*cells(), *columns(), *forms(), *ids(), *bad_ids(), *restricted(), *bids()]
