"""What labels of generated brains are worth: Dice of the template's labels, aligned, with the simulator's own.

    python benchmarks/generated_labels.py --cohort /tmp/generators/others --count 40

Labels scans of held-out simulated people as `brainaging generate --labels` labels generated brains, on the grid
that they were prepared on, and prints Dice by structure with the labels that the scenario itself put there, beside
that of the template's labels as they are, without alignment.
"""

import argparse
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from brainaging.pipeline.counterfactual.score.simulated_truth import Truth
from brainaging.pipeline.counterfactual.score.structures.structure_labels import NAMES, structure_by_label
from brainaging.pipeline.counterfactual.score.true_region_changes import structure_map
from brainaging.pipeline.counterfactual.template_labels import template_labels
from brainaging.pipeline.data import Prepared
from brainaging.pipeline.data.freesurfer_atlases import DESIKAN_KILLIANY, atlas_on_grid


def most_of_eight(labels: np.ndarray) -> np.ndarray:
    """Return the label (X, Y, Z) that most of each voxel's eight parts have, of labels (2X, 2Y, 2Z)."""
    x, y, z = (size // 2 for size in labels.shape)
    parts = labels.reshape(x, 2, y, 2, z, 2).transpose(0, 2, 4, 1, 3, 5).reshape(x, y, z, 8)
    votes = np.stack([(parts == label).sum(axis=-1) for label in range(len(NAMES) + 1)], axis=-1)
    most: np.ndarray = votes.argmax(axis=-1)
    return most


def main() -> None:
    """Label, compare and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cohort", type=Path, required=True, help="a folder with simulated/ and prepared/")
    parser.add_argument("--count", type=int, default=40)
    options = parser.parse_args()
    prepared = Prepared.load(options.cohort / "prepared", public_only=True)
    rows = np.arange(min(options.count, len(prepared)))
    truth = Truth.open(options.cohort / "simulated", prepared.grid)
    of_structure = structure_by_label()
    found = of_structure[template_labels(prepared.volumes(rows), prepared.grid)]
    still = of_structure[atlas_on_grid(DESIKAN_KILLIANY, prepared.grid)[0]]
    overlap = np.zeros((len(rows), 2, len(NAMES)))
    for row, cause in enumerate(truth.of(prepared.table["subject"][rows])):
        own = most_of_eight(structure_map(truth, cause))
        for column, labels in enumerate((found[row], still)):
            for label in range(1, len(NAMES) + 1):
                first, second = labels == label, own == label
                overlap[row, column, label - 1] = 2 * (first & second).sum() / max(first.sum() + second.sum(), 1)
    table = Table(title=f"Dice with the simulator's own labels, {len(rows)} people, {prepared.grid.name}")
    for column in ("structure", "aligned", "SD of people", "not aligned"):
        table.add_column(column)
    for number, name in enumerate(NAMES):
        mean, spread = overlap[:, 0, number].mean(), overlap[:, 0, number].std(ddof=1)
        table.add_row(name, f"{mean:.2f}", f"{spread:.2f}", f"{overlap[:, 1, number].mean():.2f}")
    means = overlap.mean(axis=(0, 2))
    table.add_row("mean of structures", f"{means[0]:.2f}", "", f"{means[1]:.2f}")
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
