"""The package's own source as a hash: of the modules that a piece of work imports, and of no others."""

import ast
from collections.abc import Iterable, Mapping
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

#: the distribution's import packages, each a folder
ROOTS = ("brainaging.transforms", "brainaging.networks", "brainaging.pipeline", "brainaging.bundles")


@cache
def source_sha256(*names: str) -> str:
    """Return the SHA-256 of the source of everything of this package that ``names`` import, themselves included.

    Imports are read, not run: one inside a function counts too. A process reads the source once, as it imports it
    once.

    Args:
        names: modules, or public names in them, such as ``brainaging.networks.T1wGenerator``.

    Raises:
        ValueError: a name is not of this package.
    """
    digest = sha256()
    for name, path in sorted(imported_sources(names, package_folders()).items()):
        source = path.read_bytes()
        digest.update(f"{name} {len(source)}\n".encode())
        digest.update(source)
    return digest.hexdigest()


def imported_sources(names: Iterable[str], folders: Mapping[str, Path]) -> dict[str, Path]:
    """Return the files of the modules that ``names`` import, directly or not, by module name.

    Args:
        names: modules, or names in modules.
        folders: where each root package lies; what is imported from elsewhere is left out.

    Raises:
        ValueError: no root package holds one of ``names``.
    """
    sources: dict[str, Path] = {}
    waiting = list(names)
    for name in waiting:
        if not _modules(name, folders):
            raise ValueError(f"expected a name of {', '.join(folders)}, found {name!r}")
    while waiting:
        for module, path in _modules(waiting.pop(), folders).items():
            if module not in sources:
                sources[module] = path
                waiting += _imports(path)
    return sources


def package_folders() -> dict[str, Path]:
    """Return where each of :data:`ROOTS` lies."""
    specs = {root: find_spec(root) for root in ROOTS}
    return {root: Path(spec.origin).parent for root, spec in specs.items() if spec is not None and spec.origin}


def _modules(name: str, folders: Mapping[str, Path]) -> dict[str, Path]:
    """Return the files that importing ``name`` runs: its packages', and its own where it is a module's name."""
    root = next((root for root in folders if name == root or name.startswith(root + ".")), None)
    if root is None:
        return {}
    folder, module = folders[root], root
    files = {module: folder / "__init__.py"}
    for part in name.removeprefix(root).split(".")[1:]:
        folder, module = folder / part, f"{module}.{part}"
        if folder.is_dir():
            files[module] = folder / "__init__.py"
        elif folder.with_suffix(".py").is_file():
            files[module] = folder.with_suffix(".py")
    return {module: path for module, path in files.items() if path.is_file()}


def _imports(path: Path) -> list[str]:
    """Return the absolute names that a file imports; ``from a import b`` may mean a name or a module."""
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names
