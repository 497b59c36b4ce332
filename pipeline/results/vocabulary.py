"""The one vocabulary of results: every code that a finding may hold, and the words that a reader sees for it.

Analysis writes these codes, results.csv holds them, report and command line show their words. A new experiment
adds its codes here; :func:`check_codes` refuses any other. A test holds that every code is written somewhere.
"""

from collections.abc import Mapping

from brainaging.pipeline.results.metric_terms import AXES, METRICS, MetricTerm

__all__ = [
    "AXES",
    "FEWEST_FRESH",
    "METRICS",
    "TERMS",
    "MetricTerm",
    "UnknownCodeError",
    "check_codes",
    "title",
    "words",
]

#: fresh brains below which distances between distributions are rough
FEWEST_FRESH = 500

EXPERIMENTS = {
    "sex": "sex",
    "age_bracket": "age bracket",
    "age_band": "age band",
    "age_years": "age in years",
    "reconstruction": "reconstruction",
    "importance": "importance against the planted truth",
    "classifiers": "classifiers and regressors of scans",
    "head_size_audit": "head-size audit",
    "fidelity": "fidelity of synthetic brains",
    "inversion": "inverse encoder",
    "gate": "gate before labels",
    "generators": "what each generator is worth",
    "synthetic_labels": "labels of synthetic brains",
    "edits": "edits",
    "edit_readers": "readers of edited brains",
    "directions": "directions in latent spaces",
    "follow_up": "people followed over time",
    "evaluation": "evaluation of a predictor",
    "subgroups": "a predictor's subgroups",
}
MODALITIES = {"T1w": "T1w", "table": "table"}
TARGETS = {
    "sex": "sex",
    "age_bracket": "age bracket",
    "age_band": "age band",
    "age_years": "age in years",
    "image": "scans",
    "table": "tables",
    "latent_code": "latent",
    "sex_given_head_size": "sex, given head size",
    "age_given_sex_and_head_size": "age, given sex and head size",
    "class": "the class",
}
#: generators of brains
GENERATORS = {
    "gan": "GAN",
    "gan_before_adversarial": "GAN before its adversarial epochs",
    "conditional_flow": "conditional flow",
    "conditional_flow_start": "conditional flow, closed form",
    "appearance_model": "appearance model of the flow",
    "pca_sampler": "PCA with Gaussian codes",
    "original_recipe": "the original's recipe",
    "generator": "the generator evaluated",
}
#: brains that classifiers are asked about
BRAINS = {
    "held_out_scans": "held-out scans",
    "reconstructions": "reconstructions",
    "reconstructions_detail_drawn": "reconstructions, detail drawn anew",
}
FEATURES = {
    "none": "no features",
    "voxels": "voxels",
    "latents": "latents",
    "table": "the table",
    "head_size": "head size alone",
    "sex": "sex alone",
    "pca": "principal components",
    "autoencoder": "autoencoder's latents",
    "grey": "grey matter",
    "white": "white matter",
    "ventricles": "ventricles",
    "tissue": "grey and white matter",
    "ventricle_labels": "ventricles, by registered labels",
    "cortex_labels": "cortex, by registered labels",
    "ventricles_read": "ventricles, by a reader",
    "cortex_read": "cortex, by a reader",
    "grey_read": "grey matter, by a reader",
    "white_read": "white matter, by a reader",
    "voxels_given_head_size": "voxels, head size given",
    **BRAINS,
    **GENERATORS,
}
ENCODERS = {
    "autoencoder": "autoencoder",
    "morphometry_autoencoder": "morphometry autoencoder",
    "pca": "PCA",
    "gan": "GAN",
}
ADJUSTMENTS = {
    "head_size_residualised": "head size regressed out",
    "head_size_matched": "sexes matched for head size",
    "head_size_proportional": "as shares of head size",
    "pca2": "2 principal components",
    "combat": "sites aligned by ComBat",
    "bias_corrected": "corrected for age bias",
}
_LEARNERS = {
    "logistic_regression": "logistic regression",
    "random_forest": "random forest",
    "knn": "nearest neighbours",
    "decision_tree": "decision tree",
}
#: classifiers and regressors that read scans or generated brains
READERS = {
    "residual_network": "residual network",
    "residual_network_noise_augmented": "residual network, noise-augmented",
    "densenet": "DenseNet",
    "age_network": "age regression network",
    "two_classifiers": "both classifiers",
    "linear_reader": "linear reader",
    "classifier": "the classifier evaluated",
    "second_classifier": "a second classifier",
    "regressor": "the regressor evaluated",
}
#: methods that edit scans, and what bounds them
EDITORS = {
    "deformation": "deformation",
    "voxel_regression": "voxelwise regression",
    "linear_latent_pca": "linear model of latents (PCA)",
    "linear_latent_autoencoder": "linear model of latents (autoencoder)",
    "linear_latent_gan": "linear model of latents (GAN)",
    "ridge_direction": "direction of ridge regression",
    "labelled_synthetic": "direction of labelled synthetic brains",
    "regenerated": "regenerated from the inverted latent",
    "rescaled_head": "the head rescaled",
    "no_change": "no change at all",
    "mean_true_map": "mean true change",
    "scenario_oracle": "the simulation's own mean fields",
    "true_change": "the true change",
    "half_true_change": "half the true change",
    "twice_true_change": "twice the true change",
    "predictions": "predictions",
}
#: what predicts a later session, beside ways to edit
FOLLOWERS = {
    "mean_observed_change": "mean change of people followed",
    "volume_regression": "regression of volumes",
    "own_slope": "the person's own earlier slope",
    "population_rate": "mean rate of people followed",
    "personal_rate": "the person's own rate, shrunk",
}
MODELS = {
    "majority": "majority class",
    "mean": "mean of the training subjects",
    "ridge": "ridge regression",
    "gradient_boosting": "gradient boosting",
    "kernel_ridge": "kernel ridge regression",
    "ordinal_logistic": "ordered logistic regression",
    "support_vectors": "support vector machine",
    **_LEARNERS,
    **{f"{code}_ovr": f"{name}, one against the rest" for code, name in _LEARNERS.items()},
    **{f"{code}_ovo": f"{name}, one against one" for code, name in _LEARNERS.items()},
    "autoencoder": "autoencoder",
    "pca": "PCA",
    "pca_flip": "PCA with left-right flips",
    "mean_brain": "the mean brain",
    "real_people": "people themselves",
    "encoder": "encoder",
    "encoder_optimised": "encoder, latents optimised",
    "coefficient": "size of the coefficients",
    "permutation": "permutation importance",
    "difference": "adjusted differences",
    **READERS,
    **GENERATORS,
    **EDITORS,
    **FOLLOWERS,
}
SPLITS = {
    "grouped": "grouped split",
    "random": "random split",
    "leave_one_site_out": "leaving one site out",
}
CONTRASTS = {"features": "features", "model": "models", "split": "splits"}
BASELINES = {
    **MODELS,
    **BRAINS,
    "head_size": "head size alone",
    "head_size_matched": "head size alone, sexes matched for it",
    "chance": "chance",
    "training_scans": "training scans",
    "fresh_scans": "fresh scans",
    "real_real_floor": "floor of real against real",
    "original": "the original",
    "mean_latent": "mean latent",
    "men_among_scans": "men among the scans",
    "true_counterfactuals": "true counterfactuals",
    "scans_as_they_are": "scans as they are",
    "truth": "truth",
    "no_error": "no error",
    "retest": "retests within days",
    "nominal": "nominal",
    "observed": "observed",
}
LEVELS = {"column": "single measures", "structure": "structures"}
EDITS = {
    "age+10": "age, 10 years on",
    "age+20": "age, 20 years on",
    "sex": "sex",
    "sex_and_head_size": "sex, with head size",
    "second_session": "second session, from the first",
    "third_session": "third session, from the first two",
    "own_rate": "own rate between the first two sessions, against the truth",
}
PEOPLE = {
    "F": "women",
    "M": "men",
    "to_40": "younger than 40",
    "40_to_60": "40 to 60 years old",
    "from_60": "60 and older",
    "smaller_heads": "heads up to the median's size",
    "larger_heads": "heads above the median's size",
}
#: what measures edited images for the score
INSTRUMENTS = {
    "registration": "registration to the scan",
    "tissue_share": "share of tissue in the scan's labels",
    "age_reader": "reader of age",
    "sex_reader": "reader of sex",
}
COVARIATES = {
    "none": "without covariates",
    "age_sex": "given age and sex",
    "age_sex_head_size": "given age, sex and head size",
    "truth": "truth",
}

#: words by column and code; the empty code is allowed in every column but those of :data:`_NEEDED`
TERMS: dict[str, Mapping[str, str]] = {
    "experiment": EXPERIMENTS,
    "modality": MODALITIES,
    "target": TARGETS,
    "features": FEATURES,
    "encoder": ENCODERS,
    "adjustment": ADJUSTMENTS,
    "model": MODELS,
    "split": SPLITS,
    "metric": {code: term.words for code, term in METRICS.items()},
    "statistic": {code: term.words for code, term in METRICS.items()},
    "baseline": BASELINES,
    "contrast": CONTRASTS,
    "reference": {**FEATURES, **MODELS, **SPLITS},
    "level": LEVELS,
    "edit": EDITS,
    "people": PEOPLE,
    "covariates": COVARIATES,
    "instrument": INSTRUMENTS,
    "reader": READERS,
}
_NEEDED = frozenset(("experiment",))


class UnknownCodeError(ValueError):
    """A code that the vocabulary does not have."""

    def __init__(self, column: str, code: str) -> None:
        super().__init__(f"{column}: expected one of {', '.join(sorted(TERMS[column]))}; found {code!r}")


def check_codes(values: Mapping[str, object]) -> None:
    """Check the values of a finding, by column.

    Raises:
        UnknownCodeError: a column of codes holds one that is not in :data:`TERMS`.
    """
    for column, value in values.items():
        if column in TERMS and (value or column in _NEEDED) and value not in TERMS[column]:
            raise UnknownCodeError(column, str(value))


def words(column: str, code: str) -> str:
    """Return what a reader sees for a code of a column, "" for the empty code."""
    return TERMS[column][code] if code else ""


def title(column: str, code: str) -> str:
    """Return :func:`words` with a capital first letter."""
    text = words(column, code)
    return text[:1].upper() + text[1:]
