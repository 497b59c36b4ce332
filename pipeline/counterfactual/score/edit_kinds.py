"""The edits that are scored."""

from dataclasses import dataclass

from brainaging.pipeline.counterfactual.covariates import AGE, HEAD_SIZE, SEX


@dataclass(frozen=True)
class Edit:
    """One edit: its code in results, which ``covariates`` it changes, and by how many ``years``.

    Where it changes sex and head size, head size follows sex.
    """

    name: str
    covariates: tuple[str, ...]
    years: float = 0.0


#: those that figures show
AGED, SEXED = Edit("age+10", (AGE,), 10.0), Edit("sex", (SEX,))
EDITS = (
    AGED,
    Edit("age+20", (AGE,), 20.0),
    SEXED,
    Edit("sex_and_head_size", (SEX, HEAD_SIZE)),
)
