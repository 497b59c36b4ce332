"""A scheduler is reached, or refused in one line; so are workers that cannot do the work."""

import logging
import socket
import subprocess
import sys
import threading

import cloudpickle
import numpy as np
import pytest
from distributed import LocalCluster

from brainaging.pipeline.data import Recipe
from brainaging.pipeline.data.cluster import scheduled_scans
from brainaging.pipeline.data.cluster.scheduler import connected, sealed
from brainaging.pipeline.runtime import UserError

ROOM = "brainaging.pipeline.data.cluster"


def refused(address):
    with pytest.raises(UserError) as caught, connected(address):
        pass
    said = str(caught.value)
    assert said.startswith(f"--scheduler {address}: expected ") and len(said.splitlines()) == 1
    return said


@pytest.mark.parametrize("address", ["", "cluster", "http://127.0.0.1:80", "inproc://1/2/3"])
def test_what_is_no_address_says_what_one_is(address):
    assert "as tcp://host:8786" in refused(address)


def test_where_nobody_answers_that_is_one_line(monkeypatch):
    monkeypatch.setattr(f"{ROOM}.scheduler.ANSWERS_S", 0.3)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        port = silent.getsockname()[1]
        assert "found none that answers" in refused(f"tcp://127.0.0.1:{port}")
        silent.listen()  # takes the connection and says nothing
        assert "found none that answers" in refused(f"tcp://127.0.0.1:{port}")


def test_without_dask_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(UserError, match=r"the package distributed: pip install .*\[dask\]"),
        connected("tcp://a:1"),
    ):
        pass


def test_dask_says_nothing_of_its_own_and_has_its_voice_back(scheduler):
    before = logging.getLogger("distributed.client").level
    with connected(scheduler) as client:
        assert not logging.getLogger("distributed.client").isEnabledFor(logging.ERROR)
        assert len(client.nthreads()) == 2
    assert logging.getLogger("distributed.client").level == before and client.status == "closed"


def test_what_is_sealed_names_nothing_of_ours_to_who_hands_it_on():
    opened, content = sealed(max, 3, 5)
    assert opened(content) == 5
    program = "import pickle, sys; sys.modules['brainaging'] = None; pickle.loads(sys.stdin.buffer.read())"
    subprocess.run([sys.executable, "-c", program], input=cloudpickle.dumps(opened), check=True)
    with pytest.raises(ImportError):
        opened(b"cno.such.module\nname\n.")
    with pytest.raises(ImportError):  # a module that an older version has without that name
        opened(b"cbrainaging.pipeline.runtime\nno_such_name\n.")


def test_workers_of_another_version_are_refused_before_work_starts(jobs, tiny_grid, scheduler, monkeypatch):
    real = sys.modules[f"{ROOM}.scheduled_jobs"].versions
    newer = lambda recipe: (("brain-aging", "99.0"), *real(recipe)[1:])  # noqa: E731
    monkeypatch.setattr(f"{ROOM}.scheduled_jobs.versions", newer)
    with pytest.raises(UserError) as caught:
        list(scheduled_scans(Recipe(tiny_grid), jobs, scheduler))
    assert "worker tcp://" in str(caught.value) and "expected brain-aging 99.0, as here, found" in str(
        caught.value
    )
    assert not list(jobs[0].record.parent.iterdir())


def test_workers_without_our_code_are_refused(jobs, tiny_grid, scheduler, monkeypatch):
    unknown = lambda *args: (sealed(max, 1)[0], b"cno.such.module\nname\n.")  # noqa: E731
    monkeypatch.setattr(f"{ROOM}.scheduler.sealed", unknown)
    with pytest.raises(UserError, match=r"expected brain-aging .*, as here, found: No module named 'no'"):
        list(scheduled_scans(Recipe(tiny_grid), jobs, scheduler))


def test_one_that_comes_late_without_our_code_stops_the_run(jobs, tiny_grid, scheduler, monkeypatch):
    unknown = lambda *args: (sealed(max, 1)[0], b"cno.such.module\nname\n.")  # noqa: E731
    monkeypatch.setattr(f"{ROOM}.scheduled_jobs.sealed", unknown)
    with pytest.raises(
        UserError, match=r"a worker: expected brain-aging .*, as here, found: No module named 'no'"
    ):
        list(scheduled_scans(Recipe(tiny_grid), jobs, scheduler))


def test_the_first_worker_is_waited_for_and_several_threads_are_told(jobs, tiny_grid, caplog):
    with LocalCluster(
        n_workers=0, threads_per_worker=2, processes=False, protocol="tcp://", dashboard_address=":0"
    ) as cluster:
        threading.Timer(0.5, cluster.scale, (1,)).start()
        outcomes = scheduled_scans(Recipe(tiny_grid, factory=flat_chain), jobs, cluster.scheduler_address)
        assert len(list(outcomes)) == 6
    assert "no worker yet: waiting for the first" in caplog.text
    assert "1 of 1 workers have several threads: each prepares one scan at a time" in caplog.text


def flat_chain(recipe, space):
    return lambda data: {"image": np.ones((1, *recipe.grid.shape), np.float32)}
