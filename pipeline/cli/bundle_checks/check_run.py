"""Every check of every bundle, one after another: what each came to."""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from brainaging.bundles import bundle_names, bundle_path
from brainaging.pipeline.cli.bundle_checks.checked_bundle import CheckedBundle, CheckFailed
from brainaging.pipeline.cli.bundle_checks.checks import CHECKS
from brainaging.pipeline.engines.user_faults import users_fault
from brainaging.pipeline.runtime import UserError


@dataclass(frozen=True)
class Verdict:
    """What one check of one bundle came to.

    Attributes:
        bundle, check: names.
        passed: whether it passed.
        note: what was seen, or why it failed, in a line.
        seconds: what it took.
    """

    bundle: str
    check: str
    passed: bool
    note: str
    seconds: float


def chosen(names: Sequence[str], known: Sequence[str], what: str) -> list[str]:
    """Return the names that are wanted, all where none is named, in the order in which they are known.

    Raises:
        UserError: a name that is not known; the message lists those that are.
    """
    for name in names:
        if name not in known:
            raise UserError(f"{what}: expected one of {', '.join(known)}, found {name!r}")
    return [name for name in known if not names or name in names]


def verdicts(
    bundles: Sequence[str], checks: Sequence[str], work: Path, schema: Path | None = None
) -> Iterator[Verdict]:
    """Yield what each check of each bundle comes to.

    Args:
        bundles: their names; all that are installed where there are none.
        checks: names in :data:`CHECKS`; all where there are none.
        work: where toy cohorts, runs and exports go.
        schema: a copy of the model zoo's schema of metadata.

    Raises:
        UserError: an unknown bundle or check.
    """
    names = chosen(checks, list(CHECKS), "--only")
    for module in ("scripts", "workflows"):
        logging.getLogger(f"monai.bundle.{module}").setLevel(logging.WARNING)
    for name in chosen(bundles, bundle_names(), "bundle"):
        bundle = CheckedBundle(bundle_path(name), work, schema)
        for check in names:
            yield verdict(bundle, check)


def verdict(bundle: CheckedBundle, check: str) -> Verdict:
    """Return what one check comes to: an error of any kind is a failure of the bundle, and ends no other check."""
    start = time.monotonic()
    said = bundle.work / f"{bundle.name}_{check}.log"
    said.parent.mkdir(parents=True, exist_ok=True)
    try:
        # MONAI's loggers and torch's exporters say a hundred lines a check
        with said.open("w", encoding="utf-8") as file, redirect_stdout(file), redirect_stderr(file):
            passed, note = True, CHECKS[check](bundle)
    except CheckFailed as error:
        passed, note = False, str(error)
    except Exception as error:  # whatever a bundle does wrong is what is looked for
        fault = users_fault(error) or error
        passed, note = False, f"{type(fault).__name__}: {' '.join(str(fault).split())}"
    return Verdict(bundle.name, check, passed, note, time.monotonic() - start)
