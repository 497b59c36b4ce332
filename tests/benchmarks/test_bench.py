"""`make bench`: its arithmetic by laws, and every part on tiny sizes."""

import json
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
BENCH = BENCHMARKS / "bench.py"


@pytest.fixture(scope="module")
def part() -> Callable[[str], ModuleType]:
    """Return what imports a module of the benchmark, whose folder is no package of ours."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        yield lambda name: import_module(f"speed.{name}")


@given(
    exponent=st.floats(-3, 3),
    scale=st.floats(1e-3, 1e3),
    sizes=st.lists(st.integers(1, 10**6), min_size=3, max_size=6, unique=True),
)
def test_a_power_law_has_its_own_exponent(part, exponent: float, scale: float, sizes: list[int]) -> None:
    costs = [scale * float(size) ** exponent for size in sizes]
    found = part("exponents").fitted_exponent(sizes, costs)
    assert found.value == pytest.approx(exponent, abs=1e-6)
    assert found.error == pytest.approx(0, abs=1e-5)


def test_an_exponent_depends_on_no_unit_and_on_no_order(part) -> None:
    sizes, costs = np.array([100, 300, 1000, 3000]), np.array([1.1, 2.9, 11.0, 28.0])
    fitted = part("exponents").fitted_exponent
    plain = fitted(sizes, costs)
    for other in (fitted(7 * sizes, costs), fitted(sizes, 3 * costs), fitted(sizes[::-1], costs[::-1])):
        assert other.value == pytest.approx(plain.value)
        assert other.error == pytest.approx(plain.error)


def test_the_standard_error_holds_the_truth_as_often_as_it_says(part) -> None:
    random, sizes = np.random.default_rng(0), np.geomspace(10, 1000, 12)
    inside = 0
    for _ in range(400):
        found = part("exponents").fitted_exponent(sizes, sizes**1.2 * np.exp(0.1 * random.standard_normal(12)))
        inside += abs(found.value - 1.2) < 2.228 * found.error  # Student's t of ten degrees of freedom
    assert 360 < inside < 396


def test_what_has_no_exponent_is_refused(part) -> None:
    for sizes, costs in (([5, 5], [1, 2]), ([1, 2], [0, 1]), ([3], [1])):
        with pytest.raises(ValueError, match="two different sizes"):
            part("exponents").fitted_exponent(sizes, costs)
    assert np.isnan(part("exponents").fitted_exponent([1, 2], [1, 2]).error)


def test_contenders_take_turns_and_the_first_is_not_counted(part) -> None:
    timing, said = part("timing"), []
    seconds = timing.by_turns({name: timing.Contender(lambda name=name: said.append(name)) for name in "ab"}, 2)
    assert "".join(said) == "ababab"
    assert {name: len(each) for name, each in seconds.items()} == {"a": 2, "b": 2}


def test_a_ratio_is_of_turns_and_turns_round(part) -> None:
    ratio = part("timing").ratio
    one, other = [1.0, 20.0, 3.0], [2.0, 10.0, 3.0]
    found, back = ratio(one, other), ratio(other, one)
    assert (found.low, found.value, found.high) == (0.5, 1.0, 2.0)
    assert (back.low, back.value, back.high) == (1 / found.high, 1 / found.value, 1 / found.low)


def test_a_table_is_as_wide_as_its_columns_whatever_stands_in_it(part) -> None:
    tables = part("tables")
    table = tables.Table("T", ["a", "b"], [["x|y", "1"], ["z", "2"]], ["Note."])
    lines = [line for line in table.markdown().splitlines() if line.startswith("|")]
    assert [line.replace("\\|", "").count("|") for line in lines] == [3] * 4
    assert json.loads(json.dumps(table.entries()))["rows"] == [["x|y", "1"], ["z", "2"]]


@pytest.mark.parametrize(("value", "kept"), [(0.9, True), (1.0, True), (1.1, False)])
def test_a_bar_says_whether_it_is_kept(part, value: float, kept: bool) -> None:
    verdict = part("tables").verdict
    assert ("missed" not in verdict(value, 1.0, most=True)) == kept
    assert ("missed" not in verdict(-value, -1.0, most=False)) == kept


def test_shares_of_a_profile_are_all_of_it(part) -> None:
    shares = part("bottleneck").bounds({"aten::bmm": 2.0, "aten::copy_": 1.0, "somebody's": 1.0})
    assert shares == {"matrix products": 0.5, "moving memory": 0.25, "other": 0.25}


def test_what_was_measured_is_not_measured_again_until_the_settings_differ(part, tmp_path: Path) -> None:
    cells, count = part("cells"), []

    def measure() -> int:
        count.append(1)
        return len(count)

    def run(threads: int) -> int:
        return cells.Run(tmp_path, True, threads, 1, ("cpu",)).kept("exponents", "one", measure)

    assert [run(1), run(1), run(2), run(2)] == [1, 1, 2, 2]


def test_a_part_that_is_none_is_refused() -> None:
    done = subprocess.run([sys.executable, str(BENCH), "trainig"], capture_output=True, text=True)
    assert done.returncode == 2
    assert "found trainig" in done.stderr


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_every_part_prints_its_tables_and_goes_on_where_it_was(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "ignore", str(BENCH), "--quick", "--threads", "1", "--out", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1200)
    assert done.returncode == 0, done.stderr[-2000:]
    titles = ("Preparation", "Training steps", "Inference of networks", "Commands", "Statistics")
    for title in (*titles, "Growth with people", "Growth with voxels", "Profiles, the five dearest"):
        assert f"**{title}**" in done.stdout
    for name in ("preparation", "training", "inference", "statistics", "scaling", "profiles"):
        kept = json.loads((tmp_path / f"{name}.json").read_text())
        assert kept["machine"]["torch"]
        assert kept["tables"]
        assert kept["tables"][0]["title"] in (tmp_path / f"{name}.md").read_text()
    again = subprocess.run([*command, "training"], capture_output=True, text=True, timeout=300)
    assert again.returncode == 0, again.stderr[-2000:]
    assert "training_steps:" not in again.stderr, "what was kept is measured again"
