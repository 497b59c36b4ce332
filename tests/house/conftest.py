"""The house's source, parsed once: these tests read text and import nothing of the package."""

import ast
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("transforms", "networks", "pipeline", "bundles")


@dataclass(frozen=True)
class Module:
    """One module: its path from the root of the repository, its text and its syntax tree."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        """The path as text, as lists of exceptions have it."""
        return self.path.as_posix()

    @property
    def room(self) -> str:
        """transforms, networks, bundles, or a room of the pipeline."""
        parts = self.path.parts
        return "/".join(parts[:2]) if parts[0] == "pipeline" and len(parts) > 2 else parts[0]

    @property
    def lines(self) -> int:
        """How many lines it has."""
        return len(self.text.splitlines())


def _read(path: Path) -> Module:
    text = path.read_text(encoding="utf-8")
    return Module(path.relative_to(ROOT), text, ast.parse(text))


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the root of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def modules() -> list[Module]:
    """Return every module of the house, in the order of its path."""
    paths = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
    assert len(paths) > 200, f"expected the house's folders in {ROOT}"
    return [_read(path) for path in paths]
