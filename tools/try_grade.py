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


def main() -> None:
    """Try so often, and print each answer that broke a law."""
    wanted, first = (int(word) for word in [*sys.argv[1:], *("20000", "1")[len(sys.argv) - 1 :]])
    made, broken, seed, start = 0, 0, first, process_time()
    with tempfile.TemporaryDirectory() as below:
        drawn = lesson(Path(below))
        while made < wanted:
            tries, said = trial_of(drawn, seed)
            made, broken, seed = made + tries, broken + len(said), seed + 1
            print("\n".join(said[:3]), end="\n" if said else "", flush=True)
    took = process_time() - start
    print(f"{made} tries in {seed - first} answers (seeds {first} to {seed - 1}), {broken} broke a law, {took:.0f} s")


if __name__ == "__main__":
    main()
