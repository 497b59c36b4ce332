"""Print what the simulator finds in scans that people are to be made from: time, volumes, Dice with FreeSurfer.

    python benchmarks/anatomies.py COHORT --most 3
    python benchmarks/anatomies.py --freesurfer ../shared/data/freesurfer_mgz

Of a cohort (CSV or folder) each scan's anatomy is made and its volumes printed, in mL at the template's size. Of a
folder of FreeSurfer subjects (``<subject>/mri/brain.mgz`` and ``aseg.mgz``) the anatomy of every brain.mgz is held
against its own aseg, which knows neither the template's priors nor its labels.
"""

import argparse
import time
from pathlib import Path

import nibabel as nib
import numpy as np
import torch

from brainaging.pipeline.cli.work.anatomy_scans import anatomy_source
from brainaging.pipeline.simulate.anatomies import MAPS, Anatomy, AnatomyScan
from brainaging.pipeline.simulate.anatomies.anatomy_files import volumes_ml
from brainaging.pipeline.simulate.anatomies.anatomy_of_scan import anatomy_of
from brainaging.pipeline.simulate.anatomies.carried_labels import VENTRICLES
from brainaging.pipeline.simulate.anatomies.placed_scan import DOF
from brainaging.transforms import dice, read_scan, register

#: labels of aseg by the map that should hold them
ASEG = {
    "grey": (3, 42, 8, 47, 10, 11, 12, 13, 17, 18, 26, 28, 49, 50, 51, 52, 53, 54, 58, 60),
    "white": (2, 41, 7, 46, 16, 77, 85, 251, 252, 253, 254, 255),
    "ventricles": VENTRICLES,
    "cortex": (3, 42),
    "cerebellum": (8, 47),
}


def main() -> None:
    """Make anatomies and print what is found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cohort", type=Path, nargs="?")
    parser.add_argument("--most", type=int, default=3)
    parser.add_argument("--freesurfer", type=Path)
    words = parser.parse_args()
    torch.set_num_threads(1)
    if words.cohort is not None:
        source = anatomy_source("lifespan", words.cohort)
        for scan in () if source is None else source.scans[: words.most]:
            made(scan)
    if words.freesurfer is not None:
        for path in sorted(words.freesurfer.glob("*/mri/brain.mgz")):
            scan = AnatomyScan(path.parent.parent.name, path, "native")
            overlaps = with_aseg(made(scan), scan)
            print("  Dice with aseg: " + ", ".join(f"{name} {value:.3f}" for name, value in overlaps.items()))


def made(scan: AnatomyScan) -> Anatomy:
    """Return the anatomy of a scan, and print the processor time that it took and its volumes."""
    start = time.process_time()
    anatomy = anatomy_of(scan)
    seconds = time.process_time() - start
    volumes = ", ".join(f"{name} {ml:.0f}" for name, ml in volumes_ml(anatomy).items())
    print(f"{scan.name}: {seconds:.0f} s; mL: {volumes}", flush=True)
    return anatomy


def with_aseg(anatomy: Anatomy, scan: AnatomyScan) -> dict[str, float]:
    """Return Dice of an anatomy's maps at a half with a FreeSurfer subject's own labels, by map."""
    placed = register(*read_scan(scan.path), DOF).affine
    image = nib.load(scan.path.with_name("aseg.mgz"))
    labels = np.asarray(image.dataobj).astype(int)
    to_voxel = np.linalg.inv(placed @ image.affine)
    points = anatomy.lattice.points().numpy().astype(float) @ to_voxel[:3, :3].T + to_voxel[:3, 3]
    index = np.rint(points).astype(int).clip(0, np.array(labels.shape) - 1)
    theirs = labels[tuple(np.moveaxis(index, -1, 0))]
    ours = {name: values > 0.5 for name, values in zip(MAPS, anatomy.maps, strict=True)}
    return {name: dice(ours[name], np.isin(theirs, wanted)) for name, wanted in ASEG.items()}


if __name__ == "__main__":
    main()
