import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.ndimage import gaussian_filter

from brainaging.pipeline.experiments.feature_sets import FoldedData
from brainaging.pipeline.experiments.scans.run import analyse, write_figures
from brainaging.pipeline.measures.pca_baseline import PcaBaseline
from brainaging.pipeline.results import Difference, NotComputed, PermutationP, Scoring, to_frame
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
    return FoldedData(volumes, subjects, made.grouped, made.random, encodings), mask


@pytest.fixture(scope="module")
def whole(inputs, tmp_path_factory):
    out = tmp_path_factory.mktemp("whole")
    data, mask = inputs
    return run(data, mask, out), out


def run(data, mask, out, seed=0):
    scoring = Scoring("planted", "T1w", seed, np.asarray(data.subjects.groups), 99)
    results = analyse(data, mask, scoring, 49)
    write_figures(results, data, mask, 6.0, out, seed)
    return results.findings


def pick(findings, **wanted):
    (one,) = [row for row in findings if all(getattr(row, name, None) == value for name, value in wanted.items())]
    return one


RAW = {"kind": "score", "adjustment": ""}


def test_a_whole_study_answers_every_question(whole):
    findings, _ = whole
    for features in ("voxels", "latents"):
        sex = pick(findings, target="sex", features=features, metric="balanced_accuracy", split="grouped", **RAW)
        assert sex.ci_low > 0.5
        assert sex.baseline == "head_size"
        assert 0.4 < sex.baseline_value < 1
        age = pick(findings, target="age_bracket", features=features, metric="accuracy", split="grouped", **RAW)
        assert age.original_value == 0.439
        assert age.baseline == "majority"
        assert age.ci_low < age.value < age.ci_high
        claim = pick(findings, kind="permutation_p", target="sex", features=features)
        assert isinstance(claim, PermutationP)
        assert (claim.value, claim.statistic, claim.model) == (0.02, "auc", "ridge")
        years = pick(findings, target="age_years", features=features, metric="r", split="grouped", **RAW)
        assert years.ci_low > 0
        for adjustment in ("head_size_residualised", "head_size_matched", "pca2"):
            assert pick(findings, target="sex", features=features, adjustment=adjustment, metric="auc").n_test > 0
    latents = [row for row in findings if getattr(row, "features", "") == "latents"]
    assert {(row.encoder, row.codes) for row in latents} == {("autoencoder", 10)}
    for target in ("sex", "age_bracket"):
        leak = pick(findings, target=target, features="voxels", contrast="split", metric="accuracy")
        assert (leak.split, leak.reference) == ("random", "grouped")
        assert leak.ci_low <= leak.value <= leak.ci_high
        paired = pick(findings, target=target, contrast="features", metric="balanced_accuracy")
        assert isinstance(paired, Difference)
        assert (paired.features, paired.reference) == ("latents", "voxels")
        assert paired.ci_low <= paired.value <= paired.ci_high
        assert not paired.is_rotation
    by_sex = pick(findings, target="age_bracket", features="sex", metric="accuracy")
    assert by_sex.model == "logistic_regression"
    loose = pick(findings, target="sex", features="voxels", metric="accuracy", split="random", kind="score")
    assert loose.baseline == "head_size"
    assert 0.4 < loose.baseline_value < 1


def test_a_reconstruction_stands_beside_components_that_had_flips_too(whole):
    findings, _ = whole
    mse = pick(findings, kind="reconstruction", model="autoencoder", metric="mse")
    assert (mse.codes, mse.baseline, mse.baseline_codes) == (10, "pca_flip", 10)
    flip = pick(findings, kind="reconstruction", model="pca_flip", codes=10, metric="mse")
    assert mse.baseline_value == flip.value
    assert flip.baseline == "mean_brain"
    # the toy's encoder is plain principal components
    plain = pick(findings, kind="error_ratio", baseline="pca", baseline_codes=10)
    assert plain.value == pytest.approx(1, rel=1e-3)
    assert plain.baseline_value == 1.0
    # the volumes are made of 30 maps, so no fold has more components than that, twice that with mirror images
    methods = {(row.model, row.codes) for row in findings if row.kind == "reconstruction"}
    assert {("pca", 30), ("pca_flip", 60), ("mean_brain", 0)} <= methods


def test_a_whole_study_writes_every_file(whole):
    _, tmp_path = whole
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
    ages = np.round(inputs[0].subjects.years, 3)
    _, out = whole
    names = {path.name for path in out.iterdir()}
    assert names == {"pca.csv", "pca.json", "placement.npz", "reconstructions.npz"}
    for name in ("pca.csv", "pca.json"):
        numbers = np.array(re.findall(r"\d+\.\d+", (out / name).read_text()), dtype=float)
        assert len(numbers) == 0 or np.abs(numbers[:, None] - ages).min() > 1e-3
    for name in ("placement.npz", "reconstructions.npz"):
        with np.load(out / name) as arrays:
            for key in arrays:
                assert arrays[key].ndim > 1 or not np.isin(np.round(arrays[key], 3), ages).any()


def test_the_same_seed_gives_the_same_findings(inputs, tmp_path):
    data, mask = inputs
    small = FoldedData(data.values, data.subjects, data.folds[:2])
    for name in "ab":
        (tmp_path / name).mkdir()
    one, other = (run(small, mask, tmp_path / name, seed=3) for name in "ab")
    assert to_frame(one).equals(to_frame(other))
    assert (tmp_path / "a/pca.csv").read_bytes() == (tmp_path / "b/pca.csv").read_bytes()


def test_encodings_of_some_folds_are_paired_with_the_same_folds_of_voxels(inputs, tmp_path):
    data, mask = inputs
    some = replace(data, random_folds=(), encodings=[data.encodings[3], data.encodings[1]])
    findings = run(some, mask, tmp_path)
    paired = pick(findings, target="sex", contrast="features", metric="accuracy")
    assert paired.n_test == len(data.folds[3][1]) + len(data.folds[1][1])
    assert pick(findings, target="sex", features="voxels", metric="accuracy", **RAW).n_test == 80


def test_one_sex_and_no_ages_give_findings_that_say_why(inputs, tmp_path):
    data, mask = inputs
    none = np.array([""] * 80)
    poor = Subjects(np.array(["F"] * 80), none, data.subjects.groups, np.full(80, np.nan))
    findings = run(replace(data, subjects=poor), mask, tmp_path)
    answers = [row for row in findings if row.experiment != "reconstruction"]
    assert answers
    assert all(isinstance(row, NotComputed) for row in answers)
    assert any("found F only" in row.reason for row in answers)


def test_the_smallest_cohort_ends_without_a_traceback(inputs, tmp_path):
    data, mask = inputs
    few = [0, 1, 2, 3]
    tiny = Subjects(
        np.array(["F", "M", "F", "M"]),
        np.array([""] * 4),
        np.arange(4),
        data.subjects.head_size[few],
        np.full(4, 30.0),
    )
    folds = [(np.array([0, 1]), np.array([2, 3])), (np.array([2, 3]), np.array([0, 1]))]
    findings = run(FoldedData(data.values[few], tiny, folds), mask, tmp_path)
    reasons = {row.reason for row in findings if isinstance(row, NotComputed)}
    assert "two different ages needed, found 1" in reasons
    assert pick(findings, target="sex", features="voxels", metric="accuracy", **RAW).n_test == 4


@pytest.mark.parametrize("public", [True, False])
def test_only_public_ages_are_shown_in_ten_year_bands(inputs, tmp_path, public):
    data, mask = inputs
    none = np.array([""] * 80)
    plain = replace(data.subjects, age_bracket=none, template_dice=None, ages_are_public=public)
    findings = run(FoldedData(data.values, plain, data.folds[:2]), mask, tmp_path)
    shown = set(pd.read_csv(tmp_path / "pca.csv", keep_default_na=False)["age_group"])
    assert shown == ({"20-29", "30-39"} if public else {""})
    bands = [row for row in findings if row.target == "age_band"]
    assert bands
    assert any(row.kind == "score" for row in bands) == public
    assert any(row.target == "age_years" and row.kind == "score" for row in findings)


def test_inputs_that_do_not_fit_are_named(inputs, tmp_path):
    data, mask = inputs
    with pytest.raises(UserError, match="mask: expected shape"):
        run(data, mask[1:], tmp_path)
    for changes, message in (
        ({"values": data.values[1:]}, "sex: expected 79 values"),
        ({"folds": []}, "folds: expected at least one"),
        ({"folds": [(np.arange(4), np.array([3, 9]))]}, "fold 0: 1 subjects are in training and in test"),
        ({"folds": data.folds[1:]}, "fits none of the 4 folds"),
        ({"values": data.values[0]}, "volumes: expected"),
        (
            {"random_encodings": [replace(data.encodings[0], name="autoencoder-7")]},
            "autoencoder-7: encodings of random folds, but none of grouped",
        ),
    ):
        with pytest.raises(UserError, match=message):
            run(replace(data, **changes), mask, tmp_path)


def test_two_encoders_share_a_baseline(inputs, tmp_path):
    data, mask = inputs
    few = []
    for encoding in data.encodings:
        fewer = encoding.recon_test.mean(axis=0, keepdims=True).repeat(len(encoding.recon_test), axis=0)
        half = {"z_train": encoding.z_train[:, :5], "z_test": encoding.z_test[:, :5]}
        few.append(replace(encoding, name="autoencoder-5", latent_size=5, recon_test=fewer, **half))
    both = FoldedData(data.values, data.subjects, data.folds, (), [*data.encodings, *few])
    findings = [row for row in run(both, mask, tmp_path) if row.kind in ("reconstruction", "error_ratio")]
    keys = [(row.kind, row.model, row.codes, row.metric, row.baseline, row.baseline_codes) for row in findings]
    assert len(set(keys)) == len(keys)
    for model, codes in (("autoencoder", 10), ("autoencoder", 5), ("pca", 10), ("pca", 5), ("mean_brain", 0)):
        assert pick(findings, kind="reconstruction", model=model, codes=codes, metric="mse").value > 0
    assert set(pd.read_csv(tmp_path / "pca.csv")["space"]) == {
        "voxels",
        "latents_autoencoder-10",
        "latents_autoencoder-5",
    }


def test_latents_of_random_folds_show_the_leak_that_voxels_show(inputs, whole, tmp_path):
    data, mask = inputs
    loose = []
    for train, test in data.random_folds[1:3]:
        pca = PcaBaseline.fit(data.values[train], mask)
        codes = [pca.encode(data.values[rows], 10) for rows in (train, test)]
        loose.append(FoldEncoding(train, test, *codes, None, "autoencoder-10", 10))
    findings = run(replace(data, random_encodings=loose), mask, tmp_path)
    for target in ("sex", "age_bracket"):
        wanted = {"target": target, "features": "latents", "split": "random"}
        row = pick(findings, kind="score", metric="accuracy", **wanted)
        assert row.n_test == sum(len(test) for _, test in data.random_folds[1:3])
        # scored on the same subjects as the voxels' baseline, in the same folds
        assert 0.2 < row.baseline_value < 1
        leak = pick(findings, kind="difference", metric="auc", **wanted)
        assert leak.ci_low <= leak.value <= leak.ci_high
    years = pick(findings, target="age_years", features="latents", split="random", metric="mae", kind="score")
    assert years.baseline == "mean"
    others = [
        row
        for row in findings
        if not (getattr(row, "features", "") == "latents" and getattr(row, "split", "") == "random")
    ]
    assert to_frame(others).equals(to_frame(whole[0]))
