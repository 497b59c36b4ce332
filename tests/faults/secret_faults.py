"""Restricted values of planted persons, and hostile strings: neither reaches what they must not.

Every person of a small cohort gets an age, a family, parents and a zygosity that stand nowhere else. All that a
whole run leaves, and says, is searched for them: as text in several spellings and as bytes of numbers, in files
and inside gzip and zip.
"""

import gzip
import shutil
import struct
import threading
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pandas as pd
from forks import Forks
from judging import Case
from kill_faults import SMALL_BUDGET
from material import Material

PAYLOADS = (
    "../../../pwned",
    "/tmp/pwned",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "$(touch pwned)",
    "`touch pwned`",
    "; touch pwned;",
    "| touch pwned",
    "&& touch pwned",
    "a\nb",
    "\u202egpj.exe",
    "=cmd|' /C calc'!A0",
    "{{7*7}}",
    "{% import os %}",
    "%s%n%x",
    "${PATH}",
    "@trainer",
    "%prepared.json",
    "$__import__('os').system('touch pwned')",
    "$import os",
    "' OR 1=1 --",
    "[bold red]markup[/bold red]",
    "[/]",
    "🧠" * 30,
    "x" * 5000,
    "C:\\Windows\\system32",
    "&lt;b&gt;",
    "javascript:alert(1)",
)
STAGES = (
    "cohort",
    "prepare",
    "prepare a table",
    "train",
    "train a table",
    "encode",
    "directions",
    "edit",
    "reproduce",
    "report",
    "a refused run",
)
_lock = threading.Lock()
_found: dict[str, dict[str, str]] = {}


def plant(folder: Path, material: Material) -> pd.DataFrame:
    """Copy the simulated cohort with restricted values that stand nowhere else; return them."""
    shutil.copytree(material.people, folder / "people", symlinks=True)
    path = folder / "people" / "restricted.csv"
    table = pd.read_csv(path, dtype=str)
    for row in range(len(table)):
        age = float(table.at[row, "Age_in_Yrs"])
        table.at[row, "Age_in_Yrs"] = f"{int(age)}.{3141592 + 7919 * row:07d}"
        for name in ("Family_ID", "Mother_ID", "Father_ID"):
            table.at[row, name] = f"PLANTED{name[:3].upper()}{table.at[row, name]}"
        for name in ("ZygosityGT", "ZygositySR"):
            if name in table:
                table.at[row, name] = f"PLANTEDZYG{table.at[row, name]}"
    table.to_csv(path, index=False)
    return table


def spellings(table: pd.DataFrame) -> dict[bytes, str]:
    """Return what is searched for: bytes, and what they are."""
    wanted = {
        b"PLANTEDFAM": "a family",
        b"PLANTEDMOT": "a mother",
        b"PLANTEDFAT": "a father",
        b"PLANTEDZYG": "a zygosity",
    }
    for text in table["Age_in_Yrs"]:
        age = float(text)
        # five decimals are in every longer spelling; fewer turn up by chance among a run's numbers
        for spelt in {text[:8], f"{age:.5f}", text[:8].replace(".", ",")}:
            wanted[spelt.encode()] = f"an age as {spelt!r}"
        for form in ("<f", ">f", "<d", ">d"):
            wanted[struct.pack(form, age)] = f"an age as {form} bytes"
        single = struct.unpack("<f", struct.pack("<f", age))[0]
        wanted[struct.pack("<d", single)] = "an age, once rounded, as <d bytes"
    return wanted


def contents(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield a file's bytes, and those inside gzip and zip."""
    raw = path.read_bytes()
    yield path.name, raw
    if raw[:2] == b"\x1f\x8b":
        yield f"{path.name} (gzip)", gzip.decompress(raw)
    if raw[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(BytesIO(raw)) as archive:
            for name in archive.namelist():
                yield f"{path.name}: {name}", archive.read(name)


Looked = dict[Path, tuple[int, int]]


def leaks(folder: Path, wanted: dict[bytes, str], looked: Looked) -> list[str]:
    """Return a line for each planted value below a folder, in files that are new since ``looked``."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_file():
            continue
        stamp = (path.stat().st_mtime_ns, path.stat().st_size)
        if looked.get(path) == stamp:
            continue
        looked[path] = stamp
        for name, raw in contents(path):
            found += [
                f"{what} in {path.parent.relative_to(folder)}/{name}"
                for value, what in wanted.items()
                if value in raw
            ]
        if any(value in path.name.encode() for value in wanted):
            found.append(f"a planted value in the name {path.name}")
    return found


def _run_all(forks: Forks, folder: Path, material: Material) -> dict[str, str]:
    """Run every command on planted people; return what each left that it must not, by stage."""
    wanted = spellings(plant(folder, material))
    work, temporary = folder / "work", folder / "tmp"
    work.mkdir()
    temporary.mkdir()
    environment = {"TMPDIR": str(temporary), "HOME": str(temporary), "XDG_CACHE_HOME": str(temporary)}
    scan = sorted((folder / "people").glob("*/T1w/*.nii.gz"))[0]
    here = ["--dataset-dir", "prepared", "--epochs", "1"]
    sets = ["--set", "latent_size=8", "--set", "components=10"]
    reproduce = [
        "reproduce",
        "cohort.csv",
        "--budget",
        "short",
        "--workers",
        "1",
        "--morphometry",
        "../people/unrestricted.csv",
        "--out",
        "run",
    ]
    stages: dict[str, list[str]] = {
        "cohort": ["cohort", "../people"],
        "prepare": ["prepare", "cohort.csv", "--grid", "t1w_32", "--workers", "1"],
        "prepare a table": [
            "prepare",
            "cohort.csv",
            "--morphometry",
            "../people/unrestricted.csv",
            "--out",
            "table",
        ],
        "train": ["train", "t1w_autoencoder", *here, "--out", "models", *sets],
        "train a table": [
            "train",
            "morphometry_autoencoder",
            "--dataset-dir",
            "table",
            "--epochs",
            "1",
            "--out",
            "table_models",
        ],
        "encode": ["encode", "prepared", "--weights", "models/best.pt"],
        "directions": ["directions", "prepared", "--knots", "48"],
        "edit": [
            "edit",
            str(scan),
            "--model",
            "directions/edits.pt",
            "--age",
            "+10",
            "--age-now",
            "28",
            "--sex-now",
            "F",
            "--space",
            "template",
            "--force",
        ],
        "reproduce": reproduce,
        "report": ["report", "run"],
    }
    results, seen, looked = {}, set[str](), Looked()
    for stage, words in stages.items():
        done = forks.run(
            words, work, environment, script=SMALL_BUDGET if stage == "reproduce" else None, timeout=900
        )
        if done.code:
            results[stage] = f"exit code {done.code}: {done.said.strip()[-200:]}"
            continue
        said = [f"{what} on the terminal" for value, what in wanted.items() if value in done.said.encode()]
        found = [
            line
            for line in (*said, *leaks(work, wanted, looked), *leaks(temporary, wanted, looked))
            if line not in seen
        ]
        seen.update(found)
        results[stage] = "; ".join(found[:4])
    results["a refused run"] = _refused(forks, folder, environment, wanted, seen, looked)
    return results


def _refused(
    forks: Forks,
    folder: Path,
    environment: dict[str, str],
    wanted: dict[bytes, str],
    seen: set[str],
    looked: Looked,
) -> str:
    """Break the restricted CSV in several ways; what the messages and logs say of it."""
    path, work = folder / "people" / "restricted.csv", folder / "work"
    text = path.read_text()
    lines = text.splitlines()
    broken = {
        "an age with a letter": text.replace(",", "x,", 3),
        "a row twice": text + lines[1] + "\n",
        "no header": "\n".join(lines[1:]) + "\n",
        "a row too long": text + lines[1] + ",more\n",
        "ages in words": text.replace(".3141592", ".3141592 years"),
        "ages too large": text.replace(lines[1].split(",")[0] + ",", lines[1].split(",")[0] + ",9", 1),
    }
    found = []
    for what, changed in broken.items():
        path.write_text(changed)
        for words in (
            ["cohort", "../people", "--out", "again.csv"],
            ["prepare", "cohort.csv", "--out", "prepared", "--grid", "t1w_32", "--workers", "1"],
        ):
            done = forks.run(words, work, environment)
            found += [
                f"{kind} on the terminal ({what}, {words[0]})"
                for value, kind in wanted.items()
                if value in done.said.encode()
            ]
    found += [line for line in leaks(work, wanted, looked) if line not in seen]
    path.write_text(text)
    return "; ".join(found[:4])


def restricted_values() -> list[Case]:
    """One case a command."""

    def stage(name: str):
        def around(forks: Forks, folder: Path, material: Material) -> tuple[str, str]:
            with _lock:
                key = str(material.folder)
                if key not in _found:
                    _found[key] = _run_all(forks, folder, material)
            found = _found[key].get(name, "was not run")
            return ("right", "not one found") if not found else ("leak", found)

        return around

    return [
        Case(
            "restricted values",
            f"planted values: {name}",
            "same",
            lambda folder, material: None,
            around=stage(name),
        )
        for name in STAGES
    ]


def hostile_strings() -> list[Case]:
    """Strings in ids, sites, columns and configs: kept as data or refused, never run, shown as HTML or a path."""
    kind = "hostile strings"

    def tried(place: str, payload: str):
        def around(forks: Forks, folder: Path, material: Material) -> tuple[str, str]:
            work = folder / "inner" / "deeper" / "work"
            work.mkdir(parents=True)
            before = set(folder.rglob("*"))
            quoted = '"' + payload.replace('"', '""') + '"'
            cells = {
                "subject": [quoted, "p2", "p3"],
                "site": ["A", quoted, "B"],
                "sex": ["F", quoted, "M"],
                "age": ["30", "40", quoted],
            }
            rows = zip(
                *(
                    cells[name] if name == place else fine
                    for name, fine in (
                        ("subject", ["p1", "p2", "p3"]),
                        ("site", ["A", "A", "B"]),
                        ("sex", ["F", "M", "M"]),
                        ("age", ["30", "40", "50"]),
                    )
                ),
                strict=True,
            )
            header = "subject,site,sex,age" + (f",{quoted}" if place == "column" else "")
            lines = [header, *(",".join(row) + (",1" if place == "column" else "") for row in rows)]
            (work / "people.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
            words = ["cohort", "people.csv", "--no-scans"]
            if place == "option":
                words = ["cohort", "people.csv", "--no-scans", "--sex-codes", payload]
            if place == "config":
                (work / "prepared").symlink_to(material.made / "prepared")
                words = [
                    "train",
                    "t1w_autoencoder",
                    "--dataset-dir",
                    "prepared",
                    "--epochs",
                    "1",
                    "--set",
                    f"latent_size={payload}",
                ]
            done = forks.run(words, work)
            return _harmless(done, folder, before, payload if place in ("subject", "site") else None)

        return around

    cases = [
        Case(
            kind,
            f"{place}: {payload[:30]!r}{number}",
            "either",
            lambda folder, material: None,
            around=tried(place, payload),
        )
        for place in ("subject", "site", "column", "option", "config")
        for number, payload in enumerate(PAYLOADS)
        if place in ("subject", "site") or number % 2 == {"column": 0, "option": 1, "config": 0}[place]
    ]
    return [
        *cases,
        Case(
            kind, "a whole run whose names are hostile", "same", lambda folder, material: None, around=_whole_run
        ),
    ]


def _harmless(done, folder: Path, before: set[Path], payload: str | None) -> tuple[str, str]:
    if "Traceback" in done.said:
        return "traceback", done.said.strip().splitlines()[-1][:300]
    new = set(folder.rglob("*")) - before
    ran = [path for path in (*new, Path("/tmp/pwned")) if path.exists() and path.name.startswith("pwned")]
    if ran:
        return "wrong in silence", f"made {ran[0]}"
    strange = [path.name for path in new if not path.is_relative_to(folder / "inner" / "deeper" / "work")]
    if strange:
        return "wrong in silence", f"written elsewhere: {strange[0]}"
    if any(letter in done.said for letter in ("\x1b", "\u202e")):
        return "unclear message", "an escape or a mark from right to left on the terminal"
    if done.code == 3:
        if max(map(len, done.stderr.splitlines())) > 1500:
            return "unclear message", f"a line of {max(map(len, done.stderr.splitlines()))} characters"
        return "refused", done.stderr.strip()[-200:]
    if done.code:
        return "traceback", f"exit code {done.code}: {done.said.strip()[-200:]}"
    if payload is not None:
        table = pd.read_csv(folder / "inner/deeper/work/cohort.csv", dtype=str, keep_default_na=False)
        cells = {cell for name in ("subject", "site") for cell in table[name]}
        if payload.strip() not in cells and payload not in cells:
            return "wrong in silence", "taken, and changed"
    return "right", "kept as data"


def _whole_run(forks: Forks, folder: Path, material: Material) -> tuple[str, str]:
    """Sites, a cohort's name and columns that are hostile, through `reproduce` into the report."""
    shown = [
        payload for payload in PAYLOADS if "\n" not in payload and len(payload) < 100 and "\u202e" not in payload
    ]
    work = folder / 'a <b>bold<b> "name" & $(touch pwned) {x}'
    work.mkdir()
    people = pd.read_csv(material.made / "cohort.csv", dtype=str, keep_default_na=False)
    table = pd.DataFrame(
        {"subject": people["subject"], "sex": people["sex"], "age": [str(22 + n % 15) for n in range(len(people))]}
    )
    table["site"] = [shown[2 + n % 6] for n in range(len(people))]
    name = "people <img src=x onerror=alert(1)>.csv"
    table.to_csv(work / name, index=False)
    measures = pd.read_csv(material.people / "unrestricted.csv", dtype=str)
    wanted = [c for c in measures if c == "Subject" or c.startswith("FS_L")][:12]
    measures[wanted].assign(**{"FS_L_<script>alert(1)</script>_Vol": "3"}).to_csv(
        work / "measures <script>alert(2)</script>.csv".replace("/", ""), index=False
    )
    runs = [forks.run(["cohort", name, "--no-scans"], work)]
    if not runs[-1].code:
        words = [
            "reproduce",
            "cohort.csv",
            "--morphometry",
            "measures <script>alert(2)<script>.csv",
            "--budget",
            "short",
            "--workers",
            "1",
            "--out",
            "out",
        ]
        runs.append(forks.run(words, work, script=SMALL_BUDGET, timeout=900))
    last = runs[-1]
    if "Traceback" in last.said or last.code == 1:
        return "traceback", last.said.strip().splitlines()[-1][:300]
    if any(path.name.startswith("pwned") for path in folder.rglob("*")):
        return "wrong in silence", "a name was run"
    if last.code:
        return "refused", last.stderr.strip()[-300:]
    page = (work / "out" / "report.html").read_text(encoding="utf-8")
    for bad in ("<script>alert", "<img src=x", "<b>bold", "onerror=alert(1)>"):
        if bad in page:
            return "wrong in silence", f"{bad} stands unescaped in report.html"
    return "right", "escaped"


def cases() -> list[Case]:
    """Return the planted and the hostile."""
    return [*restricted_values(), *hostile_strings()]
