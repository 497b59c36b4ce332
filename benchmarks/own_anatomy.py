"""How right are tissue, ventricles and head size that are taken from one scan alone? Four tables, or one by name.

    python benchmarks/own_anatomy.py --out /tmp/own_anatomy [freesurfer simulated people sensitivity]

- `freesurfer`: two brains with FreeSurfer's aseg (`../shared/data/freesurfer_mgz`), registered: volumes in mL by
  aseg's, and Dice of the shares, on four grids; seconds of processor time a scan. Choroid plexus is not counted to
  aseg's ventricles: it is as bright as grey matter.
- `simulated`: people of 20 to 90 years on the template's anatomy: correlation with the true volume, and slope of
  the measured volume on it in mL and of the logarithms, beside those of `measures.tissue.tissue_volumes`.
- `people`: ds002748: volumes in each scan's own scale (by the registration's), and how well each tells sex.
- `sensitivity`: the same people, `--scans` of them: what a curve of contrast, noise, a bias field, half a voxel's
  shift and the instruments' constants move volumes by, mean and largest in per cent.

Some minutes; the tables of real scans need the open data and are left out where it is absent.
"""

import argparse
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import nibabel as nib
import numpy as np
from sklearn.metrics import roc_auc_score

from brainaging.pipeline.counterfactual.covariates import registered_scale
from brainaging.pipeline.data import Prepared, prepare, read_cohort
from brainaging.pipeline.measures.own_anatomy import (
    VOLUMES,
    inside_skull,
    own_anatomy,
    own_ventricles,
    own_volumes,
    template_tissue,
    ventricle_territory,
)
from brainaging.pipeline.measures.tissue import TISSUES, head_sizes, tissue_volumes
from brainaging.pipeline.simulate import Renderer, draw_causes, load_scenario
from brainaging.transforms import (
    get_grid,
    normalize_intensity,
    place,
    read_scan,
    register,
    t1w_chain_array,
    zeroed,
)
from brainaging.transforms.intensity import half_max_q98

DATA = Path(os.environ.get("BRAINAGING_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))
TABLES = ("freesurfer", "simulated", "people", "sensitivity")
#: FreeSurfer's labels (FreeSurferColorLUT): cortex, subcortical structures and cerebellar cortex; white matter,
#: corpus callosum and brain stem; lateral and third ventricles with the temporal horns
ASEG = {
    "grey": (3, 42, 8, 47, 10, 49, 11, 50, 12, 51, 13, 52, 17, 53, 18, 54, 26, 58, 28, 60),
    "white": (2, 41, 7, 46, 16, 77, 251, 252, 253, 254, 255),
    "ventricles": (4, 43, 5, 44, 14),
}
PEOPLE_GRID = "t1w_48"


def freesurfer(options: argparse.Namespace) -> None:
    """Compare two brains with FreeSurfer's labels."""
    print(f"{'':<10}{'grid':<9}{'structure':<12}{'mL':>8}{'aseg':>8}{'ratio':>7}{'Dice':>7}{'old mL':>8}{'s':>7}")
    for folder in sorted((options.data / "freesurfer_mgz").glob("sub-*/mri")):
        volume, affine = read_scan(folder / "brain.mgz")
        labels = np.asarray(nib.load(folder / "aseg.mgz").dataobj)
        moved = register(volume, affine).affine @ affine
        for name in options.grids:
            grid = get_grid(name)
            scan = normalize_intensity(place(volume, moved, grid), grid)
            own_anatomy(scan, grid)  # what is kept of the template is made
            begun = time.process_time()
            found = own_anatomy(scan, grid)
            seconds = time.process_time() - begun
            maps = {"grey": found.shares[1], "white": found.shares[2], "ventricles": found.ventricles}
            old = tissue_volumes(scan[None], grid)
            for structure, labelled in ASEG.items():
                true = place(np.isin(labels, labelled).astype(np.float32), moved, grid)
                own, wanted = (float(part.sum()) * grid.voxel_ml for part in (maps[structure], true))
                overlap = 2 * float(np.minimum(maps[structure], true).sum()) * grid.voxel_ml / (own + wanted)
                of = f"{folder.parent.name:<10}{name:<9}{structure:<12}"
                numbers = f"{own:>8.1f}{wanted:>8.1f}{own / wanted:>7.2f}{overlap:>7.3f}{old[structure][0]:>8.1f}"
                print(f"{of}{numbers}{seconds:>7.2f}", flush=True)


def simulated(options: argparse.Namespace) -> None:
    """Compare simulated people with their truth."""
    scenario = load_scenario("lifespan")
    renderer, grids = Renderer(scenario, options.seed, 2.0), ("t1w_48", "t1w_64")
    chains = {name: t1w_chain_array(get_grid(name), space="template") for name in grids}
    truth: list[dict[str, float]] = []
    scans: dict[str, list[np.ndarray]] = {name: [] for name in grids}
    for cause in draw_causes(scenario, options.seed, options.subjects):
        rendered = renderer.render(cause)
        truth.append({"inside": rendered.volumes["brain"], **rendered.volumes})
        for name, chain in chains.items():
            scans[name].append(np.asarray(chain(nib.Nifti1Image(rendered.image, rendered.affine))[0]))
    print(f"{'grid':<9}{'structure':<12}{'by':<6}{'mean':>8}{'true':>8}{'r':>8}{'slope':>8}{'log slope':>11}")
    for name in grids:
        volumes = np.stack(scans[name])
        own, old = own_volumes(volumes, name), tissue_volumes(volumes, name)
        for structure in ("inside", *TISSUES):
            true = np.array([person[structure] for person in truth])
            for by, measured in (("own", own), ("old", old)):
                if structure in measured:
                    print(f"{name:<9}{structure:<12}{by:<6}{_agreement(measured[structure], true)}", flush=True)


def _agreement(measured: np.ndarray, true: np.ndarray) -> str:
    """Return the cells of a row: means, correlation, slope and slope of the logarithms."""
    slope = np.polyfit(true, measured, 1)[0]
    logs = np.polyfit(np.log(true), np.log(measured), 1)[0]
    correlation = np.corrcoef(true, measured)[0, 1]
    return f"{measured.mean():>8.1f}{true.mean():>8.1f}{correlation:>8.3f}{slope:>8.2f}{logs:>11.2f}"


def people(options: argparse.Namespace) -> None:
    """Measure ds002748 in each scan's own scale, and tell sex by each volume."""
    prepared = _prepared(options)
    volumes, rows = prepared.volumes(), np.arange(len(prepared))
    scale = registered_scale(prepared, rows, volumes)
    male = prepared.cohort.table["sex"].to_numpy(dtype=str) == "M"
    own = own_volumes(volumes, prepared.grid)
    voxels = np.count_nonzero(volumes > 0, axis=(1, 2, 3)) * prepared.grid.voxel_ml
    measured = {**own, "brain voxels": voxels, "half maximum": head_sizes(volumes, prepared.grid.spacing)}
    print(f"{'volume':<16}{'mean mL':>9}{'women':>8}{'men':>8}{'AUC of sex':>12}{'SD within sex':>15}")
    for name, on_grid in measured.items():
        native = on_grid * scale
        women, men = native[~male], native[male]
        spread = 100 * np.sqrt((np.var(np.log(women)) * len(women) + np.var(np.log(men)) * len(men)) / len(native))
        print(
            f"{name:<16}{native.mean():>9.1f}{women.mean():>8.1f}{men.mean():>8.1f}"
            f"{roc_auc_score(male, native):>12.3f}{spread:>14.1f}%",
            flush=True,
        )


def sensitivity(options: argparse.Namespace) -> None:
    """Change scans before they are placed on the grid, as a scanner would, and constants of the instruments."""
    grid = get_grid(PEOPLE_GRID)
    files = sorted((options.data / "ds002748").glob("sub-*/anat/*_T1w.nii.gz"))
    shown = [files[row] for row in np.linspace(0, len(files) - 1, options.scans).round().astype(int)]
    rng = np.random.default_rng(options.seed)
    half = np.eye(4)
    half[:3, 3] = grid.spacing / 2

    def field(volume: np.ndarray, axis: int) -> np.ndarray:
        """Return what rises from 0.8 to 1.2 along an axis of the scan."""
        shape = [-1 if number == axis else 1 for number in range(3)]
        return np.linspace(0.8, 1.2, volume.shape[axis], dtype=np.float32).reshape(shape)

    changes: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "as it is": lambda scan: scan,
        "contrast, power 0.8": lambda scan: scan**0.8,
        "contrast, power 1.25": lambda scan: scan**1.25,
        "noise of 5 %": lambda scan: np.where(scan > 0, scan + rng.normal(0, 0.05, scan.shape), 0).clip(0),
        "field of 20 %, right": lambda scan: scan * field(scan, 0),
        "field of 20 %, front": lambda scan: scan * field(scan, 1),
        "field of 20 %, top": lambda scan: scan * field(scan, 2),
    }
    placed: dict[str, list[np.ndarray]] = {name: [] for name in (*changes, "half a voxel's shift")}
    for file in shown:
        volume, affine = read_scan(file)
        volume, _ = zeroed(volume, affine, file.name)
        scan, moved = half_max_q98(volume), register(volume, affine).affine @ affine
        for name, change in changes.items():
            on_grid = place(change(scan).astype(np.float32), moved, grid)
            placed[name].append(normalize_intensity(on_grid, grid))
        placed["half a voxel's shift"].append(normalize_intensity(place(scan, half @ moved, grid), grid))
    plain = own_volumes(np.stack(placed["as it is"]), grid)
    print(f"{'change':<30}" + "".join(f"{name:>15}" for name in VOLUMES))
    for name, volumes in placed.items():
        print(f"{name:<30}{_moved(own_volumes(np.stack(volumes), grid), plain)}", flush=True)
    for module, name, values in CONSTANTS:
        for value in values:
            with _held(module, name, value):
                moved_by = _moved(own_volumes(np.stack(placed["as it is"]), grid), plain)
                print(f"{f'{name} {value:g}':<30}{moved_by}", flush=True)


#: constants of the instruments, values beside their own
CONSTANTS: tuple[tuple[ModuleType, str, tuple[float, ...]], ...] = (
    (inside_skull, "CLOSING_MM", (6.0, 16.0)),
    (template_tissue, "PLACE_MM", (3.0, 8.0)),
    (template_tissue, "ANYWHERE", (0.1, 1.0)),
    (own_ventricles, "CONNECTED", (0.15, 0.5)),
    (own_ventricles, "NEAR_MM", (1.5, 6.0)),
    (ventricle_territory, "REACH", (1.0, 2.0)),
)


@contextmanager
def _held(module: ModuleType, name: str, value: float) -> Iterator[None]:
    """Hold a constant at a value; what was made of the template with another is forgotten."""
    before = getattr(module, name)
    kept = (template_tissue.mixture_prior, ventricle_territory.ventricle_territory)
    setattr(module, name, value)
    for function in kept:
        function.cache_clear()
    try:
        yield
    finally:
        setattr(module, name, before)
        for function in kept:
            function.cache_clear()


def _moved(changed: dict[str, np.ndarray], plain: dict[str, np.ndarray]) -> str:
    """Return the cells of a row: mean change and the largest, per cent."""
    cells = []
    for name in VOLUMES:
        per_cent = 100 * (changed[name] / plain[name] - 1)
        cells.append(f"{per_cent.mean():+.1f} ({np.abs(per_cent).max():.1f})")
    return "".join(f"{cell:>15}" for cell in cells)


def _prepared(options: argparse.Namespace) -> Prepared:
    """Return ds002748 on the grid; what is prepared is kept in the folder."""
    cohort = read_cohort(options.data / "ds002748")
    return prepare(cohort, get_grid(PEOPLE_GRID), options.out / "ds002748", progress=False)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", nargs="*", default=TABLES, help=f"of {', '.join(TABLES)}")
    parser.add_argument("--out", type=Path, required=True, help="keeps prepared scans")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--grids", nargs="+", default=("t1w_192", "t1w_96", "t1w_64", "t1w_48"))
    parser.add_argument("--subjects", type=int, default=60, help="simulated people")
    parser.add_argument("--scans", type=int, default=8, help="of ds002748, for the sensitivities")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    made = {"freesurfer": freesurfer, "simulated": simulated, "people": people, "sensitivity": sensitivity}
    unknown = set(options.tables) - set(made)
    if unknown:
        parser.error(f"expected tables of {', '.join(TABLES)}, found {', '.join(sorted(unknown))}")
    for name in options.tables:
        if name != "simulated" and not options.data.is_dir():
            print(f"{name}: the open data is not at {options.data}")
            continue
        print(f"\n{name}")
        made[name](options)


if __name__ == "__main__":
    main()
