"""What Python needs of a machine is seen to before anything else, or said: a clock that it can count, a stack."""

import os
import resource
import subprocess
import sys

import pytest

from coffeeshop.machine import MIN_STACK_BYTES, machine_problem
from tests.examples import pairs

ASTRAY = """
import sys
class Astray:
    def find_spec(self, name, *_):
        assert name != "coffeeshop.cli", "much of Python cannot be imported by such a clock"
    def time():
        raise {error}
sys.modules["time"] = Astray
sys.meta_path.insert(0, Astray())
from coffeeshop.__main__ import main
main()
"""


@pytest.mark.parametrize(
    ("error", "words"),
    pairs(
        ["OverflowError", "OSError"], [["scenarios"], ["--help"], ["play", "05", "--plain"]]
    ),
)
def test_a_clock_that_python_cannot_count_is_said_before_anything_else(
    error: str, words: list[str]
):
    found = subprocess.run(
        [sys.executable, "-c", ASTRAY.format(error=error), *words],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert (found.returncode, found.stdout) == (2, "")
    assert found.stderr == (
        "error: the clock of this machine shows a time before the year 1678 or after 2261, which Python cannot count; "
        "set the clock of the machine\n"
    )


@pytest.mark.parametrize(
    ("soft", "hard", "made"),
    [
        (MIN_STACK_BYTES // 4, resource.RLIM_INFINITY, MIN_STACK_BYTES),
        (MIN_STACK_BYTES // 4, 4 * MIN_STACK_BYTES, MIN_STACK_BYTES),
        (4 * MIN_STACK_BYTES, 4 * MIN_STACK_BYTES, None),
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY, None),
    ],
)
def test_a_small_stack_is_made_larger(
    soft: int, hard: int, made: int | None, monkeypatch: pytest.MonkeyPatch
):
    limits = list[tuple[int, int]]()
    monkeypatch.setattr(resource, "getrlimit", lambda which: (soft, hard))
    monkeypatch.setattr(resource, "setrlimit", lambda which, limit: limits.append(limit))
    assert machine_problem() == ""
    assert limits == ([(made, hard)] if made else [])


def test_a_stack_that_cannot_be_made_larger_is_said_with_its_mend():
    small = MIN_STACK_BYTES // 2
    found = subprocess.run(
        [sys.executable, "-m", "coffeeshop", "scenarios"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"COFFEESHOP_DEBUG": ""},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_STACK, (small, small)),
    )
    assert found.returncode == 2
    assert found.stdout == ""
    assert found.stderr == (
        "error: a stack of 128 KB is all that `ulimit -Hs` allows here, and Python needs 256; "
        "have whoever started this allow more\n"
    )
