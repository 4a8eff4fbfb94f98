"""The two laws of the grade, tried at length: what `handle` lets somebody do beyond the jobs is found, and what is found
is real.

    python tools/try_grade.py [TRIES [SEED]]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from time import process_time

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.lessons.grading.arbitrary_answers import lesson
from tests.lessons.grading.tried_answers import trial_of

TOLD = 20_000  # tries after which it is told how far it came


def main() -> None:
    """Try so often, and print each answer that broke a law."""
    wanted, first = (
        int(word) for word in [*sys.argv[1:], *("20000", "1")[len(sys.argv) - 1 :]]
    )
    made, broken, seed, start, told = 0, 0, first, process_time(), 0
    with tempfile.TemporaryDirectory() as below:
        drawn = lesson(Path(below))
        while made < wanted:
            tries, said = trial_of(drawn, seed)
            made, broken, seed = made + tries, broken + len(said), seed + 1
            print("\n".join(said[:3]), end="\n" if said else "", flush=True)
            if made // TOLD > told or made >= wanted:
                told, took = made // TOLD, process_time() - start
                counted = (
                    f"{made} tries in {seed - first} answers (seeds {first} to {seed - 1})"
                )
                print(f"{counted}, {broken} broke a law, {took:.0f} s", flush=True)


if __name__ == "__main__":
    main()
