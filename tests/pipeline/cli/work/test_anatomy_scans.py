"""A cohort of scans becomes the simulator's source; what cannot be one is said in a line."""

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from brainaging.pipeline.cli.work.anatomy_scans import (
    anatomy_counts,
    anatomy_names,
    anatomy_source,
    check_enough_to_score,
)
from brainaging.pipeline.runtime import UserError
from brainaging.pipeline.simulate import load_scenario
from brainaging.pipeline.simulate.anatomies.anatomy_source import NAME


@pytest.fixture(scope="module")
def listing(tmp_path_factory, shared_data):
    """A CSV of three real scans."""
    path = tmp_path_factory.mktemp("cohort") / "scans.csv"
    rows = [f"sub-{n},{shared_data}/ds002748/sub-{n}/anat/sub-{n}_T1w.nii.gz" for n in ("01", "03", "04")]
    path.write_text("\n".join(["subject,path", *rows]) + "\n")
    return path


def test_a_cohort_s_scans_have_names_spaces_and_hashes(listing):
    source = anatomy_source("lifespan", listing)
    assert len(source.scans) == len(source.hashes) == 3
    assert {scan.space for scan in source.scans} == {"native"}
    assert all(NAME.fullmatch(scan.name) for scan in source.scans)


def test_a_scenario_names_its_cohort_from_its_own_folder_on(listing):
    own = listing.with_name("mine.yaml")
    own.write_text(yaml.safe_dump({**load_scenario("lifespan").as_dict(), "anatomies": listing.name}))
    assert anatomy_source(str(own), None).hashes == anatomy_source("lifespan", listing).hashes
    assert anatomy_source("lifespan", None) is None


def test_too_few_to_score_is_refused_and_the_template_is_not(listing):
    with pytest.raises(UserError, match=r"--anatomies: expected at least 4 scans to score on .* found 3"):
        check_enough_to_score(anatomy_source("lifespan", listing))
    check_enough_to_score(None)


def test_people_without_scans_are_no_anatomies(tmp_path):
    (tmp_path / "people.csv").write_text("subject,age\na,20\nb,30\n")
    with pytest.raises(UserError):
        anatomy_source("lifespan", tmp_path / "people.csv")


@given(st.lists(st.tuples(st.text(max_size=6), st.text(max_size=3)), max_size=8))
def test_names_are_distinct_and_a_folder_s(scans):
    names = anatomy_names(scans)
    assert len(set(names)) == len(scans)
    assert all(NAME.fullmatch(name) and name != "template" for name in names)


def test_counts_tell_unseen_anatomies():
    brains = {"p": "a", "q": "a", "r": "b", "s": "c"}
    counts = anatomy_counts(brains, ["p", "q", "r", "s"], np.array([0, 2]), np.array([1, 3]))
    assert counts == {"learned_from": 2, "tried_on": 2, "tried_on_unseen": 1}
