"""The campaign's command: a few of its cases hold, and it finds what is planted."""

import csv
import subprocess
import sys
from pathlib import Path

import pytest

CAMPAIGN = Path(__file__).with_name("campaign.py")


def campaign(out, *words):
    """Run the campaign; return its exit code, what it printed, and the verdicts by case."""
    done = subprocess.run(
        [sys.executable, CAMPAIGN, "--out", out, *words], capture_output=True, text=True, check=False
    )
    assert (out / "verdicts.csv").is_file(), done.stderr
    with (out / "verdicts.csv").open(encoding="utf-8", newline="") as stream:
        return done.returncode, done.stdout, {row["name"]: row for row in csv.DictReader(stream)}


def test_a_few_broken_tables_are_judged_right_or_refused(tmp_path):
    code, said, verdicts = campaign(
        tmp_path, "--only", "people: file", "people: cells", "--every", "8", "--jobs", "1"
    )
    assert code == 0, said
    assert len(verdicts) > 12
    assert "| all |" in said
    assert {row["verdict"] for row in verdicts.values()} <= {"right", "refused"}


MISDEEDS = r"""
import sys
from pathlib import Path
out = Path("cohort.csv")
text = Path("people.csv").read_bytes()
if text.startswith(b"\xef\xbb\xbf"):
    raise RuntimeError("planted")
if text.startswith(b"\xff\xfe"):
    out.write_text("subject,sex,age_years,site\nP000,F,99,A\n")
if b"\r\n" in text:
    sys.exit(print("error: people.csv: expected more, found less", file=sys.stderr) or 3)
if b"\t" in text:
    out.with_name(".tmp-1-cohort.csv").write_text("half")
if b"|" in text:
    sys.exit(3)
if b";" in text:
    __import__("time").sleep(60)
"""
PLANTED = {
    "byte-order mark": "traceback",
    "UTF-16": "wrong in silence",
    "CRLF": "false alarm",
    "tabs": "half-written",
    "bars": "unclear message",
    "semicolons and decimal commas": "hung",
}


def test_what_a_bad_program_does_is_found(tmp_path):
    program = tmp_path / "bin" / "brainaging"
    program.parent.mkdir()
    program.write_text(MISDEEDS)
    python = program.with_name("python")
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    words = ("--program", program, "--bare", "--timeout", "2", "--only", *PLANTED)
    code, said, verdicts = campaign(tmp_path / "out", *words)
    assert code == 1
    found = {name: verdicts[name]["verdict"] for name in PLANTED}
    assert found == PLANTED, said


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_the_whole_campaign(tmp_path, shared_data):
    code, said, verdicts = campaign(tmp_path)
    assert len(verdicts) >= 200
    assert code == 0, said
