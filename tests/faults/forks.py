"""The side of the campaign that asks for programs: one server of forks for each thread of the driver."""

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Done:
    """What a command did: exit code (negative: the signal that killed it), what it said, seconds."""

    words: tuple[str, ...]
    code: int
    stdout: str
    stderr: str
    seconds: float

    @property
    def said(self) -> str:
        """Both streams."""
        return self.stdout + self.stderr


@dataclass
class Forks:
    """Runs the program of one checkout, in forks of a process that has imported it."""

    program: Path
    bare: bool = False
    timeout_s: float = 240
    _local: threading.local = field(default_factory=threading.local, repr=False)
    _servers: list[subprocess.Popen[str]] = field(default_factory=list, repr=False)

    @property
    def python(self) -> Path:
        """The Python of the program's environment."""
        return self.program.parent / "python"

    def run(
        self,
        words: Sequence[object],
        cwd: Path,
        environment: Mapping[str, str] | None = None,
        script: Path | None = None,
        timeout: float | None = None,
        **surroundings: Any,
    ) -> Done:
        """Run the program (or a ``script`` that stands for it) with words, in surroundings (fork_programs)."""
        server = self._server()
        texts = tuple(map(str, words))
        said = [cwd.parent / f".{cwd.name}-{threading.get_ident()}-{name}" for name in ("out", "err")]
        job = {
            "argv": [str(script or self.program), *texts],
            "cwd": str(cwd),
            "environment": {"COLUMNS": "300", **(environment or {})},
            "stdout": str(said[0]),
            "stderr": str(said[1]),
            "timeout": timeout or self.timeout_s,
            **surroundings,
        }
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write(json.dumps(job) + "\n")
        server.stdin.flush()
        code, seconds = json.loads(server.stdout.readline())
        stdout, stderr = (path.read_text("utf-8", errors="replace") for path in said)
        for path in said:
            path.unlink()
        return Done(texts, code, stdout, stderr, seconds)

    def run_alone(self, words: Sequence[object], cwd: Path, environment: Mapping[str, str]) -> Done:
        """Run the program as a shell would, imports and all: where the start itself is what is tried."""
        everything = {**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "300", **environment}
        texts = tuple(map(str, words))
        done = subprocess.run(
            [self.program, *texts],
            cwd=cwd,
            env=everything,
            capture_output=True,
            timeout=self.timeout_s,
            check=False,
        )
        streams = (stream.decode("utf-8", errors="replace") for stream in (done.stdout, done.stderr))
        return Done(texts, done.returncode, *streams, 0.0)

    def close(self) -> None:
        """End the servers."""
        for server in self._servers:
            server.kill()
            server.wait()

    def _server(self) -> subprocess.Popen[str]:
        if not hasattr(self._local, "server"):
            script = Path(__file__).with_name("fork_programs.py")
            server = subprocess.Popen(
                [self.python, script, *(["bare"] if self.bare else [])],
                env={**os.environ, "OMP_NUM_THREADS": "1", "PYTORCH_NVML_BASED_CUDA_CHECK": "1"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
            assert server.stdout is not None
            assert server.stdout.readline() == "ready\n", f"{self.python}: the package cannot be imported"
            self._local.server = server
            self._servers.append(server)
        return self._local.server


@contextmanager
def empty_folder(path: Path) -> Iterator[Path]:
    """Yield an empty folder, also where an earlier run left it half full."""
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    yield path
