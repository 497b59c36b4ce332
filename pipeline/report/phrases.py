"""Findings in words: numbers as a reader wants them, and what the vocabulary's words are put together to."""

import math
from itertools import takewhile

from brainaging.pipeline.results import (
    Compared,
    Difference,
    ErrorRatio,
    Finding,
    Measured,
    NotComputed,
    Probe,
    RankingPrecision,
    Reconstruction,
    ScaleResponse,
    title,
    words,
)

#: of what the original reported, where a cohort is simulated
TUNED = "The simulated effects were set so that the original's numbers are about met"
#: families whose values are shares or correlations: three decimals say all
_DECIMAL = ("score", "ssim", "r", "r2", "ratio", "precision", "difference", "coverage", "ratio_to_scans")


def number(value: float, family: str = "") -> str:
    """Return a number as shown: three decimals for scores, three significant digits for the rest, "" for NaN."""
    if math.isnan(value):
        return ""
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if family in _DECIMAL:
        text = f"{value:.3f}"
    elif family == "p":
        text = f"{value:#.2g}"
    elif value == 0 or 1e-4 <= abs(value) < 1e5:
        digits = 2 - math.floor(math.log10(abs(value))) if value else 2
        text = f"{value:.{max(digits, 0)}f}"
    else:
        text = f"{value:.2e}"
    return text.replace("-", "−")


def axis(finding: Measured) -> str:
    """Return the family of values with which a finding shares an axis; differences have their own."""
    if not isinstance(finding, Difference):
        return finding.term.family
    return "difference" if finding.term.family == "score" else f"difference in {finding.term.words}"


def shown(finding: Measured, value: float) -> str:
    """Return a value of a finding's metric as :func:`number` shows it."""
    return number(value, axis(finding))


def span(finding: Measured) -> str:
    """Return the interval, "0.880 to 0.920"; "" where there is none."""
    return f"{shown(finding, finding.ci_low)} to {shown(finding, finding.ci_high)}" if finding.has_interval else ""


def with_interval(finding: Measured) -> str:
    """Return the value with its interval, "0.900 (0.880 to 0.920)"."""
    text = shown(finding, finding.value)
    return f"{text} ({span(finding)})" if finding.has_interval else text


def metric_words(finding: Measured) -> str:
    """Return a finding's metric in words, with what the metric's name alone leaves open."""
    name = finding.term.words
    if isinstance(finding, Difference):
        return f"difference in {name}"
    if isinstance(finding, ErrorRatio):
        return f"error, as a multiple of that of {baseline_words(finding)}"
    if isinstance(finding, RankingPrecision):
        cut = f"precision at {finding.k}" if finding.metric == "precision_at_k" else name
        return f"{cut} ({words('level', finding.level)})"
    if isinstance(finding, ScaleResponse):
        return f"{name}, heads scaled by {finding.scale:g}"
    return name


def features_words(probe: Probe | NotComputed, modality: str = "", *, brief: bool = False) -> str:
    """Return what a model reads: "voxels, head size regressed out", "latents (autoencoder, 1000 codes)".

    Args:
        probe: whose features.
        modality: with it, what several modalities have is told apart: "T1w voxels", "the table's latents".
        brief: leave out encoder, codes and adjustment.
    """
    text = "" if probe.features == "none" else words("features", probe.features)
    if modality and text and probe.features != "table":
        if probe.features in ("head_size", "sex"):
            text = f"{text} ({words('modality', modality)})"
        else:
            text = f"the table's {text}" if modality == "table" else f"{words('modality', modality)} {text}"
    if brief:
        return text
    details = [words("encoder", probe.encoder), f"{probe.codes} codes" if probe.codes else ""]
    if any(details):
        text += f" ({', '.join(part for part in details if part)})"
    return f"{text}, {words('adjustment', probe.adjustment)}" if text and probe.adjustment else text


def method_words(model: str, codes: int = 0) -> str:
    """Return a method with the number of its latents: "PCA with left-right flips, 236 components"."""
    if not codes:
        return words("model", model)
    return f"{words('model', model)}, {codes} {'components' if model in ('pca', 'pca_flip') else 'codes'}"


def baseline_words(finding: Compared) -> str:
    """Return the baseline's name, with the number of its latents."""
    if finding.baseline in ("pca", "pca_flip") and finding.baseline_codes:
        return method_words(finding.baseline, finding.baseline_codes)
    return words("baseline", finding.baseline)


def subject(finding: Finding) -> str:
    """Return what a finding is about in two words: its target, or its experiment."""
    return title("target", getattr(finding, "target", "")) or title("experiment", finding.experiment)


def source(finding: Finding, *, several: bool = False) -> str:
    """Return from what a finding comes, to follow its subject: " from voxels", " by PCA, 100 components".

    Args:
        finding: any.
        several: whether the run has several modalities, which are then named.
    """
    if isinstance(finding, Probe):
        text = features_words(finding, finding.modality if several else "")
        if isinstance(finding, Difference) and finding.contrast != "split":
            column = "features" if finding.contrast == "features" else "model"
            minuend = "" if column == "features" else f", {words('model', finding.model)}"
            return f", {text}{minuend} minus {words(column, finding.reference)}"
        return f" from {text}" if text else ""
    if isinstance(finding, Reconstruction | ErrorRatio):
        return f" by {method_words(finding.model, finding.codes)}"
    if isinstance(finding, RankingPrecision):
        return f", ranked by {words('model', finding.model)}"
    return ""


def circumstances(finding: Finding) -> str:
    """Return the site, model and split of a finding, and whether it is a rotation."""
    parts = [getattr(finding, "site", "")]
    if isinstance(finding, Probe):
        parts.append(words("model", finding.model))
    split = words("split", getattr(finding, "split", ""))
    if isinstance(finding, Difference):
        split = f"{split} minus {words('split', finding.reference)}" if finding.contrast == "split" else split
        parts += [split, "a rotation, not a finding" if finding.is_rotation else ""]
    else:
        parts.append(split)
    return ", ".join(part for part in parts if part)


def capital(text: str) -> str:
    """Return a text with a capital first letter."""
    return text[:1].upper() + text[1:]


def natural_key(text: str) -> tuple[float, str]:
    """Sort groups such as "22-25", "36+" or "<25" by the first number in them; what has none comes last."""
    digits = "".join(takewhile(str.isdecimal, text.strip().lstrip("<")))
    if not digits:
        return (math.inf, text)
    return (float(digits) - (0.5 if text.strip()[:1] == "<" else 0.0), text)
