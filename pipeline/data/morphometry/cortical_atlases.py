"""Which atlas of the cortex a table's parcels are kept of.

Desikan-Killiany and DKT share 31 names and not their borders; to have both is to have nearly everything twice. So
Desikan-Killiany stays where both stand, and the user may choose. Destrieux's parcels are others, and stay beside.
"""

from collections.abc import Collection
from pathlib import Path

import pandas as pd

from brainaging.pipeline.data.cohorts.problems import CohortError
from brainaging.pipeline.data.morphometry.columns import parse_column
from brainaging.pipeline.runtime import UserError

DESIKAN, DKT, DESTRIEUX, EXVIVO, ALL = "desikan-killiany", "dkt", "destrieux", "exvivo", "all"
CORTICAL_ATLASES = (DESIKAN, DKT, DESTRIEUX, EXVIVO)
#: what a user may choose
ATLASES = (*CORTICAL_ATLASES, ALL)


def check_atlas(atlas: str | None) -> None:
    """Raise UserError where the choice is none of :data:`ATLASES`."""
    if atlas is not None and atlas not in ATLASES:
        raise UserError(f"--atlas: expected {', '.join(ATLASES)}, found {atlas!r}")


def of_one_atlas(
    frame: pd.DataFrame,
    atlas: str | None,
    keep: Collection[str],
    dropped: list[tuple[str, str]],
    notes: list[str],
    source: Path,
) -> pd.DataFrame:
    """Return a table without the parcels of atlases that are not chosen.

    Args:
        frame: columns in FreeSurfer's spelling.
        atlas: one of :data:`ATLASES`; None for all, but for DKT's parcels where Desikan-Killiany's stand too.
        keep: columns that stay even so.
        dropped: gets the columns that go.
        notes: get a line where the choice was the rule's.
        source: for messages.

    Raises:
        CohortError: the table has no parcel of the chosen atlas.
    """
    parcels = {name: parse_column(str(name)).atlas for name in frame.columns}
    there = [name for name in CORTICAL_ATLASES if name in parcels.values()]
    unwanted: set[str] = set()
    if atlas is None and {DESIKAN, DKT} <= set(there):
        unwanted = {DKT}
        notes.append(
            "parcels of Desikan-Killiany and of DKT: DKT's are left out, the two share most names and not their "
            "borders (--atlas dkt keeps DKT's in their place, --atlas all both)"
        )
    elif atlas not in (None, ALL):
        if atlas not in there:
            raise CohortError.single(
                f"{source}: expected parcels of the atlas {atlas}, found {' and '.join(there) or 'no parcels'}"
            )
        unwanted = {name for name in there if name != atlas}
    gone = [name for name, of in parcels.items() if of in unwanted and name not in keep]
    dropped += [(str(name), f"a parcel of the atlas {parcels[name]}") for name in gone]
    return frame.drop(columns=gone)
