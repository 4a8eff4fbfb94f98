"""Grade very many hand-ins, in processes and on a local dask cluster: seconds, and the most memory that a process held.

    python -m bench.classroom [COUNT ...]

The hand-ins are the solution and the wrong answers of one scenario, in turn; 1,000 and 10,000 of them where nobody says.
Memory is that of the process that leads, and of the largest of those that grade.
"""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Generator, Iterator
from contextlib import closing
from hashlib import sha256
from time import perf_counter

from coffeeshop.classroom.cluster import LOCAL, client, each_on
from coffeeshop.classroom.judge import Graded, Task, judge
from coffeeshop.classroom.pool import Failed, each
from coffeeshop.lessons.play.handin import written
from coffeeshop.lessons.play.script import run_play
from coffeeshop.lessons.scenario.find import find
from coffeeshop.lessons.scenario.load import load

SCENARIO, LIMIT = "10", 10.0
MIB = 1024


def tasks(count: int) -> Iterator[Task]:
    """So many hand-ins."""
    scenario = load(find(SCENARIO))
    scripts = [scenario.solution, *(scenario.text(wrong.script) for wrong in scenario.wrongs)]
    bodies = [written(run_play(scenario, script)).encode() for script in scripts]
    return (Task(f"{n:06}.handin.jsonl", bodies[n % len(bodies)]) for n in range(count))


def told(name: str, count: int, results: Generator[tuple[Task, Graded | Failed]]) -> None:
    """Run it, and print what it took; the digest tells whether two ways came to the same."""
    begun, found = perf_counter(), sha256()
    with closing(results):
        for task, result in results:
            found.update(f"{task.name} {result.text if isinstance(result, Graded) else result}".encode())
    spent = perf_counter() - begun
    lead, hand = (resource.getrusage(who).ru_maxrss // MIB for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(
        f"{name:<10} {count:>7,} hand-ins {spent:>8.1f} s {count / spent:>7.0f} a second; "
        f"{lead} MiB leads, {hand} MiB grades at most; {found.hexdigest()[:12]}"
    )


def main(counts: list[int]) -> None:
    hands = os.cpu_count() or 1
    for count in counts:
        told("processes", count, each(judge, tasks(count), hands, LIMIT))
        with client(LOCAL, hands) as cluster:
            told("cluster", count, each_on(cluster, judge, tasks(count), LIMIT))


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]] or [1_000, 10_000])
