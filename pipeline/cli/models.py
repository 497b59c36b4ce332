"""Commands on one bundle: train, encode, predict."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer
from rich.console import Console
from rich.table import Table

from brainaging.bundles import bundle_path
from brainaging.pipeline.cli import options
from brainaging.pipeline.cli.choices import Device, Space
from brainaging.pipeline.runtime import UserError, log_to, provenance, write_json

if TYPE_CHECKING:
    from brainaging.pipeline.data import Prepared

console = Console()
log = logging.getLogger(__name__)
NEXT_ENCODE = "brainaging encode {data} --bundle {bundle} --weights {best}"
#: voxels an axis up to which training begins without a plan of its memory
SMALL = 48
GIGABYTE = 10**9
#: what a bundle's weights are for
NEXT = {
    "t1w_gan": "brainaging generate --weights {best}",
    "t1w_conditional_generator": "brainaging generate --weights {best} --age 60 --sex F",
    "t1w_latent_encoder": "brainaging invert {data} --weights {best}",
    "t1w_sex_classifier": "brainaging predict {data} --bundle {bundle} --weights {best}",
    "t1w_age_regressor": "brainaging predict {data} --bundle {bundle} --weights {best}",
}


def train_command(
    bundle: Annotated[str, typer.Argument(help=options.BUNDLE_HELP)],
    dataset_dir: Annotated[Path, typer.Option(help="Folder that `brainaging prepare` wrote.")],
    out: Annotated[Path, typer.Option(help="Folder for checkpoints, learning curves and logs.")] = Path("models"),
    epochs: Annotated[int | None, typer.Option(min=1, help="Passes over the training subjects.")] = None,
    seed: options.Seed = 0,
    generator: Annotated[
        Path | None, typer.Option(help="For t1w_latent_encoder: a checkpoint of t1w_gan, whose sizes are taken.")
    ] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="Override a config value: key=value, repeatable.")
    ] = None,
    check_memory: Annotated[
        bool, typer.Option(help="On fine grids, plan the memory first, and refuse what does not fit.")
    ] = True,
) -> None:
    """Train a bundle on a prepared cohort; a stopped run goes on from its last epoch when typed again."""
    from brainaging.pipeline.cli.work.chosen import check_fits, find_bundle, load_prepared, parse_overrides
    from brainaging.pipeline.data import Prepared
    from brainaging.pipeline.engines import place_value, read_checkpoint, run_bundle

    prepared = load_prepared(dataset_dir)
    overrides = parse_overrides(set_ or [])
    if epochs is not None:
        overrides["epochs"] = epochs
    folder = find_bundle(bundle)
    check_fits(folder, prepared)
    if generator is not None:
        # what the user set stands over what the generator says, and is refused if it does not fit
        settings = read_checkpoint(generator).get("settings", {})
        overrides = {"generator": place_value(generator), **settings, **overrides}
    with log_to(out / "run.log"):
        if check_memory and isinstance(prepared, Prepared) and max(prepared.grid.shape) > SMALL:
            _check_memory(folder, prepared, overrides)
        write_json(
            out / "provenance.json",
            provenance(
                seed,
                bundle=folder.name,
                overrides=overrides,
                grid=prepared.fingerprint,
                cohort=prepared.cohort.digest,
            ),
        )
        run_bundle(
            folder,
            "train",
            dataset_dir=place_value(dataset_dir),
            ckpt_dir=place_value(out),
            output_dir=place_value(out),
            seed=seed,
            **overrides,
        )
    best = out / "best.pt"
    console.print(
        f"weights: {best} (best on validation) and {out / 'last.pt'}; "
        f"next: {NEXT.get(folder.name, NEXT_ENCODE).format(data=dataset_dir, bundle=bundle, best=best)}",
        soft_wrap=True,
    )


def _check_memory(folder: Path, prepared: "Prepared", overrides: dict[str, Any]) -> None:
    """Say what a training will take, and refuse what does not fit; where no plan is made of a bundle it begins.

    Raises:
        UserError: it does not fit.
    """
    import torch

    from brainaging.pipeline.engines.resources.free_memory import free_memory, own_memory
    from brainaging.pipeline.engines.resources.memory_plan import MemoryPlan, check_plan, memory_plan
    from brainaging.pipeline.engines.resources.rehearsal import batch_of, rehearses
    from brainaging.transforms import get_grid

    # on a GPU the cache looks for room by itself
    if not rehearses(folder) or torch.cuda.is_available():
        return
    scans = int((prepared.table["split"] != "test").sum())
    others = {name: value for name, value in overrides.items() if name not in ("batch_size", "epochs")}

    def plan(grid: str, batch: int, start: tuple[float, float] | None = None) -> MemoryPlan:
        return memory_plan(folder, get_grid(grid), scans, batch, known=start, **others)

    log.info("planning the memory of %s on %s", folder.name, prepared.grid.name)
    own = plan(prepared.grid.name, int(overrides.get("batch_size", batch_of(folder))))
    memory = free_memory() + own_memory()
    log.info("at most %.1f GB of memory, of %.1f that may be had", own.peak / GIGABYTE, memory / GIGABYTE)
    try:
        check_plan(own, memory, plan)
    except UserError as error:
        raise UserError(f"{error} (--no-check-memory trains all the same)") from error


def plan_command(
    bundle: Annotated[str, typer.Argument(help=options.BUNDLE_HELP)],
    grid: options.Grid = "t1w_64",
    scans: Annotated[int, typer.Option(min=1, help="How many are trained on and validated with.")] = 1113,
    batch: Annotated[int | None, typer.Option(min=1, help="Scans a step; the bundle's own if left out.")] = None,
    memory: Annotated[
        str | None, typer.Option(help="That it may take, such as 15GB; what is free here if left out.")
    ] = None,
    device: Annotated[Device, typer.Option(help="Where networks and scans are to lie.")] = "cpu",
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="Override a config value: key=value, repeatable.")
    ] = None,
) -> None:
    """Say what memory a training takes, part by part, before anything is filled, and whether it fits."""
    import torch

    from brainaging.pipeline.cli.work.chosen import chosen_grid, find_bundle, parse_overrides
    from brainaging.pipeline.engines.resources.free_memory import free_memory, own_memory
    from brainaging.pipeline.engines.resources.memory_plan import MemoryPlan, check_plan, memory_plan
    from brainaging.pipeline.engines.resources.rehearsal import batch_of

    folder, overrides, spec = find_bundle(bundle), parse_overrides(set_ or []), chosen_grid(grid)
    if memory is None and device == "cuda" and not torch.cuda.is_available():
        raise UserError("--memory: expected the GPU's, such as 15GB, since torch finds none here")
    may_take = _bytes(memory) if memory else free_memory(device) + (own_memory() if device == "cpu" else 0)

    def plan(name: str, size: int, start: tuple[float, float] | None = None) -> MemoryPlan:
        return memory_plan(folder, chosen_grid(name), scans, size, device, start, **overrides)

    typed: Any = overrides.pop("batch_size", batch_of(folder))
    own = plan(spec.name, batch or int(typed))
    table = Table(title=f"{folder.name} on {spec.name}, {device}", title_justify="left")
    table.add_column("part")
    table.add_column("GB", justify="right")
    for name, size in own.parts.items():
        table.add_row(name, f"{size / GIGABYTE:.2f}", style="bold" if name == "peak" else None)
    console.print(table)
    check_plan(own, may_take, plan)
    console.print(f"fits into {may_take / GIGABYTE:.1f} GB")


def _bytes(text: str) -> int:
    """Return the bytes of a text such as 15GB or 900MB.

    Raises:
        UserError: it is none.
    """
    units = {"GB": 10**9, "MB": 10**6, "GIB": 2**30}
    number, unit = text.upper().rstrip("BGIM"), text.upper()[len(text.upper().rstrip("BGIM")) :]
    if unit not in units or not number.strip().replace(".", "", 1).isdecimal():
        raise UserError(f"--memory: expected a number of GB, GiB or MB, such as 15GB, found {text!r}")
    return int(float(number) * units[unit])


Source = Annotated[
    Path,
    typer.Argument(help="A scan, a folder of scans, or what `brainaging prepare` wrote; to encode, a table too."),
]
Weights = Annotated[
    Path | None, typer.Option(help="A checkpoint: best.pt or last.pt. By default the weights that ship.")
]
ScanSpace = Annotated[
    Space, typer.Option(help="Of scans that are not prepared: template for MNI or AC-PC space, else native.")
]
#: bundles that `predict` runs where none is named
READERS = ("t1w_sex_classifier", "t1w_age_regressor")


def encode_command(
    source: Source,
    weights: Weights = None,
    bundle: Annotated[
        str, typer.Option(help=f"{options.BUNDLE_HELP} By default the autoencoder of what is read.")
    ] = "",
    out: Annotated[Path, typer.Option(help="The latent table to write (CSV).")] = Path("latents.csv"),
    space: ScanSpace = "native",
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="Override a config value: key=value, repeatable.")
    ] = None,
) -> None:
    """Write the latents of scans, or of the rows of a table, as a table."""
    from brainaging.pipeline.cli.work.chosen import find_bundle, parse_overrides, shipped_file
    from brainaging.pipeline.cli.work.scans_to_read import holds_table, inputs_of
    from brainaging.pipeline.engines import Coder, encode_volumes, load_network, place_value, write_latents

    overrides = parse_overrides(set_ or [])
    is_table = holds_table(source)
    folder = find_bundle(bundle or ("morphometry_autoencoder" if is_table else "t1w_autoencoder"))
    chosen = weights or shipped_file(folder)
    with log_to(out.with_suffix(".log")):
        inputs = inputs_of(source, folder, chosen, space)
        place = {"dataset_dir": place_value(source)}
        network = cast(Coder, load_network(folder, chosen, **place, **overrides))
        log.info("encoding %d %s", len(inputs.values), "people" if is_table else "scans")
        latents = encode_volumes(network, inputs.values)
    write_latents(out, inputs.keys, latents, inputs.fingerprint)
    what = "people" if is_table else "scans"
    console.print(f"{latents.shape[0]} {what} × {latents.shape[1]} codes in {out}", soft_wrap=True)


def predict_command(
    source: Source,
    bundle: Annotated[
        str, typer.Option(help=f"{' or '.join(READERS)}, or its folder. By default those with weights.")
    ] = "",
    weights: Weights = None,
    out: Annotated[
        Path, typer.Option(help="Folder for predictions.csv; of both bundles a folder each in it.")
    ] = Path("predictions"),
    space: ScanSpace = "native",
) -> None:
    """Write what a classifier or regressor reads in scans: sex, or age, or both."""
    from brainaging.pipeline.cli.work.chosen import (
        check_fits,
        find_bundle,
        infer,
        load_prepared,
        shipped_file,
        trained_settings,
    )
    from brainaging.pipeline.cli.work.scans_to_read import is_prepared
    from brainaging.pipeline.engines import read_checkpoint
    from brainaging.pipeline.runtime.shipped_weights import shipped_weights

    if weights is not None and not bundle:
        raise UserError(f"--weights {weights}: give their bundle as --bundle")
    with_weights = [name for name in READERS if shipped_weights(bundle_path(name)) is not None]
    for name in [bundle] if bundle else with_weights or READERS:
        folder = find_bundle(name)
        chosen = weights or shipped_file(folder)
        if is_prepared(source):
            check_fits(folder, load_prepared(source))
        if "classes" not in read_checkpoint(chosen).get("settings", {}):
            raise UserError(
                f"{chosen}: these weights predict nothing: expected those of a classifier or regressor"
            )
        settings = trained_settings(folder, chosen)
        place = out if bundle else out / folder.name
        with log_to(place / "run.log"):
            infer(folder, source, chosen, place, space=space, **settings)
        console.print(f"predictions in {place / 'predictions.csv'}", soft_wrap=True)


def register(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    app.command("train")(train_command)
    app.command("plan")(plan_command)
    app.command("encode")(encode_command)
    app.command("predict")(predict_command)
