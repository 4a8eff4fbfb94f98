"""Work on many things in a few processes: each has its time and memory, and one that breaks or hangs takes no other with it."""

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
Work: TypeAlias = Callable[
    [T, Callable[[], None]], R
]  # the second argument is called when preparing is over

START = "spawn"  # how a process begins: fresh, and the same on every system
STARTING = 60.0  # seconds at most until a process takes on the task whose turn it is
PREPARING = 60.0  # seconds at most before the work begins: reading what all share
SECONDS = 10.0  # of processor time for one hand-in, at most: a busy machine makes no hand-in worse
MEMORY = 200 * 1024 * 1024  # bytes at most that a process holds
SOON = 0.01  # seconds of the processor until work that was importing is looked at again
RESTARTS = 3  # times that all processes are started anew for one task
YOUNG = 20_000  # objects more until cycles are looked for: Python's 700 costs a tenth, and judging makes few
AHEAD = 64  # how many may be under way or finished before their turn: what waits is held in memory


@dataclass(frozen=True, slots=True)
class Failed:
    """Why there is no result: `said` completes "it …"."""

    said: str
    ours: bool  # whether it is the program's fault, not the input's


LOST = Failed("ended the process that worked on it", ours=True)


class _LateError(BaseException):
    """The time for one piece of work is over; no handler of the work's own is to take it for an error of its."""


class Beginning:
    """How processes begin, as START says. The locks that they share are kept as long as this is: pebble gives them up before
    it ends its processes, and one that was just beginning said on the terminal that they are gone.
    """

    def __init__(self) -> None:
        self._context = get_context(START)
        self._locks = list[RLock]()

    def __getattr__(self, name: str) -> Any:
        """Returns what the context has beside the locks."""
        return getattr(self._context, name)

    def RLock(self) -> RLock:  # noqa: N802  # its name
        """Returns a lock that processes share."""
        self._locks.append(lock := self._context.RLock())
        return lock


class Crew(Generic[T, R]):
    """Processes that work on one thing after the other; started when the first is given."""

    def __init__(self, work: Work[T, R], hands: int, limit: float) -> None:
        self.work = work
        self.hands = hands
        self.limit = limit
        self._given = deque[tuple[T, ProcessFuture[Any]]]()
        self._pool = self._start_pool()

    def __len__(self) -> int:
        """How many were given whose outcome was not asked for yet."""
        return len(self._given)

    def give(self, task: T) -> None:
        """Hands over one task. Raises OSError where there is no process to take it."""
        try:
            self._schedule(task)
        except RuntimeError:  # pebble's, where it has seen that all processes were lost
            self._begin_again(task)

    def _schedule(self, task: T) -> None:
        future = self._pool.schedule(
            _work_on_task,
            args=(self.work, task, self.limit),
            timeout=PREPARING + self.limit,
        )
        self._given.append((task, future))

    def first(self) -> tuple[T, R | Failed]:
        """Waits for what comes of the first of the tasks that were given, and takes it off."""
        for _ in range(RESTARTS):
            try:
                first_outcome = _outcome(self._given[0][1], self.limit)
            except (
                BrokenProcessPool
            ):  # all processes were lost between two tasks, or cannot be reached
                self._begin_again()
            else:
                return self._given.popleft()[0], first_outcome
        return self._given.popleft()[0], LOST

    def close(self) -> None:
        """End the processes, whatever they are at."""
        self._pool.stop()
        self._pool.join()

    def _start_pool(self) -> ProcessPool:
        return ProcessPool(max_workers=self.hands, initializer=_begin, context=Beginning())  # pyright: ignore[reportArgumentType]  # says less than it takes

    def _begin_again(self, *extra_tasks: T) -> None:
        """Gives fresh processes what is under way, and more. Raises OSError where there are none to be had."""
        self.close()
        tasks = [*(task for task, _ in self._given), *extra_tasks]
        self._pool = self._start_pool()
        self._given.clear()
        try:
            for task in tasks:
                self._schedule(task)
        except RuntimeError:  # no thread, or no pipe to them
            raise OSError(
                errno.EAGAIN, "this system starts no process to work in"
            ) from None


def each(
    work: Work[T, R], tasks: Iterable[T], hands: int, limit: float
) -> Generator[tuple[T, R | Failed]]:
    """Tells what comes of every task, in the order of the tasks; `work` is a function that a fresh process can import.
    A task fails that takes more than `limit` seconds of the processor after it was prepared, or does not end for long.
    """
    crew = Crew(work, hands, limit)
    try:
        for task in tasks:
            crew.give(task)
            if len(crew) >= AHEAD:
                yield crew.first()
        while crew:
            yield crew.first()
    finally:
        crew.close()


def _outcome(future: ProcessFuture[Any], limit: float) -> Any | Failed:
    """Waits for what comes of the task whose turn it is. Raises BrokenProcessPool, also where nobody takes it on: a process
    that is killed as it takes or gives may leave the way to the others shut.
    """
    try:
        return future.result(STARTING + PREPARING + limit)
    except BrokenProcessPool:
        raise
    except TimeoutError:
        if not future.done():
            raise BrokenProcessPool from None
        return Failed(f"does not end within {PREPARING + limit:g} seconds", ours=False)
    except ProcessExpired:
        return LOST
    except MemoryError:
        return Failed(f"takes more than {MEMORY // 2**20:,} MiB of memory", ours=False)
    except Exception as error:  # whatever it is, the others go on
        return Failed(
            f"met our own error: {type(error).__name__}: {error}".partition("\n")[0],
            ours=True,
        )


# ------------------------------------------------------------- in a process of the crew
def _begin() -> None:
    """Prepares a fresh process: Control-C is the parent's to answer, cycles are looked for seldom, and memory has an end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.set_threshold(YOUNG)
    _limit_memory()


def _work_on_task(work: Work[T, R], task: T, limit: float) -> R | Failed:
    """Works on one task, whose time begins when it is prepared. Where the system has no timer, or the work does not listen or
    waits, the crew ends the process.
    """
    try:
        with _timer(limit) as begin:
            return work(task, begin)
    except _LateError:
        return Failed(f"takes more than {limit:g} seconds of work", ours=False)


@contextmanager
def _timer(limit: float) -> Generator[Callable[[], None]]:
    if not hasattr(signal, "setitimer"):  # Windows
        yield lambda: None
        return
    before = signal.signal(signal.SIGPROF, _rings)
    try:
        yield lambda: cast("None", signal.setitimer(signal.ITIMER_PROF, limit))
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _rings(_signal: int, frame: FrameType | None) -> None:
    """Ends the work, once no import is under way: what is raised while a class is made can become another error."""
    if _imports(frame):
        signal.setitimer(signal.ITIMER_PROF, SOON)
    else:
        raise _LateError


def _imports(frame: FrameType | None) -> bool:
    while frame is not None and not frame.f_code.co_filename.startswith(
        "<frozen importlib"
    ):
        frame = frame.f_back
    return frame is not None


def _limit_memory() -> None:
    """Lets this process hold so much memory and no more, where the system can."""
    try:
        import resource
    except ImportError:  # Windows
        return
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    if most == resource.RLIM_INFINITY:
        limit = MEMORY
    else:
        limit = min(MEMORY, most)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, most))
