"""Who an id is of: visits split off, spellings matched, look-alikes kept together, strangers left alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainaging.pipeline.data.cohorts.identity import (
    ScanId,
    alike_notes,
    canonical,
    join_sessions,
    look_alikes,
    person_labels,
    session_key,
    split_id,
    streams,
    visit_of,
    with_session,
)


@pytest.mark.parametrize(
    ("text", "person", "session", "base"),
    [
        ("sub-01", "sub-01", "", ""),
        ("sub-01_ses-2", "sub-01", "ses-2", ""),
        ("sub-01-ses-2", "sub-01", "ses-2", ""),
        ("sub-01_ses-2_run-1", "sub-01", "ses-2_run-1", ""),
        ("sub-01_run-2", "sub-01", "run-2", ""),
        ("7_ses-baseline", "7", "ses-baseline", ""),
        ("7_session2", "7", "session2", ""),
        ("X_ses-1.long.X", "X", "ses-1", "X"),
        ("bert_tp1.long.bert_base", "bert", "tp1", "bert_base"),
        ("OAS2_0001_MR1.long.OAS2_0001", "OAS2_0001", "MR1", "OAS2_0001"),
        ("HCA6002236_V1_MR", "HCA6002236", "V1", ""),
        ("100307_V2", "100307", "V2", ""),
        ("100307", "100307", "", ""),
        ("IXI012-HH-1211", "IXI012-HH-1211", "", ""),
        ("AnnArbor_a_sub04111", "AnnArbor_a_sub04111", "", ""),
        ("course-12", "course-12", "", ""),
        ("x-v2", "x-v2", "", ""),
        ("SUB-05_SES-1", "SUB-05", "SES-1", ""),
        ("control_test", "control_test", "", ""),
    ],
)
def test_what_is_surely_a_visit_is_split_off(text, person, session, base):
    assert split_id(text) == ScanId(person, session, base)


@pytest.mark.parametrize(
    "spellings",
    [
        ("sub-01", "01", "1", "SUB-1", "1.0"),
        ("147212", "147212.0", "1.47212e+05"),
        ("A1", "a1", "A01"),
        ("NYU-0051", "NYU_51", "nyu 0051"),
        ("\u00e9-7", "e\u0301_7"),
    ],
)
def test_spellings_of_one_id_compare_alike(spellings):
    assert len({canonical(text) for text in spellings}) == 1


@given(st.lists(st.integers(0, 10**6), unique=True, min_size=2), st.sampled_from(["{}", "sub-{}", "NYU{:07}"]))
def test_different_numbers_are_different_people(numbers, form):
    ids = [form.format(number) for number in numbers]
    assert len(set(person_labels(ids))) == len(ids) and not look_alikes(ids)


def test_sessions_compare_by_what_they_say():
    assert len({session_key(text) for text in ("ses-02", "02", "2", "session2", "2.0")}) == 1
    assert session_key("2019-03-12") == session_key("ses-20190312") and session_key("a_run-1") == "a_run-1"
    assert visit_of("ses-2_run-1") == visit_of("2") == "2" and visit_of("run-1") == ""
    assert join_sessions("ses-1", "1") == "1" and join_sessions("ses-1", "run-2") == "ses-1_run-2"
    assert join_sessions("ses-1", "") == "ses-1" and join_sessions("", "a") == "a"


@pytest.mark.parametrize("session", ["1", "ses-1", "2019-03-12", "Baseline visit", "follow_up", "", "1.0"])
def test_a_session_beside_an_id_comes_back_from_it(session):
    parts = split_id(with_session("sub-7", session))
    assert parts.person == "sub-7" and session_key(parts.session) == session_key(session)
    assert with_session("7_ses-2", session) == "7_ses-2"


@pytest.mark.parametrize(
    "ids",
    [
        ("01", "1", "sub-01", "1.0"),
        ("A1", "a1"),
        ("X", "X-v2"),
        ("X", "X_2"),
        ("7_1", "7_2"),
        ("P3_baseline", "P3_followup"),
        ("100307", "100307_visit2"),
        ("OAS2_0001_MR1", "OAS2_0001_MR2"),
        ("12_T1", "12_T2"),
        ("S4.tp1", "S4.tp2"),
        ("9_wave-1", "9_wave-2", "9"),
        ("1001_20190312", "1001_20210405", "1001_2023-01-09"),
        ("1000011_2_0", "1000011_3_0"),
        ("A00008326_BAS1", "A00008326_FLU1"),
        ("NDARINV003_baseline_year_1_arm_1", "NDARINV003"),
        ("012a", "012b"),
        ("002_S_0413_bl", "002_S_0413_m12", "002_S_0413_24months"),
        ("OAS30001_MR_d0129", "OAS30001_MR_d0757"),
        ("11_0", "11_1"),
        ("SUB-05", "sub-05", "05_scan2"),
    ],
)
def test_ids_that_look_like_one_person_share_a_label(ids):
    others = ["8", "Y", "site_1", "site_2"]
    labels = person_labels([*ids, *others])
    assert len(set(labels[: len(ids)])) == 1 and len(set(labels)) == 1 + len(others)
    assert look_alikes([*others, *ids]) == [sorted(ids)]
    assert len(set(person_labels([*ids, *others], distinct=True))) == len(ids) + len(others)
    (line,) = alike_notes([*ids, *others])
    assert sorted(ids)[0] in line and "--distinct-ids" in line


@pytest.mark.parametrize(
    "ids",
    [
        [f"site_{number}" for number in range(30)],
        [f"site1_{number}" for number in range(30)],
        [f"ctl_m{number}" for number in range(30)],
        ["AnnArbor_a_sub04111", "AnnArbor_b_sub04111"],
        ["HC001_M12", "HC002_M12", "HC003_M24"],
        ["002_S_0413", "002_S_0414", "003_S_0413"],
        [f"twin{number}b" for number in range(30)],
        ["OAS1_0001", "OAS1_0002", "OAS1_0003"],
        ["IXI012-HH-1211", "IXI013-HH-1212"],
        ["test", "retest", "pre", "post"],
        [],
    ],
)
def test_strangers_whose_ids_share_a_stem_stay_strangers(ids):
    assert len(set(person_labels(ids))) == len(ids) and alike_notes(ids) == []


def test_what_is_surely_a_visit_is_one_person_even_of_distinct_ids():
    assert len(set(person_labels(["1_ses-1", "1_ses-2", "01"], distinct=True))) == 2


def test_one_stream_a_time_point_is_kept_and_templates_are_none():
    found = streams(["X", "X_ses-1", "X_ses-1.long.X", "X_ses-2.long.X", "Y", "Z"], bases=["Z"])
    assert found.kept == ["X_ses-1.long.X", "X_ses-2.long.X", "Y"]
    assert found.bases == ["X", "Z"] and found.cross_sectional == ["X_ses-1"]
    assert [line.partition(":")[0] for line in found.notes("fs")] == ["fs", "fs"]
    assert streams(["a", "b"]).notes("fs") == []


SPELLINGS = (
    "{0}",
    "sub-{0}",
    "0{0}",
    "{0}.0",
    "sub-{0}_ses-1",
    "{0}_ses-2_run-1",
    "{0}-v2",
    "{0}_T2",
    "{0}_ses-3.long.{0}",
)


@given(st.lists(st.tuples(st.integers(101, 130), st.sampled_from(SPELLINGS)), min_size=1, max_size=40))
def test_a_person_has_one_label_however_it_is_written(rows):
    people = np.array([person for person, _ in rows])
    labels = np.array(person_labels([form.format(person) for person, form in rows]))
    assert ((people[:, None] == people) == (labels[:, None] == labels)).all()
