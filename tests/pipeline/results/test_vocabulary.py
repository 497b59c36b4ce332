"""One vocabulary: every code has words, every code is written by something."""

import math
from pathlib import Path

import pytest

import brainaging.pipeline
from brainaging.pipeline.results import METRICS, TERMS, Probe, title, words
from brainaging.pipeline.results.original_study import ORIGINALS, original_value

PIPELINE = Path(brainaging.pipeline.__file__).parent
#: endings that the grid of models appends to a learner's code
SCHEMES = ("_ovr", "_ovo")


@pytest.fixture(scope="module")
def source() -> str:
    """Return the code of every room that writes findings."""
    rooms = ("stats", "measures", "metrics", "counterfactual", "maps", "experiments", "data")
    paths = [path for room in rooms for path in sorted((PIPELINE / room).rglob("*.py"))]
    paths += [PIPELINE / "results" / "scoring.py", PIPELINE / "results" / "original_study.py"]
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


@pytest.mark.xfail(reason="the experiments are being converted to typed findings", strict=False)
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


def test_the_originals_numbers_are_found_by_what_they_measure():
    def probe(features: str, target: str = "sex", **more: object) -> Probe:
        return Probe(target=target, features=features, model="logistic_regression", **more)

    assert original_value("T1w", probe("latents", encoder="autoencoder", codes=100), "accuracy") == 0.93
    assert original_value("T1w", probe("latents", "age_bracket"), "accuracy") == 0.439
    assert math.isnan(original_value("T1w", probe("voxels"), "auc"))
    for adjustment in ("head_size_residualised", "head_size_matched", "pca2"):
        assert math.isnan(original_value("T1w", probe("latents", adjustment=adjustment), "accuracy"))
    keys = [(o.modality, o.features, o.target, o.model, o.metric) for o in ORIGINALS]
    assert len(set(keys)) == len(keys)
