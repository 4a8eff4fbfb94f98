"""Change the program in random places, one at a time, and see whether a test notices.

    PYTHONPATH=. python -m tools.mutate --places 300 --seed 1 --kept mutants.jsonl

What no test notices survives: either a test is missing, or the change makes no difference. Each verdict is kept in a file at
once, and a run that was stopped goes on after the last one. `--again` judges the survivors of that file once more, with more
tests. Works in a copy of the checkout, and leaves the checkout as it is.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tools.mutant_switches import drawn_places, write_switches
from tools.mutant_tests import Server, Verdict


def kept_verdicts(kept: Path) -> dict[str, Verdict]:
    """Return the verdicts of a file by their places. A later one takes the place of an earlier one."""
    lines = kept.read_text().splitlines() if kept.exists() else []
    verdicts = (Verdict(**json.loads(line)) for line in lines)
    return {verdict.place: verdict for verdict in verdicts}


def checkout_copy() -> Path:
    """Return a copy of the checkout, as git has it with what was changed since."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    home = Path(tempfile.mkdtemp(prefix="mutants-"))
    for name in filter(None, listed.split("\0")):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(name, home / name, follow_symlinks=False)
    return home


def asked_options() -> argparse.Namespace:
    """Read the command line."""
    reader = argparse.ArgumentParser(
        description=__doc__.partition("\n")[0] if __doc__ else ""
    )
    reader.add_argument("--places", type=int, default=300)
    reader.add_argument("--seed", type=int, default=1)
    reader.add_argument("--kept", type=Path, default=Path("mutants.jsonl"))
    reader.add_argument(
        "--reach-tests",
        type=int,
        default=3000,
        help="tests that are run first without a change, to see which places they reach",
    )
    reader.add_argument("--again", action="store_true", help="judge survivors once more")
    reader.add_argument(
        "--tests", action="append", default=[], help="a folder of tests (default: all)"
    )
    asked = reader.parse_args()
    asked.kept = asked.kept.resolve()
    return asked


def main() -> None:
    """Judge what the file has no verdict on, then print the survivors."""
    asked = asked_options()
    places, trees = drawn_places(asked.places, asked.seed)
    names = [place.name for place in places]
    changes = [(place.before, place.after) for place in places]
    verdicts = kept_verdicts(asked.kept)
    left = [
        number
        for number, name in enumerate(names)
        if name not in verdicts or (asked.again and not verdicts[name].killer)
    ]
    home = checkout_copy()
    write_switches(home, places, trees)

    def tell(number: int, verdict: Verdict) -> None:
        with asked.kept.open("a") as file:
            file.write(json.dumps(verdict.as_row()) + "\n")
        word = "noticed " if verdict.killer else "SURVIVED"
        line = f"{word} {verdict.place}: {changes[number][1]}  [{verdict.killer}]"
        print(line, file=sys.__stderr__, flush=True)

    try:
        os.chdir(home)
        os.environ["PYTHONPATH"] = str(home)
        sys.path.insert(0, str(home))
        reach = asked.kept.with_suffix(".reach")
        server = Server(home, places, left, tell, asked.again, reach, asked.reach_tests)
        line = ("-q", "-s", "-m", "not peers", "-p", "no:cacheprovider", "-n", "0")
        pytest.main([*line, *asked.tests], [server])
    finally:
        shutil.rmtree(home, ignore_errors=True)
    verdicts = kept_verdicts(asked.kept)
    judged = [number for number, name in enumerate(names) if name in verdicts]
    survivors = [number for number in judged if not verdicts[names[number]].killer]
    share = 1 - len(survivors) / max(1, len(judged))
    print(
        f"\n{len(judged)} of {len(places)} places, seed {asked.seed}: {share:.1%} noticed, "
        f"{len(survivors)} survived"
    )
    for number in survivors:
        before, after = changes[number]
        print(f"\n{names[number]}\n  - {before}\n  + {after}")


if __name__ == "__main__":
    main()
