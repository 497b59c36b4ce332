"""One vocabulary: every code has words, every code is written by something."""

from pathlib import Path

import pytest

import brainaging.pipeline
from brainaging.pipeline.results import METRICS, TERMS, title, words

PIPELINE = Path(brainaging.pipeline.__file__).parent
#: endings that the grid of models appends to a learner's code
SCHEMES = ("_ovr", "_ovo")


@pytest.fixture(scope="module")
def source() -> str:
    """Return the code of every room that writes findings."""
    rooms = ("stats", "measures", "metrics", "counterfactual", "maps", "experiments", "data", "handlers")
    paths = [path for room in rooms for path in sorted((PIPELINE / room).rglob("*.py"))]
    paths += [PIPELINE / "results" / "scoring.py", PIPELINE / "results" / "original_study.py"]
    paths.append(PIPELINE / "results" / "fidelity_findings.py")
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


@pytest.mark.parametrize("column", sorted(TERMS))
def test_every_code_is_written_by_something(column, source):
    never = [code for code in TERMS[column] if f'"{code.removesuffix("_ovr").removesuffix("_ovo")}"' not in source]
    assert never == []
    assert all(f'"{scheme}"' in source for scheme in SCHEMES)


def test_words_are_readable():
    for column, terms in TERMS.items():
        for code in terms:
            assert words(column, code).strip()
            assert "_" not in words(column, code)
    assert words("model", "") == ""
    assert title("model", "deformation") == "Deformation"


def test_a_code_that_several_columns_share_has_the_same_words_in_them():
    shared = TERMS["baseline"].keys() & TERMS["model"].keys()
    assert all(TERMS["baseline"][code] == TERMS["model"][code] for code in shared)
    assert all(TERMS["metric"][code] == term.words for code, term in METRICS.items())
