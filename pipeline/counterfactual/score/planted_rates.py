"""How fast structures change with age in a scenario: the simulator's own truth, as rates in per cent a decade."""

from collections.abc import Sequence

import numpy as np

from brainaging.pipeline.counterfactual.score.simulated_truth import Truth
from brainaging.pipeline.counterfactual.score.true_region_changes import region_ml
from brainaging.pipeline.measures.population.measured_rates import MeasuredRate, volume_rates
from brainaging.pipeline.measures.population.structures import (
    AGE_SPANS,
    BRAIN,
    CEREBELLUM,
    CORTEX,
    GREY,
    WHITE,
    AgeSpan,
    structure_of,
)
from brainaging.pipeline.runtime import UserError, counted
from brainaging.pipeline.simulate import Cause, FoldedWarpError, Renderer, Scenario, draw_causes
from brainaging.transforms import get_grid

#: mm of the renderings, whose images are not looked at: volumes are taken on the simulator's lattice. Sensitivity:
#: time alone
SPACING = 6.0
#: years of a span of ages that a scenario must have to be compared there: a rate is a decade's. Sensitivity: which
#: rows a scenario of few ages has
SHORTEST = 10.0


def planted_rates(
    scenario: Scenario, seed: int, count: int, spans: Sequence[AgeSpan] = AGE_SPANS
) -> list[MeasuredRate]:
    """Return the rates of structures' volumes in a scenario, those of its ages alone.

    ``count`` people are drawn, and each is rendered at both ends of every span with their own head size. Brain
    (without fluid), grey and white matter, cortex and cerebellum (grey matter) are the simulator's own tissue; the
    ventricles and structures inside are aseg's labels on its anatomy. Whoever would fold at an age is left out
    there, which ``n`` says.

    Raises:
        UserError: everybody would.
    """
    renderer = Renderer(scenario, seed, SPACING)
    people = draw_causes(scenario, seed, count)
    truth = Truth(renderer, {cause.subject: cause for cause in people}, get_grid("t1w_32"))
    low, high = min(part.low for part in scenario.ages), max(part.high for part in scenario.ages)
    own = [part for part in (span.within(low, high) for span in spans) if part.years >= SHORTEST]
    ages = sorted({age for span in own for age in span})
    measured = [
        {age: volumes for age in ages if (volumes := _log_volumes(truth, person.with_values(age=age)))}
        for person in counted(people, f"measuring people of {scenario.name}", len(people))
    ]
    rates = []
    for span in own:
        both = [found for found in measured if span.low in found and span.high in found]
        if not both:
            raise UserError(
                f"scenario {scenario.name}: expected people who can be rendered at {span.low:.0f} and "
                f"{span.high:.0f} years, found all {count} folded: its effects are too large"
            )
        rates += volume_rates(
            [{name: found[span.high][name] - found[span.low][name] for name in found[span.low]} for found in both],
            span,
        )
    return rates


def _log_volumes(truth: Truth, cause: Cause) -> dict[str, float]:
    """Return logarithms of a person's volumes by structure; none where the person would fold."""
    try:
        tissue = truth.renderer.render(cause, noise=False).volumes
    except FoldedWarpError:
        return {}
    volumes = {
        BRAIN: tissue["grey"] + tissue["white"],
        GREY: tissue["grey"],
        WHITE: tissue["white"],
        CORTEX: tissue["cortex"],
        CEREBELLUM: tissue["cerebellum"],
    }
    labelled: dict[str, float] = {}
    for region, ml in region_ml(truth, cause).items():
        for structure in structure_of(region):
            labelled[structure] = labelled.get(structure, 0.0) + ml
    return {name: float(np.log(ml)) for name, ml in (labelled | volumes).items()}
