"""Run tasks on a dask.distributed cluster, with the same results and limits as in local processes.

A worker runs each task in a process of its own (`pool.Crew`), so a task that hangs or crashes is ended there too. If a
worker is lost, another repeats its batch. Needs the extra `cluster`.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false, reportPrivateImportUsage=false
# since dask has no types
from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from itertools import islice
from typing import Any, TypeVar

import dask
from distributed import Client, Future, LocalCluster

from coffeeshop.classroom.pool import Crew, Failed, Work

T = TypeVar("T")
R = TypeVar("R")
LOCAL_ADDRESS = "local"  # the address of a cluster that is started for this work alone
BATCH_SIZE = 16  # tasks that are sent together
BATCHES_AHEAD = 8  # batches for each worker that may be under way or wait for their turn
CONNECT_TIMEOUT = "10s"  # in which a scheduler must answer
MAX_REPETITIONS = (
    3  # times that a batch is begun again elsewhere, after workers that were lost
)


DASK_SETTINGS = {
    "distributed.worker.daemon": False,  # a daemon may have no children
    "distributed.comm.timeouts.connect": "30s",
    "distributed.admin.low-level-log-length": 10,  # messages, since each holds a batch of hand-ins
    "logging": {"distributed": "error"},
}


@contextmanager
def client(address: str, worker_count: int) -> Generator[Client]:
    """Connect to the scheduler at an address, or start a local cluster with `worker_count` workers.

    Raise OSError if no scheduler answers.
    """
    with ExitStack() as stack:
        stack.enter_context(dask.config.set(DASK_SETTINGS))
        if address == LOCAL_ADDRESS:
            cluster = LocalCluster(
                n_workers=worker_count, threads_per_worker=1, dashboard_address=":0"
            )
            client = Client(stack.enter_context(cluster))
        else:
            client = Client(address, timeout=CONNECT_TIMEOUT)
        stack.enter_context(client)
        stack.callback(client.run, _close_crews)
        yield client


def run_on_cluster(
    cluster: Client, work: Work[T, R], tasks: Iterable[T], seconds_per_task: float
) -> Generator[tuple[T, R | Failed]]:
    """Yield each task with its result, in the order of the tasks, as `pool.run_in_processes` does.

    `seconds_per_task` is the processor time of one task, in seconds.
    """
    room = BATCHES_AHEAD * max(1, len(cluster.scheduler_info()["workers"]))
    # Only an annotation: `Future[Any]` can't be evaluated with a dask from before 2025.2.
    batches: deque[tuple[tuple[T, ...], Future[Any]]] = deque()
    queue = iter(tasks)
    while batch := tuple(islice(queue, BATCH_SIZE)):
        # With `pure`, Dask would run equal batches once. Their results are equal in any case.
        batches.append(
            (
                batch,
                cluster.submit(
                    _run_batch,
                    work,
                    batch,
                    seconds_per_task,
                    pure=False,
                    retries=MAX_REPETITIONS,
                ),
            )
        )
        if len(batches) >= room:
            yield from _results_of_first_batch(batches)
    while batches:
        yield from _results_of_first_batch(batches)


def _results_of_first_batch(
    batches: deque[tuple[tuple[T, ...], Future[Any]]],
) -> Iterator[tuple[T, Any]]:
    """Remove the first batch and yield its tasks with their results."""
    batch, future = batches.popleft()
    yield from zip(batch, _batch_results(future, len(batch)), strict=True)


def _batch_results(future: Future[Any], count: int) -> Sequence[Any]:
    """Return the results of a batch, or `count` failures if the cluster couldn't run it."""
    try:
        return future.result()
    except (
        Exception
    ) as error:  # its workers were lost again and again, or cannot be what this program is
        message = (
            f"caused an error on the cluster: {type(error).__name__}: {error}".partition(
                "\n"
            )[0]
        )
        return [Failed(message, is_our_fault=True)] * count


# ------------------------------------------------------------------- on a worker
def _run_batch(work: Work[T, R], batch: Sequence[T], limit: float) -> list[R | Failed]:
    """Run a batch of tasks on this worker and return their results in the order of the
    batch.

    The worker's process runs one task after the other, and gives each at most `seconds_per_task`
    seconds.
    """
    crew: Crew[T, R] = _worker_crew(work, limit)
    for task in batch:
        crew.schedule(task)
    return [crew.take_first_result()[1] for _ in batch]


@lru_cache(maxsize=1)
def _worker_crew(work: Work[Any, Any], limit: float) -> Crew[Any, Any]:
    """Return this worker's process. It is started once and runs until `_close_crews`."""
    crew = Crew(work, 1, limit)
    _WORKER_CREWS.append(crew)
    return crew


def _close_crews() -> None:
    """Close this worker's processes."""
    while _WORKER_CREWS:
        _WORKER_CREWS.pop().close()
    _worker_crew.cache_clear()


_WORKER_CREWS: list[Crew[Any, Any]] = []  # this worker's
