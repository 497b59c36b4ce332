"""A library's words on a file that it cannot read do not reach the user."""

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from brainaging.pipeline.runtime.unreadable import found_in


@pytest.mark.parametrize(
    ("read", "found"),
    [
        (lambda: pd.read_csv(io.StringIO("a,b\n1,2\n1,2,3\n")), "rows of different lengths"),
        (lambda: pd.read_csv(io.StringIO("")), "an empty file"),
        (lambda: pd.read_csv("/nowhere.csv"), "no such file"),
        (lambda: json.loads("{\n x"), "no JSON from line 2, column 2 on"),
        (lambda: b"\xff".decode(), "text that is not UTF-8"),
        (lambda: np.load(io.BytesIO(b"\x80\x04N."), allow_pickle=False), "something else"),
        (lambda: zipfile.ZipFile(io.BytesIO(b"PK")), "half a file"),
        (lambda: {}["x"], "none called 'x'"),
        (lambda: Path("/").read_text(), "Is a directory"),
    ],
)
def test_what_is_found_is_said_in_our_words(read, found) -> None:
    with pytest.raises(Exception, match=r".") as caught:
        read()
    assert found_in(caught.value) == found
