"""Attack the comparison with random pairs: no PASS may be refuted by a sampled request, no witness may fail.

    python -m bench.attack [PAIRS] [SEED]
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from itertools import islice
from random import Random  # noqa: TID251 -- a benchmark rolls its own dice, from a seed that it prints

from coffeeshop.policy.authorize import authorize
from coffeeshop.policy.compare import Domain, excesses
from coffeeshop.policy.model import Allowed, Excess, Request, Standing
from tests.policy.pairs import layered, pair, request

SAMPLES = 60
WITNESSES = 20


def shows(new: Standing, old: Standing, asked: Request) -> bool:
    """Whether new allows the request and old does not."""
    return isinstance(authorize(new, asked), Allowed) and not isinstance(authorize(old, asked), Allowed)


def main(pairs: int, seed: int) -> None:
    """Print the counts."""
    seen, times, worst = Counter[str](), list[float](), list[str]()
    for number in range(pairs):
        dice = Random(f"{seed}/{number}")
        new, old = (layered if number % 4 == 3 else pair)(dice)
        typed = number % 3 == 2
        started = time.perf_counter()
        found = list(islice(excesses(new, old, Domain.typed(("111122223333",)) if typed else Domain.open()), WITNESSES))
        times.append(time.perf_counter() - started)
        proven = [one for one in found if isinstance(one, Excess)]
        verdict = "FAIL" if proven else "UNDECIDED" if found else "PASS"
        seen[f"{'typed' if typed else 'open'} {verdict}"] += 1
        seen["witnesses"] += len(proven)
        for one in proven:
            if not shows(new, old, one.witness):
                seen["WITNESSES THAT FAIL"] += 1
                worst.append(f"pair {number}: {one.witness}")
        for one in found:
            if not isinstance(one, Excess):
                seen["doubts"] += 1
                worst.append(f"pair {number}: {one.reason}")
        if verdict == "PASS" and not typed:
            for asked in (request(dice, new, old) for _ in range(SAMPLES)):
                seen["samples against a PASS"] += 1
                if shows(new, old, asked):
                    seen["REFUTED"] += 1
                    worst.append(f"pair {number}: {asked}")
                    break
    times.sort()
    print(f"seed {seed}, {pairs} pairs: median {times[len(times) // 2] * 1e3:.2f} ms, p99 {times[len(times) * 99 // 100] * 1e3:.2f} ms, longest {times[-1] * 1e3:.0f} ms")
    for name, count in sorted(seen.items()):
        print(f"  {name}: {count}")
    print(*worst[:20], sep="\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000, int(sys.argv[2]) if len(sys.argv) > 2 else 1)
