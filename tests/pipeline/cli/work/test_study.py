"""What a reproduction prints, without running one."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from brainaging.pipeline.cli.studies import report_command
from brainaging.pipeline.cli.work import study
from brainaging.pipeline.experiments.reproduce import Request
from brainaging.pipeline.results import Score
from brainaging.pipeline.runtime import UserError
from brainaging.transforms import get_grid

SCORE = Score(
    experiment="sex", cohort="c", target="sex", features="voxels", model="logistic_regression", metric="accuracy",
    value=0.9, original_value=0.93,
)  # fmt: skip


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Request]:
    """Return the requests that a reproduction would have run, in place of running it."""
    requests: list[Request] = []

    def reproduce(cohort, out, bundles, budget, request, seed):
        assert set(bundles) == set(study.BUNDLES)
        requests.append(request)
        return [SCORE]

    def no_picture(out, path):
        raise UserError("found neither")

    monkeypatch.setattr(study, "reproduce", reproduce)
    monkeypatch.setattr(study, "render_report", lambda out: out / "report.html")
    monkeypatch.setattr(study, "summary_picture", no_picture)
    return requests


def test_a_study_prints_its_headline_and_where_things_lie(asked, tmp_path: Path, capsys) -> None:
    request = Request(get_grid("t1w_32"), workers=1)
    study.study(SimpleNamespace(simulated=True), tmp_path, "short", 0, request)
    printed = " ".join(capsys.readouterr().out.split())
    assert asked == [request]
    assert "sex voxels accuracy 0.9" in printed
    assert "The simulated effects were set so that" in printed
    assert "no summary.png: found neither" in printed
    assert f"table: {tmp_path.resolve() / 'results.csv'}" in printed
    assert f"report: {tmp_path.resolve() / 'report.html'}" in printed


def test_report_says_where_the_page_is(asked, tmp_path: Path, capsys) -> None:
    (tmp_path / "results.csv").write_text("kind\n")
    report_command(tmp_path)
    assert str(tmp_path.resolve() / "report.html") in capsys.readouterr().out


@pytest.mark.parametrize(("folder", "found"), [("nowhere", "no such folder"), ("mine", "other files")])
def test_a_report_of_what_is_no_run_is_refused_and_nothing_is_written(tmp_path, folder, found) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("mine")
    with pytest.raises(UserError, match=f"{folder}: expected the folder that .* wrote .*found {found}"):
        report_command(tmp_path / folder)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["mine", "thesis.txt"]
