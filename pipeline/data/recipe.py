"""How scans become volumes: what a prepared folder was made with, and may only be continued with."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any

from brainaging.pipeline.data.cohorts.validate import Space
from brainaging.pipeline.runtime import UserError, source_sha256
from brainaging.transforms import GridSpec, OrientationRule, ScanSteps, get_grid, t1w_chain

#: from ``{"image": path}`` to ``{"image": (1, X, Y, Z), "head_size": mL, "template_dice": …}``
Chain = Callable[[dict[str, Any]], Mapping[str, Any]]
#: makes the chain for scans in one space; a function of a module, so that workers can be given it by name
ChainFactory = Callable[["Recipe", Space], Chain]


def standard_chain(recipe: "Recipe", space: Space) -> Chain:
    """Return ``brainaging.transforms.t1w_chain`` as the recipe asks for it, for scans in ``space``."""
    return t1w_chain(
        recipe.grid, space=space, steps=ScanSteps(recipe.strip, recipe.n4, orientation=recipe.orientation)
    )


@dataclass(frozen=True)
class Recipe:
    """Everything but the scan that decides a volume; ``n4``, ``strip`` and ``orientation`` as in ``ScanSteps``."""

    grid: GridSpec
    n4: bool = False
    strip: str | None = None
    factory: ChainFactory = standard_chain
    orientation: OrientationRule = "check"

    @classmethod
    def on(
        cls,
        grid: "GridSpec | str | Recipe",
        n4: bool = False,
        strip: str | None = None,
        orientation: OrientationRule = "check",
    ) -> "Recipe":
        """Return the recipe for a grid or its name (a recipe as it is); UserError for an unknown name."""
        if isinstance(grid, Recipe):
            return grid
        try:
            return cls(get_grid(grid), n4, strip, orientation=orientation)
        except ValueError as error:
            raise UserError(str(error)) from error

    def as_dict(self) -> dict[str, Any]:
        """Return what is compared and kept: grid fingerprint, options, the chain's name, our version and source.

        ``code`` is the hash of the source of ``brainaging.transforms``, which the standard chain is made of, and
        of another chain's module where it is this package's; a chain from elsewhere answers for itself.
        What was prepared by the orientation rule "check" stays as it is by "fix", so both read the same here.
        """
        return {
            "grid": self.grid.fingerprint,
            "n4": self.n4,
            "strip": self.strip,
            "orientation": "trusted" if self.orientation == "trust" else "checked",
            "chain": f"{self.factory.__module__}.{self.factory.__qualname__}",
            "version": version("brain-aging"),
            "code": source_sha256(*_decided_by(self.factory)),
        }

    def grid_dict(self) -> dict[str, Any]:
        """Return the grid's fields, enough to make the same GridSpec again."""
        return asdict(self.grid)

    def differences(self, kept: Mapping[str, Any]) -> list[str]:
        """Return a phrase for each entry in which a kept recipe is another one."""
        current = self.as_dict()
        return [
            f"{key} {kept.get(key)!r}, now {current[key]!r}" if key != "code" else "by other source code"
            for key in current
            if kept.get(key) != current[key]
        ]


def _decided_by(factory: ChainFactory) -> tuple[str, ...]:
    """Return the names whose source decides what a chain's factory makes of a scan."""
    own = factory.__module__.startswith("brainaging.") and factory is not standard_chain
    return ("brainaging.transforms", factory.__module__) if own else ("brainaging.transforms",)
