"""Work on many things in a few processes: each has its time, and one that breaks or hangs takes no other with it."""

from __future__ import annotations

import signal
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from time import monotonic
from typing import Any, Generic, TypeAlias, TypeVar

T = TypeVar("T")
R = TypeVar("R")
Work: TypeAlias = Callable[[T, Callable[[], None]], R]  # the second argument is called when preparing is over

PREPARING = 60.0  # seconds at most before the work begins: starting a process, reading what all share
MEMORY = 1024 * 1024 * 1024  # bytes at most that a process holds
AHEAD = 64  # how many may be finished before their turn: what waits is held in memory


@dataclass(frozen=True, slots=True)
class Failed:
    """Why there is no result: `said` completes "it …"."""

    said: str
    ours: bool  # whether it is the program's fault, not the input's


class _Hand(Generic[T, R]):
    """A process, and the place in the queue of what it works on."""

    def __init__(self, work: Work[T, R]) -> None:
        self.work = work
        self.at: int | None = None
        self.deadline = 0.0
        self.start()

    def start(self) -> None:
        spawn = get_context("spawn")  # fresh, and the same on every system
        self.pipe, theirs = spawn.Pipe()
        self.process: SpawnProcess = spawn.Process(target=_serve, args=(theirs, self.work), daemon=True)
        self.process.start()
        theirs.close()

    def give(self, at: int, task: T) -> None:
        self.at, self.deadline = at, monotonic() + PREPARING
        try:
            self.pipe.send(task)
        except OSError:  # it died between two tasks
            self.stop()
            self.start()
            self.pipe.send(task)

    def result(self, limit: float) -> R | Failed | None:
        """Tells what has come of the task; None while it goes on, or where the hand only said that it has begun."""
        if not self.pipe.poll():
            return self._late(limit) if monotonic() > self.deadline else None
        try:
            answer = self.pipe.recv()
        except (EOFError, OSError):
            return self._gone(Failed("ended the process that worked on it", ours=True))
        if answer is None:
            self.deadline = monotonic() + limit
        return answer

    def _late(self, limit: float) -> Failed:
        return self._gone(Failed(f"takes more than {limit:g} seconds of work", ours=False))

    def _gone(self, failed: Failed) -> Failed:
        self.stop()
        self.start()
        return failed

    def stop(self) -> None:
        self.process.kill()
        self.process.join()
        self.pipe.close()


def each(work: Work[T, R], tasks: Iterable[T], hands: int, limit: float) -> Generator[tuple[T, R | Failed]]:
    """Tells what comes of every task, in the order of the tasks; `work` is a function that a fresh process can import.
    A task that takes longer than `limit` seconds after it was prepared fails.
    """
    queue = enumerate(tasks)
    crew: list[_Hand[T, R]] = []
    given: dict[int, T] = {}
    done: dict[int, R | Failed] = {}
    turn = 0
    try:
        while True:
            while len(given) < AHEAD and (free := _free(crew, hands, work)) and (following := next(queue, None)):
                given[following[0]] = following[1]
                free.give(*following)
            if not given:
                return
            _wait(crew)
            for hand in crew:
                if hand.at is not None and (result := hand.result(limit)) is not None:
                    done[hand.at], hand.at = result, None
            while turn in done:
                yield given.pop(turn), done.pop(turn)
                turn += 1
    finally:
        for hand in crew:
            hand.stop()


def _free(crew: list[_Hand[T, R]], hands: int, work: Work[T, R]) -> _Hand[T, R] | None:
    """Returns a hand that has nothing to do; a new one, while there may be more."""
    free = next((hand for hand in crew if hand.at is None), None)
    if free is None and len(crew) < hands:
        free = _Hand(work)
        crew.append(free)
    return free


def _wait(crew: list[_Hand[Any, Any]]) -> None:
    """Until one of them speaks, or is late."""
    busy = [hand for hand in crew if hand.at is not None]
    wait([hand.pipe for hand in busy], max(0.0, min(hand.deadline for hand in busy) - monotonic()))


def _serve(pipe: Connection, work: Work[Any, Any]) -> None:
    """Lives a hand's life: task by task, until the other end closes the pipe."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Control-C is the parent's to answer
    _limit_memory()
    while True:
        try:
            task = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            pipe.send(work(task, lambda: pipe.send(None)))
        except MemoryError:
            pipe.send(Failed(f"takes more than {MEMORY // 2**20:,} MiB of memory", ours=False))
        except Exception as error:  # whatever it is, the others go on
            pipe.send(Failed(f"met our own error: {type(error).__name__}: {error}".partition("\n")[0], ours=True))


def _limit_memory() -> None:
    """Lets this process hold so much memory and no more, where the system can."""
    try:
        import resource
    except ImportError:  # Windows
        return
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    limit = MEMORY if most == resource.RLIM_INFINITY else min(MEMORY, most)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, most))
