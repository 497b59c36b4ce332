"""How people are followed over time: the part ``sessions`` of a scenario."""

from dataclasses import dataclass

from brainaging.pipeline.runtime import UserError
from brainaging.pipeline.simulate.typed_values import between


@dataclass(frozen=True)
class ScannerChange:
    """From session ``session`` on another scanner at a ``share`` of the people: factors of gain and contrast."""

    session: int = between(2, 20)
    share: float = between(0, 1, default=1.0)
    gain: float = between(0.2, 5, default=1.0)
    contrast: float = between(0.5, 2, default=1.0)


@dataclass(frozen=True)
class Sessions:
    """People scanned ``number`` times: when, who comes, what differs from one scan to the next.

    Sessions follow each other after ``interval_years`` (SD ``interval_sd``). ``drop_out`` is the chance to stay
    away from a session, and from all that follow, at the cohort's middle age; its log odds rise by
    ``drop_out_per_decade``. A ``retest_share`` of the people is scanned again within ``retest_days`` of the first
    session. ``gain_sd`` and ``contrast_sd`` are SDs from scan to scan, of the logarithm and of the factor. Noise,
    position (``acquisition.pose_mm``, ``pose_degrees``) and bias field are drawn anew for every scan. With
    ``birth_cohort`` a year's earlier birth makes a brain that many years older, at any age: people of different
    ages then differ by about 1 + ``birth_cohort`` times what a person's own years do.
    """

    number: int = between(2, 20)
    interval_years: float = between(0.1, 20, default=3.0)
    interval_sd: float = between(0, 5, default=0.5)
    drop_out: float = between(0, 0.9, default=0.1)
    drop_out_per_decade: float = between(-3, 3, default=0.3)
    retest_share: float = between(0, 1, default=0.2)
    retest_days: int = between(0, 60, default=14)
    gain_sd: float = between(0, 0.5, default=0.05)
    contrast_sd: float = between(0, 0.2, default=0.01)
    birth_cohort: float = between(-1, 3, default=0.0)
    scanner_change: ScannerChange | None = None


def check_sessions(sessions: Sessions | None, where: str) -> None:
    """Raise :class:`UserError`, naming the key below ``where``, for sessions that cannot be."""
    if sessions is None:
        return
    change = sessions.scanner_change
    if change is not None and change.session > sessions.number:
        raise UserError(
            f"{where}.scanner_change.session: expected at most {sessions.number}, got {change.session}"
        )
    if sessions.interval_sd > sessions.interval_years / 3:
        # three SDs below the mean a session must still be after the one before it
        raise UserError(
            f"{where}.interval_sd: expected at most a third of interval_years "
            f"({sessions.interval_years}), got {sessions.interval_sd}"
        )
