"""Every experiment of the original study that exists so far, on one cohort, into one folder.

The data are prepared once, every experiment of :data:`EXPERIMENTS` that they suffice for runs with one
:class:`~brainaging.pipeline.experiments.context.Context`, and what they find is gathered in results.csv. A new
experiment is a folder beside this module and a line in the list.
"""

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from brainaging.pipeline.data import Cohort, Recipe, prepare
from brainaging.pipeline.data.morphometry import PreparedTable, prepare_morphometry, read_morphometry
from brainaging.pipeline.experiments.budget import Budget
from brainaging.pipeline.experiments.context import Context, Experiment, Outcome
from brainaging.pipeline.experiments.counterfactuals import COUNTERFACTUALS
from brainaging.pipeline.experiments.fold_training import gather_curves
from brainaging.pipeline.experiments.generator_comparison import GENERATORS
from brainaging.pipeline.experiments.scans import SCANS
from brainaging.pipeline.experiments.synthetic import SYNTHETIC
from brainaging.pipeline.experiments.table import TABLE
from brainaging.pipeline.results import Finding, read_results, write_results
from brainaging.pipeline.runtime import UserError, file_sha256, provenance, write_json
from brainaging.pipeline.stats.learners.harmonise import check_combat
from brainaging.transforms import GridSpec, OrientationRule

log = logging.getLogger(__name__)
#: in the order that they run in: edits use the weights of experiments before
EXPERIMENTS: tuple[Experiment, ...] = (SCANS, TABLE, SYNTHETIC, GENERATORS, COUNTERFACTUALS)
#: what a reproduction consists of
PARTS = tuple(experiment.name for experiment in EXPERIMENTS)
#: bundles that a reproduction trains
BUNDLES = tuple(dict.fromkeys(bundle for experiment in EXPERIMENTS for bundle in experiment.bundles))
#: of provenance.json, what stays true when one part is run again
_KEPT_FACTS = (
    "trained",
    "grid",
    "autoencoder",
    "n4",
    "strip",
    "orientation",
    "morphometry",
    "morphometry_sha256",
    "table_autoencoder",
    "atlas",
)


@dataclass(frozen=True)
class Request:
    """What a reproduction runs, and how its data are prepared.

    Attributes:
        grid: the grid of the scans.
        only: of :data:`PARTS`; none for all that the cohort has data for.
        morphometry: a FreeSurfer table, or a folder of tables.
        combat: harmonise the table's sites inside every fold too.
        workers: processes that place scans, or the address of a Dask scheduler whose workers do.
        skip_bad: set bad scans, rows and people without measures aside in place of stopping.
        n4: correct the bias field first.
        strip: how to strip whole heads, if they are to be stripped.
        orientation: what is done with brains that do not lie as their header says, as in ``ScanSteps``.
        atlas: the cortex' atlas whose parcels are kept of the table; None for the table's.
    """

    grid: GridSpec
    only: tuple[str, ...] = ()
    morphometry: Path | None = None
    combat: bool = False
    workers: int | str = 1
    skip_bad: bool = False
    n4: bool = False
    strip: str | None = None
    orientation: OrientationRule = "check"
    atlas: str | None = None


def reproduce(
    cohort: Cohort, out: Path, bundles: Mapping[str, Path], budget: Budget, request: Request, seed: int = 0
) -> list[Finding]:
    """Run the experiments that a cohort has data for, and write what they find.

    Everything lies in ``out``: ``prepared/``, ``prepared_table/``, ``models/``, each experiment's ``findings/``,
    ``results.csv`` and the files of the figures. Typed again after a stop, a run keeps what is finished and goes
    on. Some parts alone replace their own rows and keep those of the others, where an earlier run of the same
    cohort, budget and seed left any.

    Args:
        cohort: the subjects.
        out: the folder.
        bundles: folders of :data:`BUNDLES`, those that are needed.
        budget: how much it may cost.
        request: what to run.
        seed: of everything that is drawn; where families are restricted, folds do not depend on it.

    Returns:
        the findings, those of results.csv.

    Raises:
        UserError, ScanError, GridMismatchError: the input is at fault, in one line.
    """
    chosen = chosen_experiments(cohort, request)
    claim: dict[str, Any] = {"cohort": cohort.digest, "budget": asdict(budget)}
    earlier = {} if not request.only else _earlier(out / "provenance.json", claim | {"seed": seed})
    context = _context(cohort, out, bundles, budget, request, seed, {experiment.needs for experiment in chosen})
    trained: dict[str, Sequence[str]] = dict(earlier.get("trained", {}))
    for experiment in chosen:
        log.info("experiment %s", experiment.name)
        outcome: Outcome = experiment.run(context)
        write_results(outcome.findings, _findings_file(out, experiment.name))
        trained[experiment.name] = list(outcome.trained)
    kept = [name for name in PARTS if name in trained]
    gather_curves([out / "models" / name for part in kept for name in trained[part]], out / "curves.csv")
    facts = earlier | claim | _facts(request, {experiment.needs for experiment in chosen}) | {"trained": trained}
    write_json(out / "provenance.json", provenance(seed, **facts))
    return write_results(_gathered(out, kept), out / "results.csv")


def chosen_experiments(cohort: Cohort, request: Request) -> list[Experiment]:
    """Return the requested experiments that the cohort has data for.

    Raises:
        UserError: there is no such experiment, or nothing to run it on.
    """
    for part in request.only:
        if part not in PARTS:
            raise UserError(f"--only {part}: expected {', '.join(PARTS)}")
    available = {"scans": cohort.has_scans, "table": request.morphometry is not None}
    if request.only:
        missing = {
            "scans": f"{cohort.name} has no scans",
            "table": "give the measures as --morphometry TABLE",
        }
        chosen = [experiment for experiment in EXPERIMENTS if experiment.name in request.only]
        for experiment in chosen:
            if not available[experiment.needs]:
                raise UserError(f"--only {experiment.name}: {missing[experiment.needs]}")
        return chosen
    if not any(available.values()):
        raise UserError(f"{cohort.name}: people without scans: give their measures as --morphometry TABLE")
    return [experiment for experiment in EXPERIMENTS if available[experiment.needs]]


def _context(
    cohort: Cohort,
    out: Path,
    bundles: Mapping[str, Path],
    budget: Budget,
    request: Request,
    seed: int,
    needs: set[str],
) -> Context:
    """Prepare what is needed, once for all experiments."""
    # Relatives always share a fold. Folds drawn anew for every seed would, over several runs, tell who is related;
    # so a cohort with restricted families has one partition, and the seed steers weights and resampling alone.
    split_seed = seed if cohort.restricted is None else 0
    scans = None
    if "scans" in needs:
        recipe = Recipe.on(request.grid, request.n4, request.strip, request.orientation)
        scans = prepare(
            cohort,
            recipe,
            out / "prepared",
            workers=request.workers,
            skip_bad=request.skip_bad,
            seed=split_seed,
        )
    table = _prepared_table(cohort, out, request, split_seed) if "table" in needs else None
    return Context(
        out=out,
        bundles=bundles,
        budget=budget,
        seed=seed,
        split_seed=split_seed,
        scans=scans,
        table=table,
        table_source=request.morphometry,
        combat=request.combat,
    )


def _prepared_table(cohort: Cohort, out: Path, request: Request, seed: int) -> PreparedTable:
    """Cut the morphometry table to the cohort; say what is left out."""
    source = request.morphometry
    if source is None:
        raise UserError("expected FreeSurfer measures as --morphometry TABLE, found none")
    if request.combat:
        check_combat(cohort.table["site"].to_numpy(dtype=str))
    measured = read_morphometry(source, skip_bad=request.skip_bad, atlas=request.atlas)
    for note in measured.notes:
        log.warning("%s", note)
    for column, reason in measured.dropped.itertuples(index=False):
        log.info("%s: column %s left out: %s", source.name, column, reason)
    return prepare_morphometry(cohort, measured, out / "prepared_table", seed=seed, skip_bad=request.skip_bad)


def _facts(request: Request, needs: set[str]) -> dict[str, Any]:
    """Return what provenance.json says of the data."""
    facts: dict[str, Any] = {}
    if "scans" in needs:
        facts |= {"grid": request.grid.fingerprint, "autoencoder": SCANS.bundles[0]}
        facts |= {"n4": request.n4, "strip": request.strip, "orientation": request.orientation}
    if "table" in needs and request.morphometry is not None:
        table = request.morphometry
        facts |= {"morphometry": table.name, "morphometry_sha256": file_sha256(table) if table.is_file() else ""}
        facts |= {"table_autoencoder": TABLE.bundles[0], "atlas": request.atlas}
    return facts


def _earlier(path: Path, claim: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts of an earlier run of the same cohort, budget and seed; nothing of another run's."""
    if not path.is_file():
        return {}
    facts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    same = all(facts.get(name) == value for name, value in json.loads(json.dumps(claim)).items())
    return {name: facts[name] for name in _KEPT_FACTS if name in facts} if same else {}


def _findings_file(out: Path, part: str) -> Path:
    return out / "findings" / f"{part}.csv"


def _gathered(out: Path, parts: Iterable[str]) -> list[Finding]:
    return [finding for part in parts for finding in read_results(_findings_file(out, part))]
