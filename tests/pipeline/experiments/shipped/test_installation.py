"""Weights into a bundle: the file as it is, its hash, its figures in metadata and card."""

import json

import pytest

from brainaging.pipeline.experiments.shipped.figures import Figure
from brainaging.pipeline.experiments.shipped.installation import BEGIN, END, Weights, install, with_figures
from brainaging.pipeline.experiments.shipped.recipes import recipe_of
from brainaging.pipeline.runtime import UserError, file_sha256

FIGURES = [Figure("mae_years", 4.2, 3.9, 4.6, 135, "the mean age", 17.0)]


@pytest.fixture
def weights(tmp_path):
    (tmp_path / "model.pt").write_bytes(b"weights")
    return Weights(tmp_path / "model.pt", recipe_of("t1w_age_regressor"), 12.34)


@pytest.fixture
def bundle(tmp_path):
    folder = tmp_path / "t1w_age_regressor"
    (folder / "docs").mkdir(parents=True)
    (folder / "docs" / "README.md").write_text(f"# Card\n\n{BEGIN}\nold\n{END}\n\nafter\n")
    source = tmp_path / "sources" / folder.name / "metadata.json"
    source.parent.mkdir(parents=True)
    source.write_text('{"version": "0.2.0"}')
    return folder


def test_the_file_its_hash_and_its_figures_go_where_they_are_read(weights, bundle, tmp_path):
    written = install(weights, FIGURES, bundle, tmp_path / "sources")
    assert [path.name for path in written] == ["model.pt", "metadata.json", "README.md"]
    content = json.loads((tmp_path / "sources" / bundle.name / "metadata.json").read_text())
    assert content["version"] == "0.2.0"
    assert content["weights"]["sha256"] == file_sha256(bundle / "models" / "model.pt")
    assert content["weights"]["grid"] == "t1w_32"
    assert content["eval_metrics"]["mae_years"]["low"] == 3.9
    card = (bundle / "docs" / "README.md").read_text()
    assert "| `mae_years` | 4.2 | 3.9 to 4.6 | 135 | the mean age: 17 |" in card
    assert "12 minutes of one core" in card
    assert "old" not in card
    assert card.endswith("\n\nafter\n")
    install(weights, FIGURES, bundle, tmp_path / "sources")
    assert (bundle / "docs" / "README.md").read_text() == card


def test_where_there_are_no_sources_or_no_place_in_the_card_it_is_said(weights, bundle, tmp_path):
    with pytest.raises(UserError, match="expected a checkout"):
        install(weights, FIGURES, bundle, tmp_path / "none")
    with pytest.raises(UserError, match=r"card\.md: expected the lines"):
        with_figures("# Card", weights, FIGURES, tmp_path / "card.md")
