"""The pages: their links lead somewhere, their commands are real, their code runs, and they are short."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from coffeeshop.cli import group
from tools import write_reference

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    [
        *(ROOT / "docs").glob("*.md"),
        *(
            ROOT / name
            for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")
        ),
        ROOT / "scenarios" / "README.md",
    ]
)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
name_of = lambda page: page.relative_to(ROOT).as_posix()  # noqa: E731
each_page = pytest.mark.parametrize("page", PAGES, ids=name_of)


def anchor(heading: str) -> str:
    """Return the fragment that code forges give a heading."""
    words = re.sub(r"[^\w\s-]", "", heading.lower().replace("`", ""))
    return words.strip().replace(" ", "-")


@each_page
def test_every_link_leads_somewhere(page: Path):
    for target in LINK.findall(page.read_text("utf-8")):
        if target.startswith(("http://", "https://")):
            continue
        path, _, fragment = target.partition("#")
        linked_page = (page.parent / path).resolve() if path else page
        assert linked_page.exists(), f"{name_of(page)} links to {target}"
        if fragment:
            headings = map(anchor, HEADING.findall(linked_page.read_text("utf-8")))
            assert fragment in set(headings), f"{name_of(page)} links to {target}"


@each_page
def test_no_page_is_longer_than_300_lines(page: Path):
    assert len(page.read_text("utf-8").splitlines()) <= 300


def test_the_readme_has_at_most_150_lines_and_no_paragraph_over_four():
    text = (ROOT / "README.md").read_text("utf-8")
    assert len(text.splitlines()) <= 150
    prose = FENCE.sub("", text)
    paragraphs = [
        part for part in prose.split("\n\n") if not part.lstrip().startswith(("|", "#"))
    ]
    assert max(len(part.strip().splitlines()) for part in paragraphs) <= 4


def command_lines(page: Path) -> Iterator[str]:
    """Yield each command line of our program that a page shows, in a block or between backticks."""
    text = page.read_text("utf-8")
    for language, block in FENCE.findall(text):
        if language in ("sh", ""):
            yield from (line.partition("  #")[0] for line in block.splitlines())
    yield from (span.replace("\n", " ") for span in SPAN.findall(FENCE.sub("", text)))


def our_commands(page: Path) -> Iterator[list[str]]:
    """Yield the words after `coffeeshop` of each command line."""
    for line in command_lines(page):
        for part in line.split("&&"):
            command = part.strip().removeprefix(".venv/bin/")
            if command.startswith("coffeeshop "):
                yield shlex.split(command.partition(" > ")[0])[1:]


def check_command(words: list[str]) -> None:
    """Raise an error of click's if our command line would refuse these words."""
    command: click.Command = group
    context = click.Context(command, info_name="coffeeshop")
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        _, found_command, words = command.resolve_command(context, words)
        assert found_command is not None
        command = found_command
        context = click.Context(command, info_name=command.name, parent=context)
    known = {option for parameter in command.params for option in parameter.opts}
    for word in words:
        if word.startswith("--"):
            assert word.partition("=")[0] in known | {"--help"}, word


@each_page
def test_every_command_of_ours_exists_with_its_options(page: Path):
    for words in our_commands(page):
        check_command(words)


def test_the_code_on_the_page_about_the_library_runs():
    text = (ROOT / "docs" / "library.md").read_text("utf-8")
    code = next(block for language, block in FENCE.findall(text) if language == "python")
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "nothing allows this s3:PutObject request" in done.stdout


def test_the_refusal_on_its_page_is_explained_as_the_page_says():
    text = (ROOT / "docs" / "diagnose.md").read_text("utf-8")
    (_, command), (_, answer), *_ = FENCE.findall(text)
    done = subprocess.run(
        [sys.executable, "-m", *shlex.split(command)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr, done.stdout) == (0, "", answer)


def test_the_reference_of_scenario_toml_is_written_from_the_schema():
    page = write_reference.TARGET.read_text("utf-8")
    assert page == write_reference.page_with_reference(page)


def test_the_tutorial_works_as_it_is_written(tmp_path: Path):
    """The commands of the first scenario run, in order, in an empty folder."""
    text = (ROOT / "scenarios" / "README.md").read_text("utf-8")
    tutorial = text.partition("## Your first scenario")[2].partition("\n## ")[0]
    blocks = [block for language, block in FENCE.findall(tutorial) if language == "sh"]
    commands = [line for block in blocks for line in block.splitlines()]
    without_play = [line for line in commands if not line.startswith("coffeeshop play")]
    program = f"{shlex.quote(sys.executable)} -m coffeeshop"
    script = "\n".join(
        line.replace("coffeeshop ", f"{program} ", 1)
        if line.startswith("coffeeshop")
        else line
        for line in without_play
        if not line.endswith("--mutants")
    )
    done = subprocess.run(
        ["bash", "-euc", script],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "assertions hold" in done.stdout


def test_the_site_has_a_place_for_every_page_of_docs():
    source = (ROOT / "tools" / "build_site.py").read_text("utf-8")
    named = set(re.findall(r'"(docs/[a-z-]+)"', source))
    assert named == {f"docs/{page.stem}" for page in (ROOT / "docs").glob("*.md")}
