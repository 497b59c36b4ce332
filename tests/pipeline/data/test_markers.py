"""Markers of prepared folders: read back, or refused in a line that names them."""

import json

import pytest

from brainaging.pipeline.data.markers import read_marker
from brainaging.pipeline.runtime import UserError


def test_a_marker_comes_back_as_it_was_written(tmp_path):
    content = {"format": "a format 1", "columns": ["a", "b"]}
    (tmp_path / "m.json").write_text(json.dumps(content))
    assert read_marker(tmp_path / "m.json", "a format 1", "not there", {"columns": list}) == content


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (None, "^not there$"),
        ("{", "m.json: expected JSON"),
        ("", "expected JSON"),
        (b"\x80\xff", "expected JSON"),
        ("[1, 2]", "m.json: expected a JSON object of format 'a format 1'"),
        ("null", "expected a JSON object"),
        ('{"format": "a format 2"}', "found 'a format 2'"),
        ('{"format": "a format 1"}', "m.json: expected an entry 'columns'"),
        ('{"format": "a format 1", "columns": {"a": 1}}', "expected an entry 'columns'"),
    ],
)
def test_what_is_no_marker_of_this_format(tmp_path, content, match):
    if content is not None:
        (tmp_path / "m.json").write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(UserError, match=match):
        read_marker(tmp_path / "m.json", "a format 1", "not there", {"columns": list})
