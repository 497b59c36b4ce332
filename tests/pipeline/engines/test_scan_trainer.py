"""Scans stay batches, and are mirrored as often as asked."""

import torch
from ignite.engine import Events

from brainaging.pipeline.engines.scan_trainer import ScanTrainer


class _Seen(ScanTrainer):
    def _iteration(self, engine, batchdata):
        return {"image": self.scans(batchdata, 1.0), "as_they_are": self.scans(batchdata, 0.0)}


def test_each_batch_is_seen_whole_and_mirrored_by_probability():
    scans, outputs = torch.rand(6, 1, 4, 3, 2), []
    trainer = _Seen("cpu", 2, [{"image": part} for part in scans.split(3)])
    trainer.add_event_handler(Events.ITERATION_COMPLETED, lambda engine: outputs.append(engine.state.output))
    trainer.run()
    assert torch.equal(torch.cat([output["as_they_are"] for output in outputs[:2]]), scans)
    assert torch.equal(torch.cat([output["image"] for output in outputs[2:]]), scans.flip(2))
