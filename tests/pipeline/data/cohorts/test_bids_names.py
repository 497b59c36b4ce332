"""Names of BIDS images: entities, and which of several is taken."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainaging.pipeline.data.cohorts.bids_names import Choice, check_selection, parse_name, parse_selection
from brainaging.pipeline.runtime import UserError

#: from the one that is taken before all others to the one that is taken after them
ORDER = [
    "sub-1_desc-brain_T1w.nii.gz",
    "sub-1_desc-preproc_T1w.nii.gz",
    "sub-1_T1w.nii.gz",
    "sub-1_T1w.nii",
    "sub-1_run-1_T1w.nii.gz",
    "sub-1_run-02_T1w.nii.gz",
    "sub-1_run-10_T1w.nii.gz",
    "sub-1_acq-highres_T1w.nii.gz",
    "sub-1_rec-norm_run-2_T1w.nii.gz",
    "sub-1_acq-highres_rec-norm_T1w.nii.gz",
    "sub-1_ce-gadolinium_T1w.nii.gz",
    "sub-1_space-MNI152NLin2009cAsym_desc-preproc_T1w.nii.gz",
    "sub-1_space-MNI152NLin6Asym_res-2_desc-preproc_T1w.nii.gz",
    "sub-1_space-OASIS30ANTs_desc-preproc_T1w.nii.gz",
    "sub-1_defaced_T1w.nii.gz",
]


def image(name):
    found = parse_name(Path(name))
    assert found is not None
    return found


def taken(*names, **wanted):
    choice = Choice(check_selection(wanted) if wanted else {})
    return choice.among([image(name) for name in names]).path.name


@given(st.sampled_from(ORDER), st.sampled_from(ORDER))
def test_preference_is_one_order(one, other):
    assert taken(one, other) == taken(other, one) == min(one, other, key=ORDER.index)


WORDS = {
    "acq": ["mprage", "highres"],
    "run": ["1", "02", "10"],
    "rec": ["norm"],
    "echo": ["1", "2"],
    "desc": ["preproc"],
}
NAMES = st.fixed_dictionaries({}, optional={key: st.sampled_from(values) for key, values in WORDS.items()})


@given(st.lists(NAMES, min_size=1, max_size=5), st.randoms())
def test_the_same_image_in_whatever_order_files_are_met(entities, random):
    names = [
        "_".join(["sub-1", *(f"{key}-{value}" for key, value in said.items()), "T1w.nii.gz"]) for said in entities
    ]
    best = taken(*names)
    random.shuffle(names)
    assert taken(*names) == best and image(best).entities["sub"] == "1"


def test_the_parts_of_a_name():
    parsed = image("sub-01_ses-pre_acq-0.8mm-iso_run-01_desc-x_desc-y_defaced_foo-1_T1w.NII.GZ")
    assert dict(parsed.entities) == {"sub": "01", "ses": "pre", "acq": "0.8mm-iso", "run": "01", "desc": "x"}
    assert (
        parsed.others == ("desc-y", "defaced", "foo-1") and parsed.suffix == "T1w" and parsed.session == "ses-pre"
    )
    assert image("sub-01_T1w.nii").form == "plain" and image("sub-01_ses-1_run-2_T1w.nii").form == "run-2"
    assert image("sub-01_desc-brain_mask.nii.gz").suffix == "mask"
    assert image("sub-01_label-GM_probseg.nii.gz").suffix == "probseg"
    assert parse_name(Path("sub-01_T1w.json")) is None


@pytest.mark.parametrize(
    ("space", "kind"),
    [
        ("", "native"),
        ("space-T1w_", "native"),
        ("space-orig_", "native"),
        ("space-MNI152NLin2009cAsym_", "template"),
        ("space-MNI152Lin_", "template"),
        ("space-fsaverage_", ""),
        ("space-MNIInfant_", ""),
    ],
)
def test_space_by_name(space, kind):
    assert image(f"sub-01_{space}T1w.nii.gz").space == kind


def test_what_is_asked_for_goes_before_the_rule():
    assert taken(*ORDER, run="2") == "sub-1_run-02_T1w.nii.gz"
    assert taken(*ORDER, run="02", acq="") == "sub-1_run-02_T1w.nii.gz"
    assert taken(*ORDER, space="MNI152NLin2009cAsym") == "sub-1_space-MNI152NLin2009cAsym_desc-preproc_T1w.nii.gz"
    with pytest.raises(ValueError, match="with run=3, found plain, run-1"):
        taken("sub-1_T1w.nii", "sub-1_run-1_T1w.nii", run="3")


def test_a_phase_image_is_never_taken_unless_asked_for():
    phase, magnitude = "sub-1_part-phase_T1w.nii.gz", "sub-1_acq-a_part-mag_T1w.nii.gz"
    assert taken(phase, magnitude) == magnitude and taken(phase, magnitude, part="phase") == phase
    with pytest.raises(ValueError, match="a magnitude image, found part-phase"):
        taken(phase)


def test_what_was_taken_and_left_is_said():
    choice = Choice()
    for person in "123":
        choice.among([image(f"sub-{person}_run-{run}_T1w.nii.gz") for run in (1, 2)])
    choice.among([image("sub-4_T1w.nii.gz")])
    (note,) = choice.notes()
    assert note.startswith("3 visits have several T1w scans; taken: run-1 (3); left: run-2 (3)")
    assert "--select" in note and Choice().notes() == []


def test_selections():
    assert parse_selection("run=01, desc=preproc,acq=") == {"run": "1", "desc": "preproc", "acq": ""}
    assert check_selection({"ses": "ses-2", "run": 1}) == {"ses": "2", "run": "1"}


@pytest.mark.parametrize("text", ["", "run", "runs=1", "sub=01", "run=1,preproc"])
def test_selections_that_state_nothing(text):
    with pytest.raises(UserError, match="select: expected entities of BIDS"):
        parse_selection(text)
