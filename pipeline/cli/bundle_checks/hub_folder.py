"""A bundle's folder as the hub on Hugging Face takes it: the bundle at its root, and a model card above all."""

import json
import shutil
import tempfile
from pathlib import Path

import yaml

from brainaging.pipeline.runtime import UserError
from brainaging.pipeline.runtime.shipped_weights import bundle_metadata, check_shipped, shipped_weights

#: what of a bundle's folder is part of it
PARTS = ("configs", "docs", "models", "LICENSE")
TAGS = ("monai", "medical", "brain", "mri")


def hub_folder(bundle: Path, folder: Path) -> Path:
    """Write a bundle to ``folder`` / its name, whole or not at all.

    Its configs, documentation, weights and licence lie at the root, as ``monai.bundle`` reads them, beside a
    ``README.md``: the bundle's own card under a front matter of what the hub sorts by.

    Args:
        bundle: the bundle's folder.
        folder: where its copy goes.

    Returns:
        The copy.

    Raises:
        UserError: the copy is there already; the bundle has no weights, or others than its metadata describe.
    """
    target = folder / bundle.name
    if target.exists():
        raise UserError(f"{target}: expected no such folder, found one: remove it or name another")
    shipped = shipped_weights(bundle)
    if shipped is None or not shipped.path.is_file():
        raise UserError(f"{bundle.name}: expected weights to export, found none: `brainaging weights` makes them")
    check_shipped(shipped.path)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{bundle.name}.", dir=folder) as temporary:
        made = Path(temporary) / bundle.name
        made.mkdir()
        for part in PARTS:
            source = bundle / part
            if source.is_dir():
                shutil.copytree(source, made / part)
            elif source.is_file():
                shutil.copy(source, made / part)
        card = (bundle / "docs" / "README.md").read_text(encoding="utf-8")
        (made / "README.md").write_text(front_matter(bundle) + card, encoding="utf-8")
        made.rename(target)
    return target


def front_matter(bundle: Path) -> str:
    """Return the head of a model card: YAML between two lines of dashes, as the hub reads it."""
    said = bundle_metadata(bundle)
    shipped = shipped_weights(bundle)
    entries = {
        "library_name": "monai",
        "license": "apache-2.0",
        "tags": list(TAGS),
        "model_name": said.get("name", bundle.name),
        "version": said.get("version", ""),
        "description": said.get("description", ""),
        "license_of_weights": shipped.licence if shipped is not None else "",
    }
    # through JSON, so that a text is never taken for a tag of YAML's
    text = yaml.safe_dump(json.loads(json.dumps(entries)), sort_keys=False, allow_unicode=True, width=1000)
    return f"---\n{text}---\n\n"
