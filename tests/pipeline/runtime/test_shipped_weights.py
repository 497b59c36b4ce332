"""Weights inside a bundle: what its metadata say of them is held against the file."""

import json

import pytest

from brainaging.pipeline.runtime import UserError, file_sha256
from brainaging.pipeline.runtime.shipped_weights import bundle_metadata, check_shipped, shipped_weights


@pytest.fixture
def bundle(tmp_path):
    """Return a folder in a bundle's form whose metadata describe its weights."""
    (tmp_path / "configs").mkdir()
    (tmp_path / "models").mkdir()
    weights = tmp_path / "models" / "model.pt"
    weights.write_bytes(b"weights")
    describe(
        tmp_path, {"file": "models/model.pt", "sha256": file_sha256(weights), "grid": "t1w_32", "licence": "CC0"}
    )
    return tmp_path


def describe(bundle, entry):
    (bundle / "configs" / "metadata.json").write_text(json.dumps({"version": "0.1.0", "weights": entry}))


def test_the_file_that_is_described_passes(bundle):
    said = shipped_weights(bundle)
    assert said.path == bundle / "models" / "model.pt"
    assert (said.grid, said.licence) == ("t1w_32", "CC0")
    check_shipped(said.path)


def test_one_changed_byte_is_refused_by_the_files_name(bundle):
    path = bundle / "models" / "model.pt"
    path.write_bytes(b"Weights")
    with pytest.raises(UserError, match=r"model\.pt: expected the weights that .* describe .*, found others"):
        check_shipped(path)


def test_what_the_metadata_do_not_speak_of_is_nobodys_to_check(bundle, tmp_path):
    for path in (bundle / "models" / "best.pt", tmp_path / "elsewhere" / "model.pt"):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"trained here")
        check_shipped(path)


def test_metadata_without_weights_describe_none(bundle):
    (bundle / "configs" / "metadata.json").write_text('{"version": "0.1.0"}')
    assert shipped_weights(bundle) is None
    check_shipped(bundle / "models" / "model.pt")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "in JSON"),
        ("[]", "a JSON object"),
        ('{"weights": 3}', "under 'weights'"),
        ('{"weights": {"file": "models/model.pt", "grid": "", "licence": ""}}', "a text as 'sha256'"),
    ],
)
def test_metadata_that_say_nothing_clear_are_named(bundle, text, message):
    (bundle / "configs" / "metadata.json").write_text(text)
    with pytest.raises(UserError, match=rf"metadata\.json: .*{message}"):
        shipped_weights(bundle)


def test_a_folder_without_metadata_is_no_bundle(tmp_path):
    with pytest.raises(UserError, match="expected a bundle's metadata, found: No such file"):
        bundle_metadata(tmp_path)
