"""What repeats a run: hashes that tell contents apart, versions, seed, the command as typed."""

import hashlib
import json
import sys
from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from brainaging.pipeline.runtime import file_sha256, provenance, text_sha256


@given(st.text(), st.text())
def test_a_hash_tells_texts_apart(one, other):
    assert (text_sha256(one) == text_sha256(other)) is (one == other)


def test_a_files_hash_is_that_of_its_bytes(tmp_path):
    (tmp_path / "file").write_bytes("Fréchet".encode())
    assert file_sha256(tmp_path / "file") == text_sha256("Fréchet")
    (tmp_path / "empty").touch()
    assert file_sha256(tmp_path / "empty") == hashlib.sha256().hexdigest()


def test_provenance_holds_what_repeats_a_run_and_is_json(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["/some/where/brainaging", "demo", "--seed", "3"])
    facts = json.loads(json.dumps(provenance(3, grid="t1w_32", budget={"folds": 5})))
    assert facts["command"] == ["brainaging", "demo", "--seed", "3"]
    assert (facts["seed"], facts["grid"], facts["budget"]) == (3, "t1w_32", {"folds": 5})
    assert facts["versions"]["numpy"][0].isdigit()
    assert datetime.fromisoformat(facts["when"]).utcoffset() is not None
