"""A plan adds up what lives at once, and one that does not fit names what would."""

import pytest

from brainaging.pipeline.engines.resources.memory_plan import MemoryPlan, check_plan, what_fits
from brainaging.pipeline.engines.resources.rehearsal import Rehearsal
from brainaging.pipeline.runtime import UserError
from brainaging.transforms import get_grid


def _plan(grid: str, batch: int, start: tuple[float, float] | None = None, device: str = "cpu") -> MemoryPlan:
    """Return a plan whose steps take four volumes a scan."""
    volume = 4 * get_grid(grid).shape[0] ** 3
    own = Rehearsal(610_000_000, 10_000_000, 5_000_000, 4 * batch * volume, 5 * batch * volume, (0.0, volume))
    return MemoryPlan("t1w_gan", grid, 100, batch, device, 600_000_000, 100 * volume, own)


def test_the_peak_is_of_what_lives_at_once() -> None:
    plan = _plan("t1w_64", 10)
    volume = 4 * 64**3
    # the start's stack of 100 scans is more than a step's 50 volumes
    assert plan.peak == 610_000_000 + 100 * volume + 100 * volume
    assert _plan("t1w_64", 40).peak == 610_000_000 + 100 * volume + 200 * volume
    assert _plan("t1w_64", 40, device="cuda").peak == 610_000_000 + 100 * volume + 160 * volume
    assert plan.parts["peak"] == plan.peak


def test_what_does_not_fit_names_a_smaller_batch_then_a_coarser_grid() -> None:
    plan = _plan("t1w_128", 64)
    fits = what_fits(plan, 3_000_000_000, _plan)
    assert fits is not None
    assert (fits.grid, fits.batch) == ("t1w_128", 32)
    fits = what_fits(plan, 1_500_000_000, _plan)
    assert fits is not None
    assert (fits.grid, fits.batch) == ("t1w_64", 64)
    assert what_fits(plan, 100_000_000, _plan) is None


def test_a_plan_that_does_not_fit_is_one_line() -> None:
    check_plan(_plan("t1w_64", 4), 10**10, _plan)
    with pytest.raises(
        UserError, match=r"^t1w_gan on t1w_128, 100 scans, batch 64: takes .* GB, and 3.0 GB may be"
    ):
        check_plan(_plan("t1w_128", 64), 3 * 10**9, _plan)
