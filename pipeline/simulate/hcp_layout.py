"""The files of a simulated cohort: HCP's folders and tables, and the truth in a folder of its own."""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from brainaging.pipeline.runtime import generator, write_text
from brainaging.pipeline.simulate.anatomies import LATTICE, TEMPLATE, Anatomy
from brainaging.pipeline.simulate.causes import Cause
from brainaging.pipeline.simulate.elastic_people import prescribed, prescribed_map
from brainaging.pipeline.simulate.fields import divergence, effect_fields
from brainaging.pipeline.simulate.render import Rendered
from brainaging.pipeline.simulate.scenario import ELASTIC, Scenario
from brainaging.pipeline.simulate.volume_file import write_volume

SCAN = Path("T1w") / "T1w_acpc_dc_restore_brain.nii.gz"
TRUTH, UNRESTRICTED, RESTRICTED = "truth", "unrestricted.csv", "restricted.csv"
ANATOMIES = "anatomies"
"""Folder beneath the truth, a folder an anatomy."""
PRESCRIBED_FROM = 50.0
"""Years of age: a map of ageing has one year, and clocks of structures run differently."""
_ZYGOSITY = {"mz": ("MZ", "MZ"), "dz": ("DZ", "NotMZ"), "sibling": ("", "NotTwin")}


def scan_path(out: Path, subject: str) -> Path:
    """Return where a subject's scan lies under ``out``."""
    return out / subject / SCAN


def write_image(path: Path, rendered: Rendered) -> None:
    """Write an image in int16: the noise is tens of units wide, so rounding costs nothing."""
    values = np.clip(np.rint(rendered.image), 0, np.iinfo(np.int16).max).astype(np.int16)
    write_volume(path, values, rendered.affine)


def write_csv(path: Path, rows: Iterable[Mapping[str, Any]], delimiter: str = ",") -> None:
    """Write rows with the same keys as CSV, atomically; floats with six significant digits."""
    rows = list(rows)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n", delimiter=delimiter)
    writer.writeheader()
    for row in rows:
        writer.writerow({key: f"{value:.6g}" if isinstance(value, float) else value for key, value in row.items()})
    write_text(path, text.getvalue())


def unrestricted_row(cause: Cause, measures: Mapping[str, float]) -> dict[str, Any]:
    """Return a row of HCP's unrestricted table."""
    return {"Subject": cause.subject, "Gender": cause.sex, "Age": cause.bracket, **measures}


def restricted_rows(causes: list[Cause], seed: int) -> list[dict[str, Any]]:
    """Return HCP's restricted table: whole years of age, zygosity (genotyped and self-reported) and kin.

    A family is one; where people are made from several scans, all people of one scan are.
    """
    # numbers that say nothing: neither who is whose nor in which order families were drawn
    names = sorted({cause.anatomy for cause in causes})
    # people of one anatomy are kin to every split: whoever learned from it knows its folds
    number = {c.subject: c.member.family if c.anatomy == TEMPLATE else names.index(c.anatomy) for c in causes}
    families = max(number.values()) + 1
    parents = 50_000 + generator(seed, "parent numbers").permutation(max(40_000, 2 * families))
    rows = []
    for cause in causes:
        genotyped, reported = _ZYGOSITY[cause.member.kind]
        mother, father = parents[2 * number[cause.subject]], parents[2 * number[cause.subject] + 1]
        rows.append(
            {
                "Subject": cause.subject,
                "Age_in_Yrs": int(cause.age),
                "ZygositySR": reported,
                "ZygosityGT": genotyped,
                "Family_ID": f"{mother}_{father}",
                "Mother_ID": int(mother),
                "Father_ID": int(father),
            }
        )
    return rows


def cause_row(cause: Cause, truth: Mapping[str, float]) -> dict[str, Any]:
    """Return a subject's causes and true volumes (mL) as a flat row."""
    row: dict[str, Any] = {
        name: value
        for name, value in vars(cause).items()
        if name not in {"member", "head_size", "anatomy", "visit", "born", "mean_rate_from"}
    }
    if cause.born is not None:
        row["born"] = cause.born
    if cause.anatomy != TEMPLATE:
        row["anatomy"] = cause.anatomy
    member = cause.member
    row |= {"head_size_ml": cause.head_size, "family": member.family, "pair": member.pair, "kin": member.kind}
    return {**row, **{f"{name}_ml" if name != "smallest_jacobian" else name: truth[name] for name in truth}}


def effect_folder(out: Path, anatomy: str) -> Path:
    """Return where the effect maps of an anatomy lie under ``out``."""
    return out / TRUTH if anatomy == TEMPLATE else out / TRUTH / ANATOMIES / anatomy


def write_effect_maps(out: Path, scenario: Scenario, anatomy: Anatomy) -> None:
    """Write the planted effects in an anatomy (MNI mm, 4 mm) as NIfTI maps.

    ``age_log_jacobian`` is a year at rate 1, ``sex_log_jacobian`` man over woman, both the divergence of the
    velocity that is used; where physics are elastic, what is prescribed to each structure: the mean of the ten
    years from :data:`PRESCRIBED_FROM` on, and the log ratio of volumes. ``contrast`` is a year's change of
    intensity relative to white matter.
    """
    folder = effect_folder(out, anatomy.name)
    age: NDArray[Any]
    sex: NDArray[Any]
    if scenario.physics == ELASTIC:
        age, sex = (prescribed_map(values, anatomy) for values in prescribed(scenario, PRESCRIBED_FROM))
    else:
        effects = effect_fields(scenario, anatomy)
        age, sex = divergence(effects.age), divergence(effects.sex)
    affine = np.diag([LATTICE.step] * 3 + [1.0])
    affine[:3, 3] = LATTICE.origin
    maps = anatomy.on_lattice(LATTICE)
    contrast = scenario.ageing.contrast * anatomy.contrast / anatomy.white * (maps["white"] - maps["grey"])
    for name, values in (
        ("age_log_jacobian", age),
        ("sex_log_jacobian", sex),
        ("contrast", contrast),
    ):
        write_volume(folder / f"{name}.nii.gz", values.astype(np.float32), affine)


def write_recipe(out: Path, scenario: Scenario) -> None:
    """Write the scenario."""
    write_text(
        out / TRUTH / "scenario.yaml", yaml.safe_dump(scenario.as_dict(), sort_keys=False, allow_unicode=True)
    )


def read_json(path: Path) -> Any:
    """Return the JSON in ``path``, or None where there is no whole file."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
