"""The truth about a simulated cohort: the same people at another age, of the other sex, with another head."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import nibabel as nib
import numpy as np

from brainaging.pipeline.data import Cohort
from brainaging.pipeline.runtime import UserError, counted
from brainaging.pipeline.simulate import Cause, FoldedWarpError, Renderer, draw_causes, load_scenario
from brainaging.pipeline.simulate.anatomies import TEMPLATE
from brainaging.pipeline.simulate.simulate import anatomies_of
from brainaging.transforms import GridSpec, t1w_chain_array

RECORD = Path("truth") / "simulation.json"


@dataclass
class Truth:
    """The causes of a simulated cohort, and what renders them.

    Attributes:
        renderer: of the cohort's scenario and seed.
        causes: by subject.
        grid: that counterfactuals are placed on.
        rendered: people as they are, by subject, who every counterfactual is compared with.
    """

    renderer: Renderer
    causes: dict[str, Cause]
    grid: GridSpec
    rendered: dict[str, np.ndarray] = field(default_factory=dict, repr=False)

    @classmethod
    def open(cls, folder: str | Path, grid: GridSpec) -> "Truth":
        """Read the truth beside a cohort that `brainaging simulate` wrote.

        Raises:
            UserError: the folder holds no finished simulated cohort.
        """
        record = Path(folder) / RECORD
        if not record.is_file():
            raise UserError(f"{folder}: expected a cohort of `brainaging simulate`, found no {record.name}")
        simulation = json.loads(record.read_text(encoding="utf-8"))
        if not simulation.get("complete"):
            raise UserError(f"{folder}: simulating did not end: run the same `brainaging simulate` again")
        scenario = load_scenario(Path(folder) / "truth" / "scenario.yaml")
        seed, anatomies = int(simulation["seed"]), anatomies_of(Path(folder), simulation)
        names = (TEMPLATE,) if anatomies is None else tuple(anatomies)
        causes = draw_causes(scenario, seed, int(simulation["subjects"]), names)
        renderer = Renderer(scenario, seed, float(simulation["spacing"]), anatomies=anatomies)
        return cls(renderer, {cause.subject: cause for cause in causes}, grid)

    @classmethod
    def beside(cls, cohort: Cohort, grid: GridSpec) -> "Truth | None":
        """Return the truth that lies beside a simulated cohort's scans; None where there is none, or where the
        scans do not lie where it is rendered.
        """
        table = cohort.table
        scans = [Path(image) for image in table["image"] if image]
        if not cohort.simulated or not scans or (table["space"] != "template").any():
            return None
        # <folder>/<subject>/T1w/<scan>
        folder = scans[0].parent.parent.parent
        return cls.open(folder, grid) if (folder / RECORD).is_file() else None

    def of(self, subjects: Sequence[str]) -> list[Cause]:
        """Return the causes of ``subjects``, in that order."""
        return [self.causes[str(subject)] for subject in subjects]

    def volume(self, cause: Cause, noise: bool = False) -> np.ndarray:
        """Return a person (X, Y, Z) on the grid, with the scanner's noise or without."""
        rendered = self.renderer.render(cause, noise=noise)
        chain = t1w_chain_array(self.grid, space="template")
        placed: np.ndarray = np.asarray(chain(nib.Nifti1Image(rendered.image, rendered.affine))[0])
        return placed

    def changes(self, before: Sequence[Cause], after: Sequence[Cause]) -> np.ndarray:
        """Return the true changes (n, X, Y, Z) on the grid from people ``before`` to ``after``."""
        pairs = list(zip(before, after, strict=True))
        changes = np.empty((len(pairs), *self.grid.shape), dtype=np.float32)
        for number in counted(by_anatomy(before), "rendering true counterfactuals"):
            old, new = pairs[number]
            changes[number] = self.volume(new) - self._as_is(old)
        return changes

    def exists(self, cause: Cause) -> bool:
        """Say whether a person can be rendered: much ageing of somebody old folds the warp."""
        try:
            self.renderer.displacement(cause)
        except FoldedWarpError:
            return False
        return True

    @property
    def male_ratio(self) -> float:
        """Head size of men by that of women."""
        return self.renderer.scenario.head_size.male_ratio

    def _as_is(self, cause: Cause) -> np.ndarray:
        if cause != self.causes.get(cause.subject):
            return self.volume(cause)
        if cause.subject not in self.rendered:
            self.rendered[cause.subject] = self.volume(cause)
        return self.rendered[cause.subject]

    def typical(self, cause: Cause, years: float) -> Cause:
        """Return a person as old as one becomes in ``years`` at the scenario's mean rate: the mean fields on
        them.
        """
        if self.renderer.elastic is not None:
            return replace(cause.with_values(age=cause.age + years), mean_rate_from=cause.age)
        ageing, _ = self.renderer.scenario.velocities
        bend = ageing.acceleration

        def clock(age: float) -> float:
            time = max(age - ageing.onset, 0.0)
            return time + bend * time**2

        wanted = clock(cause.age) + (clock(cause.age + years) - clock(cause.age)) / cause.rate
        time = (np.sqrt(1 + 4 * bend * wanted) - 1) / (2 * bend) if bend > 0 else wanted
        return cause.with_values(age=ageing.onset + float(time))


def by_anatomy(causes: Sequence[Cause]) -> list[int]:
    """Return the numbers of people in an order in which those of one anatomy follow each other.

    A renderer keeps a few anatomies ready, and with elastic physics to make one ready takes half a minute.
    """
    return sorted(range(len(causes)), key=lambda number: causes[number].anatomy)
