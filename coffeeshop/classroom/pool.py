"""Run tasks in a few processes.

Each task has a limit of time and memory, and one that crashes or hangs affects no other.
"""

from __future__ import annotations

import errno
import gc
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.synchronize import RLock
from types import FrameType
from typing import Any, Generic, TypeAlias, TypeVar, cast

from pebble import ProcessExpired, ProcessPool
from pebble.common.types import ProcessFuture

T = TypeVar("T")
R = TypeVar("R")
# The second argument is called when preparing is over.
Work: TypeAlias = Callable[[T, Callable[[], None]], R]

START_METHOD = "spawn"  # how a process begins: fresh, and the same on every system
START_TIMEOUT = 60.0  # seconds at most until a process takes on the task whose turn it is
PREPARATION_TIMEOUT = 60.0  # seconds at most before the work begins, to read shared files
MAX_PROCESSOR_SECONDS = 10.0  # of processor time for one hand-in, at most: a busy machine makes no hand-in worse
MAX_MEMORY_BYTES = 200 * 1024 * 1024  # bytes at most that a process holds
RECHECK_SECONDS = (
    0.01  # seconds of the processor until work that was importing is looked at again
)
MAX_RESTARTS = 3  # times that all processes are started anew for one task
COLLECTION_THRESHOLD = (
    20_000  # objects until garbage is collected: Python's 700 costs a tenth of the time
)
MAX_TASKS_AHEAD = 64  # tasks at most that are running or finished: results wait in memory


@dataclass(frozen=True, slots=True)
class Failed:
    """The reason why a task has no result. `reason` completes a sentence that begins with "it"."""

    reason: str
    is_our_fault: bool  # whether it is the program's fault, not the input's


PROCESS_LOST = Failed("stopped the process that graded it", is_our_fault=True)


class _OutOfTimeError(BaseException):
    """The time for a task is over. It is a BaseException so that handlers in the task don't catch it."""


class LockKeepingContext:
    """The multiprocessing context that START_METHOD names. It keeps the locks that processes share.

    Pebble drops its locks before it ends its processes. A process that was just starting then printed an error.
    """

    def __init__(self) -> None:
        self._context = get_context(START_METHOD)
        self._locks = list[RLock]()

    def __getattr__(self, name: str) -> Any:
        """Return any other attribute of the context."""
        return getattr(self._context, name)

    def RLock(self) -> RLock:  # noqa: N802  # its name
        """Return a lock that processes share."""
        self._locks.append(lock := self._context.RLock())
        return lock


class Crew(Generic[T, R]):
    """A pool of processes that run tasks in order."""

    def __init__(
        self, work: Work[T, R], process_count: int, seconds_per_task: float
    ) -> None:
        """Start `process_count` processes that run `work` on each task, for at most `seconds_per_task` seconds."""
        self.work = work
        self.process_count = process_count
        self.seconds_per_task = seconds_per_task
        self._scheduled = deque[tuple[T, ProcessFuture[Any]]]()
        self._pool = self._start_pool()

    def __len__(self) -> int:
        """Return the number of tasks whose result hasn't been taken."""
        return len(self._scheduled)

    def schedule(self, task: T) -> None:
        """Schedule a task. Raise OSError if no process can be started."""
        try:
            self._schedule(task)
        except RuntimeError:  # pebble's, where it has seen that all processes were lost
            self._restart_pool(task)

    def _schedule(self, task: T) -> None:
        """Pass a task to the pool. Raise RuntimeError if all processes are lost."""
        future = self._pool.schedule(
            _work_on_task,
            args=(self.work, task, self.seconds_per_task),
            timeout=PREPARATION_TIMEOUT + self.seconds_per_task,
        )
        self._scheduled.append((task, future))

    def take_first_result(self) -> tuple[T, R | Failed]:
        """Wait for the result of the task that was scheduled first, and return both.

        The result is PROCESS_LOST if the task keeps breaking the pool.
        """
        for _ in range(MAX_RESTARTS):
            try:
                _, future = self._scheduled[0]
                result = _wait_for_result(future, self.seconds_per_task)
            except BrokenProcessPool:
                # All processes were lost between two tasks, or can't be reached.
                self._restart_pool()
            else:
                task, _ = self._scheduled.popleft()
                return task, result
        task, _ = self._scheduled.popleft()
        return task, PROCESS_LOST

    def close(self) -> None:
        """End the processes, even if they are working."""
        self._pool.stop()
        self._pool.join()

    def _start_pool(self) -> ProcessPool:
        """Start the processes of the pool."""
        # The annotation of ProcessPool is too narrow for this context.
        context: Any = LockKeepingContext()
        return ProcessPool(
            max_workers=self.process_count, initializer=_prepare_process, context=context
        )

    def _restart_pool(self, *extra_tasks: T) -> None:
        """Start a new pool and schedule the pending tasks and `extra_tasks` again.

        Raise OSError if no process can be started.
        """
        self.close()
        tasks = [*(task for task, _ in self._scheduled), *extra_tasks]
        self._pool = self._start_pool()
        self._scheduled.clear()
        try:
            for task in tasks:
                self._schedule(task)
        except RuntimeError:  # no thread, or no pipe to them
            raise OSError(
                errno.EAGAIN, "this system can't start a process for grading"
            ) from None


def run_in_processes(
    work: Work[T, R], tasks: Iterable[T], process_count: int, seconds_per_task: float
) -> Generator[tuple[T, R | Failed]]:
    """Yield each task with its result, in the order of the tasks.

    `work` must be importable in a fresh process. A task fails if it uses more than `seconds_per_task` seconds of processor time after its
    preparation, or if it doesn't end.
    """
    crew = Crew(work, process_count, seconds_per_task)
    try:
        for task in tasks:
            crew.schedule(task)
            if len(crew) >= MAX_TASKS_AHEAD:
                yield crew.take_first_result()
        while crew:
            yield crew.take_first_result()
    finally:
        crew.close()


def _wait_for_result(future: ProcessFuture[Any], limit: float) -> Any | Failed:
    """Return the result of a task, and wait for it.

    Raise BrokenProcessPool if the pool is lost, or if no process takes the task: a killed process can block the queue.
    """
    try:
        return future.result(START_TIMEOUT + PREPARATION_TIMEOUT + limit)
    except BrokenProcessPool:
        raise
    except TimeoutError:
        if not future.done():
            raise BrokenProcessPool from None
        return Failed(
            f"took more than {PREPARATION_TIMEOUT + limit:g} seconds, so grading it was stopped",
            is_our_fault=False,
        )
    except ProcessExpired:
        return PROCESS_LOST
    except MemoryError:
        return Failed(
            f"needs more than {MAX_MEMORY_BYTES // 2**20:,} MiB of memory",
            is_our_fault=False,
        )
    except Exception as error:  # the other tasks go on
        return Failed(
            f"caused a bug in Coffeeshop: {type(error).__name__}: {error}".partition("\n")[
                0
            ],
            is_our_fault=True,
        )


# ------------------------------------------------------------- in a process of the crew
def _prepare_process() -> None:
    """Prepare a fresh process: ignore Control-C, collect garbage rarely, and limit memory."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.set_threshold(COLLECTION_THRESHOLD)
    _limit_memory()


def _work_on_task(work: Work[T, R], task: T, limit: float) -> R | Failed:
    """Run one task. Its time begins when it is prepared.

    Without a timer in the system, or if the task ignores it, the crew ends the process.
    """
    try:
        with _timer(limit) as begin:
            return work(task, begin)
    except _OutOfTimeError:
        return Failed(f"takes more than {limit:g} seconds to grade", is_our_fault=False)


@contextmanager
def _timer(limit: float) -> Generator[Callable[[], None]]:
    """Give a function that starts a timer for this process, and stop the timer at the end.

    The timer raises _OutOfTimeError after `seconds_per_task` seconds of processor time. Windows has no such
    timer.
    """
    if not hasattr(signal, "setitimer"):  # Windows
        yield lambda: None
        return
    before = signal.signal(signal.SIGPROF, _raise_out_of_time)
    try:
        yield lambda: cast("None", signal.setitimer(signal.ITIMER_PROF, limit))
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _raise_out_of_time(_signal: int, frame: FrameType | None) -> None:
    """Raise _OutOfTimeError.

    While an import is running, set the timer again instead: an exception in a class body
    can become another error.
    """
    if _is_importing(frame):
        signal.setitimer(signal.ITIMER_PROF, RECHECK_SECONDS)
    else:
        raise _OutOfTimeError


def _is_importing(frame: FrameType | None) -> bool:
    """Return whether an import is running in this stack."""
    while frame is not None and not frame.f_code.co_filename.startswith(
        "<frozen importlib"
    ):
        frame = frame.f_back
    return frame is not None


def _limit_memory() -> None:
    """Limit this process to MAX_MEMORY_BYTES bytes, if the system can."""
    try:
        import resource
    except ImportError:  # Windows
        return
    _, hard_limit = resource.getrlimit(resource.RLIMIT_DATA)
    if hard_limit == resource.RLIM_INFINITY:
        limit = MAX_MEMORY_BYTES
    else:
        limit = min(MAX_MEMORY_BYTES, hard_limit)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, hard_limit))
