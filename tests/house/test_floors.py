"""Every package is installed and stands on a floor: setup.cfg knows all rooms and their order."""

import ast
import configparser
from itertools import pairwise

import pytest

SIMULATOR = "brainaging.pipeline.simulate"
COUNTERFACTUAL = "brainaging.pipeline.counterfactual"
#: commands that learn an edit or edit a scan, with all modules of counterfactual itself
EDITING = tuple(
    f"brainaging.pipeline.cli.{module}"
    for module in (
        *("directing", "editing", "mapping"),
        *("work.direction_steps", "work.edit_outputs", "work.maps_summary"),
    )
)
BARE = ("brainaging.pipeline.cli", "brainaging.pipeline.report")


@pytest.fixture(scope="module")
def config(root):
    """Return setup.cfg."""
    parser = configparser.ConfigParser()
    parser.read(root / "setup.cfg", encoding="utf-8")
    return parser


@pytest.fixture(scope="module")
def packages(modules):
    """Return the import name of every folder that holds modules."""
    folders = {module.path.parent for module in modules}
    return {".".join(("brainaging", *folder.parts)) for folder in folders}


@pytest.fixture(scope="module")
def rooms(packages):
    """Return the rooms of the pipeline."""
    return {name for name in packages if name.startswith("brainaging.pipeline.") and name.count(".") == 2}


def _words(config, contract, key):
    return config[f"importlinter:contract:{contract}"][key].replace("|", " ").split()


def test_every_package_is_installed(config, packages):
    assert set(config["options"]["packages"].split()) == packages


def test_every_room_of_the_pipeline_has_one_floor(config, rooms):
    layers = _words(config, "pipeline", "layers")
    assert sorted(layers) == sorted(rooms)


def test_matplotlib_is_forbidden_in_every_room_but_report_and_cli(config, rooms):
    sources = set(_words(config, "plots", "source_modules"))
    assert rooms - sources == set(BARE)


def test_editing_a_scan_may_not_import_the_simulator(config, root):
    sources = _words(config, "edit", "source_modules")
    assert _words(config, "edit", "forbidden_modules") == ["brainaging.pipeline.simulate"]
    assert sources
    for source in sources:
        path = root.joinpath(*source.split(".")[1:])
        assert path.is_dir() or path.with_suffix(".py").is_file()
    assert "allow_indirect_imports" not in config["importlinter:contract:edit"]


def _imports(module):
    """Yield the dotted names that a module imports, wherever in it."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_of_the_edit_s_room_only_the_score_sees_the_simulator_and_nothing_beside_it_the_score(modules):
    """So no module of the edit reaches the simulator by whatever way: rooms below it may not import it either."""
    may = ("pipeline/simulate", "pipeline/counterfactual/score", "pipeline/experiments", "pipeline/cli")
    simulator, score = "brainaging.pipeline.simulate", "brainaging.pipeline.counterfactual.score"
    wrong = [
        f"{module.name}: {name}"
        for module in modules
        if not module.path.parent.as_posix().startswith(may)
        for name in _imports(module)
        if f"{name}.".startswith((f"{simulator}.", f"{score}."))
    ]
    assert not wrong, "\n".join(wrong)


def _loaded_with(module):
    """Yield the dotted names that are imported as a module is, not those inside its functions."""
    waiting = list(module.tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            waiting.extend(ast.iter_child_nodes(node))


def _packages_of(name):
    """Yield every package that importing a dotted name runs, and the name."""
    parts = name.split(".")
    yield from (".".join(parts[:end]) for end in range(1, len(parts) + 1))


def test_importing_what_edits_a_scan_loads_nothing_of_the_simulator(modules):
    """Packages run as their modules are imported, so this follows them too, which import contracts do not."""
    by_name = {}
    for module in modules:
        parts = module.path.with_suffix("").parts
        by_name[".".join(("brainaging", *(parts[:-1] if parts[-1] == "__init__" else parts)))] = module
    start = [name for name in by_name if name in EDITING or name.rpartition(".")[0] == COUNTERFACTUAL]
    reached = {part: name for name in start for part in _packages_of(name) if part in by_name}
    waiting = list(reached)
    while waiting:
        here = waiting.pop()
        for name in _loaded_with(by_name[here]):
            for part in _packages_of(name):
                if part in by_name and part not in reached:
                    reached[part] = here
                    waiting.append(part)
    assert COUNTERFACTUAL in reached
    simulator = {name: via for name, via in reached.items() if f"{name}.".startswith(f"{SIMULATOR}.")}
    assert not simulator, "\n".join(f"{name}, through {via}" for name, via in simulator.items())


def test_floors_are_in_order(config):
    """Lower floors never stand above: runtime is the ground, the command line the roof."""
    lines = config["importlinter:contract:pipeline"]["layers"].split("\n")
    floors = [line.split(" | ") for line in lines if line]
    assert floors[0] == ["brainaging.pipeline.cli"]
    assert floors[-1] == ["brainaging.pipeline.runtime"]
    for upper, lower in pairwise(floors):
        assert not set(upper) & set(lower)
