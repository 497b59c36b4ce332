import json
import pickle
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from brainaging.pipeline.counterfactual.reader_split import split_for_reader
from brainaging.pipeline.data import Cohort, CohortError, grouped_folds, read_cohort
from brainaging.pipeline.data.cohorts.restricted import connect
from brainaging.pipeline.data.cohorts.validate import PUBLIC_COLUMNS
from brainaging.pipeline.data.splits import split_names
from brainaging.pipeline.runtime import UserError


def _cohort(subjects, restricted=None, site=None, **columns):
    n = len(subjects)
    base = {
        "subject": list(subjects),
        "session": [""] * n,
        "image": [f"/scans/{row}.nii.gz" for row in range(n)],
        "space": ["native"] * n,
        "sex": ["F", "M"] * (n // 2) + ["F"] * (n % 2),
        "age_bracket": [""] * n,
        "age_years": [20.0 + row for row in range(n)],
        "site": site or [""] * n,
    }
    return Cohort(pd.DataFrame(base | columns)[list(PUBLIC_COLUMNS)], restricted=restricted)


def _kin(**columns):
    frame = pd.DataFrame(columns)
    return frame.assign(Age_in_Yrs=25.0).set_index("subject")


def _same(groups):
    return groups[:, None] == groups[None]


LABELS = st.lists(st.sampled_from(["", "a", "b", "c", "d", "e"]), min_size=6, max_size=6)


@given(first=LABELS, second=LABELS)
def test_connect_is_the_smallest_equivalence(first, second):
    groups = connect([first, second])
    related = np.eye(6, dtype=bool)
    for kind in (first, second):
        related |= np.array([[a == b != "" for b in kind] for a in kind])
    for _ in range(6):
        related = (related.astype(int) @ related.astype(int)) > 0
    assert ((groups[:, None] == groups[None]) == related).all()


@settings(max_examples=20, deadline=None)
@given(order=st.permutations(range(8)))
def test_permuting_rows_permutes_the_groups(order):
    kin = _kin(subject=list("abcdefgh"), Family_ID=["1", "1", "2", "3", "3", "4", "5", "5"])
    cohort = _cohort("abcdefgh", kin)
    assert (cohort.subset(order).groups() == cohort.groups()[order]).all()


def test_families_reach_through_a_parent_and_through_someone_outside():
    kin = _kin(
        subject=["a", "b", "c", "d", "e"],
        Family_ID=["1", "2", "2", "3", "4"],
        Mother_ID=["m1", "m1", "m2", "m3", "m4"],
        Father_ID=["f1", "f2", "f3", "f3", "f4"],
    )
    cohort = _cohort("adez", kin)  # a and d meet through b and c, who were not scanned; z is not in the file
    assert cohort.groups().tolist() == [0, 0, 1, 2]
    assert cohort.groups("subject").tolist() == [0, 1, 2, 3]
    assert cohort.group_kind() == "family"


def test_sessions_of_one_person_are_one_group_and_a_site_never_parts_people():
    cohort = _cohort("aabcd", site=["x", "y", "y", "z", "z"])
    assert cohort.groups().tolist() == [0, 0, 1, 2, 3]
    assert cohort.groups("site").tolist() == [0, 0, 0, 1, 1]


def test_ids_that_look_like_one_person_are_one_group_unless_stated(tmp_path):
    cohort = _cohort(["01", "1", "X", "X-v2", "Y", "a1", "A1"])
    clean = _cohort(["01", "01", "X", "X", "Y", "a1", "a1"], session=list("abababa"))
    assert (_same(cohort.groups()) == _same(clean.groups())).all()
    stated = replace(cohort, distinct_ids=True)
    assert len(set(stated.groups())) == 7
    assert len(set(Cohort.load(stated.write(tmp_path / "cohort.csv")).groups())) == 7


def test_a_restricted_csv_given_later_must_be_of_these_people(tmp_path):
    path = _cohort("abc").write(tmp_path / "cohort.csv")
    hidden = tmp_path / "restricted.csv"
    hidden.write_text("Subject,Age_in_Yrs,Family_ID\nx,30,A\ny,31,A\n")
    with pytest.raises(CohortError, match="expected the cohort's 3 subjects in it, found 0"):
        Cohort.load(path, restricted=hidden)


PEOPLE = st.lists(
    st.tuples(
        st.integers(101, 112), st.sampled_from(["{0}", "{0}.0", "sub-{0}", "{0}-v2", "{0}_T2"]), st.integers(0, 3)
    ),
    min_size=8,
    max_size=30,
    unique_by=lambda row: (row[1].format(row[0]), row[2]),
)


@settings(max_examples=50, deadline=None)
@given(rows=PEOPLE, families=st.lists(st.integers(0, 7), min_size=12, max_size=12), seed=st.integers(0, 9))
def test_no_person_and_no_family_stands_in_two_folds(rows, families, seed):
    kin = _kin(subject=[f"{101 + n}.0" for n in range(12)], Family_ID=[str(family) for family in families])
    sessions = [f"ses-{session}" if session else "" for *_, session in rows]
    cohort = _cohort([form.format(person) for person, form, _ in rows], kin, session=sessions)
    families_of = np.array([families[person - 101] for person, *_ in rows])
    folds = min(4, len(set(families_of)))
    assume(folds > 1)
    try:
        parts = grouped_folds(cohort.groups(), cohort.strata(), folds, seed)
    except UserError:  # whole families may leave a fold empty
        parts = []
    for train, test in parts:
        assert not set(families_of[train]) & set(families_of[test])
    names = split_names(cohort.groups(), cohort.strata(), seed)
    edit, reader, _ = split_for_reader(np.repeat(cohort.groups(), 10), np.repeat(cohort.strata(), 10))
    assert not set(np.repeat(families_of, 10)[edit]) & set(np.repeat(families_of, 10)[reader])
    for first, second in (("train", "val"), ("train", "test"), ("val", "test")):
        assert not set(families_of[names == first]) & set(families_of[names == second])


def test_five_known_sites_are_grouped_by_themselves():
    assert _cohort("abcdef", site=list("vwxyzz")).group_kind() == "site"
    assert _cohort("abcdef", site=[*"vwxyz", ""]).group_kind() == "subject"


def test_families_that_are_not_known_are_not_made_up():
    with pytest.raises(UserError, match="--restricted"):
        _cohort("ab").groups("family")


def test_round_trip(tmp_path):
    cohort = _cohort(["01", "NA", "x,y".replace(",", ""), "Ü"], age_years=[0.1 + 0.2, np.nan, 33.0, 1e-3])
    cohort.write(tmp_path / "cohort.csv")
    again = Cohort.load(tmp_path / "cohort.csv")
    pd.testing.assert_frame_equal(again.table, cohort.table, check_dtype=False)
    assert again.digest == cohort.digest and again.name == cohort.name
    assert read_cohort(tmp_path / "cohort.csv").digest == cohort.digest


def test_the_digest_knows_content_not_place():
    cohort = _cohort("abc")
    moved = _cohort("abc", image=[f"/elsewhere/{row}.nii.gz" for row in range(3)])
    assert cohort.digest == moved.digest != _cohort("abd").digest


def test_load_refuses_what_was_changed_by_hand(tmp_path):
    path = _cohort("abc").write(tmp_path / "cohort.csv")
    path.write_text(path.read_text().replace("22.0", "23.0"))
    with pytest.raises(CohortError, match="not the one that was written"):
        Cohort.load(path)


def test_load_needs_the_sidecar(tmp_path):
    path = _cohort("abc").write(tmp_path / "cohort.csv")
    (tmp_path / "cohort.json").unlink()
    with pytest.raises(CohortError, match=r"cohort\.json is not beside it"):
        Cohort.load(path)


def test_restricted_values_come_back_from_the_users_own_file(hcp, tmp_path):
    cohort = read_cohort(hcp)
    path = cohort.write(tmp_path / "out" / "cohort.csv")
    pointer = json.loads((tmp_path / "out" / "cohort.json").read_text())["restricted"]
    assert set(pointer) == {"path", "sha256"}
    again = Cohort.load(path)
    assert (again.groups() == cohort.groups()).all() and len(set(again.groups())) == 12
    assert (again.age_years() == cohort.age_years()).all() and again.age_years()[0] == 27.3141
    assert again.table["age_years"].isna().all()


def test_a_restricted_file_that_moved_changed_or_went(hcp, tmp_path):
    path = read_cohort(hcp).write(tmp_path / "cohort.csv")
    kept = hcp / "restricted.csv"
    moved = kept.rename(tmp_path / "moved.csv")
    with pytest.raises(CohortError, match="its restricted CSV is not at"):
        Cohort.load(path)
    assert Cohort.load(path, restricted=moved).group_kind() == "family"
    assert Cohort.load(path, public_only=True).group_kind() == "subject"
    kept.write_text(moved.read_text().replace("F3", "F2"))
    with pytest.raises(CohortError, match="has changed since"):
        Cohort.load(path)


def test_restricted_values_are_not_shown_or_pickled(hcp, canaries):
    cohort = read_cohort(hcp)
    assert not any(canary in repr(cohort) + str(cohort.summary()) for canary in canaries)
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(cohort)
    assert len(pickle.loads(pickle.dumps(_cohort("abc")))) == 3


def test_restricted_columns_cannot_be_written(hcp, tmp_path):
    cohort = read_cohort(hcp)
    with pytest.raises(ValueError, match="never written"):
        cohort.write(tmp_path / "cohort.csv", pd.DataFrame({"Family_ID": ["x"] * len(cohort)}))
    assert not (tmp_path / "cohort.csv").exists()


def test_subset_by_position_and_by_mask():
    cohort = _cohort("abcd")
    assert cohort.subset([2, 0]).table["subject"].tolist() == ["c", "a"]
    assert cohort.subset(np.array([True, False, False, True])).table["subject"].tolist() == ["a", "d"]


def test_summary_counts(hcp):
    summary = read_cohort(hcp).summary()
    assert summary["n"] == 24 and summary["sex"] == {"F": 12, "M": 12, "unknown": 0}
    assert summary["age"] == {b: {"F": 3, "M": 3} for b in ("22-25", "26-30", "31-35", "36+")}
    assert summary["age_kind"] == "brackets" and summary["groups"] == {"kind": "family", "n": 12}
    json.dumps(summary)


def test_public_ages_are_told_in_bands():
    cohort = _cohort("abcd", age_years=[19.9, 20.0, 99.0, np.nan])
    assert cohort.age_group().tolist() == ["10-19", "20-29", "90-99", ""]
    assert list(cohort.summary()["age"]) == ["10-19", "20-29", "90-99"]


def test_a_table_with_other_columns_is_no_cohort():
    with pytest.raises(ValueError, match="expected columns"):
        Cohort(pd.DataFrame({"subject": ["a"], "Age_in_Yrs": [27.3]}))
