"""Clean originals: what every broken input is made from, and what the clean original gives.

``people`` is a simulated cohort of 24 in HCP's layout at 6 mm; ``real`` are three real scans at 3 mm (registration
and orientation need real anatomy), in BIDS. Both are made once in the campaign's folder, by the program that is
tried, and so is what it makes of them: cohort tables, prepared folders, weights of a few epochs.
"""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nibabel as nib
import numpy as np
import pandas as pd
from forks import Done, Forks
from nibabel.processing import resample_to_output

SHARED = Path(os.environ.get("BRAINAGING_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))
REAL = ("sub-01", "sub-45", "sub-72")
PEOPLE = 24


@dataclass(frozen=True)
class Material:
    """Where the clean originals lie; ``made`` is what the program made of them."""

    folder: Path

    @property
    def people(self) -> Path:
        """The simulated cohort, HCP's layout."""
        return self.folder / "people"

    @property
    def bids(self) -> Path:
        """Three real scans at 3 mm, in BIDS."""
        return self.folder / "bids"

    @property
    def made(self) -> Path:
        """cohort.csv, prepared, table, and weights in models, gan, sex, table_models; bids.csv, one.csv."""
        return self.folder / "made"

    @property
    def scan(self) -> Path:
        """One real scan at 3 mm (.nii.gz, float32)."""
        return self.bids / REAL[1] / "anat" / f"{REAL[1]}_T1w.nii.gz"

    def fillers(self) -> list[Path]:
        """Return scans in template space that are quick to prepare: company for the scan that is tried."""
        return sorted(self.people.glob("*/T1w/*.nii.gz"))[:3]

    def image(self) -> tuple[np.ndarray, np.ndarray]:
        """Return voxels (X, Y, Z) float32 and affine of the real scan."""
        image = nib.load(self.scan)
        return np.asarray(image.dataobj, dtype=np.float32), np.asarray(image.affine)


def real_scans(folder: Path) -> None:
    """Write the three real scans at 3 mm as a BIDS dataset; FileNotFoundError where the open data is absent."""
    table = pd.read_csv(SHARED / "ds002748" / "participants.tsv", sep="\t")
    for subject in REAL:
        source = SHARED / "ds002748" / subject / "anat" / f"{subject}_T1w.nii.gz"
        small = resample_to_output(nib.load(source), 3, order=1)
        codes = nib.orientations.axcodes2ornt(("L", "A", "S"))
        small = small.as_reoriented(codes)  # as the originals lie
        small.header.set_xyzt_units("mm")
        small.set_data_dtype(np.float32)
        target = folder / subject / "anat" / source.name
        target.parent.mkdir(parents=True)
        nib.save(nib.Nifti1Image(small.get_fdata(dtype=np.float32).clip(0), small.affine, small.header), target)
    table[table["participant_id"].isin(REAL)].to_csv(folder / "participants.tsv", sep="\t", index=False)
    shutil.copy(SHARED / "ds002748" / "dataset_description.json", folder)


REGIONS = ("insula", "cuneus", "lingual", "precuneus", "superiorfrontal", "bankssts", "fusiform", "postcentral")
ASEG = ("Hippocampus", "Amygdala", "Caudate", "Putamen", "Lateral-Ventricle", "Thalamus-Proper")
HEAD = "EstimatedTotalIntraCranialVol"


def measures(material: Material) -> pd.DataFrame:
    """Return a clean table: thickness (mm), volumes and head size (mm³), drawn by a seed."""
    subjects = pd.read_csv(material.made / "cohort.csv", dtype=str)["subject"]
    rng = np.random.default_rng(5)
    head = rng.normal(1.5e6, 1.2e5, len(subjects))
    columns = {
        f"{side}_{region}_thickness": 2.5 + 0.3 * rng.standard_normal(len(subjects))
        for side in ("lh", "rh")
        for region in REGIONS
    }
    columns |= {
        f"{side}-{name}": 4000 * (head / 1.5e6) * np.exp(0.1 * rng.standard_normal(len(subjects)))
        for side in ("Left", "Right")
        for name in ASEG
    }
    frame = pd.DataFrame({**columns, HEAD: head}).round(4)
    frame.insert(0, "subject", subjects)
    return frame


def clean_table(material: Material) -> None:
    """Write the clean table among the material."""
    measures(material).to_csv(material.made / "measures.csv", index=False)


def paths_csv(path: Path, scan: Path, material: Material) -> None:
    """Write a CSV of paths: the scan that is tried, native, as ``tried``, and company in template."""
    rows = ["subject,path,sex,age,space", f"tried,{scan},F,31,native"]
    rows += [f"other{n},{other},M,{40 + n},template" for n, other in enumerate(material.fillers())]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")


def steps(material: Material) -> list[tuple[str, Callable[[], None] | list[str]]]:
    """Return what makes the originals: (what it leaves, a function or words of the program)."""
    small = [word for pair in ("latent_size=8", "components=10") for word in ("--set", pair)]
    gan = [word for pair in ("latent_size=12", "detail=4", "warmup=1", "width=4") for word in ("--set", pair)]
    where = ["--dataset-dir", "prepared", "--epochs", "1"]
    return [
        ("../people/unrestricted.csv", ["simulate", "../people", "--subjects", str(PEOPLE), "--spacing", "6"]),
        ("../bids/participants.tsv", lambda: real_scans(material.bids)),
        ("cohort.csv", ["cohort", "../people"]),
        ("prepared/prepared.json", ["prepare", "cohort.csv", "--grid", "t1w_32", "--workers", "1"]),
        (
            "table/morphometry.json",
            ["prepare", "cohort.csv", "--morphometry", "../people/unrestricted.csv", "--out", "table"],
        ),
        ("models/best.pt", ["train", "t1w_autoencoder", *where, "--out", "models", *small]),
        ("gan/best.pt", ["train", "t1w_gan", *where[:2], "--epochs", "2", "--out", "gan", *gan]),
        ("sex/best.pt", ["train", "t1w_sex_classifier", *where, "--out", "sex", "--set", "width=4"]),
        (
            "table_models/best.pt",
            [
                "train",
                "morphometry_autoencoder",
                "--dataset-dir",
                "table",
                "--out",
                "table_models",
                "--epochs",
                "1",
            ],
        ),
        ("directions/edits.pt", ["directions", "prepared", "--knots", "48"]),
        ("latents.csv", ["encode", "prepared", "--weights", "models/best.pt"]),
        ("measures.csv", lambda: clean_table(material)),
        (
            "measured/morphometry.json",
            ["prepare", "cohort.csv", "--morphometry", "measures.csv", "--out", "measured"],
        ),
        ("one.csv", lambda: paths_csv(material.made / "one_source.csv", material.scan, material)),
        ("one.csv", ["cohort", "one_source.csv", "--out", "one.csv"]),
        ("one/prepared.json", ["prepare", "one.csv", "--grid", "t1w_32", "--workers", "1", "--out", "one"]),
        ("bids.csv", ["cohort", "../bids", "--out", "bids.csv"]),
        ("bids/prepared.json", ["prepare", "bids.csv", "--grid", "t1w_32", "--workers", "1", "--out", "bids"]),
    ]


def make_material(forks: Forks, material: Material) -> None:
    """Make the originals, or what of them is not there yet."""
    material.made.mkdir(parents=True, exist_ok=True)
    real = (SHARED / "ds002748").is_dir()
    for leaves, how in steps(material):
        if (material.made / leaves).exists() or (
            not real and leaves.partition("/")[0] in ("one.csv", "one", "bids.csv", "bids")
        ):
            continue
        if callable(how):
            if real or leaves == "measures.csv":
                how()
            continue
        done: Done = forks.run(how, material.made, timeout=600)
        if done.code:
            raise RuntimeError(f"the clean original fails: {' '.join(done.words)}\n{done.said}")


def compare_prepared(made: Path, clean: Path, subject: str = "tried") -> str:
    """Say how a prepared scan differs from the clean original's: correlation below 0.98, head size off by 3 %."""
    rows, volumes = [], []
    for folder in (made, clean):
        table = pd.read_csv(folder / "cohort.csv", dtype={"subject": str})
        mine = table[table["subject"] == subject]
        if len(mine) != 1:
            return f"{len(mine)} rows of {subject}"
        rows.append(mine.iloc[0])
        volumes.append(np.asarray(nib.load(folder / rows[-1]["file"]).dataobj, dtype=float))
    r = float(np.corrcoef(volumes[0].ravel(), volumes[1].ravel())[0, 1])
    size = float(rows[0]["head_size"] / rows[1]["head_size"])
    if r < 0.98 or abs(size - 1) > 0.03:
        dice = float(rows[0]["template_dice"])
        return f"correlation {r:.3f} with the clean one's, head size {size:.2f} of it, template Dice {dice:.2f}"
    return ""


PUBLIC = ("subject", "sex", "age_bracket", "age_years", "site")


def compare_people(made: Path, clean: Path, columns: tuple[str, ...] = PUBLIC) -> str:
    """Say how a cohort table's people differ from the clean original's, in any order of rows."""
    tables = [
        pd.read_csv(path, dtype=str, keep_default_na=False)[list(columns)].sort_values(list(columns))
        for path in (made, clean)
    ]
    if len(tables[0]) != len(tables[1]):
        return f"{len(tables[0])} rows instead of {len(tables[1])}"
    for name in columns:
        mine, theirs = (table[name].tolist() for table in tables)
        if name == "age_years":
            mine, theirs = ([round(float(cell or "nan"), 4) for cell in cells] for cells in (mine, theirs))
        wrong = [(a, b) for a, b in zip(mine, theirs, strict=True) if a != b and not (a != a and b != b)]
        if wrong:
            return f"{len(wrong)} cells of {name} differ, first {wrong[0][0]!r} instead of {wrong[0][1]!r}"
    return ""


def compare_measures(made: Path, clean: Path) -> str:
    """Say how a prepared table differs from the clean original's: its columns' names, or a number by 1e-5."""
    tables = [
        pd.read_csv(folder / "morphometry.csv", dtype={"subject": str}).set_index("subject")
        for folder in (made, clean)
    ]
    mine, theirs = (table.drop(columns="split").sort_index() for table in tables)
    if set(mine.columns) != set(theirs.columns):
        lost, extra = set(theirs) - set(mine), set(mine) - set(theirs)
        return f"{len(lost)} of {len(theirs.columns)} columns are lost, {len(extra)} new"
    if list(mine.index) != list(theirs.index):
        return f"{len(mine)} people instead of {len(theirs)}"
    if not np.allclose(mine[theirs.columns], theirs, rtol=1e-5, equal_nan=True):
        return "numbers differ"
    return ""
