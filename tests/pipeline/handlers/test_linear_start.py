"""The linear start sees training scans alone, and only where training starts."""

import pytest
import torch
from monai.data import CacheDataset

from brainaging.networks import T1wAutoencoder
from brainaging.pipeline.runtime import UserError


class _Recorder:
    """A network that remembers what it was started from."""

    def start_from(self, volumes: torch.Tensor, flip: bool = True) -> int:
        self.seen, self.flip = volumes, flip
        return len(volumes)


def test_it_sees_the_training_scans_and_no_other(build, tmp_path) -> None:
    parts = build(tmp_path, epochs=1)
    parts.start.network = recorder = _Recorder()
    parts.trainer.run()
    expected = torch.stack([item["image"] for item in parts.train])
    assert torch.equal(recorder.seen, expected)
    assert recorder.flip


def test_it_is_skipped_on_resume(build, tmp_path) -> None:
    build(tmp_path, epochs=1).trainer.run()
    parts = build(tmp_path, epochs=2)
    parts.start.network = recorder = _Recorder()
    parts.trainer.run()
    assert not hasattr(recorder, "seen")


def test_components_of_the_checkpoint_are_those_of_the_training_scans(build, tmp_path) -> None:
    parts = build(tmp_path, epochs=2)
    parts.trainer.run()
    fresh = T1wAutoencoder(torch.ones(10, 12, 8, dtype=torch.bool), 4, 6, hidden=5, lattice=3)
    fresh.start_from(torch.stack([item["image"] for item in parts.train]))
    assert torch.equal(parts.network.components, fresh.components)
    assert torch.equal(parts.network.mean, fresh.mean)


def test_scans_that_are_all_alike_are_the_users_to_mend(build, tmp_path) -> None:
    parts = build(tmp_path, epochs=1)
    parts.start.dataset = CacheDataset([{"image": torch.ones(1, 10, 12, 8)}] * 3, None, progress=False)
    with pytest.raises(UserError, match=r"3 training samples are no start for a network: .*all alike"):
        parts.trainer.run()
