"""What pyproject.toml asks for, and what the lock file holds, agree."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LOCK = (ROOT / ".ci" / "requirements.lock").read_text("utf-8")
LOCKED = re.compile(r"^(?P<name>[a-z0-9-]+)==(?P<version>\S+)(?: ; (?P<marker>.+?))? \\\n(?P<hashes>(?:    --hash=.+\n?)+)", re.MULTILINE)  # fmt: skip
HASHES = re.compile(r"(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n?)+")


def asked(extra: str = "") -> Iterator[Requirement]:
    """What the package needs, with an extra and those that it names."""
    project = PROJECT["project"]
    for line in (
        project["optional-dependencies"][extra] if extra else project["dependencies"]
    ):
        requirement = Requirement(line)
        if requirement.name == project["name"]:
            for name in sorted(requirement.extras):
                yield from asked(name)
        else:
            yield requirement


ASKED = [*asked(), *asked("test"), *map(Requirement, PROJECT["build-system"]["requires"])]


def test_the_lock_file_holds_versions_and_their_hashes_and_nothing_else():
    rows = [*LOCKED.finditer(LOCK)]
    assert "".join(row[0] for row in rows) == re.sub(r"\A#.*\n", "", LOCK)
    assert all(HASHES.fullmatch(row["hashes"]) for row in rows)
    assert "://" not in LOCK, "it names where packages come from"


@pytest.mark.parametrize("requirement", ASKED, ids=lambda one: one.name)
def test_the_lock_file_has_a_version_that_pyproject_allows(requirement: Requirement):
    rows = [
        row
        for row in LOCKED.finditer(LOCK)
        if row["name"] == canonicalize_name(requirement.name)
    ]
    assert rows, f"{requirement.name} is not in it: .ci/lock --keep"
    for row in rows:
        assert Version(row["version"]) in requirement.specifier, ".ci/lock --keep"


@pytest.mark.parametrize("requirement", ASKED, ids=lambda one: one.name)
def test_every_requirement_has_a_lowest_version(requirement: Requirement):
    assert {one.operator for one in requirement.specifier} & {">=", "~=", "=="}, str(
        requirement
    )
