"""What docs/evidence.md says of constants is what the code has, and what it names is there."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "evidence.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(\w+)` \| `([^`]+)`", re.MULTILINE)


def _constants() -> dict[tuple[str, str], object]:
    """Return every plain module-level constant of the edit, by module and name."""
    values: dict[tuple[str, str], object] = {}
    files = [*(ROOT / "pipeline" / "counterfactual").rglob("*.py"), *(ROOT / "networks").glob("*.py")]
    for path in files:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
            value = getattr(node, "value", None)
            names = target.elts if isinstance(target, ast.Tuple) else [target]
            parts = value.elts if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) else [value]
            for name, part in zip(names, parts, strict=False):
                if isinstance(name, ast.Name) and part is not None:
                    try:
                        values[path.stem, name.id] = ast.literal_eval(part)
                    except ValueError:
                        values[path.stem, name.id] = None
    return values


@pytest.mark.parametrize(("module", "stated"), ROW.findall(TEXT))
def test_a_constant_has_the_value_that_the_table_states(module: str, stated: str) -> None:
    constants = _constants()
    names, _, values = stated.partition(" = ")
    names_of = [name for name in names.split(", ") if name.strip("_").isupper()]
    for position, name in enumerate(names_of):
        assert (module, name) in constants, f"{module} has no {name}"
        number = re.fullmatch(r"-?[\d.]+(?:e-?\d+)?", values.split(", ")[position]) if values else None
        if number:
            assert constants[module, name] == float(number[0])


def test_every_number_of_the_edit_is_in_the_table() -> None:
    listed = {name for _, stated in ROW.findall(TEXT) for name in stated.partition(" = ")[0].split(", ")}
    edit = {path.stem for path in (ROOT / "pipeline" / "counterfactual").glob("*.py")}
    numbers = {
        name
        for (module, name), value in _constants().items()
        if module in edit and isinstance(value, int | float) and not isinstance(value, bool)
    }
    assert numbers - listed == set()


@pytest.mark.parametrize("name", ["docs/evidence.md", "docs/glossary.md", "CONTRIBUTING.md", "README.md"])
def test_files_that_a_document_names_are_there(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!http)([^)#]+)\)", text) + re.findall(r"(?:python|`)\s?(benchmarks/\w+\.py)", text)
    for link in links:
        near, root = (ROOT / name).parent / link, ROOT / link
        assert near.exists() or root.exists(), f"{name} names {link}"
