"""The fault campaign: broken inputs, hostile surroundings, each judged against what was expected in advance.

    python tests/faults/campaign.py --out /tmp/campaign
    python tests/faults/campaign.py --out /tmp/before --program /path/to/other/checkout/.venv/bin/brainaging

Prints counts by kind and verdict and lists what is neither right nor refused; ``verdicts.csv`` in ``--out`` has
every case. Typed again it goes on where it was; ``--again`` tries anew what failed, ``--anew`` everything.
"""

import argparse
import csv
import shutil
import sys
import time
import traceback
import zlib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, fields
from pathlib import Path

import kill_faults
import people_faults
import scan_faults
import secret_faults
import surrounding_faults
import table_faults
import weight_faults
from forks import Forks, empty_folder
from judging import GOOD, VERDICTS, Case, Judged, judge
from known_gaps import KNOWN_GAPS
from material import SHARED, Material, make_material

#: kinds whose cases need none of the material
PLAIN = ("people: cells", "people: columns", "people: file", "people: ids")
SOURCES = (people_faults, scan_faults, table_faults, weight_faults, surrounding_faults, secret_faults, kill_faults)


def main() -> int:
    """Run what the command line asks for; exit code 1 where anything failed."""
    typed = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    typed.add_argument("--out", type=Path, required=True, help="folder for material, cases and verdicts.csv")
    typed.add_argument("--program", type=Path, default=Path(sys.executable).with_name("brainaging"))
    typed.add_argument("--only", nargs="*", default=[], help="kinds, or names of cases, that begin so")
    typed.add_argument("--every", type=int, default=1, help="only every n-th case")
    typed.add_argument("--jobs", type=int, default=2, help="cases at once")
    typed.add_argument("--again", action="store_true", help="try anew what was neither right nor refused")
    typed.add_argument("--anew", action="store_true", help="try everything anew")
    typed.add_argument("--timeout", type=float, default=240, help="seconds until a command counts as hung")
    typed.add_argument("--bare", action="store_true", help="import nothing beforehand: for a program of one's own")
    typed.add_argument("--keep", action="store_true", help="keep the folders of the cases")
    words = typed.parse_args()
    out: Path = words.out.absolute()
    chosen = [case for source in SOURCES for case in source.cases()]
    assert len({case.name for case in chosen}) == len(chosen), Counter(c.name for c in chosen).most_common(3)
    if words.only:
        chosen = [
            case
            for case in chosen
            if case.kind.startswith(tuple(words.only)) or case.name.startswith(tuple(words.only))
        ]
    chosen = chosen[:: words.every]
    forks = Forks(words.program.absolute(), words.bare, words.timeout)
    material = Material(out / "material")
    try:
        if any(not case.kind.startswith(PLAIN) for case in chosen):
            make_material(forks, material)
        judged = run(chosen, forks, material, out, words)
    finally:
        forks.close()
    print_counts(judged)
    return int(any(one.verdict not in GOOD and one.name not in KNOWN_GAPS for one in judged))


def run(
    chosen: list[Case], forks: Forks, material: Material, out: Path, words: argparse.Namespace
) -> list[Judged]:
    """Run the cases that were not run before, several at once; return the verdicts on all of them."""
    path = out / "verdicts.csv"
    known = {} if words.anew else _read(path)
    if words.again:
        known = {name: one for name, one in known.items() if one.verdict in GOOD}
    todo = [case for case in chosen if case.name not in known]
    begun = time.monotonic()

    def one(case: Case) -> Judged:
        return _judged(case, forks, material, out / "cases", words.keep)

    with ThreadPoolExecutor(words.jobs) as pool:
        for count, judged in enumerate(pool.map(one, todo), 1):
            known[judged.name] = judged
            _write(path, known.values())
            if judged.verdict not in GOOD:
                print(
                    f"[{count}/{len(todo)}] {judged.kind} · {judged.name}: {judged.verdict} ({judged.detail})",
                    flush=True,
                )
    print(f"{len(todo)} cases in {time.monotonic() - begun:.0f} s, {words.jobs} at once")
    return [known[case.name] for case in chosen]


def _judged(case: Case, forks: Forks, material: Material, cases: Path, keep: bool) -> Judged:
    begun = time.monotonic()
    with empty_folder(cases / f"{zlib.crc32(case.name.encode()):08x}") as folder:
        try:
            verdict, detail = _verdict(case, forks, material, folder)
        except Exception:  # the campaign's own fault: one case, not all of them
            verdict, detail = "not tried", traceback.format_exc(limit=-2)
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)
    return Judged(case.kind, case.name, case.expects, verdict, detail, round(time.monotonic() - begun, 1))


def _verdict(case: Case, forks: Forks, material: Material, folder: Path) -> tuple[str, str]:
    if case.kind.startswith("scan") and not SHARED.is_dir():
        return "not tried", f"the open data is not at {SHARED}"
    case.make(folder, material)
    if case.around is not None:
        return case.around(forks, folder, material)
    runs = []
    for typed in case.commands:
        words = [word.replace("{material}", str(material.folder)) for word in typed]
        if case.alone:
            runs.append(forks.run_alone(words, folder, (case.surroundings or {}).get("environment", {})))
        else:
            runs.append(forks.run(words, folder, **(case.surroundings or {})))
        if runs[-1].code:
            break
    return judge(case, folder, material, runs)


def _read(path: Path) -> dict[str, Judged]:
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as stream:
        rows = [Judged(**{**row, "seconds": float(row["seconds"])}) for row in csv.DictReader(stream)]
    return {row.name: row for row in rows}


def _write(path: Path, judged) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, [field.name for field in fields(Judged)])
        writer.writeheader()
        writer.writerows(map(asdict, judged))


def print_counts(judged: list[Judged]) -> None:
    """Print counts by kind and verdict, and every failure in a line."""
    shown = [verdict for verdict in VERDICTS if any(one.verdict == verdict for one in judged)]
    kinds = list(dict.fromkeys(one.kind for one in judged))
    counts = Counter((one.kind, one.verdict) for one in judged)
    print("\n| kind | cases | " + " | ".join(shown) + " |")
    print("|---" * (len(shown) + 2) + "|")
    for kind in kinds:
        row = [counts[kind, verdict] for verdict in shown]
        print(f"| {kind} | {sum(row)} | " + " | ".join(str(n or "·") for n in row) + " |")
    totals = [sum(counts[kind, verdict] for kind in kinds) for verdict in shown]
    print(f"| all | {len(judged)} | " + " | ".join(map(str, totals)) + " |\n")
    for one in judged:
        if one.verdict not in GOOD:
            gap = f" [known: {KNOWN_GAPS[one.name]}]" if one.name in KNOWN_GAPS else ""
            print(f"{one.kind} · {one.name} (expected: {one.expected}): {one.verdict}: {one.detail}{gap}")


if __name__ == "__main__":
    sys.exit(main())
