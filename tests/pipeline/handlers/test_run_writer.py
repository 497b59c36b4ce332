"""A writer gathers every batch of a run and writes once; a second run starts anew."""

from ignite.engine import Engine

from brainaging.pipeline.handlers.run_writer import RunWriter


class _Writer(RunWriter):
    written: tuple[list[str], ...] = ()

    def gather(self, engine):
        self.subjects += self.batch_transform(engine.state.batch)

    def finish(self):
        self.written += (list(self.subjects),)


def test_a_run_is_written_once_and_forgotten_by_the_next():
    writer, engine = _Writer(), Engine(lambda _, batch: batch)
    writer.attach(engine)
    for _ in range(2):
        engine.run([{"subject": ["a", "b"]}, {"subject": ["c"]}], max_epochs=1)
    assert writer.written == (["a", "b", "c"],) * 2


def test_a_writer_reads_what_it_is_told_to_read():
    writer, engine = _Writer(batch_transform=lambda batch: [batch]), Engine(lambda _, batch: batch)
    writer.attach(engine)
    engine.run(["x", "y"], max_epochs=1)
    assert writer.written == (["x", "y"],)
