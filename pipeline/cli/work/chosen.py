"""What the words of a command choose: a grid, a bundle, a prepared folder, overrides of a config."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from brainaging.bundles import bundle_path
from brainaging.pipeline.data import Prepared
from brainaging.pipeline.data.morphometry import PreparedTable, is_prepared_table
from brainaging.pipeline.engines import is_plain, place_value, read_checkpoint, run_bundle
from brainaging.pipeline.runtime import UserError
from brainaging.pipeline.runtime.shipped_weights import shipped_weights
from brainaging.transforms import GridSpec, get_grid

#: what lists the rows of a table in a config
TABLE_ROWS = "brainaging.pipeline.data.morphometry.table_datalist"
#: values of a config that the commands have options or arguments for
OPTIONS = {
    "seed": "--seed",
    "dataset_dir": "folder (--dataset-dir)",
    "ckpt_dir": "--out",
    "output_dir": "--out",
    "ckpt_name": "--weights",
}


def chosen_grid(name: str) -> GridSpec:
    """Return the grid that ``--grid`` names.

    Raises:
        UserError: there is none; the message lists those that are.
    """
    try:
        return get_grid(name)
    except ValueError as error:
        raise UserError(f"--{error}") from error


def find_bundle(name: str) -> Path:
    """Return a bundle's folder from its name, or from the folder itself."""
    if (Path(name) / "configs" / "metadata.json").is_file():
        return Path(name)
    try:
        return bundle_path(name)
    except ValueError as error:
        raise UserError(str(error)) from error


def shipped_model(name: str) -> Path | None:
    """Return the weights that are installed with the bundle called ``name``; None where none are."""
    said = shipped_weights(bundle_path(name))
    return said.path if said is not None and said.path.is_file() else None


def shipped_file(bundle: Path) -> Path:
    """Return the weights that a bundle ships with.

    Raises:
        UserError: it ships with none, or they are not there.
    """
    said = shipped_weights(bundle)
    if said is None or not said.path.is_file():
        raise UserError(
            f"{bundle}: expected weights that ship with the bundle, found none: train them, or name others"
        )
    return said.path


def load_prepared(folder: Path) -> Prepared | PreparedTable:
    """Return what `brainaging prepare` left in a folder: scans on a grid, or a morphometry table."""
    if is_prepared_table(folder):
        return PreparedTable.load(folder, public_only=True)
    return Prepared.load(folder, public_only=True)


def check_fits(bundle: Path, prepared: Prepared | PreparedTable) -> None:
    """Raise UserError where a bundle reads tables and a folder holds scans, or the other way round."""
    wanted, held = (
        "a morphometry table" if table else "prepared scans"
        for table in (reads_tables(bundle), isinstance(prepared, PreparedTable))
    )
    if wanted != held:
        raise UserError(f"{prepared.folder}: holds {held}, and the bundle {bundle.name} reads {wanted}")


def reads_tables(bundle: Path) -> bool:
    """Return whether a bundle's data are morphometry tables: one of its configs lists their rows."""
    return any(TABLE_ROWS in _targets(_config(path)) for path in sorted((bundle / "configs").glob("*.json")))


def _config(path: Path) -> dict[str, object]:
    """Return a bundle's config; UserError where it is no JSON object."""
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UserError(f"{path}: expected a config in JSON, found something else or half a file") from error
    if not isinstance(config, dict):
        raise UserError(f"{path}: expected a config, a JSON object, found another value")
    return config


def trained_settings(bundle: Path, weights: Path) -> dict[str, object]:
    """Return the sizes that weights were trained with, for a bundle's inference.

    Raises:
        UserError: the file is no checkpoint, or was trained by another bundle.
    """
    settings: dict[str, object] = read_checkpoint(weights).get("settings", {})
    known = _config(bundle / "configs" / "inference.json")
    foreign = sorted(settings.keys() - known.keys())
    if foreign:
        raise UserError(
            f"{weights}: expected weights of the bundle {bundle.name}, found those of another: they have a size "
            f"called {foreign[0]!r}"
        )
    return settings


def _targets(config: object) -> Iterator[str]:
    """Return every ``_target_`` of a parsed config."""
    if isinstance(config, dict):
        yield from (target for key, target in config.items() if key == "_target_" and isinstance(target, str))
    children = config.values() if isinstance(config, dict) else config if isinstance(config, list) else ()
    for child in children:
        yield from _targets(child)


def parse_overrides(pairs: list[str]) -> dict[str, object]:
    """Turn ``key=value`` pairs into config overrides; values are read as YAML (numbers, booleans, lists).

    Raises:
        UserError: no pair, an option of the command's own, no YAML, or something that MONAI would run.
    """
    overrides: dict[str, object] = {}
    for pair in pairs:
        key, separator, value = pair.partition("=")
        if not separator or not key.strip():
            raise UserError(f"--set {pair}: expected key=value, such as latent_size=100")
        if key in OPTIONS:
            raise UserError(f"--set {pair}: expected it as the command's own {OPTIONS[key]}, found it among --set")
        try:
            # YAML takes 1e-3 for a text.
            exponent = re.fullmatch(r"[+-]?\d+(\.\d*)?[eE][+-]?\d+", value)
            overrides[key] = float(value) if exponent else yaml.safe_load(value)
        except yaml.YAMLError as error:
            raise UserError(
                f"--set {pair}: expected a number, word or list (YAML), found {value!r}: an open bracket?"
            ) from error
        if not is_plain(overrides[key]):
            raise UserError(
                f"--set {pair[:100]}: expected a number, word or list, found what a config would run: "
                "`python -m monai.bundle run` takes expressions"
            )
    return overrides


def infer(bundle: Path, dataset_dir: Path | None, weights: Path, out: Path, **overrides: object) -> None:
    """Run a bundle's inference with trained weights over scans, or over nothing where it makes its own.

    What it writes lies in ``out``.
    """
    places = {"ckpt_name": place_value(weights), "output_dir": place_value(out)}
    if dataset_dir is not None:
        places["dataset_dir"] = place_value(dataset_dir)
    run_bundle(bundle, "inference", **places, **overrides)
