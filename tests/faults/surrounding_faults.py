"""Hostile surroundings: full disks, two runs at once, clocks, rights, limits, environments, places."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from forks import Done, Forks
from judging import QUOTED, Case
from kill_faults import COMMANDS, Killed, differences, place, whole
from material import Material, compare_people, compare_prepared

NOBODY = 65534
BACKWARDS = Path(__file__).with_name("clock_back.py")
BY_NAME = {command.name: command for command in COMMANDS}


def _refusal(done: Done, *words: str) -> str:
    """Say what is wrong with how a command gave up, "" for nothing."""
    if "Traceback" in done.said or done.code in (1, -6, -7, -11):
        lines = [line for line in done.said.splitlines() if line.strip()]
        return f"traceback: {lines[-1][:200] if lines else done.code}"
    if done.code != 3:
        return f"exit code {done.code}"
    lines = [line for line in done.stderr.splitlines() if line.startswith("error:")]
    if len(lines) != 1:
        return f"{len(lines)} lines of error: {done.stderr[-200:]}"
    if QUOTED.search(lines[0]):
        return f"quotes a library: {lines[0][:200]}"
    missing = [word for word in words if word not in done.stderr]
    return f"does not say {missing}: {lines[0][:200]}" if missing else ""


def _verdict(problem: str) -> tuple[str, str]:
    return ("traceback" if problem.startswith("traceback") else "unclear message", problem)


def _again(
    command: Killed, material: Material, forks: Forks, folder: Path, clean: Path, said: str
) -> tuple[str, str]:
    """Type the command again and compare with the run that nothing disturbed."""
    again = forks.run(command.typed(material), folder, script=command.script, timeout=900)
    if again.code:
        problem = again.said.strip().splitlines()[-1][:300] if again.said.strip() else ""
        return ("traceback" if "Traceback" in again.said else "lost work"), f"{said}; typed again: {problem}"
    if rest := [path for path in (folder / "out").rglob(".tmp-*") if path.is_file()]:
        return "half-written", f"{said}; left behind: {rest[0].name}"
    difference = differences(folder / "out", clean / "out")
    return ("wrong in silence", f"{said}; {difference}") if difference else ("right", said)


def disk_full() -> list[Case]:
    """A disk that is full at some byte of what a command writes: one line, nothing lost, and on it goes."""

    def full(command: Killed, share: float):
        def around(forks: Forks, folder: Path, material: Material) -> tuple[str, str]:
            clean, _ = whole(command, forks, material)
            size = sum(path.stat().st_size for path in (clean / "out").rglob("*") if path.is_file())
            kib = max(8, int(share * size / 1024) // 4 * 4)
            small = folder / "small"
            small.mkdir()
            if not _mounted(small, kib):
                return "not tried", "this machine lets nobody mount a tmpfs"
            try:
                place(command, small, material, links=True)
                done = forks.run(command.typed(material), small, script=command.script, timeout=900)
                said = f"{kib} KiB of {size // 1024}"
                if done.code == 0:
                    return "right", f"{said}: fitted"
                if problem := _refusal(done, "space"):
                    return _verdict(f"{problem} ({said})")
                subprocess.run(["mount", "-o", "remount,size=2g", small], check=True)
                return _again(command, material, forks, small, clean, said)
            finally:
                subprocess.run(["umount", "-l", small], check=False, stderr=subprocess.DEVNULL)

        return around

    wanted = {
        "simulate": (0.1, 0.5, 0.9),
        "cohort": (0.1,),
        "prepare": (0.2, 0.6, 0.95),
        "prepare a table": (0.5,),
        "train t1w_autoencoder": (0.05, 0.3, 0.6, 0.9),
        "train morphometry_autoencoder": (0.3, 0.8),
        "train t1w_gan": (0.5,),
        "reproduce": (0.5,),
        "edit": (0.2, 0.7),
    }
    return [
        Case(
            "disk full",
            f"disk full: {name}, at {share:.0%}",
            "refused",
            _nothing,
            around=full(BY_NAME[name], share),
        )
        for name, shares in wanted.items()
        for share in shares
    ]


def _mounted(path: Path, kib: int) -> bool:
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={kib}k", "tmpfs", path], capture_output=True, check=False
    )
    return done.returncode == 0


def _nothing(folder: Path, material: Material) -> None:
    """Write nothing beforehand."""


def two_at_once() -> list[Case]:
    """One folder, two runs: one of them may be told to wait, and the work is whole at the end."""

    def twice(command: Killed):
        def around(forks: Forks, folder: Path, material: Material) -> tuple[str, str]:
            clean, _ = whole(command, forks, material)
            place(command, folder, material)
            with ThreadPoolExecutor(2) as pool:
                both = list(
                    pool.map(
                        lambda _: forks.run(command.typed(material), folder, script=command.script, timeout=900),
                        range(2),
                    )
                )
            codes = sorted(done.code for done in both)
            for done in both:
                if done.code and (problem := _refusal(done)):
                    return _verdict(problem)
            if codes == [3, 3]:
                return "lost work", "both were refused"
            return _again(command, material, forks, folder, clean, f"exit codes {codes}")

        return around

    names = (
        "simulate",
        "prepare",
        "prepare a table",
        "train t1w_autoencoder",
        "train morphometry_autoencoder",
    )
    return [
        Case("two runs at once", f"two at once: {name}", "same", _nothing, around=twice(BY_NAME[name]))
        for name in names
    ]


def clock() -> list[Case]:
    """A clock that was set back by ten years between a killed run and the next, and files from the future."""

    def back(command: Killed):
        def around(forks: Forks, folder: Path, material: Material) -> tuple[str, str]:
            clean, seconds = whole(command, forks, material)
            place(command, folder, material)
            forks.run(
                command.typed(material), folder, script=command.script, timeout=900, kill_after=0.6 * seconds
            )
            done = forks.run(command.typed(material), folder, script=BACKWARDS, timeout=900)
            if done.code:
                return _verdict(_refusal(done) or "refused")
            return _again(command, material, forks, folder, clean, "clock set back by ten years")

        return around

    def future(command: Killed):
        def around(forks: Forks, folder: Path, material: Material) -> tuple[str, str]:
            clean, seconds = whole(command, forks, material)
            place(command, folder, material)
            forks.run(
                command.typed(material), folder, script=command.script, timeout=900, kill_after=0.6 * seconds
            )
            for path in (folder / "out").rglob("*"):
                os.utime(path, (4e9, 4e9))
            return _again(command, material, forks, folder, clean, "files of the year 2096")

        return around

    names = ("simulate", "prepare", "train t1w_autoencoder")
    out = [
        Case("clock", f"clock set back: {name}", "same", _nothing, around=back(BY_NAME[name])) for name in names
    ]
    return out + [
        Case("clock", f"files from the future: {name}", "same", _nothing, around=future(BY_NAME[name]))
        for name in names
    ]


def rights() -> list[Case]:
    """Somebody who is not root: outputs that may not be written, inputs that may not be read."""

    def read_only(command: Killed):
        def make(folder: Path, material: Material) -> None:
            place(command, folder, material)
            for path in (folder, folder / "out"):
                path.mkdir(exist_ok=True)
                path.chmod(0o755)

        return (
            Case(
                "rights",
                f"read-only output: {command.name}",
                "refused",
                make,
                (command.words,),
                None,
                ("out",),
                (),
                {"user": NOBODY},
            )
            if command.script is None
            else None
        )

    names = ("simulate", "cohort", "prepare", "prepare a table", "train t1w_autoencoder", "edit", "score")
    out = [case for name in names if (case := read_only(BY_NAME[name]))]

    def unreadable(name: str, file: str, words: Sequence[str], *copies: str) -> Case:
        def make(folder: Path, material: Material) -> None:
            for copy in copies:
                source = material.folder / copy[3:] if copy.startswith("../") else material.made / copy
                target = folder / source.name
                (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
            (folder / file).chmod(0)
            folder.chmod(0o777)

        return Case(
            "rights",
            f"unreadable: {name}",
            "refused",
            make,
            (words,),
            None,
            (Path(file).name,),
            (),
            {"user": NOBODY},
        )

    def scan(folder: Path, material: Material) -> None:
        shutil.copy(material.fillers()[0], folder / "tried.nii.gz")
        rows = [f"other{n},{path},M,4{n},template" for n, path in enumerate(material.fillers()[1:])]
        head = ["subject,path,sex,age,space", f"tried,{folder / 'tried.nii.gz'},F,31,template"]
        (folder / "source.csv").write_text("\n".join([*head, *rows]) + "\n")
        (folder / "tried.nii.gz").chmod(0)
        folder.chmod(0o777)

    prepare = ("prepare", "cohort.csv", "--grid", "t1w_32", "--workers", "1", "--out", "new")
    train = ("train", "t1w_autoencoder", "--dataset-dir", "prepared", "--epochs", "1", "--out", "new")
    return [
        *out,
        Case(
            "rights",
            "unreadable: a scan",
            "refused",
            scan,
            (("cohort", "source.csv"),),
            None,
            ("tried",),
            ("cohort.csv",),
            {"user": NOBODY},
        ),
        unreadable("the cohort's table", "cohort.csv", prepare, "cohort.csv", "cohort.json"),
        unreadable("the cohort's sidecar", "cohort.json", prepare, "cohort.csv", "cohort.json"),
        unreadable(
            "a table of people",
            "unrestricted.csv",
            ("cohort", "unrestricted.csv", "--no-scans"),
            "../people/unrestricted.csv",
        ),
        unreadable(
            "a restricted CSV",
            "restricted.csv",
            ("cohort", "unrestricted.csv", "--no-scans", "--restricted", "restricted.csv"),
            "../people/unrestricted.csv",
            "../people/restricted.csv",
        ),
        unreadable("a prepared folder", "prepared", train, "prepared"),
        unreadable("a prepared folder's marker", "prepared/prepared.json", train, "prepared"),
        unreadable(
            "weights",
            "models/best.pt",
            ("encode", "prepared", "--weights", "models/best.pt", "--out", "new.csv"),
            "prepared",
            "models",
        ),
        unreadable(
            "measures",
            "measures.csv",
            ("prepare", "cohort.csv", "--morphometry", "measures.csv", "--out", "new"),
            "cohort.csv",
            "cohort.json",
            "measures.csv",
        ),
    ]


def places() -> list[Case]:
    """Outputs that are files, not empty, far too long, or the user's own input."""
    kind = "places"

    def people(folder: Path, material: Material) -> None:
        for name in ("unrestricted.csv", "restricted.csv"):
            shutil.copy(material.people / name, folder)
        shutil.copy(material.made / "cohort.csv", folder)
        shutil.copy(material.made / "cohort.json", folder)
        (folder / "prepared").symlink_to(material.made / "prepared")
        (folder / "a_file").write_text("mine\n")
        (folder / "full").mkdir()
        (folder / "full" / "mine.txt").write_text("mine\n")

    def untouched(folder: Path, material: Material) -> str:
        for name in ("unrestricted.csv", "restricted.csv"):
            if (folder / name).read_bytes() != (material.people / name).read_bytes():
                return f"the user's own {name} was overwritten"
        if (folder / "a_file").read_text() != "mine\n" or (folder / "full" / "mine.txt").read_text() != "mine\n":
            return "a file of the user's was overwritten"
        return ""

    long = "/".join(["d" * 95] * 10)
    read = ("cohort", "unrestricted.csv", "--no-scans", "--out")
    prepare = ("prepare", "cohort.csv", "--grid", "t1w_32", "--workers", "1", "--out")
    table = ("prepare", "cohort.csv", "--morphometry", "unrestricted.csv", "--out")
    train = (
        "train",
        "t1w_autoencoder",
        "--dataset-dir",
        "prepared",
        "--epochs",
        "1",
        "--set",
        "components=10",
        "--set",
        "latent_size=8",
        "--out",
    )
    refused = [
        ("cohort over the user's own table", read, "unrestricted.csv", ("unrestricted.csv",)),
        (
            "cohort over the restricted CSV",
            (*read[:3], "--restricted", "restricted.csv", "--out"),
            "restricted.csv",
            ("restricted.csv",),
        ),
        ("cohort into a folder", read, "full", ("full",)),
        ("cohort below a file", read, "a_file/cohort.csv", ("a_file",)),
        ("cohort under a name of 300 characters", read, "x" * 300 + ".csv", ()),
        ("prepare into a file", prepare, "a_file", ("a_file",)),
        ("prepare into a full folder", prepare, "full", ("full",)),
        ("prepare a table into a file", table, "a_file", ("a_file",)),
        ("prepare a table over scans", table, "prepared", ("prepared",)),
        ("train into a file", train, "a_file", ("a_file",)),
        ("simulate into a file", ("simulate", "--subjects", "2", "--spacing", "6"), "a_file", ("a_file",)),
        ("simulate into a full folder", ("simulate", "--subjects", "2", "--spacing", "6"), "full", ("full",)),
        (
            "encode over the prepared folder's table",
            ("encode", "prepared", "--weights", "models/best.pt", "--out"),
            "prepared/cohort.csv",
            ("cohort.csv",),
        ),
        ("report of a folder that is no run", ("report",), "full", ("full",)),
        ("report of nothing", ("report",), "nowhere", ("nowhere",)),
    ]
    fits = [
        ("cohort at 1,000 characters", read, f"{long}/cohort.csv"),
        ("prepare at 1,000 characters", prepare, long),
        ("prepare a table at 1,000 characters", table, long),
        ("train at 1,000 characters", train, long),
        ("simulate at 1,000 characters", ("simulate", "--subjects", "2", "--spacing", "6"), long),
        ("cohort at blanks, umlauts and brackets", read, "ä [1] {x} 100%/cohort.csv"),
        ("train at blanks, umlauts and brackets", train, "ä [1] {x} 100%"),
        ("train at a path with a dollar", train, "$HOME x"),
        ("train at a path with an at sign", train, "@models"),
    ]

    def with_models(folder: Path, material: Material) -> None:
        people(folder, material)
        (folder / "models").symlink_to(material.made / "models")
        if not (folder / "prepared" / "cohort.csv").is_file():
            return
        (folder / "prepared").unlink()
        shutil.copytree(material.made / "prepared", folder / "prepared")

    def around(words: Sequence[str], says: Sequence[str]):
        def run(forks: Forks, folder: Path, material: Material) -> tuple[str, str]:
            done = forks.run(words, folder)
            if lost := untouched(folder, material):
                return "lost work", f"exit code {done.code}: {lost}"
            prepared = [(f / "prepared" / "cohort.csv").read_bytes() for f in (folder, material.folder.parent)[:1]]
            if prepared[0] != (material.made / "prepared" / "cohort.csv").read_bytes():
                return "lost work", f"exit code {done.code}: prepared/cohort.csv was overwritten"
            if done.code == 0:
                return "wrong in silence", "taken as if it were in order"
            problem = _refusal(done, *says)
            return _verdict(problem) if problem else ("refused", done.stderr.strip()[-300:])

        return run

    out = [
        Case(kind, name, "refused", with_models, around=around((*words, at), says))
        for name, words, at, says in refused
    ]
    return out + [Case(kind, name, "same", people, ((*words, at),), untouched) for name, words, at in fits]


def limits() -> list[Case]:
    """Few open files, little shared memory, small files."""
    kind = "limits"

    def source(folder: Path, material: Material) -> None:
        for name in ("cohort.csv", "cohort.json"):
            shutil.copy(material.made / name, folder)
        for name in ("prepared", "table", "gan"):
            (folder / name).symlink_to(material.made / name)

    def as_prepared(folder: Path, material: Material) -> str:
        subject = (material.made / "prepared" / "cohort.csv").read_text().splitlines()[1].partition(",")[0]
        return compare_prepared(folder / "new", material.made / "prepared", subject)

    def finished(folder: Path, material: Material) -> str:
        return "" if (folder / "new" / "best.pt").is_file() else "no weights"

    prepare = ("prepare", "cohort.csv", "--grid", "t1w_32", "--out", "new", "--workers")
    train = (
        "train",
        "t1w_autoencoder",
        "--dataset-dir",
        "prepared",
        "--epochs",
        "1",
        "--out",
        "new",
        "--set",
        "components=10",
        "--set",
        "latent_size=8",
    )
    table = ("train", "morphometry_autoencoder", "--dataset-dir", "table", "--epochs", "1", "--out", "new")
    gan = (
        "train",
        "t1w_gan",
        "--dataset-dir",
        "prepared",
        "--epochs",
        "2",
        "--out",
        "new",
        "--set",
        "warmup=1",
        "--set",
        "width=4",
        "--set",
        "latent_size=12",
        "--set",
        "detail=4",
    )
    simulate = ("simulate", "new", "--subjects", "4", "--spacing", "6", "--workers")
    few, small, shm = (
        {"limits": {"NOFILE": 64}},
        {"limits": {"FSIZE": 20_000}},
        {"mounts": [["/dev/shm", "size=64k"]]},
    )

    def simulated(folder: Path, material: Material) -> str:
        return "" if (folder / "new" / "unrestricted.csv").is_file() else "no cohort"

    runs = [
        (
            "64 open files",
            "same",
            few,
            [
                ("prepare, 1 worker", (*prepare, "1"), as_prepared),
                ("prepare, 2 workers", (*prepare, "2"), as_prepared),
                ("train", train, finished),
                ("train a table", table, finished),
                ("simulate", (*simulate, "2"), simulated),
            ],
        ),
        (
            "64 kB of /dev/shm",
            "same",
            shm,
            [
                ("prepare, 2 workers", (*prepare, "2"), as_prepared),
                ("train", train, finished),
                ("train a GAN", gan, finished),
                ("train a table", table, finished),
                ("simulate", (*simulate, "2"), simulated),
            ],
        ),
        (
            "files of at most 20 kB",
            "refused",
            small,
            [
                ("prepare", (*prepare, "1"), None),
                ("train", train, None),
                ("train a table", table, None),
                ("simulate", (*simulate, "1"), None),
            ],
        ),
    ]
    return [
        Case(kind, f"{limit}: {name}", expects, source, (words,), compare, (), ("new/prepared.csv",), surroundings)
        for limit, expects, surroundings, commands in runs
        for name, words, compare in commands
    ]


def environments() -> list[Case]:
    """Variables of the shell, terminals, working directories, streams."""
    kind = "environment"

    def source(folder: Path, material: Material) -> None:
        for name in ("cohort.csv", "cohort.json"):
            shutil.copy(material.made / name, folder)
        for name in ("prepared", "directions", "models"):
            (folder / name).symlink_to(material.made / name)
        (folder / "people").symlink_to(material.people)
        shutil.copy(material.fillers()[0], folder / "scan.nii.gz")

    def as_cohort(folder: Path, material: Material) -> str:
        return compare_people(folder / "new.csv", material.made / "cohort.csv")

    def as_prepared(folder: Path, material: Material) -> str:
        subject = (material.made / "prepared" / "cohort.csv").read_text().splitlines()[1].partition(",")[0]
        return compare_prepared(folder / "new", material.made / "prepared", subject)

    def edited(folder: Path, material: Material) -> str:
        return "" if (folder / "new" / "edit.png").is_file() else "no picture"

    read = ("cohort", "people", "--out", "new.csv")
    prepare = ("prepare", "cohort.csv", "--grid", "t1w_32", "--out", "new", "--workers")
    edit = (
        "edit",
        "scan.nii.gz",
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
        "--film",
        "2",
        "--out",
        "new",
    )
    encode = ("encode", "prepared", "--weights", "models/best.pt", "--out", "new.csv")
    plain = [
        ({"PYTHONIOENCODING": "ascii"}, read, as_cohort),
        ({"PYTHONIOENCODING": "ascii"}, (*prepare, "1"), as_prepared),
        ({"PYTHONIOENCODING": "ascii"}, edit, edited),
        ({"PYTHONIOENCODING": "ascii"}, encode, None),
        ({"PYTHONIOENCODING": "latin-1"}, edit, edited),
        ({"PYTHONIOENCODING": "cp437"}, encode, None),
        ({"COLUMNS": "1"}, read, as_cohort),
        ({"COLUMNS": "wide"}, read, as_cohort),
        ({"TERM": "dumb"}, read, as_cohort),
        ({"NO_COLOR": "1"}, read, as_cohort),
        ({"FORCE_COLOR": "1"}, read, as_cohort),
        ({"TMPDIR": "/nowhere"}, (*prepare, "2"), as_prepared),
        ({"TMPDIR": "/nowhere"}, edit, edited),
        ({"HOME": "/nowhere", "MPLCONFIGDIR": "/proc"}, edit, edited),
        ({"TZ": "Nowhere/Land"}, edit, edited),
        ({"CUDA_VISIBLE_DEVICES": "7"}, encode, None),
        ({"OMP_NUM_THREADS": "64"}, read, as_cohort),
    ]
    alone = [
        ({"MPLBACKEND": "nonsense"}, edit, edited),
        ({"MPLBACKEND": "TkAgg"}, edit, edited),
        ({"MPLBACKEND": "module://matplotlib_inline.backend_inline"}, read, as_cohort),
        ({"PYTHONIOENCODING": "ascii", "LC_ALL": "C", "PYTHONUTF8": "0"}, encode, None),
        ({"LC_ALL": "no_NO.nowhere"}, read, as_cohort),
        ({"OMP_NUM_THREADS": "many"}, read, as_cohort),
        ({"PYTHONWARNINGS": "error"}, read, as_cohort),
        ({"HOME": "/nowhere", "XDG_CACHE_HOME": "/proc/x", "MPLCONFIGDIR": "/proc/x"}, edit, edited),
    ]
    out = []
    for number, (variables, words, compare) in enumerate([*plain, *alone]):
        name = f"{' '.join(f'{key}={value}' for key, value in variables.items())}: {words[0]}"
        started = number >= len(plain)
        out.append(
            Case(
                kind,
                f"{name}{' (started anew)' if started else ''}",
                "same",
                source,
                (words,),
                compare,
                (),
                (),
                {"environment": variables},
                started,
            )
        )
    return [*out, *_gone(source), *_streams(source)]


def _gone(source) -> list[Case]:
    def gone(words: Sequence[str]):
        def around(forks: Forks, folder: Path, material: Material) -> tuple[str, str]:
            place_ = folder / "here"
            place_.mkdir()
            done = forks.run([word.format(folder=folder) for word in words], place_, gone=True)
            if done.code == 0:
                return "right", "done"
            problem = _refusal(done, "directory")
            return _verdict(problem) if problem else ("refused", done.stderr.strip()[-200:])

        return around

    commands = {
        "--help": ("--help",),
        "cohort, absolute paths": ("cohort", "{folder}/people", "--out", "{folder}/new.csv"),
        "cohort, relative paths": ("cohort", "people"),
        "prepare": ("prepare", "{folder}/cohort.csv", "--grid", "t1w_32", "--workers", "1"),
        "train": ("train", "t1w_autoencoder", "--dataset-dir", "prepared"),
        "simulate": ("simulate", "new", "--subjects", "2"),
    }
    return [
        Case("environment", f"working directory deleted: {name}", "either", source, around=gone(words))
        for name, words in commands.items()
    ]


def _streams(source) -> list[Case]:
    def into(target: str, words: Sequence[str]):
        def around(forks: Forks, folder: Path, material: Material) -> tuple[str, str]:
            environment = {**os.environ, "OMP_NUM_THREADS": "1"}
            shell = f'"$0" "$@" {target}'
            done = subprocess.run(
                ["bash", "-c", shell, forks.program, *words],
                cwd=folder,
                env=environment,
                capture_output=True,
                text=True,
                timeout=200,
                check=False,
            )
            if "Traceback" in done.stdout + done.stderr:
                return "traceback", done.stderr.strip().splitlines()[-1][:200]
            return "right", f"exit code {done.returncode}"

        return around

    read = ("cohort", "people", "--out", "new.csv")
    return [
        Case("environment", "output into a pipe that closed", "either", source, around=into("| true", read)),
        Case("environment", "output onto a full device", "either", source, around=into("> /dev/full", read)),
        Case(
            "environment", "help into a pipe that closed", "either", source, around=into("| head -1", ("--help",))
        ),
        Case("environment", "no output at all", "either", source, around=into(">&- 2>&-", read)),
        Case("environment", "no input", "either", source, around=into("<&-", read)),
    ]


def cases() -> list[Case]:
    """Return every hostile surrounding."""
    return [*disk_full(), *two_at_once(), *clock(), *rights(), *places(), *limits(), *environments()]
