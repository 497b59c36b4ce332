"""A check that fails ends no other, and its reason is one line."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from brainaging.pipeline.cli.app import app
from brainaging.pipeline.cli.bundle_checks import check_run
from brainaging.pipeline.cli.bundle_checks.check_run import verdicts
from brainaging.pipeline.cli.bundle_checks.checked_bundle import CheckedBundle, CheckFailed
from brainaging.pipeline.runtime import UserError


def _seen(bundle: CheckedBundle) -> str:
    return f"saw {bundle.name}"


def _refused(bundle: CheckedBundle) -> str:
    raise CheckFailed("not good")


def _broken(bundle: CheckedBundle) -> str:
    raise RuntimeError("two\nlines")


@pytest.fixture(autouse=True)
def few_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_run, "CHECKS", {"seen": _seen, "refused": _refused, "broken": _broken})


def test_each_check_of_each_bundle_has_a_verdict(tmp_path: Path) -> None:
    found = list(verdicts(["t1w_gan", "t1w_autoencoder"], [], tmp_path))
    assert [(v.bundle, v.check) for v in found] == [
        (bundle, check) for bundle in ("t1w_autoencoder", "t1w_gan") for check in ("seen", "refused", "broken")
    ]
    assert [v.passed for v in found] == [True, False, False] * 2
    assert [v.note for v in found[:3]] == ["saw t1w_autoencoder", "not good", "RuntimeError: two lines"]


def test_unknown_names_are_refused_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="--only: expected one of seen, refused, broken, found 'nothing'"):
        list(verdicts([], ["nothing"], tmp_path))
    with pytest.raises(UserError, match=r"bundle: expected one of .*t1w_gan.*, found 'nothing'"):
        list(verdicts(["nothing"], [], tmp_path))


def test_the_command_prints_bundle_by_check_and_ends_with_1_where_one_fails() -> None:
    done = CliRunner().invoke(app, ["bundles", "check", "t1w_gan"])
    assert done.exit_code == 1
    assert "t1w_gan: refused FAILED in 0 s: not good" in done.stdout
    good = CliRunner().invoke(app, ["bundles", "check", "t1w_gan", "--only", "seen"])
    assert good.exit_code == 0 and "t1w_gan: seen passed in 0 s: saw t1w_gan" in good.stdout
