"""FreeSurfer's and HCP's names as data: complete, and spelled one way."""

from brainaging.pipeline.data.morphometry import parse_column
from brainaging.pipeline.data.morphometry.names import ASEG, CORTEX, GLOBAL, HCP_ASEG, HCP_GLOBAL


def test_desikan_killiany_has_34_regions():
    assert len(CORTEX) == 34


def test_hcps_names_mean_structures_that_freesurfer_has():
    assert set(HCP_ASEG.values()) <= set(ASEG.values())
    assert set(HCP_GLOBAL.values()) <= set(GLOBAL.values())


def test_every_name_is_read_as_it_stands():
    for name, facts in GLOBAL.items():
        column = parse_column(name)
        assert (column.structure, column.hemisphere, column.measure) == facts and column.atlas == "global"
    for name, structure in ASEG.items():
        assert parse_column(name).structure == structure and parse_column(name).atlas == "aseg"
