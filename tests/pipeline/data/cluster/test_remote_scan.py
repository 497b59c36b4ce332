"""What a worker of a cluster does: in one thread, by the client's own code, and only what is wanted still."""

from dataclasses import replace

import numpy as np
import pytest
import SimpleITK as sitk
import torch
from threadpoolctl import threadpool_info

from brainaging.pipeline.data import Recipe
from brainaging.pipeline.data.cluster.remote_scan import (
    Terms,
    WithdrawnError,
    objection,
    prepare_remotely,
    versions,
)
from brainaging.pipeline.data.scan import source_key
from brainaging.pipeline.runtime import UserError

threads: list[dict[str, int]] = []


def watched_chain(recipe, space):
    def chain(data):
        blas = max(one["num_threads"] for one in threadpool_info())
        itk = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
        threads.append({"torch": torch.get_num_threads(), "itk": itk, "blas": blas})
        return {"image": np.ones((1, *recipe.grid.shape), np.float32)}

    return chain


@pytest.fixture
def recipe(tiny_grid):
    return Recipe(tiny_grid, factory=watched_chain)


@pytest.fixture
def terms(jobs, recipe):
    first = jobs[0]
    token = first.record.with_name(".tmp-wanted")
    token.write_text(token.name)
    return Terms(versions(recipe), token, first.image, first.space, source_key(first.image, first.space))


def test_a_task_has_one_thread_of_torch_itk_and_blas_and_gives_back_what_there_was(jobs, recipe, terms):
    before = torch.get_num_threads(), sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    torch.set_num_threads(2)
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(3)
    try:
        assert prepare_remotely(recipe, terms, jobs[0]).problem == ""
        assert threads.pop() == {"torch": 1, "itk": 1, "blas": 1}
        assert torch.get_num_threads() == 2 and sitk.ProcessObject.GetGlobalDefaultNumberOfThreads() == 3
    finally:
        torch.set_num_threads(before[0])
        sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(before[1])


def test_who_is_as_the_client_is_has_nothing_against_it(recipe, terms):
    assert objection(recipe, terms) == ""
    assert dict(terms.versions)["brain-aging"] and dict(terms.versions)["SimpleITK"] == sitk.__version__


@pytest.mark.parametrize("name", ["brain-aging", "source code of the chain", "source code of preparing", "torch"])
def test_another_version_or_source_is_named(recipe, terms, name):
    other = tuple((key, "other" if key == name else value) for key, value in terms.versions)
    assert f"expected {name} other, as here, found {dict(terms.versions)[name]}" in objection(
        recipe, replace(terms, versions=other)
    )


def test_a_folder_or_scan_that_is_not_shared_is_named(recipe, terms, tmp_path, scan):
    unseen = replace(terms, token=tmp_path / "elsewhere" / ".tmp-wanted")
    assert f"expected {tmp_path / 'elsewhere'} on a file system that both share" in objection(recipe, unseen)
    other = tmp_path / "images" / ".tmp-wanted"
    other.write_text("another run's")
    assert "another folder of that name" in objection(recipe, replace(terms, token=other))
    gone = str(tmp_path / "gone.nii.gz")
    assert f"found {gone}: No such file" in objection(recipe, replace(terms, image=gone))
    assert f"found another {terms.image}" in objection(recipe, replace(terms, key="other"))


def test_a_worker_that_came_late_refuses_by_itself(jobs, recipe, terms):
    with pytest.raises(UserError, match=r"the worker on .* expected torch 0"):
        prepare_remotely(recipe, replace(terms, versions=(("torch", "0"),) * len(terms.versions)), jobs[0])


def test_an_option_that_a_worker_has_no_extra_for_is_one_line(jobs, tiny_grid, terms):
    recipe = Recipe(tiny_grid, factory=lacking)
    with pytest.raises(UserError, match="deepbet"):
        prepare_remotely(recipe, replace(terms, versions=versions(recipe)), jobs[0])


def lacking(recipe, space):
    raise ImportError("deepbet is not installed")


@pytest.mark.parametrize("withdrawn", ["before", "meanwhile"])
def test_what_nobody_wants_any_more_is_not_written(jobs, recipe, terms, tiny_grid, withdrawn):
    def withdrawing(recipe, space):
        def chain(data):
            terms.token.unlink()
            return {"image": np.ones((1, *recipe.grid.shape), np.float32)}

        return chain

    if withdrawn == "meanwhile":
        recipe = Recipe(tiny_grid, factory=withdrawing)
        terms = replace(terms, versions=versions(recipe))
        objection(recipe, terms)
    else:
        objection(recipe, terms)
        terms.token.unlink()
    threads.clear()
    with pytest.raises(WithdrawnError):
        prepare_remotely(recipe, terms, jobs[0])
    assert not jobs[0].volume.exists() and not jobs[0].record.exists() and not threads
