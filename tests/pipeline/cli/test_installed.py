"""`brainaging bundles`: a row for every bundle, and what is the matter with its weights."""

import json

import pytest
import typer
from typer.testing import CliRunner

from brainaging.bundles import model_names
from brainaging.pipeline.cli import installed
from brainaging.pipeline.runtime import file_sha256


def typed(*words):
    app = typer.Typer()
    installed.register(app)
    # a second command makes the group a word that is typed
    app.command("other")(lambda: None)
    return CliRunner().invoke(app, ["bundles", *words])


@pytest.mark.parametrize("words", [(), ("list",)])
def test_every_bundle_has_a_row(words):
    done = typed(*words)
    assert done.exit_code == 0
    for name in model_names():
        assert name in done.stdout


def test_a_row_says_what_is_there_and_what_is_wrong(tmp_path, monkeypatch):
    weights = tmp_path / "models" / "model.pt"
    (tmp_path / "configs").mkdir()
    weights.parent.mkdir()
    weights.write_bytes(b"weights")
    entry = {"file": "models/model.pt", "sha256": file_sha256(weights), "grid": "t1w_32", "licence": "CC0-1.0"}
    metadata = tmp_path / "configs" / "metadata.json"
    monkeypatch.setattr(installed, "model_names", lambda: ["mine"])
    monkeypatch.setattr(installed, "bundle_path", lambda name: tmp_path)

    metadata.write_text(json.dumps({"version": "0.3.1", "weights": entry}))
    row = typed().stdout
    for word in ("mine", "0.3.1", "models/model.pt", "0.0 MB", entry["sha256"][:12], "t1w_32", "CC0-1.0"):
        assert word in row
    assert "another file" not in row
    weights.write_bytes(b"others")
    assert "another file" in typed().stdout
    weights.unlink()
    assert "is missing" in typed().stdout
    metadata.write_text('{"version": "0.3.1"}')
    assert "none: train it" in typed().stdout
