"""A run's output folder as the contract describes it, made up but lifelike."""

import csv
import io
import json
from pathlib import Path

import nibabel
import nilearn.datasets
import numpy as np
import pytest
from scipy import ndimage

from brainaging.pipeline.data.morphometry.names import CORTEX

# Made up, with the rows and names that brainaging.pipeline.experiments writes.
MADE_RESULTS = (Path(__file__).parent / "made_results.csv").read_text(encoding="utf-8")


SYNTHETIC = (
    ("judges", "voxels", "sex", "residual_network", "accuracy", "0.951,0.93,0.97,logistic_regression,0.93,0.946"),
    ("synthetic_labels", "gan", "sex", "residual_network", "share_male", "0.47,0.44,0.5,training scans,0.46,"),
    ("fidelity", "pca-100", "image", "gan", "frechet_ratio", "1.3,,,real-real floor,1.0,"),
    ("inversion", "generated", "latent_code", "encoder", "r2", "0.988,,,original,0.964,"),
    ("head_size_audit", "voxels", "sex", "residual_network", "p_male_at_0.914", "0.02,,,,,"),
    ("gate", "gan", "sex", "labels", "passed", "1.0,,,47.0% of made brains,0.05,"),
    ("gate", "original_recipe", "sex", "labels", "passed", "0.0,,,100.0% of made brains <b>,0.05,"),
)
SYNTHETIC_ROWS = "".join(
    f"{kind},hcp-ya (simulated),T1w,{features},{target},{model},grouped,{metric},{numbers},480,120,0\n"
    for kind, features, target, model, metric, numbers in SYNTHETIC
)


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
    made = []
    for index in range(k + 1):
        scale = np.ones(3) if index == k else 1 + rng.normal(0, 0.03, 3)
        offset = centre - step / scale * (n - 1) / 2
        made.append(ndimage.affine_transform(values, step / scale, offset, (n, n, n), order=1))
    return np.stack(made[:k]).astype(np.float32), made[k] > 0.2


def write_run(folder: Path, *, spacing: float = 6.0, scans: int = 4, placed: int = 6, subjects: int = 60) -> Path:
    """Write every file of the contract into ``folder``; the same arguments give the same files."""
    rng = np.random.default_rng(11)
    (folder / "results.csv").write_text(MADE_RESULTS + SYNTHETIC_ROWS, encoding="utf-8")
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
    mse = {f"mse_{name}": ((made - original[:scans]) ** 2)[:, mask].mean(1) for name, made in methods.items()}
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
    few = dict.fromkeys(("real", "scans", "inverted", "made_gan", "made_original_recipe"), original[:3])
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
    change = 0.1 * (ndimage.gaussian_filter(original[0], 1) - original[0])
    np.savez_compressed(
        folder / "edits.npz",
        scan=original[0],
        film=np.stack([original[0] + step * change for step in (-1, 0, 1)]),
        film_ages=[25, 30, 35],
        span=10.0,
        **dict.fromkeys(("true", "predicted", "mean_true", "mean_predicted", "rival"), change),
        mask=mask,
        spacing=spacing,
    )
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
REGION_HEAD = "column,structure,hemisphere,measure,atlas,comparison,value,ci_low,ci_high,p_fwe,n,per"


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
                [f"{side}_{name}_{measure}", *one, comparison, value, value - 0.1, value + 0.1, p, 600, per]
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


def table_results() -> str:
    """Return rows of results.csv about a table, without the header."""
    rng = np.random.default_rng(9)
    lines = []

    def add(
        features, target, model, split, metric, value, baseline="", low="", original="", half=0.02, site="", n=600
    ):
        ends = (value - half, value + half)
        experiment = f"site {site}" if site else target
        lines.append(
            f"{experiment},hcp-ya,table,{features},{target},{model},{split},{metric},{value:.4f},{ends[0]:.4f},"
            f"{ends[1]:.4f},{baseline},{low},{original},480,{n},0"
        )

    latents = "latents"
    for features, value, original in (("table", 0.921, 0.93), (latents, 0.905, 0.86)):
        add(features, "sex", "logistic_regression", "grouped", "accuracy", value, "head_size", 0.81, original)
        add(features, "sex", "logistic_regression", "grouped", "auc", value + 0.05, "head_size", 0.89)
        add(features, "sex", "logistic_regression", "random", "accuracy", value + 0.01, "majority", 0.54)
        add(f"{features}_head_size_residualised", "sex", "logistic_regression", "grouped", "accuracy", 0.8)
    add(f"{latents}_minus_table", "sex", "logistic_regression", "grouped", "accuracy_difference", -0.016)
    originals = {"logistic_regression": 0.47, "random_forest": 0.479, "knn": 0.406, "decision_tree": 0.408}
    for features in ("table", latents):
        for model, original in originals.items():
            for scheme in ("", "_ovr", "_ovo"):
                reported = original if features == "table" and not scheme else ""
                value = 0.44 + rng.normal(0, 0.02)
                add(
                    features,
                    "age_bracket",
                    model + scheme,
                    "grouped",
                    "accuracy",
                    value,
                    "majority",
                    0.437,
                    reported,
                )
        add(features, "age_years", "ridge", "grouped", "mae", 2.9, "mean", 3.05, half=0.1)
        add(features, "age_years", "gradient_boosting", "grouped", "mae", 2.95, "mean", 3.05, half=0.1)
        for split, value in (("leave_one_site_out", 3.4), ("random", 2.9)):
            add(features, "age_years", "ridge", split, "mae", value, "mean", 3.1, half=0.15)
    for index, site in enumerate(("Beijing_Zang", "Oulu", "<b>Leiden</b>")):
        value = 3.2 + 0.4 * index
        add("table", "age_years", "ridge", "leave_one_site_out", "mae", value, "mean", 3.3, "", 0.4, site, 40)
    return "\n".join(lines) + "\n"


def write_csv(path: Path, head: str, rows: list) -> None:
    """Write a header line and rows."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    path.write_text(head + "\n" + buffer.getvalue(), encoding="utf-8")


@pytest.fixture(scope="session")
def writer():
    """Return the function that writes a run, and the one that writes a CSV."""
    return write_run, write_csv


@pytest.fixture(scope="session")
def table_writer():
    """Return the function that writes what a table's analysis leaves, and that which gives its results."""
    return write_table_run, table_results


@pytest.fixture(scope="session")
def made_run(tmp_path_factory) -> Path:
    """Return a folder with every file of a run; read only, copy it to change it."""
    return write_run(tmp_path_factory.mktemp("run"))
