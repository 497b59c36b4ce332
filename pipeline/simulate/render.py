"""From causes to an image: the same person at any age, sex and head size, on any lattice."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, generate_binary_structure
from scipy.spatial.transform import Rotation
from torch import Tensor

from brainaging.networks.diffeomorphism import check_positive, exponential, jacobian_determinant
from brainaging.pipeline.runtime import UserError, generator
from brainaging.pipeline.simulate.anatomies import LATTICE, MAPS, TEMPLATE, Anatomy, template_anatomy
from brainaging.pipeline.simulate.anatomy_fields import AnatomyFields
from brainaging.pipeline.simulate.causes import Cause
from brainaging.pipeline.simulate.elastic_people import ElasticPeople
from brainaging.pipeline.simulate.families import inherited
from brainaging.pipeline.simulate.random_fields import nearly_symmetric, random_field, unit_splines
from brainaging.pipeline.simulate.scenario import ELASTIC, Scenario
from brainaging.pipeline.simulate.seen_tissue import through_scanner, with_fluid, with_lesions

HCP_FIELD_MM = (182.0, 217.7, 182.0)
"""HCP's field of view: 260 × 311 × 260 voxels of 0.7 mm."""
HCP_CENTRE_MM = (-0.65, -17.5, 18.65)
"""Its centre in AC-PC mm (HCP's affine puts voxel 0 at (90, -126, -72) and runs x from right to left)."""
SQUARINGS = 6
"""Of scaling and squaring. Sensitivity: in people of 87 and 89 years, whose tissue moves by a centimetre, no
point is more than 0.04 mm from the limit of many; with 4 it is 0.17 mm, with 7 it is 0.02."""
BIAS_KNOTS_MM = 70.0
"""Distance of the bias field's knots: it changes over half a head, as a coil's profile does."""
BRAIN_SHARE = 0.05
"""Voxels with less brain than this are background, as a skull-strip leaves them."""
TISSUES = ("grey", "white", "cortex", "cerebellum")
"""Maps of tissue, which gives way to fluid where physics are elastic."""
KEPT_BYTES = 1e9
"""Of anatomies ready to be rendered that a renderer keeps. Sensitivity: time alone; at 4 mm it is some 50 of them,
at 1 and 2 mm 7, and people are rendered anatomy by anatomy."""


def hcp_box(spacing: float) -> tuple[tuple[int, int, int], NDArray[np.float64]]:
    """Return shape and voxel-to-RAS affine (4, 4) of HCP's field of view at ``spacing`` mm."""
    x, y, z = (round(extent / spacing) for extent in HCP_FIELD_MM)
    affine = np.diag([-spacing, spacing, spacing, 1.0])
    affine[:3, 3] = np.array(HCP_CENTRE_MM) - affine[:3, :3] @ ((np.array([x, y, z]) - 1) / 2)
    return (x, y, z), affine


@dataclass(frozen=True)
class Rendered:
    """An ``image`` (X, Y, Z) float32 with its ``affine``, and the true ``volumes`` in mL behind it.

    ``volumes`` has brain, grey, white, ventricles, cortex and cerebellum, and each for ``left_`` and ``right_``.
    """

    image: NDArray[np.float32]
    affine: NDArray[np.float64]
    volumes: dict[str, float]
    smallest_jacobian: float


class Renderer:
    """Renders a scenario's subjects.

    Parameters: the ``scenario``; the cohort's ``seed``; ``spacing`` in mm; ``shape`` and ``affine`` of the output
    (voxel axes along the RAS axes, either direction), by default HCP's field of view at that spacing;
    ``anatomies`` by name, the template alone by default.
    """

    def __init__(
        self,
        scenario: Scenario,
        seed: int,
        spacing: float = 2.0,
        shape: tuple[int, int, int] | None = None,
        affine: NDArray[np.float64] | None = None,
        anatomies: Mapping[str, Anatomy] | None = None,
    ) -> None:
        self.scenario, self.seed, self.spacing = scenario, seed, spacing
        box_shape, box_affine = hcp_box(spacing)
        self.shape = box_shape if shape is None else shape
        self.affine = box_affine if affine is None else np.asarray(affine, dtype=np.float64)
        self.anatomies = {TEMPLATE: template_anatomy()} if anatomies is None else anatomies
        self.elastic = ElasticPeople(scenario, seed) if scenario.physics == ELASTIC else None
        self._fields_of = lru_cache(maxsize=_at_once(spacing))(self._fields)
        self._bases = [[unit_splines(axis, scale.knots_mm) for axis in LATTICE.axes()] for scale in scenario.warp]
        self._axes = [
            (self.affine[axis, axis] * np.arange(self.shape[axis]) + self.affine[axis, 3]).astype(np.float32)
            for axis in range(3)
        ]
        self._bias_bases = [unit_splines(axis, BIAS_KNOTS_MM) for axis in self._axes]

    def _anatomy(self, name: str) -> Anatomy:
        if name not in self.anatomies:
            raise UserError(f"anatomy: expected one of {', '.join(sorted(self.anatomies))}, found {name!r}")
        return self.anatomies[name]

    def _fields(self, anatomy: str) -> AnatomyFields:
        return AnatomyFields.of(self._anatomy(anatomy), self.scenario, self.spacing)

    def individual_velocity(self, cause: Cause) -> Tensor:
        """Return the person's own velocity (3, X, Y, Z) in mm: the part that kin share and age leaves alone."""
        total = np.zeros((3, *LATTICE.shape), dtype=np.float32)
        for number, (scale, bases) in enumerate(zip(self.scenario.warp, self._bases, strict=True)):
            knots = (3, *(basis.shape[1] for basis in bases))
            draw = inherited(self.scenario.families, self.seed, f"warp {number}", cause.member, knots)
            total += np.float32(scale.sd_mm) * random_field(bases, nearly_symmetric(draw, scale.asymmetry))
        return torch.from_numpy(total)

    def velocity(self, cause: Cause) -> Tensor:
        """Return the whole velocity (3, X, Y, Z) in mm, anatomy to subject: person, age and sex summed.

        Time runs as t + a t² past the onset, and a sex is half of their difference from between them: the edit's
        design has both too, which is a likeness that its score owes to this model.
        """
        ageing, effects = self.scenario.velocities[0], self._fields_of(cause.anatomy).effects
        if effects is None:
            raise TypeError(f"{self.scenario.name}: physics {self.scenario.physics} have no velocities")
        time = max(cause.age - ageing.onset, 0.0)
        years = cause.rate * (time + ageing.acceleration * time**2)
        return (
            self.individual_velocity(cause)
            + (years + cause.ventricle_years) * effects.ventricles
            + (years + cause.cortex_years) * effects.cortex
            + (0.5 if cause.sex == "M" else -0.5) * effects.sex
        )

    def displacement(self, cause: Cause) -> tuple[Tensor, float]:
        """Return the displacement (3, X, Y, Z) in mm from a person to the anatomy, and its smallest Jacobian.

        Raises FoldedWarpError where the scenario's amplitudes fold the warp.
        """
        if self.elastic is not None:
            deformed = self.elastic.deformed(cause, self._anatomy(cause.anatomy))
            return deformed.displacement, deformed.smallest_jacobian
        displacement = exponential(-self.velocity(cause), LATTICE.at, SQUARINGS)
        return displacement, check_positive(displacement, LATTICE.step, f"subject {cause.subject}")

    def point_volumes(self, cause: Cause) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return what a point of the anatomy (45, 54, 47) holds in the person, by volume, and what its label does.

        The two differ where tissue gives way to fluid that flows in between.
        """
        anatomy = self._anatomy(cause.anatomy)
        if self.elastic is not None:
            deformed = self.elastic.deformed(cause, anatomy)
            return deformed.jacobian, deformed.label_volumes(anatomy.structures)
        displacement = exponential(self.velocity(cause), LATTICE.at, SQUARINGS)
        jacobian = jacobian_determinant(displacement, LATTICE.step).numpy().astype(float)
        return jacobian, jacobian

    def render(
        self,
        cause: Cause,
        age: float | None = None,
        sex: str | None = None,
        head_size: float | None = None,
        noise: bool = True,
    ) -> Rendered:
        """Return the subject's scan, at another ``age`` (years), ``sex`` or ``head_size`` (mL) where given.

        Everything else, the noise and the bias field too, stays the person's own, so that the difference of two
        renderings is the effect alone. Raises FoldedWarpError where the scenario's amplitudes fold the warp.
        """
        cause = cause.with_values(age, sex, head_size)
        displacement, smallest = self.displacement(cause)
        fields = self._fields_of(cause.anatomy)
        left = self._tissue_left(cause)
        volumes, held = _tissue(fields, displacement, left)
        # the warp changes the brain's volume a little: the scale takes it out, so that head size is the cause's
        size = (cause.head_size / volumes["brain"]) ** (1 / 3)
        scale = size * self._proportions(cause)
        index = self._brain_voxels(held, scale.tolist())
        points = torch.from_numpy(np.stack([axis[part] for axis, part in zip(self._axes, index, strict=True)], -1))
        in_anatomy = self._in_anatomy(cause, points, displacement, scale)
        signal = fields.lattice.sample(fields.signal, in_anatomy).numpy()
        if left is not None:
            signal = with_fluid(signal, fields, LATTICE.sample(left, in_anatomy)[0].numpy())
        signal = with_lesions(signal, fields, cause, self.scenario, self.seed, in_anatomy)
        image = np.zeros(self.shape, dtype=np.float32)
        image[index] = self._signal(cause, fields, signal, index, noise)
        return Rendered(image, self.affine, {name: size**3 * ml for name, ml in volumes.items()}, smallest)

    def anatomy_points(self, cause: Cause, points: Tensor) -> Tensor:
        """Return where points (n, 3) in mm of a person's image lie in the anatomy; raise as :meth:`render`."""
        displacement, _ = self.displacement(cause)
        volumes, _ = _tissue(self._fields_of(cause.anatomy), displacement, self._tissue_left(cause))
        scale = (cause.head_size / volumes["brain"]) ** (1 / 3) * self._proportions(cause)
        return self._in_anatomy(cause, points, displacement, scale)

    def _in_anatomy(
        self, cause: Cause, points: Tensor, displacement: Tensor, scale: NDArray[np.float64]
    ) -> Tensor:
        pose = self._pose(cause)
        unscaled = (points @ pose[:3, :3].T + pose[:3, 3]) / torch.from_numpy(scale).float()
        return unscaled + LATTICE.sample(displacement, unscaled).T

    def change_map(
        self, cause: Cause, age: float | None = None, sex: str | None = None, head_size: float | None = None
    ) -> NDArray[np.float32]:
        """Return the true change (X, Y, Z) in image intensity from the subject as is to the values given."""
        changed = self.render(cause, age, sex, head_size, noise=False).image
        difference: NDArray[np.float32] = changed - self.render(cause, noise=False).image
        return difference

    def _tissue_left(self, cause: Cause) -> Tensor | None:
        """Return the share (1, X, Y, Z) of tissue that is left at the anatomy's points; None where all of it
        is.
        """
        if self.elastic is None:
            return None
        left = self.elastic.deformed(cause, self._anatomy(cause.anatomy)).tissue_left
        return torch.from_numpy(left.astype(np.float32))[None]

    def _proportions(self, cause: Cause) -> NDArray[np.float64]:
        """Return by how much a head is longer along x, y and z than another of its size, (3,) with the product
        1.
        """
        if self.scenario.proportions is None:
            return np.ones(3)
        draw = inherited(self.scenario.families, self.seed, "proportions", cause.member, 3).astype(float)
        proportions: NDArray[np.float64] = np.exp(self.scenario.proportions.sd * (draw - draw.mean()))
        return proportions

    def _brain_voxels(self, held: NDArray[np.bool_], scale: list[float]) -> tuple[NDArray[np.intp], ...]:
        """Return the indices of the output's voxels that can hold brain, a third of a head's box."""
        nearest = [
            np.clip(np.rint((positions / by - low) / LATTICE.step).astype(int), 0, count - 1)
            for positions, by, low, count in zip(self._axes, scale, LATTICE.origin, LATTICE.shape, strict=True)
        ]
        return np.nonzero(held[np.ix_(*nearest)])

    def _pose(self, cause: Cause) -> Tensor:
        """Return what AC-PC alignment left over, as a rigid (4, 4)."""
        scanner = self.scenario.acquisition
        draw = generator(self.seed, "pose", *cause.occasion).standard_normal(6)
        pose = np.eye(4, dtype=np.float32)
        pose[:3, :3] = Rotation.from_euler("xyz", scanner.pose_degrees * draw[:3], degrees=True).as_matrix()
        pose[:3, 3] = scanner.pose_mm * draw[3:]
        return torch.from_numpy(pose)

    def _signal(
        self,
        cause: Cause,
        fields: AnatomyFields,
        maps: NDArray[np.float32],
        index: tuple[NDArray[np.intp], ...],
        noise: bool,
    ) -> NDArray[np.float32]:
        """Return the intensities at the voxels ``index`` from ``maps``: t1, white less grey, brain."""
        scanner, ageing = self.scenario.acquisition, self.scenario.ageing
        t1, difference, brain = maps
        own = min(cause.age, cause.mean_rate_from)
        contrast = cause.contrast + ageing.contrast * cause.rate * (own - ageing.onset)
        contrast += ageing.contrast * max(cause.age - cause.mean_rate_from, 0.0)
        signal = (t1 + np.float32((contrast - 1) * fields.contrast) * difference) / np.float32(fields.white)
        signal = through_scanner(signal, fields, cause, self.scenario, self.seed)
        rng = generator(self.seed, "bias", *cause.occasion)
        knots = (1, *(basis.shape[1] for basis in self._bias_bases))
        bias = random_field(self._bias_bases, rng.standard_normal(knots, dtype=np.float32))[0]
        signal *= np.exp(np.float32(scanner.bias_sd) * bias[index])
        if noise and scanner.noise:
            sd = np.float32(scanner.noise * min(1.0, self.spacing**-1.5))
            rng = generator(self.seed, "noise", *cause.occasion)
            # drawn over the whole field of view: the voxels move with head size, the noise must not
            real, imaginary = (rng.standard_normal(self.shape, dtype=np.float32)[index] for _ in range(2))
            signal = np.hypot(signal + sd * real, sd * imaginary)
        signal = np.float32(scanner.white_intensity * cause.gain) * np.clip(signal, 0, None)
        return np.where(brain > BRAIN_SHARE, signal, np.float32(0)).astype(np.float32)


def _at_once(spacing: float) -> int:
    """Return how many anatomies are kept ready: three maps of some 5 million voxels at 1 mm each, thinned."""
    stride = max(1, int(spacing / 2 + 1e-6))
    return max(1, int(KEPT_BYTES / (12 * 5e6 / stride**3 + 1e7)))


def _tissue(
    fields: AnatomyFields, displacement: Tensor, left: Tensor | None
) -> tuple[dict[str, float], NDArray[np.bool_]]:
    """Return the volumes (mL) before scaling and, on :data:`LATTICE`, where the warped brain can be."""
    points = LATTICE.points() + displacement.permute(1, 2, 3, 0)
    brain = LATTICE.sample(fields.tissues[MAPS.index("brain")][None], points)[0].numpy()
    held = binary_dilation(brain > 1e-3, generate_binary_structure(3, 3))
    inside = points[torch.from_numpy(held)]
    maps = LATTICE.sample(fields.tissues, inside).numpy().astype(np.float64)
    on_left = inside[:, 0].numpy() < 0
    if left is not None:
        held_on = LATTICE.sample(left, inside)[0].numpy().astype(np.float64)
        maps[[MAPS.index(name) for name in TISSUES]] *= held_on
    volumes = {}
    for name, values in zip(MAPS, maps, strict=True):
        whole, side = values.sum(), values[on_left].sum()
        for prefix, amount in (("", whole), ("left_", side), ("right_", whole - side)):
            volumes[prefix + name] = float(amount) * LATTICE.step**3 / 1e3
    return {name: ml for name, ml in volumes.items() if not name.endswith("t1")}, held
