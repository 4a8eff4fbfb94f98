"""The policy package as a library: its names, what they cost, and the examples of its docstrings."""

import doctest
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import coffeeshop
from coffeeshop import policy
from tests.tables import each_row

ROOT = Path(coffeeshop.__file__).parent.parent
SOURCES = sorted((ROOT / "coffeeshop" / "policy").rglob("*.py"))


def module(source: Path) -> str:
    return ".".join(source.relative_to(ROOT).with_suffix("").parts).removesuffix(
        ".__init__"
    )


@each_row(
    (name,)
    for name in [
        module(source) for source in SOURCES if ">>> " in source.read_text("utf-8")
    ]
)
def test_examples_show_what_happens(name: str):
    failed, tried = doctest.testmod(import_module(name))
    assert tried
    assert not failed


@each_row((name,) for name in policy.__all__)
def test_every_name_is_there_and_says_what_it_is(name: str):
    assert name in dir(policy)
    assert getattr(policy, name).__doc__ or name == "Decision"


def test_an_unknown_name_is_refused_as_python_does():
    with pytest.raises(
        AttributeError, match=r"module 'coffeeshop\.policy' has no attribute 'nothing'"
    ):
        policy.__getattr__("nothing")


def test_to_import_the_package_loads_none_of_its_rooms():
    script = "import sys, coffeeshop.policy; print([name for name in sys.modules if name.startswith('coffeeshop.policy.')])"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, cwd=ROOT
    )
    assert done.stdout.decode().strip() == "[]"


def test_type_checkers_may_read_our_types():
    assert (ROOT / "coffeeshop" / "py.typed").is_file()
