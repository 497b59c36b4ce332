"""What a terminal shows of a cohort: how many subjects, by sex and by age bracket."""

import pandas as pd
from rich.console import Console
from rich.table import Table

from brainaging.pipeline.data.cohorts.cohort import Cohort


def show_cohort(cohort: Cohort, console: Console) -> None:
    """Print how many subjects a cohort has, by sex and by age bracket."""
    console.print(f"{cohort.name}: {len(cohort.table)} {'scans' if cohort.has_scans else 'people'}", markup=False)
    table = Table()
    table.add_column("age")
    brackets = pd.Series(cohort.age_group()).replace("", "unknown")
    sexes = cohort.table["sex"].replace("", "unknown")
    for sex in sorted(sexes.unique()):
        table.add_column(sex, justify="right")
    for bracket in sorted(brackets.unique()):
        counts = [str(int(((brackets == bracket) & (sexes == sex)).sum())) for sex in sorted(sexes.unique())]
        table.add_row(bracket, *counts)
    console.print(table)
