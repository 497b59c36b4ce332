"""A table cut to a cohort: round trips, and people who do not fit."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from brainaging.pipeline.data import CohortError, SourceFormat, prepare, read_cohort
from brainaging.pipeline.data.morphometry import (
    PreparedTable,
    columns_of,
    prepare_morphometry,
    read_morphometry,
    table_datalist,
    table_fingerprint,
)
from brainaging.pipeline.runtime import UserError


def people(n=30, **changes):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "sub_id": [f"sub-{i:02d}" for i in range(n)],
            "sex": ["F", "M"] * (n // 2),
            "age": rng.uniform(20, 60, n).round(1),
            "eTIV": rng.normal(1.5e6, 1e5, n),
            "Left-Hippocampus": rng.normal(4000, 300, n),
            "lh_insula_thickness": rng.normal(3, 0.1, n),
        }
    )
    return frame.assign(**changes)


@pytest.fixture
def sources(tmp_path: Path):
    path = tmp_path / "people.csv"
    people().to_csv(path, index=False)
    return read_cohort(path, scans=False), read_morphometry(path), tmp_path / "prepared"


def test_a_prepared_table_comes_back_as_it_was(sources):
    cohort, morphometry, out = sources
    first = prepare_morphometry(cohort, morphometry, out, seed=3)
    again = PreparedTable.load(out)
    np.testing.assert_array_equal(first.values, again.values)
    np.testing.assert_allclose(again.values, morphometry.values.sort_index(axis=1).to_numpy(), rtol=1e-6)
    assert first.cohort.digest == again.cohort.digest == cohort.digest
    assert first.fingerprint == again.fingerprint == table_fingerprint(first.names[::-1])
    assert columns_of(out) == first.names == sorted(first.names)
    for part in ("train", "val", "test"):
        rows = table_datalist(out, part)
        np.testing.assert_array_equal([row["image"] for row in rows], first.values[first.split(part)])
    assert sum(len(first.split(part)) for part in ("train", "val", "test")) == len(table_datalist(out)) == 30


def test_rows_follow_the_cohort_and_a_sub_prefix_makes_no_difference(tmp_path, sources):
    cohort, morphometry, out = sources
    mixed = people().sample(frac=1, random_state=1)
    mixed["sub_id"] = mixed["sub_id"].str.removeprefix("sub-")
    mixed.to_csv(tmp_path / "mixed.csv", index=False)
    other = prepare_morphometry(cohort, read_morphometry(tmp_path / "mixed.csv"), tmp_path / "b")
    np.testing.assert_array_equal(prepare_morphometry(cohort, morphometry, out).values, other.values)
    assert "30 rows are spelled otherwise in the table (first: sub-00 is 00 there)" in other.morphometry.notes


LONG = "sub-{0:02d}_ses-{1}.long.sub-{0:02d}"


def _sessions(form, ages=True):
    """Return 24 rows: 12 people, two sessions each, a year apart, and rows spelled by ``form``."""
    frame = people(24).assign(sub_id=[form.format(row // 2, row % 2 + 1) for row in range(24)])
    return frame.assign(
        sex=np.repeat(["F", "M"], 12), age=np.repeat(frame["age"].to_numpy()[:12], 2) + [0, 1] * 12
    )


@pytest.mark.parametrize("form", [LONG, "sub-{0:02d}_ses-{1}", "{0}_session-0{1}"])
def test_sessions_are_matched_with_their_own_measures(tmp_path, form):
    clean = _sessions("{0}")
    clean["session"] = ["ses-1", "ses-2"] * 12
    clean.drop(columns=["eTIV", "Left-Hippocampus", "lh_insula_thickness"]).to_csv(
        tmp_path / "people.csv", index=False
    )
    cohort = read_cohort(tmp_path / "people.csv", scans=False)
    assert cohort.scan_keys[:2] == [("0", "ses-1"), ("0", "ses-2")] and len(set(cohort.groups())) == 12
    measured = _sessions(form)
    templates = people(12).assign(sub_id=[f"sub-{row:02d}" for row in range(12)])
    if form == LONG:  # as asegstats2table lists a folder: every stream and template
        measured = pd.concat(
            [_sessions("sub-{0:02d}_ses-{1}").assign(eTIV=1.1e6), measured, templates.assign(eTIV=1.2e6)]
        )
    measured.sample(frac=1, random_state=0).to_csv(tmp_path / "aseg.csv", index=False)
    morphometry = read_morphometry(tmp_path / "aseg.csv")
    prepared = prepare_morphometry(cohort, morphometry, tmp_path / "out")
    expected = clean[["eTIV", "Left-Hippocampus", "lh_insula_thickness"]].to_numpy(np.float32)
    found = prepared.morphometry.values[["eTIV", "Left-Hippocampus", "lh_insula_thickness"]]
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert [(row["subject"], row["session"]) for row in table_datalist(tmp_path / "out")] == cohort.scan_keys
    parts = pd.Series(prepared.parts).groupby(cohort.table["subject"].to_numpy()).nunique()
    assert parts.max() == 1 and len(set(prepared.parts)) == 3
    assert (form == LONG) == any("12 base templates" in note for note in morphometry.notes)


def test_a_table_that_does_not_say_the_session_is_refused(tmp_path):
    clean = _sessions("{0}").assign(session=["ses-1", "ses-2"] * 12)
    clean.iloc[:, [0, 1, 2, 6]].to_csv(tmp_path / "people.csv", index=False)
    cohort = read_cohort(tmp_path / "people.csv", scans=False)
    people(12).assign(sub_id=range(12)).to_csv(tmp_path / "one.csv", index=False)
    with pytest.raises(CohortError, match="expected a row of session ses-1, found of session none"):
        prepare_morphometry(cohort, read_morphometry(tmp_path / "one.csv"), tmp_path / "out")


def test_the_digest_comes_back_and_does_not_depend_on_order(tmp_path, sources):
    cohort, morphometry, out = sources
    prepared = prepare_morphometry(cohort, morphometry, out)
    assert prepared.morphometry.digest == morphometry.digest
    turned = cohort.subset(np.arange(30)[::-1])
    assert prepare_morphometry(turned, morphometry, tmp_path / "b").morphometry.digest == morphometry.digest


def test_why_a_row_was_set_aside_is_kept(tmp_path, sources):
    cohort, _, out = sources
    broken = people().astype(object)
    broken.loc[4, "eTIV"] = "inf"
    broken.to_csv(tmp_path / "broken.csv", index=False)
    prepared = prepare_morphometry(
        cohort, read_morphometry(tmp_path / "broken.csv", skip_bad=True), out, skip_bad=True
    )
    (reason,) = prepared.cohort.excluded.set_index("subject").loc[["sub-04"], "reason"]
    assert "column 'eTIV': expected a positive volume, found infinity" in reason


def test_a_folder_of_prepared_scans_is_never_written_over(sources):
    cohort, morphometry, out = sources
    out.mkdir()
    (out / "prepared.json").write_text("{}")
    with pytest.raises(UserError, match="holds prepared scans"):
        prepare_morphometry(cohort, morphometry, out)
    assert not (out / "cohort.csv").exists()


def test_people_whom_the_table_lacks_are_all_named_or_set_aside(tmp_path, sources):
    cohort, _, out = sources
    people().drop(index=[3, 7]).to_csv(tmp_path / "fewer.csv", index=False)
    fewer = read_morphometry(tmp_path / "fewer.csv")
    with pytest.raises(CohortError, match=r"(?s)sub-03.*sub-07"):
        prepare_morphometry(cohort, fewer, out)
    prepared = prepare_morphometry(cohort, fewer, out, skip_bad=True)
    assert len(prepared) == 28
    assert set(prepared.cohort.excluded["subject"]) == {"sub-03", "sub-07"}


def test_a_table_of_other_people_is_refused_in_one_line(tmp_path, sources):
    cohort, _, out = sources
    people(sub_id=[f"x{i}" for i in range(30)]).to_csv(tmp_path / "x.csv", index=False)
    with pytest.raises(CohortError, match="none of the cohort's 30 people is in this table"):
        prepare_morphometry(cohort, read_morphometry(tmp_path / "x.csv"), out)


def test_a_table_changed_by_hand_or_half_written_is_refused(sources):
    cohort, morphometry, out = sources
    prepare_morphometry(cohort, morphometry, out)
    table = out / "morphometry.csv"
    table.write_text(table.read_text().replace("sub-05", "sub-55"))
    with pytest.raises(UserError, match=r"its subjects are not those of cohort\.csv"):
        PreparedTable.load(out)
    (out / "morphometry.json").unlink()
    with pytest.raises(UserError, match="not a prepared table"):
        table_datalist(out)
    assert len(columns_of(out)) == 68


def test_families_stay_on_one_side(tmp_path, sources):
    cohort, morphometry, _ = sources
    sites = np.repeat([f"s{i}" for i in range(10)], 3)
    people(site=sites).to_csv(tmp_path / "sites.csv", index=False)
    cohort = read_cohort(tmp_path / "sites.csv", scans=False)
    prepared = prepare_morphometry(cohort, morphometry, tmp_path / "c")
    parts = pd.Series(prepared.parts).groupby(cohort.table["site"]).nunique()
    assert parts.max() == 1


@pytest.mark.parametrize(
    ("codes", "sex"),
    [("0=F,1=M", [0, 1] * 15), ("1=M,2=F", [2, 1] * 15), (None, ["m", "f"] * 15), (None, ["Female", "male"] * 15)],
)
def test_people_without_scans_make_a_cohort_whatever_the_code_of_sex(tmp_path, codes, sex):
    path = tmp_path / "p.csv"
    people(sex=sex).to_csv(path, index=False)
    cohort = read_cohort(path, scans=False, source_format=SourceFormat(sex_codes=codes))
    assert not cohort.has_scans
    assert cohort.summary()["sex"] == {"F": 15, "M": 15, "unknown": 0}
    again = type(cohort).load(cohort.write(tmp_path / "cohort.csv"))
    assert again.digest == cohort.digest
    with pytest.raises(CohortError, match="people without scans"):
        prepare(again, "t1w_32", tmp_path / "scans")


def test_sex_in_numbers_is_never_guessed(tmp_path):
    path = tmp_path / "p.csv"
    people(sex=[0, 1] * 15).to_csv(path, index=False)
    with pytest.raises(CohortError, match="30 problems"):
        read_cohort(path, scans=False)


@pytest.mark.parametrize("n", [2, 4])
def test_a_handful_of_people_can_be_prepared(tmp_path, n):
    people(n).to_csv(tmp_path / "few.csv", index=False)
    cohort = read_cohort(tmp_path / "few.csv", scans=False)
    prepared = prepare_morphometry(cohort, read_morphometry(tmp_path / "few.csv"), tmp_path / "out")
    assert prepared.values.shape == (n, 3)


@pytest.mark.parametrize("sex", ["F", "M"])
def test_one_sex_and_one_site_can_be_prepared(tmp_path, sex):
    people(sex=sex, site="only").to_csv(tmp_path / "one.csv", index=False)
    cohort = read_cohort(tmp_path / "one.csv", scans=False)
    assert cohort.group_kind() == "subject"
    prepared = prepare_morphometry(cohort, read_morphometry(tmp_path / "one.csv"), tmp_path / "out")
    assert min(len(prepared.split(name)) for name in ("train", "val", "test")) > 0


def test_hcps_people_have_families_and_their_ages_reach_no_file(hcp, canaries, tmp_path):
    rng = np.random.default_rng(0)
    table = pd.read_csv(hcp / "unrestricted.csv").assign(FS_L_Hippo_Vol=rng.normal(4000, 300, 24))
    table.to_csv(hcp / "unrestricted.csv", index=False)
    for source, how in ((hcp, {}), (hcp / "unrestricted.csv", {"restricted": hcp / "restricted.csv"})):
        cohort = read_cohort(source, scans=False, **how)
        assert not cohort.has_scans
        assert cohort.group_kind() == "family"
        assert len(set(cohort.groups())) == 12
        assert cohort.table["age_years"].isna().all()
        assert set(cohort.age_group()) == {"22-25", "26-30", "31-35", "36+"}
    out = tmp_path / "out"
    prepared = prepare_morphometry(cohort, read_morphometry(source), out)
    assert pd.Series(prepared.parts).groupby(cohort.groups()).nunique().max() == 1
    written = "".join(path.read_text() for path in out.rglob("*") if path.is_file())
    assert not [value for value in canaries if value in written]
    assert len(PreparedTable.load(out, public_only=True)) == 24


def test_fcon1000s_people_need_their_code_of_sex(shared_data: Path):
    cohort = read_cohort(
        shared_data / "fcon1000.csv", scans=False, source_format=SourceFormat(sex_codes={"0": "F", "1": "M"})
    )
    assert cohort.summary()["sex"] == {"F": 589, "M": 489, "unknown": 0}
    assert cohort.table["site"].nunique() == 23
    assert cohort.group_kind() == "site"


def test_participants_without_age_or_sex_stay(shared_data: Path):
    for source in ("aomic_piop2", "aomic_piop2/participants.tsv"):
        cohort = read_cohort(shared_data / source, scans=False)
        assert len(cohort) == 226
        assert ((cohort.table["sex"] == "") | cohort.table["age_years"].isna()).sum() == 2


def test_a_column_of_sessions_in_the_table_tells_them_apart(tmp_path):
    clean = _sessions("{0}").assign(session=["ses-1", "ses-2"] * 12)
    clean.to_csv(tmp_path / "people.csv", index=False)
    cohort = read_cohort(tmp_path / "people.csv", scans=False)
    expected = prepare_morphometry(cohort, read_morphometry(tmp_path / "people.csv"), tmp_path / "one")
    other = clean.assign(sub_id=[f"sub-{row // 2:02d}" for row in range(24)], session=["01", "02"] * 12)
    other.rename(columns={"session": "visit"}).iloc[::-1].to_csv(tmp_path / "other.csv", index=False)
    found = prepare_morphometry(cohort, read_morphometry(tmp_path / "other.csv"), tmp_path / "two")
    np.testing.assert_array_equal(found.values, expected.values)
    np.testing.assert_allclose(expected.head_size, clean["eTIV"] / 1000, rtol=1e-6)


def _make_names(name):
    """Return what R's make.names makes of a name."""
    plain = re.sub(r"[^A-Za-z0-9._]", ".", name)
    return f"X{plain}" if plain[0].isdigit() else plain


def _enigma(name):
    words = {"thickness": "thickavg", "area": "surfavg"}
    side, _, rest = name.partition("_")
    region, _, measure = rest.rpartition("_")
    if side in ("lh", "rh") and measure in words and "Mean" not in name and "White" not in name:
        return f"{side[0].upper()}_{region}_{words[measure]}"
    return {"lh_MeanThickness_thickness": "LThickness", "rh_WhiteSurfArea_area": "RSurfArea"}.get(name, name)


def _ctx(name):
    side, _, rest = name.partition("_")
    region, _, measure = rest.rpartition("_")
    if side not in ("lh", "rh") or "Mean" in name or "White" in name:
        return name
    return f"ctx-{side}-{region}" + ("" if measure == "volume" else f"_{measure}")


@pytest.mark.parametrize(
    ("tables", "respell"),
    [
        ("*measure-volume*", _make_names),
        ("*aparc_*", _enigma),
        ("*hemi-lh*", _ctx),
        ("*aparc_*", lambda name: name if name.endswith(("eTIV", "Vent")) else f"aparc.{name}_x"),
        ("*aseg_measure-volume*", lambda name: name.replace("EstimatedTotalIntraCranialVol", "eTIV (mm^3)")),
    ],
    ids=["make.names", "ENIGMA", "ctx", "joined", "unit"],
)
def test_genuine_tables_in_another_spelling_are_the_same_prepared_table(shared_data, tmp_path, tables, respell):
    dataset, one, two = shared_data / "aomic_piop2", tmp_path / "one", tmp_path / "two"
    one.mkdir(), two.mkdir()
    for path in sorted((dataset / "derivatives/fs_stats").glob(tables)):
        frame = pd.read_csv(path, sep="\t", dtype=str)
        frame.rename(columns={"EstimatedTotalIntraCranialVol": "eTIV"}).to_csv(
            one / path.name, sep="\t", index=False
        )
        names = [frame.columns[0], *(respell(name) for name in frame.columns[1:])]
        frame.set_axis(names, axis=1).to_csv(two / path.name, sep="\t", index=False)
    cohort = read_cohort(dataset, scans=False)
    first = prepare_morphometry(cohort, read_morphometry(one), tmp_path / "a")
    second = prepare_morphometry(cohort, read_morphometry(two), tmp_path / "b")
    assert first.fingerprint == second.fingerprint
    assert first.names == second.names
    np.testing.assert_array_equal(first.values, second.values)
    np.testing.assert_array_equal(first.parts, second.parts)


@pytest.mark.parametrize("factor", [1e-3, 1e-6], ids=["mL", "L"])
@pytest.mark.parametrize("delimiter", [" ", ",", ";"])
def test_heads_in_another_unit_are_the_same_prepared_table(shared_data, tmp_path, factor, delimiter):
    dataset = shared_data / "aomic_piop2"
    path = dataset / "derivatives/fs_stats/data-subcortical_type-aseg_measure-volume_hemi-both.tsv"
    frame = pd.read_csv(path, sep="\t")
    frame["EstimatedTotalIntraCranialVol"] *= factor
    frame.to_csv(tmp_path / "t.txt", sep=delimiter, index=False)
    cohort = read_cohort(dataset, scans=False)
    first = prepare_morphometry(cohort, read_morphometry(path), tmp_path / "a")
    second = prepare_morphometry(cohort, read_morphometry(tmp_path / "t.txt"), tmp_path / "b")
    assert first.names == second.names
    np.testing.assert_allclose(first.values, second.values, rtol=1e-6)
    np.testing.assert_allclose(first.head_size, second.head_size, rtol=1e-6)
    assert any("made mm³" in note for note in second.morphometry.notes)
