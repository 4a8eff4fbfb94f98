"""What pyproject.toml asks for, and what the lock file holds, agree."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from coffeeshop.cli.wheel import build_wheel
from coffeeshop.invocation import DISTRIBUTION_NAME
from tests.tables import each_row

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


@each_row(((requirement,) for requirement in ASKED), lambda one: one.name)
def test_the_lock_file_has_a_version_that_pyproject_allows(requirement: Requirement):
    rows = [
        row
        for row in LOCKED.finditer(LOCK)
        if row["name"] == canonicalize_name(requirement.name)
    ]
    assert rows, f"{requirement.name} is not in it: .ci/lock --keep"
    for row in rows:
        assert Version(row["version"]) in requirement.specifier, ".ci/lock --keep"


@each_row(((requirement,) for requirement in ASKED), lambda one: one.name)
def test_every_requirement_has_a_lowest_version(requirement: Requirement):
    assert {one.operator for one in requirement.specifier} & {">=", "~=", "=="}, str(
        requirement
    )


# ---------------------------------------------------------------- the package on the index
PACKAGE_PAGE = (ROOT / PROJECT["project"]["readme"]).read_text("utf-8")


def test_the_package_page_has_no_link_or_picture_that_leads_nowhere_on_the_index():
    targets = re.findall(r"\]\(([^)\s]+)\)", PACKAGE_PAGE)
    assert targets
    assert all(target.startswith("https://") for target in targets)


def test_every_text_names_the_package_as_the_index_knows_it():
    project = PROJECT["project"]["name"]
    assert project == DISTRIBUTION_NAME == "coffeeshop-iam"
    files = [*(ROOT / "coffeeshop").rglob("*.py"), *ROOT.glob("*.md")]
    files += [
        *(ROOT / "docs").glob("*.md"),
        ROOT / "pyproject.toml",
        *(ROOT / ".ci").iterdir(),
    ]
    wrong = re.compile(r"(pip|pipx) install '?coffeeshop\b(?!-iam)|\bcoffeeshop\[")
    for path in files:
        if path.name != "CHANGELOG.md":
            assert not wrong.search(path.read_text("utf-8")), path


def test_a_packed_wheel_has_the_package_s_name():
    name, _ = build_wheel({}, "students")
    assert re.match(
        r"coffeeshop_iam-[\d.]+\+students\.d[0-9a-f]{8}-py3-none-any\.whl", name
    )
