"""Which column is another's mirror image."""

from collections.abc import Sequence

from brainaging.pipeline.data.morphometry.columns import parse_column

_OTHER_SIDE = {"left": "right", "right": "left"}


def mirror_of(columns: Sequence[str]) -> list[int]:
    """Return for each of the columns (p) the position of the same measure in the other hemisphere.

    A column of the midline or the whole brain, one whose name is not known and one without exactly one counterpart
    are their own mirror images, so that mirroring twice changes nothing.

    >>> mirror_of(["FS_L_Hippo_Vol", "FS_Mask_Vol", "FS_R_Hippo_Vol"])
    [2, 1, 0]
    """
    places: dict[tuple[str, str, str, str], list[int]] = {}
    parsed = [parse_column(name) for name in columns]
    for position, column in enumerate(parsed):
        places.setdefault((column.structure, column.measure, column.atlas, column.hemisphere), []).append(position)
    image = list(range(len(parsed)))
    for (structure, measure, atlas, hemisphere), positions in places.items():
        counterparts = places.get((structure, measure, atlas, _OTHER_SIDE.get(hemisphere, hemisphere)), [])
        if len(positions) == len(counterparts) == 1:
            image[positions[0]] = counterparts[0]
    return image
