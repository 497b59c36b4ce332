"""Rates by an edit: none of one without effects, those of a planted expansion, refusals."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from brainaging.pipeline.counterfactual.cohort_alignment import new_alignment
from brainaging.pipeline.counterfactual.covariates import Design
from brainaging.pipeline.counterfactual.deformation import Deformation
from brainaging.pipeline.counterfactual.learn import Learned
from brainaging.pipeline.maps.learned_rates import learned_rates
from brainaging.pipeline.measures.population import AgeSpan
from brainaging.pipeline.runtime import UserError
from brainaging.transforms import GridMismatchError, get_grid, template_volume

GRID = get_grid("t1w_32")
MIDDLE = AgeSpan(40, 60)
AGES = np.array([30.0, 55.0, 70.0])


@pytest.fixture(scope="module")
def learned():
    """An edit in which a decade moves everything away from the middle, by 0.1 mm a knot's velocity at most."""
    alignment = new_alignment(48.0)
    alignment.set_template(alignment.template.new_tensor(template_volume(GRID)))
    count, knots = alignment.size // 3, alignment.lattice.knots
    places = np.stack(np.unravel_index(alignment.active.numpy(), (knots,) * 3))
    outwards = (places - (knots - 1) / 2) / knots
    velocities = np.zeros((5, 3 * count), dtype=np.float32)
    velocities[1] = 0.2 * outwards.ravel()
    design = Design(50.0, 1.0, float(np.log(1500)))
    contrast = np.zeros((5, GRID.shape[0] ** 3), dtype=np.float32)
    edit = Deformation(GRID, design, alignment, velocities, contrast)
    tissue_draws = np.zeros((1, len(velocities), 0), dtype=np.float32)
    return Learned(edit, velocities[None], tissue_draws, (20.0, 80.0), "planted", True, 3, None, 0, "", 0.03)


@pytest.fixture(scope="module")
def prepared():
    """Three people who all have the template's brain, as a prepared cohort says it."""
    table = pd.DataFrame({"age_bracket": "", "sex": ["F", "M", "F"], "space": "template"}, index=range(3))
    cohort = SimpleNamespace(table=table, name="three", age_years=lambda: AGES, groups=lambda: np.arange(3))
    return SimpleNamespace(
        cohort=cohort,
        grid=GRID,
        fingerprint=GRID.fingerprint,
        folder=Path("three"),
        head_size=np.full(3, 1500.0),
        volumes=lambda rows: np.repeat(template_volume(GRID)[None], len(rows), axis=0),
    )


def by_structure(rates):
    return {rate.structure: rate.percent_a_decade for rate in rates}


def test_an_expansion_grows_every_structure_alike_and_people_are_counted(learned, prepared):
    rates = learned_rates(learned, prepared, 8, [MIDDLE])
    assert {(rate.n, rate.ages, rate.measure) for rate in rates} == {(3, MIDDLE, "volume")}
    found = by_structure(rates)
    # divergence: 0.2 mm a knot of 48 mm, by the field's 7 knots, along three axes
    assert {"lateral ventricles", "hippocampus", "thalamus", "cortex", "whole brain"} <= found.keys()
    assert all(0 < value < 1 for value in found.values())
    assert found["thalamus"] == pytest.approx(found["whole brain"], rel=0.5)


def test_an_edit_without_effects_has_rates_of_nothing(learned, prepared):
    still = replace(learned, edit=replace(learned.edit, velocities=0 * learned.edit.velocities))
    assert set(by_structure(learned_rates(still, prepared, 1, [MIDDLE])).values()) == {0.0}


def test_the_opposite_edit_shrinks_by_as_much(learned, prepared):
    turned = replace(learned, edit=replace(learned.edit, velocities=-learned.edit.velocities))
    grown, shrunk = (by_structure(learned_rates(edit, prepared, 1, [MIDDLE])) for edit in (learned, turned))
    for name in ("thalamus", "whole brain"):
        assert shrunk[name] == pytest.approx(-grown[name], rel=0.1)


def test_spans_are_cut_to_the_ages_learned_from_and_too_few_years_are_refused(learned, prepared):
    (ages,) = {rate.ages for rate in learned_rates(replace(learned, ages=(45.0, 60.0)), prepared, 1)}
    assert ages == AgeSpan(45, 60)
    with pytest.raises(UserError, match="expected ages of ten years or more, found 20 to 25"):
        learned_rates(replace(learned, ages=(20.0, 25.0)), prepared, 1)


def test_scans_of_another_grid_are_refused(learned, prepared):
    finer = SimpleNamespace(**{**vars(prepared), "fingerprint": get_grid("t1w_48").fingerprint})
    with pytest.raises(GridMismatchError):
        learned_rates(learned, finer, 1)
