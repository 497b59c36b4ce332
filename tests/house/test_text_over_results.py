"""No regular expression over a result, and no reading of a code's letters: what a code says is a field.

In the rooms that make or show results ``re`` is not imported, pandas' ``.str`` matches nothing, and none calls
``startswith``, ``endswith``, ``removeprefix``, ``removesuffix`` or ``partition``, but for the modules listed here,
which read other things than results.
"""

import ast

ROOMS = tuple(
    f"pipeline/{room}" for room in ("report", "results", "experiments", "maps", "counterfactual", "stats")
)
LETTERS = {"startswith", "endswith", "removeprefix", "removesuffix", "partition", "rpartition"}
MATCHES = {
    "contains",
    "match",
    "fullmatch",
    "startswith",
    "endswith",
    "extract",
    "extractall",
    "findall",
    "replace",
}
#: modules that may import re, and over what
EXPRESSIONS = {
    "pipeline/counterfactual/open_covariates/formula_terms.py": "powers and names in a formula that a user types",
    "pipeline/stats/learners/ordinal.py": "the order of classes is the first number in an age bracket's name",
}
#: modules that may read letters, and of what
READS_LETTERS: dict[str, str] = {
    "pipeline/counterfactual/edit_checkpoint.py": "the format that a checkpoint names",
    "pipeline/experiments/cohort_calibration.py": "FreeSurfer's columns in HCP's CSV begin with FS_",
    "pipeline/experiments/shipped/installation.py": "the lines of a card between which its figures stand",
    "pipeline/maps/planted_effects.py": "FreeSurfer's columns end in what was measured",
}


def _uses(modules, wanted):
    return {
        module.name
        for module in modules
        if module.room in ROOMS and any(wanted(node) for node in ast.walk(module.tree))
    }


def _imports_re(node):
    if isinstance(node, ast.ImportFrom):
        return node.module in ("re", "regex")
    return isinstance(node, ast.Import) and any(alias.name in ("re", "regex") for alias in node.names)


def _matches_a_column(node):
    return (
        isinstance(node, ast.Attribute)
        and node.attr in MATCHES
        and isinstance(node.value, ast.Attribute)
        and node.value.attr == "str"
    )


def _reads_letters(node):
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LETTERS


def test_no_regular_expression_where_results_are_made_or_shown(modules):
    unlisted = sorted(_uses(modules, _imports_re) - EXPRESSIONS.keys())
    assert not unlisted, "\n".join(unlisted)


def test_no_column_is_matched(modules):
    matching = sorted(_uses(modules, _matches_a_column))
    assert not matching, "\n".join(matching)


def test_no_letters_of_a_code_are_read(modules):
    unlisted = sorted(_uses(modules, _reads_letters) - READS_LETTERS.keys())
    assert not unlisted, "\n".join(unlisted)


def test_every_exception_is_still_one(modules):
    assert EXPRESSIONS.keys() <= _uses(modules, _imports_re)
    assert READS_LETTERS.keys() <= _uses(modules, _reads_letters)
