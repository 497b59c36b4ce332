"""A run's log file: what the package logs, and where a run stopped."""

import logging

import pytest

from brainaging.pipeline.runtime import log_to


def test_the_file_has_what_the_package_logs_inside_the_block_and_nothing_else(tmp_path):
    logger = logging.getLogger("brainaging.pipeline.some_room")
    before = logging.getLogger("brainaging").level
    logger.warning("too early")
    with log_to(tmp_path / "new" / "run.log") as yielded:
        assert yielded.name == "brainaging"
        logger.info("stage one")
        logger.debug("detail")
        logging.getLogger("elsewhere").warning("of another package")
    logger.warning("too late")
    (line,) = (tmp_path / "new" / "run.log").read_text().splitlines()
    assert line.endswith("INFO brainaging.pipeline.some_room: stage one")
    assert logging.getLogger("brainaging").level == before


def test_a_second_run_is_appended(tmp_path):
    for stage in ("one", "two"):
        with log_to(tmp_path / "run.log") as logger:
            logger.info(stage)
    assert [line.rsplit(": ")[1] for line in (tmp_path / "run.log").read_text().splitlines()] == ["one", "two"]


@pytest.mark.parametrize("stop", [ZeroDivisionError, KeyboardInterrupt])
def test_where_a_run_stopped_is_in_the_file_and_the_error_goes_on(tmp_path, stop):
    handlers = list(logging.getLogger("brainaging").handlers)
    with pytest.raises(stop), log_to(tmp_path / "run.log"):
        raise stop
    text = (tmp_path / "run.log").read_text()
    assert "ERROR brainaging: the run stopped here" in text
    assert stop.__name__ in text
    assert logging.getLogger("brainaging").handlers == handlers
