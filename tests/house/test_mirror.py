"""Tests mirror the house.

The rule, as CONTRIBUTING has it: every module with behaviour has a file of tests of its own at the same place,
``pipeline/data/cohorts/hcp.py`` in ``tests/pipeline/data/cohorts/test_hcp.py``. A module has behaviour where it
defines a public function or a public class with a method that does something; tables of words, dataclasses of
fields alone and ``__init__`` that only gather names have none. A module that no file mirrors stands in
:data:`TESTED_ELSEWHERE` with the tests that hold it and why they are better there.
"""

import ast
from pathlib import Path

import pytest

#: modules without a file of their own: which tests hold them, and why there
TESTED_ELSEWHERE: dict[str, tuple[str, str]] = {
    "pipeline/experiments/generator_comparison/compared_people.py": (
        "tests/pipeline/experiments/generator_comparison/test_run.py",
        "true volumes are the simulated cohort's",
    ),
    "pipeline/experiments/generator_comparison/brains_to_compare.py": (
        "tests/pipeline/experiments/generator_comparison/test_run.py",
        "generators are trained there once",
    ),
    "pipeline/experiments/generator_comparison/brain_measures.py": (
        "tests/pipeline/experiments/generator_comparison/test_run.py",
        "instruments measure trained generators there",
    ),
    "pipeline/experiments/generator_comparison/registered_volumes.py": (
        "tests/pipeline/experiments/generator_comparison/test_run.py",
        "a cohort is prepared there",
    ),
    "pipeline/simulate/anatomies/placed_scan.py": (
        "tests/pipeline/simulate/anatomies/test_anatomy_source.py",
        "what scans are refused; those that are not are placed in test_anatomy_of_scan.py",
    ),
    "pipeline/simulate/anatomies/template_registration.py": (
        "tests/pipeline/simulate/anatomies/test_anatomy_of_scan.py",
        "a real scan takes half a minute, registered once",
    ),
    "pipeline/experiments/shipped/recipe_people.py": (
        "tests/pipeline/cli/test_shipping.py",
        "a recipe is trained there from its people to its figures",
    ),
    "pipeline/experiments/shipped/recipe_training.py": (
        "tests/pipeline/cli/test_shipping.py",
        "a recipe is trained there from its people to its figures",
    ),
    "pipeline/experiments/shipped/network_figures.py": (
        "tests/pipeline/cli/test_shipping.py",
        "a recipe is trained there from its people to its figures",
    ),
    "pipeline/experiments/shipped/edit_figures.py": (
        "tests/pipeline/cli/test_shipping.py",
        "a recipe is trained there from its people to its figures",
    ),
    "pipeline/cli/work/weights_steps.py": (
        "tests/pipeline/cli/test_shipping.py",
        "a recipe is trained there from its people to its figures",
    ),
    "pipeline/experiments/shipped/real_scans.py": (
        "tests/bundles/test_weights.py",
        "what ships reads real scans there",
    ),
    "pipeline/cli/inverting.py": (
        "tests/pipeline/cli/test_cli.py",
        "one trained GAN serves all its commands there",
    ),
    "pipeline/cli/generating.py": (
        "tests/pipeline/cli/test_cli.py",
        "the generators are trained there, on one cohort",
    ),
    "pipeline/cli/work/brain_labels.py": (
        "tests/pipeline/cli/test_cli.py",
        "the brains that are labelled are made there",
    ),
    "pipeline/cli/work/ordered_readings.py": (
        "tests/pipeline/cli/test_cli.py",
        "the brains that are read are made there",
    ),
    "pipeline/cli/studies.py": ("tests/pipeline/cli/test_cli.py", "the commands are typed there, on one cohort"),
    "pipeline/cli/edit_scoring.py": (
        "tests/pipeline/cli/test_editing.py",
        "it makes the model that is edited with there",
    ),
    "pipeline/cli/work/task_scores.py": (
        "tests/pipeline/cli/test_editing.py",
        "what the command prints, of the cohort that is scored there",
    ),
    "pipeline/experiments/counterfactuals/task_export.py": (
        "tests/pipeline/cli/test_editing.py",
        "a task needs a cohort and its truth, which are made there",
    ),
    "pipeline/cli/work/comparison_text.py": (
        "tests/pipeline/cli/test_comparing.py",
        "what the command prints, and it prints nothing else",
    ),
    "pipeline/cli/work/maps_summary.py": (
        "tests/pipeline/cli/test_mapping.py",
        "the maps take longest, made once",
    ),
}


def _does_something(function):
    """Whether a function has more in it than a docstring, an ellipsis or pass."""
    body = [node for node in function.body if not isinstance(node, ast.Pass)]
    return any(not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)) for node in body)


def _functions(nodes):
    return [node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def _has_behaviour(module):
    public = [
        node
        for node in module.tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
    ]
    classes = [node for node in public if isinstance(node, ast.ClassDef)]
    methods = [method for node in classes for method in _functions(node.body)]
    return any(_does_something(function) for function in _functions(public) + methods)


def _mirror(module):
    name = module.path.parent.name if module.path.stem == "__init__" else module.path.stem
    return Path("tests", *module.path.parent.parts, f"test_{name}.py")


@pytest.fixture(scope="module")
def behaving(modules):
    """Return the modules that have behaviour."""
    return [module for module in modules if _has_behaviour(module)]


def test_every_module_with_behaviour_has_its_tests(behaving, root):
    alone = [module.name for module in behaving if not (root / _mirror(module)).is_file()]
    missing = [name for name in alone if name not in TESTED_ELSEWHERE]
    print(f"{len(alone)} of {len(behaving)} modules with behaviour have no file of tests of their own")
    assert not missing, "\n".join(missing)


def test_exceptions_are_needed_and_name_tests_that_exist(behaving, root):
    alone = {module.name for module in behaving if not (root / _mirror(module)).is_file()}
    assert TESTED_ELSEWHERE.keys() <= alone, "a module that has its own tests, or is gone"
    wanted = {tests for tests, _ in TESTED_ELSEWHERE.values()}
    assert {tests for tests in wanted if not (root / tests).is_file()} == set()


def test_every_file_of_tests_stands_where_a_folder_of_the_house_is(root):
    folders = {path.parent.relative_to(root / "tests") for path in (root / "tests").rglob("test_*.py")}
    own = {Path("house"), Path("benchmarks"), Path("faults")}
    assert {folder.as_posix() for folder in folders - own if not (root / folder).is_dir()} == set()
