"""Grade very many hand-ins, in processes and on a local dask cluster: seconds, processor time, and the most memory.

    python -m bench.classroom [--only processes|cluster] [COUNT ...]

No two hand-ins are alike. Each is the solution or a wrong answer of one scenario, done as its number draws it: in another
order as far as the calls allow, with names, Sids and a layout of one's own, with looks around, calls that AWS refuses, and
pauses. 1,000 and 10,000 of them where nobody says. Processor time is that of the processes that grade, and tells on a machine
that has other work, too, whether time is linear. Memory is what the process that leads, and the largest of those below it,
hold at that moment. Linux only.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import closing, suppress
from hashlib import sha256
from pathlib import Path
from random import Random  # noqa: TID251 -- seeded with the number of the hand-in
from time import perf_counter

from coffeeshop.account.model import Act, Call, Caller, Outcome, Reply
from coffeeshop.classroom.cluster import LOCAL_ADDRESS, client, run_on_cluster
from coffeeshop.classroom.judge import Graded, Task, judge
from coffeeshop.classroom.pool import Failed, run_in_processes
from coffeeshop.lessons.model import ONE_MINUTE, Play, Scenario
from coffeeshop.lessons.play.handin import handin_text
from coffeeshop.lessons.play.script import run_play
from coffeeshop.lessons.scenario.find import find
from coffeeshop.lessons.scenario.load import load

SCENARIO, LIMIT = (
    "10",
    60.0,
)  # seconds for one, by the clock of a machine that may have other work
STEP = 1_000  # hand-ins between two lines that tell how far it is
LOOKS = (
    *(
        Call("iam", operation)
        for operation in ("ListUsers", "ListGroups", "GetAccountSummary")
    ),
    Call("iam", "ListUserPolicies", {"UserName": "casey"}),
    Call("iam", "GetGroup", {"GroupName": "Cashiers"}),
    Call("iam", "GetUserPolicy", {"UserName": "robin", "PolicyName": "receipts"}),
)
SLIPS = (  # what AWS refuses
    Call("iam", "CreateGroup", {"GroupName": "Cash iers"}),
    Call("iam", "AddUserToGroup", {"GroupName": "Cashier", "UserName": "casey"}),
    Call("iam", "DeleteUserPolicy", {"UserName": "bo", "PolicyName": "receipt"}),
)


# ------------------------------------------------------------------- hand-ins
def tasks(count: int) -> Iterator[Task]:
    """So many hand-ins, each another."""
    scenario = load(find(SCENARIO))
    scripts = [
        scenario.solution,
        *(scenario.text(wrong.script) for wrong in scenario.wrongs),
    ]
    plays = [run_play(scenario, script).acts for script in scripts]
    return (
        Task(f"{n:06}.handin.jsonl", handin(scenario, plays[n % len(plays)], Random(n)))
        for n in range(count)
    )


def handin(scenario: Scenario, acts: tuple[Act, ...], dice: Random) -> bytes:
    """The acts of an answer, as somebody of their own did them."""
    first, *others = (act.call for act in acts)
    dice.shuffle(others)
    calls = [first, *(own(call, dice) for call in others)]
    for call in dice.choices((*LOOKS, *SLIPS), k=dice.randint(0, 6)):
        calls.insert(dice.randint(0, len(calls)), call)
    return handin_text(
        Play(scenario, tuple(done(scenario, acts[0].caller, calls, dice)))
    ).encode()


def own(call: Call, dice: Random) -> Call:
    """The call with a name, Sids and a layout of one's own, where it writes a policy into the group."""
    if call.operation != "PutGroupPolicy":
        return call
    document = json.loads(str(call.parameters["PolicyDocument"]))
    for statement in dice.sample(document["Statement"], len(document["Statement"])):
        statement["Sid"] = (
            f"{dice.choice(('Read', 'Receipts', 'Look', 'Drawer'))}{dice.randint(1, 999)}"
        )
    dice.shuffle(document["Statement"])
    text = json.dumps(document, indent=dice.choice((None, 1, 2, 4)))
    name = f"{dice.choice(('receipts', 'till', 'cashier', 'drawer'))}-{dice.randint(1, 99)}"
    return Call(
        "iam",
        call.operation,
        {**call.parameters, "PolicyName": name, "PolicyDocument": text},
    )


def done(
    scenario: Scenario, caller: Caller, calls: list[Call], dice: Random
) -> Iterator[Outcome]:
    """The calls, each some minutes after the one before; what came of them does not travel."""
    at = scenario.now
    for call in calls:
        yield Outcome(Act(at, caller, call), scenario.opening, Reply())
        at += dice.choice((1, 1, 1, 2, 5)) * ONE_MINUTE


# -------------------------------------------------------------------- grading
def told(name: str, count: int, results: Generator[tuple[Task, Graded | Failed]]) -> None:
    """Run it, and print what it took, and on the way how far it is; the digest tells whether two ways came to the same."""
    begun, before, found, stars = perf_counter(), processor(), sha256(), Counter[str]()
    with closing(results):
        for number, (task, result) in enumerate(results, 1):
            stars[
                str(result.document.stars) if isinstance(result, Graded) else "failed"
            ] += 1
            found.update(
                f"{task.name} {result.text if isinstance(result, Graded) else result}".encode()
            )
            if number % STEP == 0 or number == count:
                held = sorted(map(resident, descendants(os.getpid())))[-1:]
                print(
                    f"{name:<10} {number:>7,} of {count:>7,} hand-ins {perf_counter() - begun:>9,.1f} s, "
                    f"{processor() - before:>9,.1f} s of the processor; MiB now: {resident(os.getpid())} leads, "
                    f"{held[0] if held else 0} grades",
                    flush=True,
                )
    spent = perf_counter() - begun
    print(
        f"{name:<10} {count / spent:.0f} a second; by stars {dict(sorted(stars.items()))}; {found.hexdigest()[:12]}",
        flush=True,
    )


def processor() -> float:
    """Seconds of the processor that all processes below this one took, and those that they ended; Linux only."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    ticks = sum(sum(map(int, stat(pid)[11:15])) for pid in descendants(os.getpid()))
    return ended.ru_utime + ended.ru_stime + ticks / os.sysconf("SC_CLK_TCK")


def resident(pid: int) -> int:
    """MiB of memory that a process holds."""
    return int(stat(pid)[21]) * os.sysconf("SC_PAGE_SIZE") // 2**20


def descendants(pid: int) -> Iterator[int]:
    """All processes below one, whichever of its threads began them."""
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in map(int, children.read_text().split()):
                yield child
                yield from descendants(child)


def stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the state on; zeros for one that has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ["0"] * 50


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "counts", metavar="COUNT", type=int, nargs="*", default=[1_000, 10_000]
    )
    parser.add_argument("--only", choices=("processes", "cluster"))
    asked, hands = parser.parse_args(), os.cpu_count() or 1
    for count in asked.counts:
        if asked.only != "cluster":
            told("processes", count, run_in_processes(judge, tasks(count), hands, LIMIT))
        if asked.only != "processes":
            with client(LOCAL_ADDRESS, hands) as cluster:
                told("cluster", count, run_on_cluster(cluster, judge, tasks(count), LIMIT))


if __name__ == "__main__":
    main()
