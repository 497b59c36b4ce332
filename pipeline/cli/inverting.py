"""The command that finds the latents of real scans: invert."""

import logging
from pathlib import Path
from typing import Annotated, cast

import typer
from rich.console import Console

from brainaging.bundles import bundle_path
from brainaging.pipeline.runtime import atomic_output, counted, log_to, provenance, write_json

console = Console()
log = logging.getLogger(__name__)
ENCODER = "t1w_latent_encoder"


def invert_command(
    dataset_dir: Annotated[Path, typer.Argument(help="Folder that `brainaging prepare` wrote.")],
    weights: Annotated[
        Path | None,
        typer.Option(help="A checkpoint of the bundle t1w_latent_encoder. By default the weights that ship."),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for latents, reconstructions and scores.")] = Path("inverted"),
    steps: Annotated[int, typer.Option(min=0, help="Of descent after the encoder; 0: the encoder alone.")] = 60,
) -> None:
    """Find the latent of every scan: latents.csv, G(z) as NIfTI, and how much of each scan it keeps."""
    import numpy as np
    import pandas as pd
    import torch

    from brainaging.networks import T1wLatentEncoder
    from brainaging.pipeline.cli.work.chosen import check_fits, load_prepared, shipped_file
    from brainaging.pipeline.data import Prepared
    from brainaging.pipeline.engines import (
        encode_volumes,
        generate_volumes,
        load_network,
        optimise_latents,
        place_value,
        write_latents,
    )
    from brainaging.pipeline.experiments.synthetic import deviation_correlation
    from brainaging.pipeline.handlers import remove_beyond
    from brainaging.pipeline.measures.image_similarity import intensity_range, masked_mse, masked_ssim
    from brainaging.transforms import save_nifti, template_mask

    prepared = load_prepared(dataset_dir)
    check_fits(bundle_path(ENCODER), prepared)
    scans = cast(Prepared, prepared)
    chosen = weights or shipped_file(bundle_path(ENCODER))
    loaded = load_network(bundle_path(ENCODER), chosen, dataset_dir=place_value(dataset_dir))
    network = cast(T1wLatentEncoder, loaded)
    keys = scans.cohort.scan_keys
    with log_to(out / "run.log"):
        log.info("encoding %d scans", len(scans))
        volumes = scans.volumes()
        encoded = encode_volumes(network, volumes)
        optimised = np.concatenate(list(optimise_latents(network.generator, volumes, encoded, steps)))
        scores = pd.DataFrame(keys, columns=["subject", "session"])
        mask = template_mask(scans.grid)
        mean_brain = generate_volumes(network.generator, torch.zeros(1, network.latent_size))[0]
        scale = intensity_range(volumes, mask)
        log.info("measuring what latents keep of the scans")
        for name, latents in (("encoder", encoded), ("optimised", optimised)):
            generated = generate_volumes(network.generator, torch.from_numpy(latents))
            scores[f"mse_{name}"] = masked_mse(volumes, generated, mask)
            scores[f"ssim_{name}"] = masked_ssim(volumes, generated, mask, scale)
            scores[f"deviation_r_{name}"] = deviation_correlation(volumes, generated, mean_brain, mask)
        folder = out / "reconstructions"
        for row, volume in enumerate(counted(generated, "writing reconstructions")):
            with atomic_output(folder / f"{row:06d}.nii.gz") as temporary:
                save_nifti(volume, scans.grid, temporary)
        remove_beyond(folder, len(generated))
        write_latents(out / "latents.csv", keys, optimised, scans.fingerprint)
        with atomic_output(out / "inversion.csv") as temporary:
            scores.to_csv(temporary, index=False, float_format="%.6g")
        facts = {"weights": chosen.name, "steps": steps, "grid": scans.fingerprint, "cohort": scans.cohort.digest}
        write_json(out / "provenance.json", provenance(0, **facts))
    encoder, best = (scores[f"deviation_r_{name}"].mean() for name in ("encoder", "optimised"))
    console.print(
        f"{len(optimised)} scans inverted in {out}: correlation of the deviation from the mean brain "
        f"{encoder:.3f} by the encoder, {best:.3f} after {steps} steps",
        soft_wrap=True,
    )


def register(app: typer.Typer) -> None:
    """Add this command to ``app``."""
    app.command("invert")(invert_command)
