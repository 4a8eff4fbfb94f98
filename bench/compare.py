"""Compare policies: ours against a straightforward z3 encoding, on the same pairs in one run.

python -m bench.compare [SEED]
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from random import Random  # noqa: TID251 -- a benchmark rolls its own dice, from a seed that it prints

from coffeeshop.policy.comparison.compare import excesses
from coffeeshop.policy.comparison.domain import Domain
from coffeeshop.policy.model import Condition, Element, Excess, Policy, Standing, Statement
from tests.policy.comparison.pairs import sized
from tests.policy.judge import judge, z3

ROWS = ((1, 3, 100), (20, 20, 30), (100, 100, 12))  # from, to how many statements, pairs
PATIENCE = 2_000  # milliseconds that z3 may think about one pair


def ours(new: Standing, old: Standing) -> str:
    """The verdict, as CheckNoNewAccess gives it: at the first difference."""
    first = next(excesses(new, old, Domain.open_domain()), None)
    return "unsat" if first is None else "sat" if isinstance(first, Excess) else "unknown"


def timed(
    decide: Callable[[Standing, Standing], str], pairs: list[tuple[Standing, Standing]]
) -> tuple[list[float], list[str]]:
    """Milliseconds and verdicts."""
    times, verdicts = list[float](), list[str]()
    for new, old in pairs:
        started = time.perf_counter()
        verdicts.append(decide(new, old))
        times.append((time.perf_counter() - started) * 1e3)
    return times, verdicts


def line(name: str, times: list[float], verdicts: list[str]) -> str:
    """One row of the table."""
    ranked = sorted(times)
    middle, high = (
        ranked[len(ranked) // 2],
        ranked[min(len(ranked) - 1, len(ranked) * 99 // 100)],
    )
    return f"{name:<34}{middle:>10.2f}{high:>10.2f}{ranked[-1]:>10.2f}{verdicts.count('unknown'):>11}"


def worst() -> list[tuple[str, Standing, Standing]]:
    """A dozen infixes: on resources, on one key, on actions."""
    words = [
        "abc",
        "def",
        "ghi",
        "jkl",
        "mno",
        "pqr",
        "stu",
        "vwx",
        "yz1",
        "234",
        "567",
        "890",
    ]

    def allow(
        action: str = "s3:GetObject", resource: str = "*", prefix: str = ""
    ) -> Statement:
        conditions = (Condition("StringLike", "s3:prefix", (prefix,)),) if prefix else ()
        return Statement(
            "Allow", Element((action,)), Element((resource,)), conditions=conditions
        )

    def bare(*statements: Statement) -> Standing:
        return Standing.of(Policy(statements))

    infixes = [f"*{word}*" for word in words]
    every = bare(allow(resource="arn:aws:s3:::*"))
    return [
        (
            "12 infixes, resources, PASS",
            bare(*(allow(resource=f"arn:aws:s3:::{w}") for w in infixes)),
            every,
        ),
        (
            "12 infixes, resources, FAIL",
            every,
            bare(*(allow(resource=f"arn:aws:s3:::{w}") for w in infixes)),
        ),
        (
            "12 infixes, one key, PASS",
            bare(*(allow(prefix=w) for w in infixes)),
            bare(allow()),
        ),
        (
            "12 infixes, one key, FAIL",
            bare(allow(prefix="*")),
            bare(*(allow(prefix=w) for w in infixes)),
        ),
        (
            "12 infixes, one key, same",
            bare(*(allow(prefix=w) for w in infixes)),
            bare(*(allow(prefix=w) for w in infixes)),
        ),
        (
            "12 letters, one key, FAIL",
            bare(allow(prefix="*")),
            bare(*(allow(prefix=f"*{c}*") for c in "abcdefghijkl")),
        ),
        ("12 infixes, actions, PASS", bare(*(allow(w) for w in infixes)), bare(allow("*"))),
        ("12 infixes, actions, FAIL", bare(allow("*")), bare(*(allow(w) for w in infixes))),
    ]


def main(seed: int) -> None:
    """Print the table."""
    print(
        f"seed {seed}; milliseconds; z3 {z3.get_version_string() if z3 else 'is not installed'}, at most {PATIENCE} ms a pair"
    )
    print(f"{'':<34}{'median':>10}{'p99':>10}{'longest':>10}{'undecided':>11}")
    list(
        excesses(*sized(Random(0), 3, True), Domain.open_domain())
    )  # the catalogue is read once
    for low, high, count in ROWS:
        for conditions in (False, True):
            dice = Random(f"{seed}/{low}/{conditions}")
            pairs = [sized(dice, dice.randint(low, high), conditions) for _ in range(count)]
            name = f"{low}-{high}" if low < high else f"{low}"
            name += " statements, with conditions" if conditions else " statements"
            times, verdicts = timed(ours, pairs)
            print(
                line(f"{name}, ours", times, verdicts),
                f"  {verdicts.count('sat')} of {count} differ",
            )
            if z3 is not None:
                theirs = timed(lambda new, old: judge(new, old, PATIENCE), pairs)
                differ = sum(
                    a != b
                    for a, b in zip(verdicts, theirs[1], strict=True)
                    if "unknown" not in (a, b)
                )
                print(line(f"{name}, z3", *theirs), f"  {differ} disagree")
    for name, new, old in worst():
        times, verdicts = timed(ours, [(new, old)])
        print(f"{name:<34}{times[0]:>10.2f} ms  {verdicts[0]}")
    print(
        f"memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB at most, z3 included"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
