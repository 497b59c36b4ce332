"""Learners of tables, cross-validated: the original's grid of models, age, brackets, ComBat inside folds."""

from brainaging.pipeline.stats.learners.age_models import regress_table
from brainaging.pipeline.stats.learners.harmonise import combat_spaces
from brainaging.pipeline.stats.learners.model_grid import cross_validate, model_names
from brainaging.pipeline.stats.learners.ordinal import classify_ordinal

__all__ = ["classify_ordinal", "combat_spaces", "cross_validate", "model_names", "regress_table"]
