"""A task of a truth: what is asked of whom, and that images are scans and changes added."""

import numpy as np

from brainaging.pipeline.counterfactual.score.tasks.scored_task import as_image


def test_a_task_has_every_person_s_truth_and_labels(tiny_task, small_cohort):
    assert len(tiny_task) == len(tiny_task.labels) == len(tiny_task.before_ml)
    labelled = tiny_task.labelled(0)
    # labels hold what the simulation says that the structures hold
    recovered = np.corrcoef(labelled.volumes(), tiny_task.before_ml[0])[0, 1]
    assert recovered > 0.99
    ventricles = tiny_task.after_ml["age+10"][:, 0] / tiny_task.before_ml[:, 0]
    assert (ventricles > 1.02).all()


def test_images_are_scans_and_changes_as_files_hold_them(tiny_task):
    change = tiny_task.change(tiny_task.true["sex"])
    assert change.shape == tiny_task.scans.shape
    np.testing.assert_array_equal(as_image(tiny_task.scans, np.zeros_like(change)), tiny_task.scans)
    assert as_image(tiny_task.scans, change.astype(float)).dtype == np.float32
