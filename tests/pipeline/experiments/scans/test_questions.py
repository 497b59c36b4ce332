import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.ndimage import gaussian_filter

from brainaging.pipeline.experiments.scans.questions import analyse
from brainaging.pipeline.measures.pca_baseline import PcaBaseline
from brainaging.pipeline.results.legacy import read_results
from brainaging.pipeline.runtime import UserError
from brainaging.pipeline.stats import FoldEncoding, Subjects

SHAPE = (12, 12, 12)


@pytest.fixture(scope="module")
def inputs(plant):
    made = plant(n=80, p=30, sex_effect=8.0, age_effect=4.0)
    rng = np.random.default_rng(0)
    maps = gaussian_filter(rng.normal(size=(30, *SHAPE)), (0, 1, 1, 1))
    grid = np.stack(np.meshgrid(*[np.linspace(-1, 1, 12)] * 3, indexing="ij"))
    mask = (grid**2).sum(axis=0) < 0.8
    volumes = ((np.tensordot(made.features, maps, 1) * 0.1 + 1) * mask).astype(np.float32)
    brackets = np.array(["20-26", "27-33", "34-40"])[np.digitize(made.years, [27, 34])]
    dice = np.linspace(0.9, 1, 80)
    subjects = Subjects(made.sex, brackets, made.groups, made.head_size, made.years, dice)
    encodings = []
    for train, test in made.grouped:
        pca = PcaBaseline.fit(volumes[train], mask)
        made_of = [pca.encode(volumes[rows], 10) for rows in (train, test)]
        recon = pca.reconstruct(volumes[test], 10)
        encodings.append(FoldEncoding(train, test, *made_of, recon, "autoencoder-10", 10))
    return volumes, subjects, made.grouped, made.random, encodings, mask


@pytest.fixture(scope="module")
def whole(inputs, tmp_path_factory):
    out = tmp_path_factory.mktemp("whole")
    return run(inputs, out, facts={"simulated": True, "grid": {"name": "toy"}}), out


def run(inputs, out, **changes):
    return analyse(*inputs, out, cohort_name="planted", spacing=6.0, permutations=49, replicates=99, **changes)


def pick(table, **wanted):
    for name, value in wanted.items():
        table = table[table[name] == value]
    assert len(table) == 1, table
    return table.iloc[0]


def test_a_whole_study_answers_every_question(whole):
    table, out = whole
    pd.testing.assert_frame_equal(read_results(out / "results.csv"), table, check_dtype=False)
    for features in ("voxels", "latents"):
        sex = pick(table, target="sex", features=features, metric="balanced_accuracy", split="grouped")
        assert sex.ci_low > 0.5
        assert sex.baseline == "head_size"
        assert 0.4 < sex.baseline_value < 1
        age = pick(table, target="age_bracket", features=features, metric="accuracy", split="grouped")
        assert age.original_value == 0.439
        assert age.baseline == "majority"
        assert age.ci_low < age.value < age.ci_high
        assert pick(table, target="sex", features=features, metric="permutation_p").value == 0.02
        years = pick(table, target="age_years", features=features, metric="r", model="ridge", split="grouped")
        assert years.ci_low > 0
        for kind in ("residualised", "matched"):
            assert pick(table, features=f"{features}_head_size_{kind}", metric="auc").n_test > 0
    for target in ("sex", "age_bracket"):
        leak = pick(table, target=target, split="random_minus_grouped", metric="accuracy_difference")
        assert leak.ci_low <= leak.value <= leak.ci_high
        paired = pick(table, target=target, features="latents_minus_voxels", metric="balanced_accuracy_difference")
        assert paired.ci_low <= paired.value <= paired.ci_high
    assert pick(table, target="age_bracket", features="sex", metric="accuracy").model == "logistic_regression"
    loose = pick(table, target="sex", features="voxels", metric="accuracy", split="random")
    assert loose.baseline == "head_size"
    assert 0.4 < loose.baseline_value < 1
    mse = pick(table, features="autoencoder-10", metric="mse")
    assert mse.value == pytest.approx(mse.baseline_value, rel=1e-3)
    assert mse.baseline == "pca-10"
    assert pick(table, metric="error_ratio_to_pca-10").value == pytest.approx(1, rel=1e-3)
    # the volumes are made of 30 maps, so no fold has more components than that, twice that with mirror images
    assert {"pca-30", "pca_flip-10", "pca_flip-60", "mean_brain"} <= set(table["features"])


def test_a_whole_study_writes_every_file(whole):
    _, tmp_path = whole
    cohort = json.loads((tmp_path / "cohort.json").read_text())
    assert cohort["n"] == 80
    assert cohort["simulated"] is True
    assert sum(cohort["sex"].values()) == 80
    assert sum(count for both in cohort["age"].values() for count in both.values()) == 80
    assert cohort["groups"] == {"kind": "family", "n": 40}
    with np.load(tmp_path / "placement.npz") as placement:
        assert placement["axial"].shape == (40, 12, 12)
        np.testing.assert_array_equal(placement["dice"], np.linspace(0.9, 1, 80))
    with np.load(tmp_path / "reconstructions.npz") as shown:
        assert shown["original"].shape == shown["pca_flip"].shape == (6, *SHAPE)
        assert shown["mse_autoencoder"].shape == (6,)
    pca = pd.read_csv(tmp_path / "pca.csv")
    assert list(pca.columns) == ["space", "pc1", "pc2", "sex", "age_group", "part"]
    assert pca.groupby("space").size().to_dict() == {"latents": 80, "voxels": 80}
    variance = json.loads((tmp_path / "pca.json").read_text())
    assert 0 < variance["voxels"][1] <= variance["voxels"][0] < 1


def test_exact_ages_reach_no_file_that_lists_subjects(inputs, whole):
    ages = np.round(inputs[1].years, 3)
    _, out = whole
    names = {path.name for path in out.iterdir()}
    assert names == {"results.csv", "cohort.json", "pca.csv", "pca.json", "placement.npz", "reconstructions.npz"}
    for name in ("cohort.json", "pca.csv", "pca.json"):
        numbers = np.array(re.findall(r"\d+\.\d+", (out / name).read_text()), dtype=float)
        assert len(numbers) == 0 or np.abs(numbers[:, None] - ages).min() > 1e-3
    for name in ("placement.npz", "reconstructions.npz"):
        with np.load(out / name) as arrays:
            for key in arrays:
                assert arrays[key].ndim > 1 or not np.isin(np.round(arrays[key], 3), ages).any()


def test_the_same_seed_gives_the_same_table(inputs, tmp_path):
    volumes, subjects, folds, _, _, mask = inputs
    small = (volumes, subjects, folds[:2], [], [], mask)
    one, other = (run(small, tmp_path / name, seed=3) for name in "ab")
    pd.testing.assert_frame_equal(one, other)
    assert (tmp_path / "a/pca.csv").read_bytes() == (tmp_path / "b/pca.csv").read_bytes()


def test_encodings_of_some_folds_are_paired_with_the_same_folds_of_voxels(inputs, tmp_path):
    volumes, subjects, folds, _, encodings, mask = inputs
    table = run((volumes, subjects, folds, [], [encodings[3], encodings[1]], mask), tmp_path)
    paired = pick(table, target="sex", features="latents_minus_voxels", metric="accuracy_difference")
    assert paired.n_test == len(folds[3][1]) + len(folds[1][1])
    assert pick(table, target="sex", features="voxels", metric="accuracy").n_test == 80


def test_one_sex_and_no_ages_give_rows_that_say_why(inputs, tmp_path):
    volumes, subjects, folds, random, encodings, mask = inputs
    none = np.array([""] * 80)
    poor = Subjects(np.array(["F"] * 80), none, subjects.groups, np.full(80, np.nan))
    table = run((volumes, poor, folds, random, encodings, mask), tmp_path)
    asked = table[table["target"] != "image"]
    assert asked["value"].isna().all()
    assert asked["model"].str.startswith("not computed: ").all()
    assert asked["model"].str.contains("found F only").any()
    assert json.loads((tmp_path / "cohort.json").read_text())["sex"] == {"F": 80, "M": 0, "unknown": 0}


def test_the_smallest_cohort_ends_without_a_traceback(inputs, tmp_path):
    volumes, subjects, _, _, _, mask = inputs
    few = [0, 1, 2, 3]
    tiny = Subjects(
        np.array(["F", "M", "F", "M"]), np.array([""] * 4), np.arange(4), subjects.head_size[few], np.full(4, 30.0)
    )
    folds = [(np.array([0, 1]), np.array([2, 3])), (np.array([2, 3]), np.array([0, 1]))]
    table = run((volumes[few], tiny, folds, [], [], mask), tmp_path)
    assert "two different ages needed, found 1" in " ".join(table["model"])
    assert pick(table, target="sex", features="voxels", metric="accuracy").n_test == 4


@pytest.mark.parametrize("public", [True, False])
def test_only_public_ages_are_shown_in_ten_year_bands(inputs, tmp_path, public):
    volumes, subjects, folds, _, _, mask = inputs
    none = np.array([""] * 80)
    plain = Subjects(
        subjects.sex, none, subjects.groups, subjects.head_size, subjects.years, ages_are_public=public
    )
    table = run((volumes, plain, folds[:2], [], [], mask), tmp_path)
    shown = set(pd.read_csv(tmp_path / "pca.csv", keep_default_na=False)["age_group"])
    assert shown == ({"20-29", "30-39"} if public else {""})
    assert table[table["target"] == "age_band"]["value"].notna().any() == public
    assert table[table["target"] == "age_years"]["value"].notna().any()


def test_inputs_that_do_not_fit_are_named(inputs, tmp_path):
    volumes, subjects, folds, random, encodings, mask = inputs
    with pytest.raises(UserError, match="mask: expected shape"):
        run((volumes, subjects, folds, random, encodings, mask[1:]), tmp_path)
    with pytest.raises(UserError, match="sex: expected 79 values"):
        run((volumes[1:], subjects, folds, random, encodings, mask), tmp_path)
    with pytest.raises(UserError, match="folds: expected at least one"):
        run((volumes, subjects, [], random, encodings, mask), tmp_path)
    with pytest.raises(UserError, match="fold 0: 1 subjects are in training and in test"):
        run((volumes, subjects, [(np.arange(4), np.array([3, 9]))], random, [], mask), tmp_path)
    with pytest.raises(UserError, match="fits none of the 4 folds"):
        run((volumes, subjects, folds[1:], random, encodings, mask), tmp_path)
    with pytest.raises(UserError, match="volumes: expected"):
        run((volumes[0], subjects, folds, random, encodings, mask), tmp_path)


def test_two_encoders_share_a_baseline_row(inputs, tmp_path):
    volumes, subjects, grouped, random, encodings, mask = inputs
    second = [replace(encoding, name="autoencoder-10b") for encoding in encodings]
    table = run((volumes, subjects, grouped, random, [*encodings, *second], mask), tmp_path)
    rows = table[table["experiment"] == "reconstruction"]
    assert not rows.duplicated(["features", "metric", "split"]).any()
    for name in ("autoencoder-10", "autoencoder-10b", "pca-10", "mean_brain"):
        assert pick(rows, features=name, metric="mse").value > 0


def test_latents_of_random_folds_show_the_leak_that_voxels_show(inputs, whole, tmp_path):
    volumes, _, _, random, _, mask = inputs
    loose = []
    for train, test in random[1:3]:
        pca = PcaBaseline.fit(volumes[train], mask)
        made_of = [pca.encode(volumes[rows], 10) for rows in (train, test)]
        loose.append(FoldEncoding(train, test, *made_of, None, "autoencoder-10", 10))
    table = run(inputs, tmp_path, random_encodings=loose)
    for target in ("sex", "age_bracket"):
        row = pick(table, target=target, features="latents", split="random", metric="accuracy")
        assert row.n_test == sum(len(test) for _, test in random[1:3])
        # judged on the same subjects as the voxels' baseline, in the same folds
        assert 0.2 < row.baseline_value < 1
        leak = pick(
            table, target=target, features="latents", split="random_minus_grouped", metric="auc_difference"
        )
        assert leak.ci_low <= leak.value <= leak.ci_high
    assert pick(table, target="age_years", features="latents", split="random", metric="mae").baseline == "mean"
    same = ~((table["features"] == "latents") & table["split"].str.startswith("random"))
    pd.testing.assert_frame_equal(table[same].reset_index(drop=True), whole[0])


def test_random_encodings_of_an_unknown_encoder_are_refused(inputs, tmp_path):
    with pytest.raises(UserError, match=r"autoencoder-7: encodings of random folds, but none of grouped"):
        run(inputs, tmp_path, random_encodings=[replace(inputs[4][0], name="autoencoder-7")])
