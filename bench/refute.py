"""Attack the comparison with random pairs: no PASS may be refuted by a sampled request, no witness may fail.

python -m bench.refute [PAIRS] [SEED]
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from random import Random  # noqa: TID251 -- a benchmark rolls its own dice, from a seed that it prints

from coffeeshop.policy.comparison.compare import excesses, with_principal
from coffeeshop.policy.comparison.domain import Domain
from coffeeshop.policy.comparison.representatives import OWNER_ACCOUNT, distinct_principals
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.model import Allowed, Excess, Principal, Request, Standing
from tests.policy.comparison.pairs import layered, open_to_all, pair, request, typed_request

SAMPLES = 60
WITNESSES = 20
TYPED = Domain.typed_domain(("111122223333", "444455556666"))
KINDS: tuple[Callable[[Random], tuple[Standing, Standing]], ...] = (
    pair,
    layered,
    pair,
    open_to_all,
    layered,
)


def shows(
    new: Standing, old: Standing, asked: Request, who: Principal | None = None
) -> bool:
    """Whether new allows the request and old does not."""
    new, old = (
        (new, old) if who is None else (with_principal(new, who), with_principal(old, who))
    )
    return isinstance(authorize(new, asked), Allowed) and not isinstance(
        authorize(old, asked), Allowed
    )


def refutations(
    dice: Random, new: Standing, old: Standing, domain: Domain
) -> Iterator[tuple[Request, Principal | None]]:
    """Requests of the domain near what the policies say, and who may ask."""
    people = distinct_principals(new, old) if new.principal.arn == "*" else ()
    for _ in range(SAMPLES):
        asked = (
            request(dice, new, old)
            if domain.accounts is None
            else typed_request(dice, domain, new, old)
        )
        who = dice.choice(people) if people else None
        if asked is not None:
            yield (replace(asked, account=OWNER_ACCOUNT) if who else asked), who


def attacked(number: int, seed: int, seen: Counter[str]) -> Iterator[str]:
    """One pair: its verdict counted, and what is wrong with it."""
    dice = Random(f"{seed}/{number}")
    new, old = KINDS[number % len(KINDS)](dice)
    domain = TYPED if number % 3 == 2 else Domain.open_domain()
    found = list(islice(excesses(new, old, domain), WITNESSES))
    proven = [one for one in found if isinstance(one, Excess)]
    verdict = "FAIL" if proven else "UNDECIDED" if found else "PASS"
    seen[f"{'open' if domain.accounts is None else 'typed'} {verdict}"] += 1
    seen["witnesses"] += len(proven)
    for one in proven:
        if not shows(new, old, one.witness, one.principal):
            seen["WITNESSES THAT FAIL"] += 1
            yield f"pair {number}: {one.witness} {one.principal}"
    yield from (
        f"pair {number}: {one.reason}" for one in found if not isinstance(one, Excess)
    )
    for asked, who in refutations(dice, new, old, domain) if verdict == "PASS" else ():
        seen["samples against a PASS"] += 1
        if shows(new, old, asked, who):
            seen["PASSES REFUTED"] += 1
            yield f"pair {number}: {asked} {who}"
            break


def main(pairs: int, seed: int) -> None:
    """Print the counts."""
    seen, times, wrong = Counter[str](), list[float](), list[str]()
    for number in range(pairs):
        started = time.perf_counter()
        wrong += attacked(number, seed, seen)
        times.append((time.perf_counter() - started) * 1e3)
    times.sort()
    middle, high = times[len(times) // 2], times[len(times) * 99 // 100]
    print(
        f"seed {seed}, {pairs} pairs, with the attack on each: median {middle:.2f} ms, p99 {high:.0f} ms, longest {times[-1]:.0f} ms"
    )
    for name, count in sorted(seen.items()):
        print(f"  {name}: {count}")
    print(*wrong[:20], sep="\n")


if __name__ == "__main__":
    main(
        int(sys.argv[1]) if len(sys.argv) > 1 else 20_000,
        int(sys.argv[2]) if len(sys.argv) > 2 else 1,
    )
