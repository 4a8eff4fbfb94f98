"""How hard the tests look: Hypothesis's profile, by HYPOTHESIS_PROFILE.

`quick`, where nobody asks, proves: a law takes the same examples on every machine, so what passes here passes there.
`thorough`, at night, looks for what nobody has seen: five times the examples, others each time, failures kept and tried first.
"""

from __future__ import annotations

import gc
import os
import re
import sys
from collections import OrderedDict
from collections.abc import Generator, Mapping
from contextlib import suppress
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from multiprocessing import get_all_start_methods, set_forkserver_preload
from pathlib import Path
from shutil import disk_usage

import pytest
from _pytest.runner import (
    runtestprotocol,
)  # no public door: what plugins that run a test again take, too
from hypothesis import HealthCheck, settings

from coffeeshop.classroom import pool
from coffeeshop.lessons.grading import grade
from coffeeshop.lessons.model import Scenario
from coffeeshop.lessons.scenario import load
from coffeeshop.lessons.scenario.schema import ScenarioForm
from coffeeshop.lessons.scenario.shop import shop_script

# Tests in a real browser are left out where nothing drives one: selenium comes with the extra peers.
collect_ignore = (
    []
    if find_spec("selenium")
    else [
        "browser/test_chromium.py",
        "browser/test_lti_chromium.py",
        "endpoint/test_other_sites.py",
    ]
)

ALIKE = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow],
    "print_blob": True,
}
PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "quick")

# How many examples a law takes; a dear one takes its share of them (tests/examples.py).
settings.register_profile(
    "quick", max_examples=20, derandomize=True, database=None, **ALIKE
)
settings.register_profile("thorough", max_examples=100, derandomize=False, **ALIKE)
settings.load_profile(PROFILE)

# Hypothesis also draws constants of our modules that are loaded by now: which ones depends on the tests before. It has no
# switch for that. A version that does it elsewhere, or not at all, is left alone; tests/test_house.py tells what is so.
with suppress(ImportError):
    from hypothesis.internal.conjecture import providers
    from hypothesis.internal.constants_ast import Constants

    if PROFILE == "quick" and hasattr(providers, "_get_local_constants"):
        providers._get_local_constants = Constants  # none

# A process that a test starts is there in half the time where modules are compiled once, and so is pytest: to rewrite the
# asserts of four hundred modules takes half of its collection.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# Those that grade a class are copies of one that has read the program, where the system can; fresh ones: test_pool.py.
if "forkserver" in get_all_start_methods():
    set_forkserver_preload(["coffeeshop.cli.grade", "coffeeshop.cli.proof"])
    pool.START_METHOD = "forkserver"

# Hundreds of tests open the same scenarios. Nothing changes one: of the same texts one is made, and what its untouched shop
# is worth is judged once.
SCENARIOS: OrderedDict[object, Scenario] = OrderedDict()
MOST_SCENARIOS = 200  # laws draw others all the time
BUILD = load.build_scenario


def scenario_of(
    form: ScenarioForm, name: str, files: Mapping[str, bytes], variant: int
) -> Scenario:
    """Return the scenario of a folder, as `load.build_scenario` does; the very same one for the same texts."""
    texts = (repr(form), name, variant, shop_script(), frozenset(files.items()))
    if texts in SCENARIOS:
        SCENARIOS.move_to_end(texts)
    else:
        if len(SCENARIOS) == MOST_SCENARIOS:
            SCENARIOS.popitem(last=False)  # the one that was asked for longest ago
        SCENARIOS[texts] = BUILD(form, name, files, variant)
    return SCENARIOS[texts]


load.build_scenario = scenario_of
grade.quality_floor = lru_cache(MOST_SCENARIOS)(grade.quality_floor.__wrapped__)

# Each act of a play is on the disk before it is shown: where memory has room for what tests write, none of them waits for one.
IN_MEMORY, ROOM = Path("/dev/shm"), 2 << 30  # pytest makes a folder of its own there; bytes
if (
    IN_MEMORY.is_dir()
    and disk_usage(IN_MEMORY).free > ROOM
    and not os.statvfs(IN_MEMORY).f_flag & os.ST_NOEXEC
):
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(IN_MEMORY))

# Hundreds of apps come and go in one process: the collector walks all that stays for the little that goes.
gc.set_threshold(1_000_000, 20, 50)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Tells how many processes `-n auto` means: tests of the app wait for its timers a quarter of the time."""
    return max(2, (os.cpu_count() or 1) * 3 // 2)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """One of several processes tells of a test once, unless more than one thing went wrong: to tell it six times, as xdist
    does (it begins, is set up, was called, is taken down, is over; the next, please), takes longer than most tests.
    """
    if not hasattr(item.config, "workerinput"):
        return None
    for report in runtestprotocol(item, log=False, nextitem=nextitem):
        if report.when == "call" or not report.passed:
            item.ihook.pytest_runtest_logreport(report=report)
    return True


def is_left_out(file: Path, config: pytest.Config) -> bool:
    """Tell whether every test of a file is a second opinion, and none is asked for. To collect thousands of them takes a second."""
    left_out = config.getoption("markexpr") in ("not peers", "not slow")
    return left_out and PEERS_ONLY.search(file.read_text("utf-8")) is not None


PEERS_ONLY = re.compile(r"^pytestmark = (\[\s*)?pytest\.mark\.peers\b", re.MULTILINE)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out the files of which no test would be run."""
    is_file = collection_path.suffix == ".py" and collection_path.name.startswith("test_")
    return True if is_file and is_left_out(collection_path, config) else None


def import_share(config: pytest.Config) -> None:
    """Import this process's share of the test files before all others.

    Each of several processes imports every file, in the same order. In a fresh clone each would rewrite the asserts of
    all, while so the others find most files rewritten.
    """
    worker = getattr(config, "workerinput", {"workerid": "gw0", "workercount": 1})
    number, count = int(worker["workerid"].removeprefix("gw")), worker["workercount"]
    if count == 1:
        return
    folders = map(Path, config.args)
    files = sorted(
        file
        for folder in folders
        for file in folder.rglob("test_*.py")
        if not is_left_out(file, config)
    )
    for file in files[number::count]:
        # What can't be imported is told when it is collected.
        with suppress(Exception, pytest.skip.Exception):
            parts = file.resolve().relative_to(config.rootpath).with_suffix("").parts
            import_module(".".join(parts))


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """What the tests import stays until they end: the collector need not walk it, neither now nor later."""
    gc.disable()
    try:
        import_share(session.config)
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A second opinion is never part of the short run; what takes long begins first, so that no core waits for it at the end."""
    for item in items:
        if item.get_closest_marker("peers"):
            item.add_marker(pytest.mark.slow)
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
