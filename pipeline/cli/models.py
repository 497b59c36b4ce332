"""Commands on one bundle: train, encode, predict."""

import logging
from pathlib import Path
from typing import Annotated, cast

import typer
from rich.console import Console

from brainaging.bundles import bundle_path
from brainaging.pipeline.cli import options
from brainaging.pipeline.cli.choices import Space
from brainaging.pipeline.runtime import UserError, log_to, provenance, write_json

console = Console()
log = logging.getLogger(__name__)
NEXT_ENCODE = "brainaging encode {data} --bundle {bundle} --weights {best}"
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
) -> None:
    """Train a bundle on a prepared cohort; a stopped run goes on from its last epoch when typed again."""
    from brainaging.pipeline.cli.work.chosen import check_fits, find_bundle, load_prepared, parse_overrides
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
    app.command("encode")(encode_command)
    app.command("predict")(predict_command)
