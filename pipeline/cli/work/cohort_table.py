"""What a terminal shows of a cohort: how many scans, by sex and by age bracket, and what splits keep together."""

import pandas as pd
from rich.console import Console
from rich.table import Table

from brainaging.pipeline.data.cohorts.cohort import Cohort

PLURALS = {"family": "families", "subject": "subjects", "site": "sites"}


def show_cohort(cohort: Cohort, console: Console) -> None:
    """Print how many rows a cohort has, by sex and by age bracket, and which groups no split parts."""
    subjects = cohort.table["subject"].nunique()
    of = f" of {subjects} subjects" if subjects < len(cohort) else ""
    console.print(f"{cohort.name}: {len(cohort)} {'scans' if cohort.has_scans else 'people'}{of}", markup=False)
    groups = cohort.group_facts()
    known = f" (known of {groups['known']} of {groups['of']} subjects)" if "known" in groups else ""
    console.print(f"splits keep together: {groups['n']} {PLURALS[groups['kind']]}{known}", markup=False)
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
