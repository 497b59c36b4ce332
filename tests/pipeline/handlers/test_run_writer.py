"""A writer gathers every batch of a run and writes once; a second run starts anew."""

import pytest
from ignite.engine import Engine

from brainaging.pipeline.handlers.run_writer import RunWriter


class _Writer(RunWriter):
    written: tuple[list[tuple[str, str]], ...] = ()

    def gather(self, engine):
        self.name_rows(engine.state.batch)

    def finish(self):
        self.written += (self.scans,)


def test_a_run_is_written_once_and_forgotten_by_the_next():
    writer, engine = _Writer(), Engine(lambda _, batch: batch)
    writer.attach(engine)
    for _ in range(2):
        engine.run([{"subject": ["a", "b"]}, {"subject": ["c"]}], max_epochs=1)
    assert writer.written == ([("a", ""), ("b", ""), ("c", "")],) * 2


@pytest.mark.parametrize("decollate", [False, True])
def test_sessions_stand_beside_their_subjects(decollate):
    items = [{"subject": "a", "session": "ses-1"}, {"subject": "a", "session": "ses-2"}]
    batch = items if decollate else {key: [item[key] for item in items] for key in items[0]}
    writer, engine = _Writer(), Engine(lambda _, batch: batch)
    writer.attach(engine)
    engine.run([batch], max_epochs=1)
    assert writer.written == ([("a", "ses-1"), ("a", "ses-2")],)


def test_a_writer_reads_what_it_is_told_to_read():
    writer = _Writer(batch_transform=lambda batch: [batch], session_transform=lambda batch: [batch + "1"])
    engine = Engine(lambda _, batch: batch)
    writer.attach(engine)
    engine.run(["x", "y"], max_epochs=1)
    assert writer.written == ([("x", "x1"), ("y", "y1")],)
