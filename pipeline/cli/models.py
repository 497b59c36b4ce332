"""Commands on one bundle: train, encode, generate, predict."""

import logging
from pathlib import Path
from typing import Annotated, cast

import typer
from rich.console import Console

from brainaging.bundles import bundle_path
from brainaging.pipeline.cli import options
from brainaging.pipeline.runtime import UserError, log_to, provenance, write_json

console = Console()
log = logging.getLogger(__name__)
NEXT_ENCODE = "brainaging encode {data} --bundle {bundle} --weights {best}"
#: what a bundle's weights are for
NEXT = {
    "t1w_gan": "brainaging generate {data} --weights {best}",
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


def encode_command(
    dataset_dir: Annotated[Path, typer.Argument(help="Folder that `brainaging prepare` wrote.")],
    weights: Annotated[Path, typer.Option(help="A checkpoint: best.pt or last.pt.")],
    bundle: Annotated[
        str, typer.Option(help=f"{options.BUNDLE_HELP} By default the autoencoder of what is prepared.")
    ] = "",
    out: Annotated[Path, typer.Option(help="The latent table to write (CSV).")] = Path("latents.csv"),
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="Override a config value: key=value, repeatable.")
    ] = None,
) -> None:
    """Write the latents of every scan, or row, of a prepared cohort as a table."""
    from brainaging.pipeline.cli.work.chosen import check_fits, find_bundle, load_prepared, parse_overrides
    from brainaging.pipeline.data.morphometry import PreparedTable
    from brainaging.pipeline.engines import Coder, encode_volumes, load_network, place_value, write_latents

    prepared = load_prepared(dataset_dir)
    is_table = isinstance(prepared, PreparedTable)
    bundle = bundle or ("morphometry_autoencoder" if is_table else "t1w_autoencoder")
    overrides = {"dataset_dir": place_value(dataset_dir), **parse_overrides(set_ or [])}
    check_fits(find_bundle(bundle), prepared)
    network = cast(Coder, load_network(find_bundle(bundle), weights, **overrides))
    with log_to(out.with_suffix(".log")):
        log.info("encoding %d %s", len(prepared), "people" if is_table else "scans")
        inputs = prepared.values if isinstance(prepared, PreparedTable) else prepared.volumes()
        latents = encode_volumes(network, inputs)
    write_latents(out, prepared.cohort.scan_keys, latents, prepared.fingerprint)
    what = "people" if is_table else "scans"
    console.print(f"{latents.shape[0]} {what} × {latents.shape[1]} codes in {out}", soft_wrap=True)


def generate_command(
    dataset_dir: Annotated[Path, typer.Argument(help="Folder that `brainaging prepare` wrote; it has the grid.")],
    weights: Annotated[Path, typer.Option(help="A checkpoint of the bundle t1w_gan: best.pt or last.pt.")],
    out: Annotated[Path, typer.Option(help="Folder for the volumes and their latents.")] = Path("synthetic"),
    count: Annotated[int, typer.Option(min=1, help="How many brains.")] = 100,
    seed: options.Seed = 0,
) -> None:
    """Generate brains: NIfTI volumes and the table of their latents, from a trained t1w_gan."""
    from brainaging.pipeline.cli.work.chosen import check_fits, infer, load_prepared, trained_settings

    check_fits(bundle_path("t1w_gan"), load_prepared(dataset_dir))
    settings = trained_settings(bundle_path("t1w_gan"), weights)
    with log_to(out / "run.log"):
        infer(bundle_path("t1w_gan"), dataset_dir, weights, out, count=count, seed=seed, **settings)
    console.print(f"{count} brains in {out / 'volumes'}, their latents in {out / 'latents.csv'}", soft_wrap=True)


def predict_command(
    dataset_dir: Annotated[Path, typer.Argument(help="Folder that `brainaging prepare` wrote.")],
    bundle: Annotated[str, typer.Option(help="t1w_sex_classifier or t1w_age_regressor, or its folder.")],
    weights: Annotated[Path, typer.Option(help="A checkpoint: best.pt or last.pt.")],
    out: Annotated[Path, typer.Option(help="Folder for predictions.csv.")] = Path("predictions"),
) -> None:
    """Write a classifier's or regressor's predictions for every scan of a prepared cohort."""
    from brainaging.pipeline.cli.work.chosen import check_fits, find_bundle, infer, load_prepared, trained_settings
    from brainaging.pipeline.engines import read_checkpoint

    folder = find_bundle(bundle)
    check_fits(folder, load_prepared(dataset_dir))
    if "classes" not in read_checkpoint(weights).get("settings", {}):
        raise UserError(f"{weights}: these weights predict nothing: expected those of a classifier or regressor")
    settings = trained_settings(folder, weights)
    with log_to(out / "run.log"):
        infer(folder, dataset_dir, weights, out, **settings)
    console.print(f"predictions in {out / 'predictions.csv'}", soft_wrap=True)


def register(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    app.command("train")(train_command)
    app.command("encode")(encode_command)
    app.command("generate")(generate_command)
    app.command("predict")(predict_command)
