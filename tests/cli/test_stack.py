"""A stack that is too small is made larger, or said: Python would end without a word."""

import os
import resource
import subprocess
import sys

import pytest

from coffeeshop.cli.stack import NEEDED, ensure_stack


@pytest.mark.parametrize(
    ("soft", "hard", "made"),
    [
        (NEEDED // 4, resource.RLIM_INFINITY, NEEDED),
        (NEEDED // 4, 4 * NEEDED, NEEDED),
        (4 * NEEDED, 4 * NEEDED, None),
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY, None),
    ],
)
def test_a_small_stack_is_made_larger(
    soft: int, hard: int, made: int | None, monkeypatch: pytest.MonkeyPatch
):
    limits = list[tuple[int, int]]()
    monkeypatch.setattr(resource, "getrlimit", lambda which: (soft, hard))
    monkeypatch.setattr(resource, "setrlimit", lambda which, limit: limits.append(limit))
    ensure_stack()
    assert limits == ([(made, hard)] if made else [])


def test_a_stack_that_cannot_be_made_larger_is_said_with_its_mend():
    small = NEEDED // 2
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
        "error: a stack of 128 KB is all that `ulimit -Hs` allows here, and Python needs 256; make room or mend that, "
        "and start again: what was acknowledged is kept\n"
    )
