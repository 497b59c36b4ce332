"""The command that moves a brain along age, sex and head size: edit."""

import logging
import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal, cast

import typer
from rich.console import Console

from brainaging.pipeline.cli import options
from brainaging.pipeline.runtime import UserError, atomic_output, log_to, provenance, write_json

log = logging.getLogger(__name__)
console = Console(width=None if Console().is_terminal else 120)


def edit_command(
    scan: Annotated[Path, typer.Argument(help="A skull-stripped T1w scan: .nii, .nii.gz or .mgz.")],
    model: Annotated[
        Path | None,
        typer.Option(help="What `brainaging directions` wrote: edits.pt. By default the model that ships."),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for volumes, table, figure and animation.")] = Path("edited"),
    age: Annotated[str | None, typer.Option(help="Years to add: +10, -5.")] = None,
    age_to: Annotated[float | None, typer.Option(help="The age to go to, years.")] = None,
    sex: Annotated[str | None, typer.Option(help="The sex to go to: F or M; head size is held.")] = None,
    head_size: Annotated[str | None, typer.Option(help="Per cent to add to head size: +5, -3.")] = None,
    age_now: Annotated[
        float | None,
        typer.Option(help="The person's age, which outputs name: a bracket's middle where it is restricted."),
    ] = None,
    sex_now: Annotated[str | None, typer.Option(help="The person's sex; the model's reading if left out.")] = None,
    to: Annotated[
        list[str] | None,
        typer.Option(help="Another covariate of the model's formula to go to: education=16; again for more."),
    ] = None,
    now: Annotated[
        list[str] | None,
        typer.Option(help="What the person has of the formula's other covariates: education=12; again for more."),
    ] = None,
    film: Annotated[int, typer.Option(min=0, max=60, help="Frames of an animation from now to the edit.")] = 6,
    space: Annotated[str, typer.Option(help="template for scans in MNI or AC-PC space, else native.")] = "native",
    fix_orientation: options.FixOrientation = None,
    force: Annotated[bool, typer.Option("--force", help="Edit what would be refused.")] = False,
) -> None:
    """Move one scan along age, sex or head size; what the model cannot say of it stays."""
    import numpy as np

    from brainaging.bundles import bundle_path
    from brainaging.pipeline.cli.work.chosen import shipped_file
    from brainaging.pipeline.cli.work.edit_outputs import (
        NOT_A_FUTURE,
        film_frames,
        measures_lines,
        not_read,
        origin_lines,
        request_words,
        write_native,
        write_on_grid,
    )
    from brainaging.pipeline.counterfactual.edit_checkpoint import load
    from brainaging.pipeline.counterfactual.edit_scan import (
        check_age,
        check_likeness,
        edit_scan,
        read,
        scan_covariates,
    )
    from brainaging.pipeline.counterfactual.native_edit import SHOWN
    from brainaging.pipeline.counterfactual.open_covariates.cohort_columns import one_person
    from brainaging.pipeline.counterfactual.region_changes import INTERVALS
    from brainaging.pipeline.report.drawing.edit_picture import edit_picture, film_gif

    begun = time.monotonic()
    others, others_now = options.named_values(to or [], "--to"), options.named_values(now or [], "--now")
    if age is None and age_to is None and sex is None and head_size is None and not others:
        raise UserError("edit: expected --age, --age-to, --sex, --head-size or --to, found none")
    if age is not None and age_to is not None:
        raise UserError("edit: expected --age or --age-to, found both")
    if space not in ("native", "template"):
        raise UserError(f"--space: expected native or template, found {space!r}")
    years, percent = _signed(age, "--age", "years"), _signed(head_size, "--head-size", "per cent")
    male, male_now = _male(sex, "--sex"), _male(sex_now, "--sex-now")
    chosen = model or shipped_file(bundle_path("edit"))
    learned = load(chosen)
    design = learned.edit.design
    asked = {"age": years if age_to is None else age_to, "sex": male, "head_size": percent}
    if idle := [name for name, value in asked.items() if value is not None and name not in design.covariates]:
        raise UserError(f"{chosen}: is of {', '.join(design.covariates)}, and cannot change {idle[0]}")
    has, becomes = one_person(design, others_now), one_person(design, others_now | others)
    log.info("placing %s", scan.name)
    rule = options.orientation_rule(fix_orientation)
    placed = read(scan, learned, cast(Literal["native", "template"], space), rule)
    before, velocity = scan_covariates(placed, learned, age_now, male_now, has)
    after = before.older(years or 0.0)
    after = replace(after, age=np.array([age_to])) if age_to is not None else after
    after = after.as_sex(male) if male is not None else after
    after = after.with_head_size(after.head_size * (1 + (percent or 0.0) / 100))
    after = replace(after, more=becomes)
    warnings = [check_age(float(who.age[0]), learned, force) for who in (before, after)]
    warnings.append(check_likeness(placed, learned, velocity, force))
    warnings.append(f"{scan}: intensities: {placed.intensity_form}" if placed.intensity_form else "")
    if placed.mended is not None:
        warnings.append(f"{scan}: does not lie as its header says; edited, and written, as the image fits")
    with log_to(out / "run.log"):
        log.info("placed %s; editing", scan.name)
        edited = edit_scan(placed, learned, velocity, before, after)
        grid = learned.edit.grid
        volume = np.clip(placed.volume + edited.change, 0, None)
        write_on_grid(out / "edited.nii.gz", volume, grid)
        write_on_grid(out / "change.nii.gz", edited.change, grid)
        write_native(out / "edited_native.nii.gz", edited.native, edited.affine)
        for name, table in (("regions.csv", edited.regions), ("measured.csv", edited.measured)):
            with atomic_output(out / name) as temporary:
                table.to_csv(temporary, index=False, float_format="%.5g")
        request = request_words(before, after, age_now is None, male_now is None)
        lines = [
            f"edit: {request}",
            *measures_lines(edited.measured, learned),
            *origin_lines(learned),
            NOT_A_FUTURE,
        ]
        if age_now is None and not_read(edited.measured, learned):
            warnings.append(f"{scan}: edited as a scan of {before.age[0]:.0f} years: say how old with --age-now")
        log.info("drawing")
        as_is, moved = edited.shown
        edit_picture(out / "edit.png", as_is, moved, moved - as_is, SHOWN.spacing, "A brain, edited", lines)
        if film:
            frames, labels = film_frames(placed.volume, as_is, learned.edit, velocity, before, after, film)
            film_gif(out / "film.gif", frames, labels, SHOWN.spacing)
        facts: dict[str, object] = {"model": chosen.name, "grid": grid.fingerprint, "edit": request}
        facts |= {"cohort": learned.cohort, "learned_from": learned.count, "reader_from": learned.reader_count}
        facts["regions"] = INTERVALS
        write_json(out / "provenance.json", provenance(0, **facts))
    for warning in dict.fromkeys(filter(None, warnings)):
        console.print(f"[yellow]warning:[/yellow] {warning}", soft_wrap=True)
    for line in [*lines, INTERVALS]:
        console.print(line, soft_wrap=True, markup=False)
    console.print(f"{out}: volumes, regions.csv, measured.csv, edit.png ({time.monotonic() - begun:.0f} s)")


def _signed(text: str | None, option: str, unit: str) -> float | None:
    if text is None:
        return None
    if text[:1] not in ("+", "-") or not text[1:].replace(".", "", 1).isdecimal():
        raise UserError(f"{option}: expected {unit} with their sign, such as +10, found {text!r}")
    return float(text)


def _male(text: str | None, option: str) -> float | None:
    if text is None:
        return None
    if text not in ("F", "M"):
        raise UserError(f"{option}: expected F or M, found {text!r}")
    return float(text == "M")


def register(app: typer.Typer) -> None:
    """Add this command to ``app``."""
    app.command("edit")(edit_command)
