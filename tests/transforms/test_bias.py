import numpy as np

from brainaging.transforms import ScanSteps, correct_bias, t1w_chain


def test_a_known_field_is_taken_out(brain_2mm):
    volume = brain_2mm[0][::2, ::2, ::2]
    slope = np.linspace(-0.35, 0.35, volume.shape[1])[None, :, None]
    biased = (volume * np.exp(slope)).astype(np.float32)
    inside = volume > 700
    before = np.corrcoef(np.log(biased[inside]), np.log(volume[inside]))[0, 1]
    out = correct_bias(biased, np.full(3, 4.0))
    after = np.corrcoef(np.log(out[inside]), np.log(volume[inside]))[0, 1]
    assert after > before + 0.2 and after > 0.75
    assert not out[volume <= 0].any()


def test_in_the_chain(brain_2mm, write_scan):
    out = t1w_chain("t1w_32", steps=ScanSteps(n4=True))({"image": str(write_scan(*brain_2mm))})
    assert out["image"].max() > 0.9
