"""A run's log file: what the package logs, and where a run stopped."""

import logging
import time
from pathlib import Path

import pytest

from brainaging.pipeline.runtime import log_to, stages


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
    line, last = (tmp_path / "new" / "run.log").read_text().splitlines()
    assert line.endswith("INFO brainaging.pipeline.some_room: stage one")
    assert last.endswith("INFO brainaging: done in 0 s")
    assert logging.getLogger("brainaging").level == before


def test_a_second_run_is_appended(tmp_path):
    for stage in ("one", "two"):
        with log_to(tmp_path / "run.log") as logger:
            logger.info(stage)
    said = [line.rsplit(": ")[1] for line in (tmp_path / "run.log").read_text().splitlines()]
    assert said == ["one", "done in 0 s", "two", "done in 0 s"]


@pytest.mark.parametrize("stop", [ZeroDivisionError, KeyboardInterrupt])
def test_where_a_run_stopped_is_in_the_file_and_the_error_goes_on(tmp_path, stop):
    handlers = list(logging.getLogger("brainaging").handlers)
    with pytest.raises(stop), log_to(tmp_path / "run.log") as logger:
        logger.info("stage one")
        raise stop
    text = (tmp_path / "run.log").read_text()
    assert "ERROR brainaging: the run stopped here" in text
    assert stop.__name__ in text
    assert logging.getLogger("brainaging").handlers == handlers


def test_a_run_that_is_refused_before_its_first_stage_leaves_nothing(tmp_path):
    with pytest.raises(ValueError, match="no"), log_to(tmp_path / "new" / "run.log"):
        raise ValueError("no")
    assert list(tmp_path.iterdir()) == []


def test_an_error_that_may_quote_a_restricted_cell_is_named_alone(tmp_path):
    with pytest.raises(ValueError), log_to(tmp_path / "run.log", quote_errors=False) as logger:
        logger.info("stage one")
        raise ValueError("Age_in_Yrs: found 38.78")
    text = (tmp_path / "run.log").read_text()
    assert "the run stopped here: ValueError" in text
    assert "38.78" not in text


def test_a_stage_that_says_nothing_is_said_to_go_on(tmp_path, monkeypatch):
    monkeypatch.setattr(stages, "EVERY_S", 0.01)
    path = tmp_path / "run.log"
    with log_to(path) as logger:
        time.sleep(0.05)
        assert not path.exists(), "nothing has begun"
        logger.info("aligning")
        deadline = time.monotonic() + 20
        while path.read_text().count("still at it") < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
    text = path.read_text()
    assert text.count("still at it after 0 s: aligning") >= 2
    time.sleep(0.05)
    assert path.read_text() == text, "the run is over"


def test_a_full_disk_ends_the_log_and_not_the_run(tmp_path, caplog):
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    (tmp_path / "run.log").symlink_to("/dev/full")
    with log_to(tmp_path / "run.log") as logger:
        for number in range(3):
            logger.info("line %d", number)
    said = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert len(said) == 1
    assert "run.log: No space left on device: the log ends here, and the run goes on" in said[0]


def test_a_path_that_is_no_text_is_logged(tmp_path, monkeypatch):
    # what pytest itself would catch, its workers could not send
    monkeypatch.setattr(logging.getLogger("brainaging"), "propagate", False)
    with log_to(tmp_path / "run.log") as logger:
        logger.info("%s", "scan\udcff.nii")
    assert r"scan\udcff.nii" in (tmp_path / "run.log").read_text(encoding="utf-8")
