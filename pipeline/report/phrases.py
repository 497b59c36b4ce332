"""Names and numbers as a reader wants them: the words behind the codes in results.csv."""

import math
import re
from dataclasses import dataclass

# The original's names and ours; a code that is not here is shown with its underscores as spaces.
_WORDS = {
    "t1w": "T1w",
    "t1w_autoencoder": "T1w autoencoder",
    "morphometry_autoencoder": "Morphometry autoencoder",
    "sex": "sex",
    "age": "age",
    "age_bracket": "age bracket",
    "age_years": "age in years",
    "head_size": "head size alone",
    "head_size_only": "head size alone",
    "headsize": "head size alone",
    "sex_only": "sex alone",
    "mean": "mean of the training subjects",
    "majority": "majority class",
    "chance": "chance",
    "logistic": "logistic regression",
    "logistic_regression": "logistic regression",
    "ridge": "ridge regression",
    "pca": "PCA",
    "pca2": "PCA, 2 components",
    "pca_flip": "PCA with left-right flips",
    "pca_flips": "PCA with left-right flips",
    "autoencoder": "autoencoder",
    "grouped": "grouped split",
    "family": "split by family",
    "subject": "split by subject",
    "site": "split by site",
    "random": "random split",
    "random_minus_grouped": "random split minus grouped split",
    "ridge_bias_corrected": "ridge regression, corrected for age bias",
    "mean_brain": "the mean brain",
    "image": "reconstruction",
    "knn": "nearest neighbours",
    "random_forest": "random forest",
    "decision_tree": "decision tree",
    "gradient_boosting": "gradient boosting",
    "kernel_ridge": "kernel ridge regression",
    "ordinal_logistic": "ordered logistic regression",
    "age_band": "age band",
    "table": "the table",
    "sex_given_head_size": "sex, given head size",
    "age_given_sex_and_head_size": "age, given sex and head size",
    "importance_truth": "importance beside the planted truth",
    "leave_one_site_out": "leaving one site out",
    "combat": "ComBat",
    "thickness": "thickness",
    "area": "surface area",
    "meancurv": "mean curvature",
    "coefficient": "size of the coefficients",
    "permutation": "permutation",
    "residual_network": "residual network",
    "residual_network_noise_augmented": "residual network, noise-augmented",
    "densenet": "DenseNet (second judge)",
    "age_network": "residual network",
    "gan": "GAN",
    "pca_gaussian": "PCA with Gaussian codes",
    "original_recipe": "the original's recipe",
    "latent_code": "latent",
    "reconstructions_detail_drawn": "reconstructions, detail drawn anew",
    "grey": "grey matter",
    "white": "white matter",
    "real-real floor": "floor of real against real",
    "deformation": "deformation",
    "voxel_regression": "voxelwise regression",
    "linear_latent_pca": "linear latent (PCA)",
    "linear_latent_autoencoder": "linear latent (autoencoder)",
    "linear_latent_gan": "linear latent (GAN)",
    "ridge_direction": "direction of ridge regression",
    "logistic_direction": "direction of logistic regression",
    "labelled_synthetic": "direction of labelled synthetic brains",
    "rescaled_head": "the head rescaled",
    "nothing": "no change at all",
    "mean_true_map": "mean true change",
    "scenario_oracle": "the simulation's own rule",
    "sex_and_head_size": "sex, with head size",
    "none": "",
}
# What the analysis appends to the name of the features.
_ENDINGS = {
    "_head_size_residualised": ", head size regressed out",
    "_head_size_matched": ", sexes matched for head size",
    "_head_size_proportional": ", as shares of head size",
    "_pca2": ", 2 principal components",
    "_combat": ", sites aligned by ComBat",
    "_bias_corrected": ", corrected for age bias",
    "_ovr": ", one against the rest",
    "_ovo": ", one against one",
}


@dataclass(frozen=True)
class Metric:
    """A metric's name, its direction (True where higher is better, None where neither) and its family.

    Metrics of one family are drawn on one axis.
    """

    name: str
    higher: bool | None
    family: str
    unit: str = ""


_METRICS = {
    "accuracy": Metric("accuracy", True, "score"),
    "balanced_accuracy": Metric("balanced accuracy", True, "score"),
    "auc": Metric("AUC", True, "score"),
    "roc_auc": Metric("AUC", True, "score"),
    "f1": Metric("F1", True, "score"),
    "ssim": Metric("SSIM inside the brain", True, "ssim"),
    "mse": Metric("MSE inside the brain", False, "mse"),
    "rmse": Metric("RMSE", False, "rmse"),
    "mae": Metric("mean absolute error", False, "mae", "years"),
    "r": Metric("correlation r", True, "r"),
    "r2": Metric("R²", True, "r2"),
    "r2_about_training_mean": Metric("R² about the training mean", True, "r2"),
    "error_age_r": Metric("correlation of the error with age", None, "r"),
    "permutation_p": Metric("permutation p", None, "p"),
    "p": Metric("p", None, "p"),
    "p_value": Metric("p", None, "p"),
    "dice": Metric("Dice", True, "dice"),
    "quadratic_kappa": Metric("agreement in order (quadratic kappa)", True, "quadratic_kappa"),
    "bracket_distance": Metric("distance from the true bracket", False, "bracket_distance", "brackets"),
    "correlation": Metric("correlation with the true change", True, "r"),
    "norm_ratio": Metric("size of the change by the true one's", None, "ratio"),
    "slope_error": Metric("error of regions' mean changes by the true ones'", False, "slope_error"),
    "ventricle_ratio": Metric("ventricles' change by the true one", None, "ratio"),
    "head_size_drift": Metric("drift of head size (%)", None, "head_size_drift"),
    "head_size_drift_f": Metric("drift of women's head size (%)", None, "head_size_drift"),
    "head_size_drift_m": Metric("drift of men's head size (%)", None, "head_size_drift"),
    "true_head_size_drift": Metric("true drift of head size (%)", None, "head_size_drift"),
    "judge_agreement": Metric("agreement of an independent judge", True, "score"),
    "reversibility_error": Metric("left after there and back, by the change", False, "reversibility_error"),
    "identity": Metric("share nearest to their own true change", True, "score"),
    "composition_error": Metric("composition error", False, "composition_error"),
    "judge_years": Metric("years gained, says an independent judge", None, "judge_years"),
    "correlation_f": Metric("correlation with the true change, women", True, "r"),
    "correlation_m": Metric("correlation with the true change, men", True, "r"),
    "correlation_to_40": Metric("correlation with the true change, younger than 40", True, "r"),
    "correlation_40_to_60": Metric("correlation with the true change, 40 to 60 years old", True, "r"),
    "correlation_from_60": Metric("correlation with the true change, 60 and older", True, "r"),
    "cosine_age_sex": Metric("cosine of the directions of age and sex", None, "r"),
}

FAMILIES = {
    "score": "Scores from 0 to 1; higher is better",
    "ssim": "Likeness of reconstructions (SSIM); higher is better",
    "mse": "Reconstruction error (mean squared error inside the brain); lower is better",
    "table_mse": "Reconstruction error of tables (each measure in standard deviations); lower is better",
    "quadratic_kappa": "Agreement of predicted and true brackets (quadratic kappa); higher is better",
    "bracket_distance": "Distance from the true bracket, in brackets; lower is better",
    "mae": "Error in years; lower is better",
    "r": "Correlation of predicted and true; higher is better",
    "r2": "Share of variance explained (R²); higher is better",
    "p": "Permutation p: how often shuffled labels do as well",
    "precision": "Share of the strongest features in which an effect was planted; higher is better",
    "ratio": "Reconstruction error as a multiple of another method's; below 1 is better",
    "difference": "Differences between scores; zero means no difference",
}


def key(code: str) -> str:
    """Return a code as it is compared: lower case, underscores ("Age bracket" becomes "age_bracket")."""
    return re.sub(r"[_\s]+", "_", code.strip().lower())


def word(code: str) -> str:
    """Return the readable name of a code of results.csv."""
    plain = key(code)
    if plain in _WORDS:
        return _WORDS[plain]
    if plain == "head_size_matched":
        return "head size alone, sexes matched for it"
    if years := re.fullmatch(r"age([+-])(\d+)", plain):
        return f"age, {years[2]} years {'on' if years[1] == '+' else 'back'}"
    for ending, words in _ENDINGS.items():
        if plain.endswith(ending):
            return word(code.strip()[: -len(ending)]) + words
    if components := re.fullmatch(r"(pca(?:_flips?)?)-(\d+)", plain):
        return f"{_WORDS[components[1]]}, {components[2]} components"
    if coded := re.fullmatch(r"(latents_)?(?:[a-z0-9]+[-_])?autoencoder-(\d+)", plain):
        return f"{'latents' if coded[1] else 'autoencoder'}, {coded[2]} codes"
    if change := re.fullmatch(r"(latents_(?:[a-z0-9]+[-_])?autoencoder-\d+)_minus_(.+)", plain):
        return f"{word(change[1])}, minus {word(change[2])}"
    if change := re.fullmatch(r"latents_minus_(.+)", plain):
        return f"latents minus {word(change[1])}"
    if named := re.fullmatch(r"latents_(?!minus)(.+)", plain):
        return f"latents ({word(named[1])})" if "_minus_" not in plain else re.sub("_+", " ", plain)
    if ridge := re.fullmatch(r"ridge_(.+)", plain):
        return f"ridge, judged by {metric(ridge[1]).name}"
    return re.sub(r"[_\s]+", " ", code).strip()


def title(code: str) -> str:
    """Return the readable name of a code with a capital first letter."""
    text = word(code)
    return text[:1].upper() + text[1:]


def source(code: str, modality: str = "") -> str:
    """Return the readable name of features; sex as the only one is "sex alone".

    With a ``modality``, features that several have are told apart: "T1w voxels", "the table's latents".
    """
    text = "sex alone" if key(code) == "sex" else word(code)
    plain = key(code)
    if not modality or not text or plain.startswith(("sex", "table")):
        return text
    if plain.startswith("head_size"):
        return f"{text} ({word(modality)})"
    return f"the table's {text}" if key(modality) == "table" else f"{word(modality)} {text}"


def is_difference(code: str) -> bool:
    """Say whether a code names a difference of two numbers (``latents_minus_voxels``, ``auc_difference``)."""
    return re.search(r"(^|_)(minus|difference|diff|delta|[-−])(_|$)", key(code)) is not None


def metric(code: str) -> Metric:
    """Return what is known of a metric; an unknown one has no direction and an axis of its own."""
    plain = key(code)
    if plain in _METRICS:
        return _METRICS[plain]
    if is_difference(plain):
        base = (
            metric(re.sub(r"_(difference|diff)$", "", plain)) if plain.endswith(("_difference", "_diff")) else None
        )
        if base is None or base.family == "score":
            return Metric(f"difference in {base.name}" if base else word(code), None, "difference")
        return Metric(f"difference in {base.name}", None, f"difference in {base.name}", base.unit)
    if found := re.fullmatch(r"(precision_at_\d+|average_precision)_(structure|column)s", plain):
        return Metric(f"{word(found[1])} ({found[2]}s)", True, "precision")
    if plain.startswith("error_ratio_to_"):
        other = word(code.strip()[len("error_ratio_to_") :])
        return Metric(f"error, as a multiple of that of {other}", False, "ratio")
    for known in sorted(_METRICS, key=len, reverse=True):
        if len(known) > 2 and (plain.startswith(known + "_") or plain.endswith("_" + known)):
            base = _METRICS[known]
            return Metric(word(code), base.higher, base.family, base.unit)
    return Metric(word(code), None, plain)


def number(value: float, family: str = "") -> str:
    """Return a number as shown: three decimals for scores, three significant digits for the rest, "" for NaN."""
    if math.isnan(value):
        return ""
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if family in ("score", "ssim", "dice", "r", "r2", "ratio", "precision") or family == "difference":
        text = f"{value:.3f}"
    elif family == "p":
        text = f"{value:#.2g}"
    elif value == 0 or 1e-4 <= abs(value) < 1e5:
        digits = 2 - math.floor(math.log10(abs(value))) if value else 2
        text = f"{value:.{max(digits, 0)}f}"
    else:
        text = f"{value:.2e}"
    return text.replace("-", "−")


def natural_key(text: str) -> tuple[float, str]:
    """Sort groups such as "22-25", "36+" or "<25" by the first number in them; what has none comes last."""
    found = re.search(r"\d+(\.\d+)?", text)
    if found is None:
        return (math.inf, text)
    return (float(found.group()) - (0.5 if text.strip().startswith("<") else 0.0), text)
