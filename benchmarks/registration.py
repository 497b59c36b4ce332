"""Template to scan, once, timed: the edit's alignment beside kept registration libraries.

    python benchmarks/registration.py --data ../shared/data

Every method finds where each voxel of a scan lies in the MNI152 template, after the same affine registration,
and carries aseg and Desikan-Killiany's atlas along. On FreeSurfer's two brains the labels are compared with
FreeSurfer's own (Dice at 2 mm, both sides together): a measure that shares nothing with the methods. Scans of
ds002748 have no labels: for them the correlation with the warped template in the brain is printed, as for all.
Smallest Jacobian: of the displacement at 2 mm. Seconds of processor time, and memory (what a fresh process needs
above its imports, at its peak), are a scan's. Some minutes on one core.

Methods: the affine alone; the edit's alignment (6 mm, knots 12 mm, `cohort_alignment`), which sees t1w_32 whatever
the grid; SimpleITK's fast symmetric forces demons (multi-resolution, histograms matched); SimpleITK's B-splines by
local correlation; pyniftireg's velocities by local correlation, where that package is installed.
"""

import argparse
import multiprocessing
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import nibabel as nib
import numpy as np
import SimpleITK as sitk
import torch
from scipy.ndimage import map_coordinates

from brainaging.networks.diffeomorphism import jacobian_determinant
from brainaging.pipeline.counterfactual.cohort_alignment import new_alignment, thinned
from brainaging.pipeline.data.freesurfer_atlases import DESIKAN_KILLIANY, atlas_on_grid
from brainaging.transforms import (
    GridSpec,
    get_grid,
    t1w_chain,
    template_mask,
    template_volume,
)

#: where labels are compared and displacements are looked at
FINE = "t1w_96"
#: of ds002748, and of FreeSurfer's brains
PLAIN = ("sub-01", "sub-33", "sub-72")
LABELLED = ("sub-0001", "sub-0002")
#: aseg's labels, left and right; cortex is every label of it
STRUCTURES = {
    "ventricles": (4, 5, 43, 44),
    "thalamus": (10, 49),
    "hippocampus": (17, 53),
    "caudate": (11, 50),
    "cortex": (3, 42),
}
Shift = np.ndarray
Method = Callable[[np.ndarray, np.ndarray, GridSpec], Shift]


@dataclass(frozen=True)
class Scan:
    """A scan in the template's space: volumes (X, Y, Z) by grid, and FreeSurfer's labels on the fine grid."""

    name: str
    volumes: dict[str, np.ndarray]
    labels: np.ndarray | None


def placed(path: Path, name: str, labels: Path | None, grids: tuple[str, ...]) -> Scan:
    """Place a scan on grids, registered by the house's affine, and its labels with it (nearest neighbour)."""
    volumes = {}
    for grid in dict.fromkeys((*grids, FINE)):
        data = t1w_chain(grid, space="native", track_meta=True)({"image": str(path)})
        volumes[grid] = np.asarray(data["image"][0])
    if labels is None:
        return Scan(name, volumes, None)
    fine, image = get_grid(FINE), nib.load(labels)
    to_voxel = np.linalg.inv(np.asarray(data["image"].meta["registration"]) @ image.affine) @ fine.affine
    index = np.stack(np.meshgrid(*map(np.arange, fine.shape), indexing="ij"))
    where = np.einsum("ij,jxyz->ixyz", to_voxel[:3, :3], index) + to_voxel[:3, 3][:, None, None, None]
    own = map_coordinates(np.asarray(image.dataobj).astype(np.int32), where, order=0, mode="constant")
    return Scan(name, volumes, own)


def affine_alone(scan: np.ndarray, template: np.ndarray, grid: GridSpec) -> Shift:
    """Return no displacement."""
    return np.zeros((3, *grid.shape), dtype=np.float32)


def edits_alignment(scan: np.ndarray, template: np.ndarray, grid: GridSpec) -> Shift:
    """Return the displacement by the edit's alignment, (3, X, Y, Z) mm on t1w_32."""
    alignment = new_alignment()
    alignment.set_template(thinned(template[None], grid)[0])
    velocity = alignment.align(thinned(scan[None], grid), torch.zeros(1, alignment.size))
    with torch.no_grad():
        shift: Shift = alignment.flow(-velocity)[0].numpy() * alignment.lattice.spacing
    return shift


def _image(volume: np.ndarray, grid: GridSpec) -> sitk.Image:
    image = sitk.GetImageFromArray(np.ascontiguousarray(volume.astype(np.float32).T))
    image.SetSpacing([grid.spacing] * 3)
    image.SetOrigin([float(value) for value in grid.affine[:3, 3]])
    return image


def _levels(grid: GridSpec) -> tuple[int, ...]:
    # from about 8 mm to the grid's own
    return (4, 2, 1) if grid.spacing <= 2 else (2, 1)


def demons(scan: np.ndarray, template: np.ndarray, grid: GridSpec) -> Shift:
    """Return the displacement (3, X, Y, Z) mm by SimpleITK's fast symmetric forces demons (Vercauteren 2009)."""
    fixed, moving = _image(scan, grid), _image(template, grid)
    moving = sitk.HistogramMatching(moving, fixed, 128, 16, True)
    field = None
    for shrink in _levels(grid):
        small = [
            sitk.DiscreteGaussian(image, (shrink / 2 * grid.spacing) ** 2) if shrink > 1 else image
            for image in (fixed, moving)
        ]
        at, of = (sitk.Shrink(image, [shrink] * 3) for image in small)
        demon = sitk.FastSymmetricForcesDemonsRegistrationFilter()
        demon.SetNumberOfIterations(50)
        demon.SetStandardDeviations(1.5)
        demon.SetSmoothDisplacementField(True)
        start = () if field is None else (sitk.Resample(field, at),)
        field = demon.Execute(at, of, *start)
    return np.moveaxis(sitk.GetArrayFromImage(field), -1, 0).transpose(0, 3, 2, 1).astype(np.float32)


def local_correlation(scan: np.ndarray, template: np.ndarray, grid: GridSpec) -> Shift:
    """Return the displacement (3, X, Y, Z) mm by SimpleITK's B-splines (knots 16 mm) and local correlation."""
    fixed, moving = _image(scan, grid), _image(template, grid)
    start = sitk.BSplineTransformInitializer(fixed, [round(grid.shape[0] * grid.spacing / 16)] * 3)
    method = sitk.ImageRegistrationMethod()
    method.SetMetricAsANTSNeighborhoodCorrelation(2)
    method.SetMetricFixedMask(sitk.Cast(_image(template_mask(grid, dilate_mm=8.0), grid), sitk.sitkUInt8))
    method.SetInterpolator(sitk.sitkLinear)
    levels = _levels(grid)
    method.SetShrinkFactorsPerLevel(levels)
    method.SetSmoothingSigmasPerLevel([shrink / 2 * grid.spacing if shrink > 1 else 0.0 for shrink in levels])
    method.SetOptimizerAsLBFGSB(gradientConvergenceTolerance=1e-9, numberOfIterations=20)
    method.SetInitialTransform(start, inPlace=True)
    method.Execute(fixed, moving)
    field = sitk.TransformToDisplacementField(
        start, sitk.sitkVectorFloat32, fixed.GetSize(), fixed.GetOrigin(), fixed.GetSpacing(), fixed.GetDirection()
    )
    return np.moveaxis(sitk.GetArrayFromImage(field), -1, 0).transpose(0, 3, 2, 1).astype(np.float32)


def niftireg(scan: np.ndarray, template: np.ndarray, grid: GridSpec) -> Shift:
    """Return the displacement (3, X, Y, Z) mm by pyniftireg's stationary velocities and local correlation."""
    # no dependency of the package
    kept, flow = import_module("pyniftireg"), import_module("pyniftireg.flow")
    space = kept.ImageSpace.from_spacing(grid.shape, (grid.spacing,) * 3)
    method = kept.TorchReg(kept.TorchRegParams(similarity="lncc"))
    found = method.register(scan, template, reference_space=space, floating_space=space, affine=np.eye(4))
    shift: Shift = flow.exp(found.velocity)[0].numpy() * grid.spacing
    return shift


METHODS: dict[str, Method] = {
    "affine alone": affine_alone,
    "the edit's alignment": edits_alignment,
    "symmetric demons": demons,
    "B-splines, local corr.": local_correlation,
    "pyniftireg, local corr.": niftireg,
}


def on_fine(shift: Shift, spacing: float) -> Shift:
    """Return a displacement (3, X, Y, Z) mm of the common field of view on the fine grid's voxels, linear."""
    fine = get_grid(FINE)
    centres = ((np.arange(fine.shape[0]) + 0.5) * fine.spacing / spacing) - 0.5
    where = np.stack(np.meshgrid(centres, centres, centres, indexing="ij"))
    return np.stack([map_coordinates(part, where, order=1, mode="nearest") for part in shift])


def scores(shift: Shift, scan: Scan) -> dict[str, float]:
    """Return correlation with the warped template, smallest Jacobian, and Dice a structure."""
    fine = get_grid(FINE)
    where = np.stack(np.meshgrid(*map(np.arange, fine.shape), indexing="ij")) + shift / fine.spacing
    inside = template_mask(fine)
    warped = map_coordinates(template_volume(fine), where, order=1)
    found = {
        "correlation": float(np.corrcoef(warped[inside], scan.volumes[FINE][inside])[0, 1]),
        "jacobian": float(jacobian_determinant(torch.from_numpy(shift).float(), fine.spacing).min()),
    }
    if scan.labels is None:
        return found
    labels, regions = atlas_on_grid(DESIKAN_KILLIANY, fine)
    # FreeSurfer's own aseg has the cortex in one label a side
    cortical = [label for label in regions if label >= 1000]
    carried = map_coordinates(np.where(np.isin(labels, cortical), 3, labels), where, order=0)
    for name, own in STRUCTURES.items():
        here, there = np.isin(carried, own), np.isin(scan.labels, own)
        found[name] = float(2 * (here & there).sum() / max(here.sum() + there.sum(), 1))
    return found


def _timed(name: str, scan: np.ndarray, grid_name: str) -> tuple[Shift, float, float]:
    """Run a method in this process; return displacement, seconds and MB above what the process had."""
    torch.set_num_threads(1)
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    grid = get_grid(grid_name)
    template = template_volume(grid)
    before, begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    shift = METHODS[name](scan, template, grid)
    seconds = time.process_time() - begun
    return shift, seconds, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


def main() -> None:
    """Run every method on every scan and grid; print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="open scans, see their README")
    parser.add_argument("--grids", nargs="+", default=["t1w_48", "t1w_96"])
    parser.add_argument("--plain", type=int, default=len(PLAIN), help="scans of ds002748")
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    options = parser.parse_args()
    grids, jobs = tuple(options.grids), []
    for name in LABELLED:
        folder = options.data / "freesurfer_mgz" / name / "mri"
        jobs.append((folder / "brain.mgz", name, folder / "aseg.mgz", grids))
    for name in PLAIN[: options.plain]:
        jobs.append((options.data / "ds002748" / name / "anat" / f"{name}_T1w.nii.gz", name, None, grids))
    torch.set_num_threads(1)
    # processes of one thread, forked before SimpleITK has any: each peak is what a method needs
    context = multiprocessing.get_context("fork")
    with context.Pool(1) as pool:
        scans = pool.starmap(placed, jobs)
    columns = [*STRUCTURES, "correlation", "jacobian", "seconds", "MB"]
    print(f"{'grid':<8}{'method':<25}" + "".join(f"{name:>13}" for name in columns), flush=True)
    for grid in options.grids:
        for method in options.methods:
            if method.startswith("pyniftireg") and find_spec("pyniftireg") is None:
                print(f"{grid:<8}{method:<25} not installed", flush=True)
                continue
            rows = []
            for scan in scans:
                with context.Pool(1) as pool:
                    shift, seconds, memory = pool.apply(_timed, (method, scan.volumes[grid], grid))
                fine = on_fine(shift, get_grid(FINE).spacing * get_grid(FINE).shape[0] / shift.shape[1])
                rows.append({**scores(fine, scan), "seconds": seconds, "MB": memory})
            cells = []
            for name in columns:
                values = [row[name] for row in rows if name in row]
                value = min(values) if name == "jacobian" else float(np.mean(values))
                cells.append(f"{value:>13.0f}" if name == "MB" else f"{value:>13.2f}")
            print(f"{grid:<8}{method:<25}" + "".join(cells), flush=True)


if __name__ == "__main__":
    main()
