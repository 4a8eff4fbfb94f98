"""On a cluster: the same answers as in processes of one's own, whatever breaks there."""

from __future__ import annotations

import os
import signal

import pytest

from coffeeshop.classroom import cluster
from coffeeshop.classroom.cluster import LOCAL_ADDRESS, client, run_on_cluster
from coffeeshop.classroom.pool import run_in_processes
from tests.classroom.test_pool import work

pytestmark = pytest.mark.slow
TASKS = [3, "raise", "crash", 1, "toil", *range(40)]
CALM = [*range(64)]  # as many batches as keep both workers busy


def test_a_cluster_answers_what_a_process_answers_also_when_a_worker_is_lost():
    expected = [*run_in_processes(work, TASKS, 1, 0.3)]
    with client(LOCAL_ADDRESS, 2) as workers:
        assert [*run_on_cluster(workers, work, TASKS, 0.3)] == expected
        results = run_on_cluster(workers, work, CALM, 0.3)
        found = [next(results)]
        pids: dict[str, int] = workers.run(os.getpid)  # pyright: ignore[reportAssignmentType]
        os.kill(min(pids.values()), signal.SIGKILL)
        assert [*found, *results] == [(task, task * 2) for task in CALM]


def test_where_nobody_answers_that_is_an_error_of_the_system(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(cluster, "CONNECT_TIMEOUT", "300ms")
    with pytest.raises(OSError, match="Timed out"), client("tcp://127.0.0.1:9", 1):
        pass
