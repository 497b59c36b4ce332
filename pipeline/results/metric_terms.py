"""What is known of every metric: its words, its direction, its unit, and which metrics share an axis."""

from dataclasses import dataclass


@dataclass(frozen=True)
class MetricTerm:
    """A metric in words.

    Attributes:
        words: its name as a reader sees it.
        higher_is_better: True or False, None where neither.
        family: metrics of one family are drawn on one axis, see :data:`FAMILIES`.
        unit: of its values, "" for none.
        has_ratio: whether a distance's ratio to its floor means anything.
    """

    words: str
    higher_is_better: bool | None
    family: str
    unit: str = ""
    has_ratio: bool = False


METRICS: dict[str, MetricTerm] = {
    "accuracy": MetricTerm("accuracy", True, "score"),
    "balanced_accuracy": MetricTerm("balanced accuracy", True, "score"),
    "auc": MetricTerm("AUC", True, "score"),
    "mae": MetricTerm("mean absolute error", False, "mae", "years"),
    "r": MetricTerm("correlation r", True, "r"),
    "r2": MetricTerm("R²", True, "r2"),
    "r2_about_training_mean": MetricTerm("R² about the training mean", True, "r2"),
    "error_age_r": MetricTerm("correlation of the error with age", None, "r"),
    "quadratic_kappa": MetricTerm("agreement in order (quadratic kappa)", True, "quadratic_kappa"),
    "bracket_distance": MetricTerm("distance from the true bracket", False, "bracket_distance", "brackets"),
    "permutation_p": MetricTerm("permutation p", None, "p"),
    # reconstructions
    "mse": MetricTerm("MSE inside the brain", False, "mse"),
    "table_mse": MetricTerm("mean squared error", False, "table_mse"),
    "ssim": MetricTerm("SSIM inside the brain", True, "ssim"),
    "error_ratio": MetricTerm("error, as a multiple of that of the baseline", False, "ratio"),
    # rankings
    "precision_at_k": MetricTerm("precision at k", True, "precision"),
    "average_precision": MetricTerm("average precision", True, "precision"),
    # probabilities and labels
    "ece": MetricTerm("calibration error (ECE)", False, "ece"),
    "brier": MetricTerm("Brier score", False, "brier"),
    "share_male": MetricTerm("share labelled male", None, "share"),
    "agreement": MetricTerm("agreement of the two classifiers", True, "score"),
    "p_male": MetricTerm("mean P(male)", None, "share"),
    # gate checks
    "grids": MetricTerm("grids", None, "gate"),
    "intensity": MetricTerm("mean intensity by that of scans", None, "gate"),
    "head_size": MetricTerm("head size by that of scans", None, "gate"),
    "skill": MetricTerm("accuracy on held-out scans", None, "gate"),
    "calibration": MetricTerm("calibration error on reconstructions", None, "gate"),
    "labels": MetricTerm("share labelled male", None, "gate"),
    "label_agreement": MetricTerm("agreement on generated brains", None, "gate"),
    "shared_groups": MetricTerm("groups that generator, readers and their test share", None, "gate"),
    "label_balance": MetricTerm("gap of shares labelled male at equal head size", None, "gate"),
    "intended_labels": MetricTerm("labelled as the latent intends", None, "gate"),
    # generators
    "pair_ssim": MetricTerm("similarity of pairs (SSIM)", None, "ssim"),
    "pair_ms_ssim": MetricTerm("similarity of pairs (MS-SSIM)", None, "ssim"),
    "variance_ratio": MetricTerm("voxel variance by that of scans", None, "ratio_to_scans"),
    "sd_ratio": MetricTerm("standard deviation by that of scans", None, "ratio_to_scans"),
    "mean_ratio": MetricTerm("mean by that of scans", None, "ratio_to_scans"),
    "wasserstein_ml": MetricTerm("Wasserstein distance", False, "wasserstein", "mL", has_ratio=True),
    "frechet": MetricTerm("Fréchet distance", False, "frechet", has_ratio=True),
    "mmd": MetricTerm("maximum mean discrepancy", False, "mmd"),
    "precision": MetricTerm("precision", True, "coverage"),
    "recall": MetricTerm("recall", True, "coverage"),
    "density": MetricTerm("density", True, "coverage"),
    "coverage": MetricTerm("coverage", True, "coverage"),
    "copies": MetricTerm("share of copies of training scans", False, "share"),
    "copies_of_fresh": MetricTerm("the same of scans that nothing learned from", None, "share"),
    "nearer_to_training": MetricTerm("share nearer to training than to fresh scans", None, "share"),
    "real_or_fake_auc": MetricTerm("AUC of a linear real-or-fake classifier", False, "score"),
    "age_slope": MetricTerm("change in ten years", None, "slope", "mL"),
    "sex_slope": MetricTerm("men less women", None, "slope", "mL"),
    "head_size_slope": MetricTerm("change with 10 % of head size", None, "slope", "mL"),
    "age_slope_ratio": MetricTerm("ratio of changes with age", None, "ratio_to_scans"),
    "head_size_slope_ratio": MetricTerm("ratio of changes with head size", None, "ratio_to_scans"),
    "spread_ratio": MetricTerm("ratio of spreads at equal age, sex and head size", None, "ratio_to_scans"),
    "within_decades": MetricTerm("distance within decades of age", False, "wasserstein", "SD", has_ratio=True),
    "volume_r": MetricTerm("correlation with the true volume at equal age, sex and head size", True, "r"),
    "read_sex_accuracy": MetricTerm("read as the sex asked for", True, "score"),
    "read_age_mae": MetricTerm("error of the age asked for, as read", False, "mae", "years"),
    "taught_sex_accuracy": MetricTerm("accuracy, sex classifier trained on its brains alone", True, "score"),
    "taught_age_mae": MetricTerm("error, age regressor trained on its brains alone", False, "mae", "years"),
    "taught_sex_over_majority": MetricTerm(
        "gain over the majority class, sex classifier trained on its brains alone", True, "difference"
    ),
    "taught_age_over_mean": MetricTerm(
        "gain over the mean age, age regressor trained on its brains alone", True, "difference", "years"
    ),
    "taught_sex_gain": MetricTerm(
        "gain of that sex classifier by that of one trained on people", True, "ratio_to_scans"
    ),
    "taught_age_gain": MetricTerm(
        "gain of that age regressor by that of one trained on people", True, "ratio_to_scans"
    ),
    "membership_distance": MetricTerm("advantage of a membership attack by distance", False, "share"),
    "membership_density": MetricTerm("advantage of a membership attack by density", False, "share"),
    # inversion
    "latent_r2": MetricTerm("R² of the latent", True, "r2"),
    "least_latent_r2": MetricTerm("R² of the least recovered number", True, "r2"),
    "deviation_r": MetricTerm("correlation of the deviation from the mean brain", True, "r"),
    # edits
    "correlation": MetricTerm("correlation with the true change", True, "r"),
    "norm_ratio": MetricTerm("size of the change by the true one's", None, "ratio_to_truth"),
    "slope_error": MetricTerm("error of regions' mean changes by the true ones'", False, "slope_error"),
    "ventricle_ratio": MetricTerm("ventricles' change by the true one", None, "ratio_to_truth"),
    "head_size_drift": MetricTerm("drift of head size", None, "head_size_drift", "%"),
    "reader_agreement": MetricTerm("read as the sex asked for", True, "score"),
    "reader_years": MetricTerm("years gained, as a reader sees them", None, "reader_years", "years"),
    "reversibility_error": MetricTerm("left after there and back, by the change", False, "reversibility_error"),
    # people followed over time
    "error_by_no_change": MetricTerm("error of the change, by that of predicting none", False, "ratio"),
    "change_mae": MetricTerm("mean absolute error of the change", False, "change_mae", "mL"),
    "change_ratio": MetricTerm("mean predicted change by the observed one", None, "ratio_to_truth"),
    "interval_coverage": MetricTerm("share of 95 % intervals that hold what came", None, "share"),
    "interval_width": MetricTerm("mean width of 95 % intervals", None, "interval_width", "mL"),
    "people_needed": MetricTerm("people that tell a method from the baseline", None, "people", "people"),
    # axes of the score: no change at all has 0 and the truth 1
    "axis_correlation": MetricTerm("correlation of maps", True, "axis"),
    "axis_size": MetricTerm("size of maps", True, "axis"),
    "axis_skill": MetricTerm("skill of maps", True, "axis"),
    "axis_untouched": MetricTerm("what should not change", True, "axis"),
    "axis_structure_slopes": MetricTerm("slope of structures", True, "axis"),
    "axis_structure_skill": MetricTerm("skill of structures", True, "axis"),
    "axis_ventricles": MetricTerm("ventricles", True, "axis"),
    "axis_age_read": MetricTerm("age as read", True, "axis"),
    "axis_sex_read": MetricTerm("sex as read", True, "axis"),
    # instruments of the score
    "instrument_slope": MetricTerm("slope on the true change", None, "ratio_to_truth"),
    "instrument_r": MetricTerm("correlation with the true change", True, "r"),
    "instrument_skill": MetricTerm("skill", True, "axis"),
    "cosine_age_sex": MetricTerm("cosine of the directions of age and sex", None, "r"),
}

#: axes of the score of edits, in the order of tables
AXES: tuple[str, ...] = (
    "axis_correlation",
    "axis_size",
    "axis_skill",
    "axis_untouched",
    "axis_structure_slopes",
    "axis_structure_skill",
    "axis_ventricles",
    "axis_age_read",
    "axis_sex_read",
)

FAMILIES: dict[str, str] = {
    "score": "Scores from 0 to 1; higher is better",
    "ssim": "Similarity of reconstructions (SSIM); higher is better",
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
