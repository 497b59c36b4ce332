"""Stripping is an extra: without the package the message says how to get it; with it, a real head is stripped."""

import numpy as np
import pytest

from brainaging.transforms import ScanSteps, dice, read_scan, strip, t1w_chain


def test_without_the_extra_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setattr(strip, "BrainExtraction", None)
    with pytest.raises(ImportError, match=r"pip install -c constraints\.txt -e '\.\[strip\]'"):
        t1w_chain("t1w_32", steps=ScanSteps(strip="deepbet"))


def test_the_stripper_named_is_called(monkeypatch, brain_2mm, write_scan):
    volume, affine = brain_2mm
    head = volume.copy()
    skin = np.random.default_rng(0).uniform(250, 350, volume.shape)[8:-8, 8:-8, 8:-8]
    head[8:-8, 8:-8, 8:-8] = np.where(volume[8:-8, 8:-8, 8:-8] == 0, skin, volume[8:-8, 8:-8, 8:-8])
    monkeypatch.setattr(strip, "BrainExtraction", object)
    monkeypatch.setitem(strip.STRIPPERS, "deepbet", lambda array, _: np.where(volume > 0, array, np.float32(0)))
    out = t1w_chain("t1w_32", steps=ScanSteps(strip="deepbet"))({"image": str(write_scan(head, affine))})
    assert out["template_dice"] > 0.98


@pytest.mark.slow
def test_deepbet_strips_a_real_head(shared_data):
    pytest.importorskip("deepbet", reason="the extra [strip] is not installed")
    folder = shared_data / "freesurfer_mgz" / "sub-0001" / "mri"
    stripped = strip.strip_with_deepbet(*read_scan(folder / "T1.mgz"))
    assert dice(stripped > 0, read_scan(folder / "brain.mgz")[0] > 0) > 0.95
