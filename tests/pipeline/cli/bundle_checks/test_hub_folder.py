"""A bundle that is exported is whole, flat, and has the front matter that the hub reads."""

import hashlib
import json

import pytest
import yaml
from monai.bundle import ConfigParser

from brainaging.pipeline.cli.bundle_checks.checked_bundle import CheckedBundle
from brainaging.pipeline.cli.bundle_checks.hub_folder import front_matter, hub_folder
from brainaging.pipeline.runtime import UserError


@pytest.fixture
def weighted(copied: CheckedBundle) -> CheckedBundle:
    """Return the bundle's copy with a file as its weights."""
    path = copied.folder / "models" / "model.pt"
    path.parent.mkdir()
    path.write_bytes(b"weights")
    content = json.loads(copied.config("metadata").read_text())
    content["weights"] = {
        "file": "models/model.pt",
        "sha256": hashlib.sha256(b"weights").hexdigest(),
        "grid": "t1w_32",
        "licence": "CC0-1.0",
    }
    copied.config("metadata").write_text(json.dumps(content))
    return copied


def test_the_copy_is_flat_and_its_card_has_a_head(weighted: CheckedBundle, tmp_path) -> None:
    made = hub_folder(weighted.folder, tmp_path / "hub")
    assert made == tmp_path / "hub" / "t1w_autoencoder"
    assert {path.name for path in made.iterdir()} == {"LICENSE", "README.md", "configs", "docs", "models"}
    assert (made / "models" / "model.pt").read_bytes() == b"weights"
    _, head, card = (made / "README.md").read_text(encoding="utf-8").split("---\n", 2)
    said = yaml.safe_load(head)
    assert said["library_name"] == "monai" and said["license"] == "apache-2.0" and "monai" in said["tags"]
    assert said["license_of_weights"] == "CC0-1.0"
    assert card.lstrip() == (weighted.folder / "docs" / "README.md").read_text(encoding="utf-8")
    parser = ConfigParser()
    parser.read_config(str(made / "configs" / "inference.json"))
    assert "network_def" in parser
    assert [path.name for path in (tmp_path / "hub").iterdir()] == ["t1w_autoencoder"]
    assert front_matter(weighted.folder).startswith("---\nlibrary_name: monai\n")


def test_it_is_refused_without_weights_with_others_and_twice(weighted: CheckedBundle, tmp_path) -> None:
    hub_folder(weighted.folder, tmp_path / "hub")
    with pytest.raises(UserError, match="t1w_autoencoder: expected no such folder, found one"):
        hub_folder(weighted.folder, tmp_path / "hub")
    (weighted.folder / "models" / "model.pt").write_bytes(b"others")
    with pytest.raises(UserError, match=r"model\.pt: expected the weights that the bundle's metadata describe"):
        hub_folder(weighted.folder, tmp_path / "again")
    (weighted.folder / "models" / "model.pt").unlink()
    with pytest.raises(UserError, match="expected weights to export, found none"):
        hub_folder(weighted.folder, tmp_path / "again")
