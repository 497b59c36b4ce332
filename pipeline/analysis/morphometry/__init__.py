"""The table side of the study: models, importance, group differences, sites."""

from brainaging.pipeline.analysis.morphometry.age_models import regress_table
from brainaging.pipeline.analysis.morphometry.harmonise import combat_spaces
from brainaging.pipeline.analysis.morphometry.model_grid import cross_validate, model_names
from brainaging.pipeline.analysis.morphometry.ordinal import classify_ordinal
from brainaging.pipeline.analysis.morphometry.regions import region_table
from brainaging.pipeline.analysis.morphometry.sites import leave_one_site_out
from brainaging.pipeline.analysis.morphometry.spaces import table_spaces
from brainaging.pipeline.analysis.morphometry.study import analyse_morphometry

__all__ = [
    "analyse_morphometry",
    "classify_ordinal",
    "combat_spaces",
    "cross_validate",
    "leave_one_site_out",
    "model_names",
    "region_table",
    "regress_table",
    "table_spaces",
]
