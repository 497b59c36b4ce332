"""What is measured of the networks that ship, on people whom nobody learned from."""

from collections.abc import Callable
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch import nn

from brainaging.networks import MorphometryAutoencoder, T1wGenerator, T1wLatentEncoder
from brainaging.pipeline.data import Prepared, sex_numbers
from brainaging.pipeline.data.morphometry import PreparedTable
from brainaging.pipeline.engines import (
    Coder,
    decode_latents,
    encode_volumes,
    generate_volumes,
    load_network,
    place_value,
    predict_volumes,
)
from brainaging.pipeline.experiments.shipped.figures import Figure
from brainaging.pipeline.experiments.shipped.ordered_figures import ordered_figures
from brainaging.pipeline.experiments.shipped.recipe_people import MEASURED
from brainaging.pipeline.experiments.synthetic.inversion_findings import deviation_correlation
from brainaging.pipeline.measures.fidelity import (
    distance_to_real,
    frechet_distance,
    memorisation,
    pair_similarity,
    pca_space,
)
from brainaging.pipeline.measures.fidelity.diversity import PAIRS
from brainaging.pipeline.measures.image_similarity import intensity_range, masked_mse, masked_ssim
from brainaging.pipeline.measures.pca_baseline import PcaBaseline
from brainaging.pipeline.runtime import generator as random_source
from brainaging.pipeline.stats.bootstrap import interval, mean_ratio, share_interval
from brainaging.pipeline.stats.predictions import Predictions
from brainaging.pipeline.stats.scores import auc, balanced_accuracy, correlation, mae, r_squared
from brainaging.transforms import template_mask

#: brains that a generator is measured on. Sensitivity: of the distances' intervals, which are theirs
GENERATED = 400
#: of bootstraps and draws; figures are the weights', whatever seed they were trained with
SEED = 0


def network_figures(
    bundle: Path, weights: Path, people: Prepared | PreparedTable, reader: Path | None = None
) -> list[Figure]:
    """Return what is measured of a bundle's weights.

    Args:
        bundle: its folder.
        weights: a checkpoint.
        people: prepared for its recipe; those of the part ``test`` are measured on.
        reader: weights of the sex classifier, for a generator whose latents know sexes; None for none.
    """
    network = load_network(bundle, weights, dataset_dir=place_value(people.folder))
    if isinstance(people, PreparedTable):
        return _table(cast(MorphometryAutoencoder, network), people)
    figures = MEASURES[bundle.name](network, people)
    if reader is None or not isinstance(network, T1wGenerator):
        return figures
    folder = bundle.parent / "t1w_sex_classifier"
    return figures + sex_of_generated(
        network, load_network(folder, reader, dataset_dir=place_value(people.folder))
    )


def _parts(people: Prepared) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the scans that weights were fitted to, those measured on, and their families."""
    rows = people.split(MEASURED)
    return people.volumes(people.split("train")), people.volumes(rows), np.asarray(people.cohort.groups())[rows]


def _mean(
    metric: str, values: np.ndarray, families: np.ndarray, beside: str = "", other: float = np.nan
) -> Figure:
    return Figure(metric, *mean_ratio(values, 1.0, families, SEED), len(values), beside, other)


def _reconstruction(network: nn.Module, people: Prepared) -> list[Figure]:
    train, test, families = _parts(people)
    mask = template_mask(people.grid)
    coder = cast(Coder, network)
    latents = encode_volumes(coder, test)
    made = decode_latents(coder, latents)
    pca = PcaBaseline.fit(train, mask, components=latents.shape[1])
    linear = pca.reconstruct(test, latents.shape[1])
    scale = intensity_range(train, mask)
    mse, ssim = (
        [measure(test, other, mask, *more) for other in (made, linear)]
        for measure, more in ((masked_mse, ()), (masked_ssim, (scale,)))
    )
    beside = f"{pca.max_components} principal components of the same people"
    return [
        _mean("mse_in_brain", mse[0], families, beside, float(mse[1].mean())),
        _mean("ssim_in_brain", ssim[0], families, beside, float(ssim[1].mean())),
    ]


def _generation(network: nn.Module, people: Prepared) -> list[Figure]:
    train, test, _ = _parts(people)
    mask = template_mask(people.grid)
    generator = cast(T1wGenerator, network)
    z, detail = generator.draw(GENERATED, torch.Generator().manual_seed(SEED))
    made = generate_volumes(generator, z, detail)
    space = pca_space(train, mask)
    features = [space(each) for each in (made, train, test)]
    made_alike, real_alike = (pair_similarity(each, mask, random_source(SEED, "pairs")) for each in (made, test))
    distance = distance_to_real(
        frechet_distance, features[0], features[1], features[2], random_source(SEED, "distance")
    )
    nearest = memorisation(features[0], features[1], features[2], random_source(SEED, "nearest"))
    # 1.96 standard errors are 95 % of a normal mean
    room = 1.96 * made_alike.error
    band = (made_alike.mean - room, made_alike.mean + room)
    return [
        Figure(
            "frechet_distance",
            *(distance.value, distance.low, distance.high, distance.n),
            "two samples of simulated people",
            distance.floor,
        ),
        Figure("pair_similarity", made_alike.mean, *band, PAIRS, "simulated people", real_alike.mean),
        Figure(
            "nearest_is_a_training_brain",
            *(nearest.nearer, nearest.nearer_low, nearest.nearer_high, GENERATED),
            "chance",
            0.5,
        ),
    ]


def sex_of_generated(generator: T1wGenerator, reader: nn.Module) -> list[Figure]:
    """Return of how many brains a sex classifier reads the sex that they were drawn for."""
    z, detail = generator.draw(GENERATED, torch.Generator().manual_seed(SEED))
    meant = generator.intended(z).numpy()
    read = predict_volumes(reader, generate_volumes(generator, z, detail)).argmax(1)
    return [Figure("read_as_the_sex_drawn", *share_interval(int((read == meant).sum()), GENERATED), GENERATED)]


def _inversion(network: nn.Module, people: Prepared) -> list[Figure]:
    _, test, families = _parts(people)
    mask = template_mask(people.grid)
    encoder = cast(T1wLatentEncoder, network)
    mean = generate_volumes(encoder.generator, torch.zeros(1, encoder.latent_size))[0]
    made = generate_volumes(encoder.generator, torch.from_numpy(encode_volumes(encoder, test)))
    start = generate_volumes(encoder.generator, torch.from_numpy(encode_volumes(encoder.generator, test)))
    found, closed = (deviation_correlation(test, each, mean, mask) for each in (made, start))
    z, detail = encoder.generator.draw(GENERATED, torch.Generator().manual_seed(SEED))
    estimate = encode_volumes(encoder, generate_volumes(encoder.generator, z, detail))
    error, spread = np.square(estimate - z.numpy()).mean(1), np.square(z.numpy()).mean(1)
    missed = mean_ratio(error, spread, np.arange(GENERATED), SEED)
    return [
        Figure("latent_r2", 1 - missed[0], 1 - missed[2], 1 - missed[1], GENERATED),
        _mean("deviation_correlation", found, families, "the generator's closed form", float(closed.mean())),
    ]


def _sex(network: nn.Module, people: Prepared) -> list[Figure]:
    _, test, families = _parts(people)
    rows = people.split(MEASURED)
    sex = sex_numbers(people.cohort)[rows]
    return sex_figures(predict_volumes(network, test), sex, people.head_size[rows], families)


def sex_figures(
    probabilities: np.ndarray, sex: np.ndarray, head_size: np.ndarray, families: np.ndarray, of: str = ""
) -> list[Figure]:
    """Return how well sex is read: balanced accuracy, area under the curve, and who is called a man.

    Args:
        probabilities: (n, 2) of F and M.
        sex: (n,) 0 or 1.
        head_size: (n,) mL, the measure that stands beside.
        families: (n,).
        of: what the metrics' names end with.
    """
    read = _predictions(sex, probabilities.argmax(1), probabilities)
    by_size = _predictions(sex, sex, np.stack([-head_size, head_size], 1))
    men = (probabilities[:, 1] > 0.5).astype(float)
    size = interval(auc, by_size, families, SEED)[0]
    count = len(sex)
    return [
        Figure(f"balanced_accuracy{of}", *interval(balanced_accuracy, read, families, SEED), count, "chance", 0.5),
        Figure(f"auc{of}", *interval(auc, read, families, SEED), count, "head size alone", size),
        _mean(f"share_read_as_male{of}", men, families, "men", float(sex.mean())),
    ]


def _age(network: nn.Module, people: Prepared) -> list[Figure]:
    train = people.split("train")
    _, test, families = _parts(people)
    years = people.cohort.age_years()
    rows = people.split(MEASURED)
    return age_figures(predict_volumes(network, test)[:, 0], years[rows], families, float(years[train].mean()))


def age_figures(
    read: np.ndarray, years: np.ndarray, families: np.ndarray, mean: float, of: str = ""
) -> list[Figure]:
    """Return how well age is read: mean absolute error, correlation and R².

    Args:
        read: (n,) years.
        years: (n,) true ones.
        families: (n,).
        mean: of those learned from, which a reader must beat.
        of: what the metrics' names end with.
    """
    predictions = _predictions(years, read, np.empty((len(years), 0)), ())
    typical = float(np.abs(years - mean).mean())
    return [
        Figure(f"mae_years{of}", *interval(mae, predictions, families, SEED), len(years), "the mean age", typical),
        Figure(f"correlation{of}", *interval(correlation, predictions, families, SEED), len(years)),
        Figure(f"r2{of}", *interval(r_squared, predictions, families, SEED), len(years), "the mean age", 0.0),
    ]


def _predictions(
    truth: np.ndarray, predicted: np.ndarray, score: np.ndarray, classes: tuple[str, ...] = ("F", "M")
) -> Predictions:
    rows = np.arange(len(truth))
    return Predictions(rows, np.zeros(len(truth), int), truth, predicted, score, classes, 0)


def _table(network: MorphometryAutoencoder, people: PreparedTable) -> list[Figure]:
    rows = people.split(MEASURED)
    families = np.asarray(people.cohort.groups())[rows]
    test = torch.from_numpy(people.values[rows])
    with torch.inference_mode():
        scans, made = network.standardise(test), network.standardise(network(test))
        linear = scans @ network.components.T @ network.components
    present = ~torch.isnan(test)
    errors = [
        ((torch.where(present, each - scans, 0.0).square().sum(1)) / present.sum(1)).numpy()
        for each in (made, linear)
    ]
    beside = f"{network.latent_size} principal components"
    return [_mean("mse_standardised", errors[0], families, beside, float(errors[1].mean()))]


MEASURES: dict[str, Callable[[nn.Module, Prepared], list[Figure]]] = {
    "t1w_autoencoder": _reconstruction,
    "t1w_gan": _generation,
    "t1w_conditional_generator": ordered_figures,
    "t1w_latent_encoder": _inversion,
    "t1w_sex_classifier": _sex,
    "t1w_age_regressor": _age,
}
