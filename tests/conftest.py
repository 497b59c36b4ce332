"""Fixtures that every folder of tests may use."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import settings

# The same tree gives the same verdict on every machine, however busy; HYPOTHESIS_PROFILE=explore draws new ones.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))

Done = subprocess.CompletedProcess[str]
#: what commands import as they are run, which takes seconds
IMPORTED_ONCE = (
    *(f"brainaging.pipeline.cli.work.{name}" for name in ("study", "direction_steps", "edit_outputs")),
    *("brainaging.pipeline.simulate", "brainaging.pipeline.report.chapters.edits", "monai.bundle"),
)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of open scans and tables beside the checkout; skip where it is absent."""
    folder = Path(os.environ.get("BRAINAGING_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"the open data is not at {folder}")
    return folder


@pytest.fixture(scope="session")
def run_python(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., list[Done]]]:
    """Return what runs a Python program in processes of its own: (argv, folder, one environment a process).

    ``argv`` is a script's path, or ``-m`` and a module, and words. Importing MONAI takes seconds: the processes
    are forks of one that has imported it, in one thread.
    """
    if not hasattr(os, "fork"):
        pytest.skip("this system cannot fork")
    folder = tmp_path_factory.mktemp("programs")
    script = Path(__file__).with_name("fork_server.py")
    server = subprocess.Popen(
        [sys.executable, script, *IMPORTED_ONCE],
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTORCH_NVML_BASED_CUDA_CHECK": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert server.stdin is not None
    assert server.stdout is not None
    requests, answers = server.stdin, server.stdout

    def run(argv: Sequence[str], cwd: Path, environments: Sequence[Mapping[str, str]] = ({},)) -> list[Done]:
        jobs = [
            {
                "argv": list(argv),
                "cwd": str(cwd),
                "environment": dict(environment),
                "stdout": str(folder / f"stdout-{number}"),
                "stderr": str(folder / f"stderr-{number}"),
            }
            for number, environment in enumerate(environments)
        ]
        requests.write(json.dumps(jobs) + "\n")
        requests.flush()
        try:
            codes = json.loads(answers.readline())
        except BaseException:  # a timeout: what comes later must not read this answer
            os.killpg(server.pid, signal.SIGKILL)
            raise
        said = [[Path(job[name]).read_text(encoding="utf-8") for name in ("stdout", "stderr")] for job in jobs]
        return [Done(list(argv), code, *texts) for code, texts in zip(codes, said, strict=True)]

    yield run
    os.killpg(server.pid, signal.SIGKILL)
    server.wait()
