"""The memory of a training, planned on the command line and before one begins."""

from types import SimpleNamespace

import pandas as pd
import pytest

from brainaging.bundles import bundle_path
from brainaging.pipeline.cli import models
from brainaging.pipeline.engines.resources import free_memory
from brainaging.pipeline.runtime import UserError
from brainaging.transforms import get_grid

PLAN = ("plan", "t1w_autoencoder", "--grid", "t1w_32", "--scans", "40", "--batch", "8")


def test_a_plan_says_its_parts_and_that_it_fits(run, tmp_path):
    done = run(*PLAN, "--memory", "50GB", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for part in ("program", "cache of 40 scans", "networks", "gradients and optimisers", "start", "peak"):
        assert part in done.stdout
    assert "fits into 50.0 GB" in done.stdout
    assert not list(tmp_path.iterdir())


def test_what_does_not_fit_or_is_mistyped_is_one_line(run, tmp_path):
    wrong = {
        ("--memory", "200MB"): "t1w_autoencoder on t1w_32, 40 scans, batch 8: takes ",
        ("--memory", "much"): "--memory: expected a number of GB, GiB or MB, such as 15GB, found 'much'",
        (
            "--set",
            "cache_type=int8",
            "--memory",
            "9GB",
        ): "cache_type: expected float32, float16, uint8, found 'int8'",
        ("--set", "lattices=3", "--memory", "9GB"): "no value is called 'lattices'; did you mean lattice?",
    }
    for words, line in wrong.items():
        done = run(*PLAN, *words, cwd=tmp_path)
        assert done.returncode == 3
        assert line in done.stderr
        assert "Traceback" not in done.stderr


def test_a_training_that_does_not_fit_is_refused_before_it_begins(monkeypatch):
    bundle = bundle_path("t1w_sex_classifier")
    prepared = SimpleNamespace(
        grid=get_grid("t1w_64"), table=pd.DataFrame({"split": ["train"] * 40 + ["test"] * 5})
    )
    models._check_memory(bundle, prepared, {"batch_size": 4})
    monkeypatch.setattr(free_memory, "free_memory", lambda: 0)
    line = r"t1w_sex_classifier on t1w_64, 40 scans, batch 1: takes .* \(--no-check-memory trains all the same\)"
    with pytest.raises(UserError, match=line):
        models._check_memory(bundle, prepared, {"batch_size": 1, "cache_type": "uint8"})
