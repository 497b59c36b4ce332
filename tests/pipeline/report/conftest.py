"""A run's output folder as the contract describes it, invented but lifelike."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import nibabel
import nilearn.datasets
import numpy as np
import pytest
from scipy import ndimage

from brainaging.pipeline.data.morphometry.names import CORTEX
from brainaging.pipeline.results import (
    Difference,
    Distance,
    ErrorRatio,
    Finding,
    GateCheck,
    GeneratorMeasure,
    Inversion,
    LabelScore,
    NotComputed,
    PermutationP,
    Reconstruction,
    ScaleResponse,
    Score,
    write_results,
)

LATENTS = {"features": "latents", "encoder": "autoencoder", "codes": 100}
TABLE_LATENTS = {"features": "latents", "encoder": "morphometry_autoencoder", "codes": 80}


def probe(cls=Score, value=0.9, half=0.02, **fields) -> Finding:
    """Return a finding of a sex probe of voxels with an interval of ``half`` on both sides, but for ``fields``."""
    about = {"experiment": fields.get("target", "sex"), "cohort": "hcp-ya", "n_train": 480, "n_test": 600}
    plain = {"target": "sex", "features": "voxels", "model": "logistic_regression", "metric": "accuracy"}
    ends = {"value": value, "ci_low": value - half, "ci_high": value + half} if half else {"value": value}
    return cls(**about | plain | ends | fields)


def against(baseline, value, original=float("nan")) -> dict:
    """Return the fields of a baseline and of what the original reported."""
    return {"baseline": baseline, "baseline_value": value, "original_value": original}


def scan_findings() -> list[Finding]:
    """Return what the experiments on scans find."""
    metrics = ("accuracy", "balanced_accuracy", "auc")
    size = dict(zip(metrics, (0.813, 0.81, 0.891), strict=True))
    found = [probe(value=0.54, features="none", model="majority", metric=name) for name in metrics]
    found += [
        probe(value=size[name], features="head_size", metric=name, **against("majority", 0.5)) for name in metrics
    ]
    for features, score in (({"features": "voxels"}, 0.917), (LATENTS, 0.902)):
        for step, name in enumerate(metrics):
            value = score + 0.03 * step
            reported = against("head_size", size[name], 0.93 if name == "accuracy" else float("nan"))
            found.append(probe(value=value, metric=name, **features, **reported))
            found.append(probe(value=value - 0.13, metric=name, adjustment="pca2", **features))
            for adjustment, baseline in (
                ("head_size_residualised", "majority"),
                ("head_size_matched", "head_size_matched"),
            ):
                less = against(baseline, 0.5)
                found.append(probe(value=value - 0.1, metric=name, adjustment=adjustment, **features, **less))
            found.append(probe(value=value + 0.012, metric=name, split="random", **features))
            leak = {"split": "random", "contrast": "split", "reference": "grouped"}
            found.append(probe(Difference, 0.012, 0.009, metric=name, **leak, **features))
        p = {"metric": "permutation_p", "statistic": "auc", "model": "ridge"}
        found.append(probe(PermutationP, 0.000999, 0, **p, **features))
        bracket = {"target": "age_bracket", **features}
        found += [probe(value=0.455, half=0.04, **bracket, **against("majority", 0.437, 0.439))]
        found += [probe(value=0.61, half=0.04, metric="auc", **bracket, **against("majority", 0.5))]
        years = {"target": "age_years", "model": "ridge", **features}
        found.append(probe(value=2.87, half=0.15, metric="mae", **years, **against("mean", 3.05)))
        found.append(probe(value=-0.92, metric="error_age_r", **years, **against("mean", -1.0)))
    found.append(
        probe(value=0.49, features="head_size", adjustment="head_size_matched", **against("majority", 0.54))
    )
    minus = {"contrast": "features", "reference": "voxels", **LATENTS}
    found += [probe(Difference, -0.015, metric=name, **minus) for name in metrics]
    found += [probe(Difference, 0.03, 0.08, target="age_years", model="ridge", metric="mae", **minus)]
    reason = NotComputed(
        experiment="age_years", cohort="hcp-ya", target="age_years", metric="mae", reason="no ages"
    )
    image = {"experiment": "reconstruction", "cohort": "hcp-ya", "target": "image", "n_train": 420, "n_test": 90}
    ours = image | {"model": "autoencoder", "codes": 100}
    for metric, values in (("mse", (0.000853, 0.000991, 0.000901, 0.0042)), ("ssim", (0.931, 0.919, 0.924, 0.71))):
        value, *others = values
        flip = {"baseline": "pca_flip", "baseline_codes": 200, "baseline_value": others[1]}
        ends = {"value": value, "ci_low": 0.96 * value, "ci_high": 1.04 * value}
        found.append(Reconstruction(**ours, metric=metric, **ends, **flip))
        for model, codes, other in zip(("pca", "pca_flip", "mean_brain"), (100, 200, 0), others, strict=True):
            found.append(Reconstruction(**image, model=model, codes=codes, metric=metric, value=other))
    for model, codes, value in (("pca", 100, 0.861), ("pca_flip", 200, 0.947)):
        other = {"baseline": model, "baseline_codes": codes, "baseline_value": 1.0}
        ends = {"value": value, "ci_low": value - 0.02, "ci_high": value + 0.02}
        found.append(ErrorRatio(**ours, metric="error_ratio", **ends, **other))
    return [*found, reason]


def generator_findings() -> list[Finding]:
    """Return what the comparison of generators finds."""
    about = {"experiment": "generators", "cohort": "lifespan", "n_train": 300, "n_test": 200}
    near = {"value": 0.97, "ci_low": 0.81, "ci_high": 1.13, "baseline": "fresh_scans", "baseline_value": 1.0}
    flow = {**about, "model": "conditional_flow"}
    return [
        Distance(
            **about,
            model="pca_sampler",
            features="pca",
            codes=100,
            metric="frechet",
            value=42.0,
            baseline="real_real_floor",
            baseline_value=40.0,
        ),
        GeneratorMeasure(**flow, features="ventricles_read", metric="age_slope_ratio", **near),
        GeneratorMeasure(**flow, features="voxels", metric="taught_age_gain", **near),
        GeneratorMeasure(**about, model="real_people", features="ventricles_read", metric="volume_r", value=0.91),
    ]


def synthetic_findings() -> list[Finding]:
    """Return what the experiment on synthetic brains finds."""
    about = {"cohort": "hcp-ya", "n_train": 480, "n_test": 120}
    rate = against("logistic_regression", 0.93, 0.946)
    labels = {"experiment": "synthetic_labels", "model": "residual_network", "n_train": 240, "n_test": 120}
    gate = {"experiment": "gate", "metric": "labels", "limit": 0.05, **about}
    pca = {"experiment": "fidelity", "features": "pca", "codes": 100, **about}
    floor = {"baseline": "real_real_floor", "baseline_value": 40.0, "baseline_low": 38.0, "baseline_high": 44.0}
    fidelity = []
    for model, value in (("gan_before_adversarial", 41.6), ("gan", 41.5), ("original_recipe", 160.0)):
        ends = {"value": value, "ci_low": value - 2, "ci_high": value + 2}
        fidelity.append(Distance(**pca, model=model, metric="frechet", **ends, **floor))
        fidelity.append(
            GeneratorMeasure(
                **pca | {"features": "voxels", "codes": 0}, model=model, metric="pair_ssim", value=0.8
            )
        )
    return [
        replace(probe(value=0.951, model="residual_network", **rate), experiment="classifiers"),
        LabelScore(
            **labels,
            cohort="hcp-ya",
            features="gan",
            metric="share_male",
            value=0.47,
            ci_low=0.44,
            ci_high=0.5,
            baseline="training_scans",
            baseline_value=0.46,
        ),
        *fidelity,
        Inversion(
            experiment="inversion",
            **about,
            target="latent_code",
            model="encoder",
            metric="latent_r2",
            value=0.988,
            baseline="original",
            baseline_value=0.964,
        ),
        ScaleResponse(
            experiment="head_size_audit",
            **about,
            model="residual_network",
            metric="p_male",
            scale=0.914,
            value=0.02,
        ),
        GateCheck(**gate, model="gan", passed=True, reason="47.0 % are labelled male", value=0.47),
        GateCheck(
            **gate, model="original_recipe", passed=False, reason="100.0 % are labelled male <b>", value=1.0
        ),
    ]


def table_findings() -> list[Finding]:
    """Return what the experiments on a table find."""
    rng = np.random.default_rng(9)
    found = []
    table = {"modality": "table", "features": "table"}
    latents = {"modality": "table", **TABLE_LATENTS}
    originals = {"logistic_regression": 0.47, "random_forest": 0.479, "knn": 0.406, "decision_tree": 0.408}
    for features, value, reported in ((table, 0.921, 0.93), (latents, 0.905, 0.86)):
        found.append(probe(value=value, **features, **against("head_size", 0.81, reported)))
        found.append(probe(value=value + 0.05, metric="auc", **features, **against("head_size", 0.89)))
        found.append(probe(value=value + 0.01, split="random", **features, **against("majority", 0.54)))
        found.append(probe(value=0.8, adjustment="head_size_residualised", **features))
        bracket = {"target": "age_bracket", **features}
        for learner, original in originals.items():
            for model in (learner, f"{learner}_ovr", f"{learner}_ovo"):
                known = original if features is table and model == learner else float("nan")
                score = 0.44 + rng.normal(0, 0.02)
                found.append(probe(value=score, **bracket | {"model": model}, **against("majority", 0.437, known)))
        years = {"target": "age_years", "metric": "mae", **features}
        mean = against("mean", 3.05)
        found.append(probe(value=2.9, half=0.1, model="ridge", **years, **mean))
        found.append(probe(value=2.95, half=0.1, model="gradient_boosting", **years, **mean))
        for split, value in (("leave_one_site_out", 3.4), ("random", 2.9)):
            found.append(
                probe(value=value, half=0.15, model="ridge", split=split, **years, **against("mean", 3.1))
            )
    found.append(probe(Difference, -0.016, contrast="features", reference="table", **latents))
    for index, site in enumerate(("Beijing_Zang", "Oulu", "<b>Leiden</b>")):
        unseen = {
            "target": "age_years",
            "metric": "mae",
            "model": "ridge",
            "split": "leave_one_site_out",
            "site": site,
        }
        found.append(
            probe(value=3.2 + 0.4 * index, half=0.4, n_test=40, **unseen, **table, **against("mean", 3.3))
        )
    return found


def brains(k: int, spacing: float) -> tuple[np.ndarray, np.ndarray]:
    """Return k varied brains (k, X, Y, Z) on a 192 mm RAS grid and the template's mask (X, Y, Z)."""
    folder = Path(nilearn.datasets.__file__).parent / "data"
    image = nibabel.load(folder / "mni_icbm152_t1_tal_nlin_sym_09a_converted.nii.gz")
    values = np.asarray(image.dataobj, dtype=np.float32)
    if image.affine[0, 0] < 0:
        values = values[::-1]
    n, step = round(192 / spacing), spacing / abs(image.affine[0, 0])
    values = ndimage.gaussian_filter(values / np.percentile(values[values > 0], 98), step / 3)
    rng = np.random.default_rng(7)
    centre = np.array(ndimage.center_of_mass(values > 0.2))
    scaled = []
    for index in range(k + 1):
        scale = np.ones(3) if index == k else 1 + rng.normal(0, 0.03, 3)
        offset = centre - step / scale * (n - 1) / 2
        scaled.append(ndimage.affine_transform(values, step / scale, offset, (n, n, n), order=1))
    return np.stack(scaled[:k]).astype(np.float32), scaled[k] > 0.2


def write_run(folder: Path, *, spacing: float = 6.0, scans: int = 4, placed: int = 6, subjects: int = 60) -> Path:
    """Write every file of the contract into ``folder``; the same arguments give the same files."""
    rng = np.random.default_rng(11)
    write_results([*scan_findings(), *synthetic_findings(), *generator_findings()], folder / "results.csv")
    ages = {
        "22-25": {"F": 48, "M": 84},
        "26-30": {"F": 143, "M": 119},
        "31-35": {"F": 130, "M": 71},
        "36+": {"F": 4, "M": 1},
    }
    cohort = {
        "name": "hcp-ya (simulated)",
        "n": 600,
        "sex": {"F": 325, "M": 275, "unknown": 0},
        "age": ages,
        "age_kind": "brackets",
        "groups": {"kind": "family", "n": 248},
        "simulated": True,
        "excluded": [
            {"subject": "100307", "reason": "T1w_acpc_dc_restore_brain.nii.gz: truncated after 1,048,576 bytes"},
            {
                "subject": "100408",
                "reason": "brain mask overlaps the template by 0.31 only (at least 0.80 expected)",
            },
        ],
        "grid": {
            "name": "t1w_32",
            "shape": [32, 32, 32],
            "spacing": 6.0,
            "orientation": "RAS",
            "intensity": "half_max_q98",
            "fingerprint": "t1w_32-1a2b3c4d",
        },
    }
    (folder / "cohort.json").write_text(json.dumps(cohort), encoding="utf-8")
    curves = [
        [
            "T1w autoencoder",
            fold,
            epoch,
            name,
            f"{level * (0.08 * np.exp(-epoch / 6) + 0.0009) * rng.normal(1, 0.02):.6g}",
        ]
        for fold in range(3)
        for epoch in range(1, 41)
        for name, level in (("train_loss", 0.9), ("val_loss", 1.0))
    ]
    curves += [
        ["T1w autoencoder", fold, epoch, "val_ssim", f"{0.93 - 0.4 * np.exp(-epoch / 5):.5f}"]
        for fold in range(3)
        for epoch in range(1, 41)
    ]
    write_csv(folder / "curves.csv", "experiment,fold,epoch,metric,value", curves)
    points = []
    brackets = list(ages)
    for space in ("voxels", "latents"):
        for _ in range(subjects):
            sex, bracket = rng.choice(["F", "M"]), int(rng.choice(4, p=[0.22, 0.437, 0.335, 0.008]))
            x, y = rng.normal(1.4 if sex == "M" else -1.4, 1.0), rng.normal(0.12 * bracket, 1.0)
            points.append([space, f"{x:.4f}", f"{y:.4f}", sex, brackets[bracket]])
    write_csv(folder / "pca.csv", "space,pc1,pc2,sex,age_group", points)
    (folder / "pca.json").write_text(json.dumps({"voxels": [0.182, 0.061], "latents": [0.231, 0.084]}))
    original, mask = brains(max(scans, placed), spacing)
    methods = {
        "autoencoder": np.stack([ndimage.gaussian_filter(volume, 0.45) for volume in original[:scans]]),
        "pca": np.stack([ndimage.gaussian_filter(volume, 0.7) for volume in original[:scans]]),
        "pca_flip": np.stack([ndimage.gaussian_filter(volume, 0.55) for volume in original[:scans]]),
    }
    mse = {f"mse_{name}": ((values - original[:scans]) ** 2)[:, mask].mean(1) for name, values in methods.items()}
    np.savez_compressed(
        folder / "reconstructions.npz", original=original[:scans], mask=mask, spacing=spacing, **methods, **mse
    )
    half = mask.shape[0] // 2
    np.savez_compressed(
        folder / "placement.npz",
        dice=np.linspace(0.97, 0.93, placed),
        sagittal=original[:placed, half],
        coronal=original[:placed, :, half],
        axial=original[:placed, :, :, half],
        mask_sagittal=mask[half],
        mask_coronal=mask[:, half],
        mask_axial=mask[:, :, half],
    )
    few = dict.fromkeys(("real", "scans", "inverted", "generated_gan", "generated_original_recipe"), original[:3])
    measured = {f"head_{name}": rng.normal(1200, 90, 40) for name in ("real", "gan", "original_recipe")}
    np.savez_compressed(
        folder / "synthetic.npz",
        **few,
        **measured,
        male_gan=rng.random(40),
        interpolation=original[:3],
        mask=mask,
        spacing=spacing,
        scale=[0.9, 1.0, 1.1],
        p_male=[0.1, 0.5, 0.9],
    )
    np.savez_compressed(
        folder / "generators.npz",
        real=original[:3],
        generated_conditional_flow=original[:3],
        generated_pca_sampler=original[:3],
        mask=mask,
        spacing=spacing,
    )
    change = 0.1 * (ndimage.gaussian_filter(original[0], 1) - original[0])
    np.savez_compressed(
        folder / "edits.npz",
        scan=original[0],
        film=np.stack([original[0] + step * change for step in (-1, 0, 1)]),
        film_ages=[25, 30, 35],
        span=10.0,
        **dict.fromkeys(("true", "predicted", "mean_true", "mean_predicted", "comparator"), change),
        mask=mask,
        spacing=spacing,
    )
    changes = dict.fromkeys(("observed", "deformation", "mean_observed_change"), change)
    np.savez_compressed(folder / "follow_up.npz", scan=original[0], mask=mask, years=2.5, **changes)
    provenance = {
        "when": "2026-01-01T00:00:00+00:00",
        "command": ["brainaging", "demo", "--out", "a folder/out"],
        "python": "3.11.9",
        "machine": "Linux x86_64",
        "versions": {"brain-aging": "0.1.0", "torch": "2.13.0", "monai": "1.6.1"},
        "seed": 0,
        "grid": "t1w_32-1a2b3c4d",
        "cohort": "9b74c9897bac770ffc029102a200c5de9b74c9897bac770ffc029102a200c5de",
        "config": {"epochs": 40, "latent_size": 100, "folds": 5},
    }
    (folder / "provenance.json").write_text(json.dumps(provenance), encoding="utf-8")
    # one map: most tests of the page are not about it
    return write_table_run(folder, ("sex",), ("thickness",), ("sex",), ("table",))


MEANS = ("mean", "mean_F", "mean_M", "mean_22-25", "mean_26-30", "mean_31-35")
DIFFERENCES = ("sex", "sex_given_head_size", "age", "age_given_sex_and_head_size")
SUBCORTICAL = [
    "Lateral-Ventricle",
    "Thalamus",
    "Caudate",
    "Putamen",
    "Pallidum",
    "Hippocampus",
    "Amygdala",
    "Accumbens-area",
    "VentralDC",
    "Cerebellum-Cortex",
    "Cerebellum-White-Matter",
]
MIDLINE = [
    "3rd-Ventricle",
    "4th-Ventricle",
    "Brain-Stem",
    "CC_Posterior",
    "CC_Mid_Posterior",
    "CC_Central",
    "CC_Anterior",
]
REGION_HEAD = "column,structure,hemisphere,measure,atlas,comparison,value,ci_low,ci_high,p_fwe,n,per,group"
GROUPS = {name: name.split("_", 1)[1] for name in MEANS[1:]}


def write_table_run(
    folder: Path,
    comparisons=(*MEANS, *DIFFERENCES),
    measures=("thickness", "area", "volume"),
    targets=("sex", "sex_given_head_size", "age_bracket"),
    spaces=("table", "latents"),
) -> Path:
    """Write what the analysis of a morphometry table leaves: regions, importance, components, rows of results."""
    rng = np.random.default_rng(5)
    columns = [
        (name, side, measure, "desikan-killiany")
        for measure in measures
        for side in ("left", "right")
        for name in sorted(CORTEX)
    ]
    if "volume" in measures:
        columns += [(name, side, "volume", "aseg") for side in ("left", "right") for name in SUBCORTICAL]
        columns += [(name, "", "volume", "aseg") for name in MIDLINE]
        columns += [("eTIV", "", "volume", "global")]
    scale = {"thickness": 2.6, "area": 1800.0, "volume": 5000.0}
    base = [scale[one[2]] * np.exp(rng.normal(0, 0.12 if one[2] == "thickness" else 0.8)) for one in columns]
    rows = []
    for comparison in comparisons:
        for level, one in zip(base, columns, strict=True):
            name, side, measure, _ = one
            if comparison.startswith("mean"):
                value, p, per = level * (1.04 if comparison == "mean_M" else 1), "", ""
            else:
                size = {"thickness": -0.05, "area": 0.6, "volume": 0.8}[measure] if comparison == "sex" else 0.0
                value = size + rng.normal(0, 0.12) + (0.5 if name in ("precuneus", "Putamen") else 0)
                p = 0.001 if abs(value) > 0.3 else 0.6
                per = "M − F" if comparison.startswith("sex") else "bracket step"
            rows.append(
                [
                    f"{side}_{name}_{measure}",
                    *one,
                    comparison,
                    value,
                    value - 0.1,
                    value + 0.1,
                    p,
                    600,
                    per,
                    GROUPS.get(comparison, ""),
                ]
            )
    write_csv(folder / "regions.csv", REGION_HEAD, rows)
    importance = []
    structures = [(name, "desikan-killiany") for name in sorted(CORTEX)]
    structures += [(name, "aseg") for name in SUBCORTICAL] if "volume" in measures else []
    for target in targets:
        for kind in ("coefficient", "permutation"):
            for name, atlas in structures:
                planted = name in ("precuneus", "Putamen", "superiorfrontal", "Hippocampus")
                value = abs(rng.normal(0.02 if planted else 0.002, 0.004))
                p = 0.001 if value > 0.012 else 0.7
                known = "yes" if planted else "no"
                low, high = value - 0.006, value + 0.006
                importance.append(
                    [target, "structure", f"{atlas}:{name}", name, "", "", atlas, kind, value, low, high, p, known]
                )
    head = "target,level,name,structure,hemisphere,measure,atlas,kind,value,ci_low,ci_high,p_fwe,planted"
    write_csv(folder / "importance.csv", head, importance)
    points = [
        [space, rng.normal(), rng.normal(), rng.choice(["F", "M"]), rng.choice(["22-25", "26-30"])]
        for space in spaces
        for _ in range(40)
    ]
    write_csv(folder / "table_pca.csv", "space,pc1,pc2,sex,age_group", points)
    (folder / "table_pca.json").write_text(json.dumps({"table": [0.3, 0.1], "latents": [0.4, 0.1]}))
    return folder


def write_csv(path: Path, head: str, rows: list) -> None:
    """Write a header line and rows."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    path.write_text(f"{head}\n{buffer.getvalue()}", encoding="utf-8")


@pytest.fixture(scope="session")
def writer():
    """Return the functions that write a run's folder, and a CSV file."""
    return write_run, write_csv


@pytest.fixture(scope="session")
def table_writer():
    """Return the function that writes what a table's analysis leaves."""
    return write_table_run


@pytest.fixture(scope="session")
def table_run(tmp_path_factory, example_run) -> Path:
    """Return the folder of a run of a table alone, with every file that its analysis leaves."""
    folder = tmp_path_factory.mktemp("table")
    write_table_run(
        folder, ("mean_F", "mean_M", "mean_22-25", "sex", "sex_given_head_size"), ("thickness", "volume")
    )
    write_results(table_findings(), folder / "results.csv")
    (folder / "cohort.json").write_bytes((example_run / "cohort.json").read_bytes())
    return folder


@pytest.fixture(scope="session")
def findings_of():
    """Return what the experiments find, by what they are on: scans, synthetic, generators, table."""
    return {
        "scans": scan_findings(),
        "synthetic": synthetic_findings(),
        "generators": generator_findings(),
        "table": table_findings(),
    }


@pytest.fixture(scope="session")
def prober():
    """Return what makes a finding of a sex probe: (kind, value, half the interval, other fields)."""
    return probe


@pytest.fixture(scope="session")
def example_run(tmp_path_factory) -> Path:
    """Return a folder with every file of a run; read only, copy it to change it."""
    return write_run(tmp_path_factory.mktemp("run"))
