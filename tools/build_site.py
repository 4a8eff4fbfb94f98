"""Build the pages of this project as a site that can be read offline, with a search.

Run `PYTHONPATH=. python tools/build_site.py FOLDER` with the extra `site`. The glossary and the list of
scenarios are generated. A link that leads nowhere fails the build.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final, cast

from sphinx.cmd.build import build_main

ROOT: Final = Path(__file__).parent.parent
PARTS: Final = (
    ("Play", ("docs/learn", "scenarios", "glossary")),
    (
        "Teach and write",
        (
            "docs/teach",
            "docs/serve",
            "docs/lti",
            "scenarios/README",
            "docs/scenario-toml",
            "docs/grading",
            "docs/misconceptions",
        ),
    ),
    (
        "Use",
        (
            "docs/clients",
            "docs/diagnose",
            "docs/checks",
            "docs/library",
            "docs/simulated",
            "docs/fidelity",
            "docs/exit-codes",
        ),
    ),
    ("Project", ("docs/package", "CONTRIBUTING", "SECURITY", "CHANGELOG")),
)
FILES: Final = ("*.md", "NOTICE", "docs/*.md", "scenarios/*.md", "scenarios/*.toml")
FOLDERS: Final = ("assets",)
SETTINGS: Final = """\
project = "Coffeeshop"
html_title = "Coffeeshop"
html_theme = "furo"
root_doc = "README"
exclude_patterns = ["assets"]
extensions = ["myst_parser"]
myst_heading_anchors = 4
html_copy_source = False
html_show_sphinx = False
suppress_warnings = ["myst.header"]
"""


def read_table(path: Path, key: str) -> list[dict[str, object]]:
    """Return the rows of an array of tables in a TOML file."""
    return cast("list[dict[str, object]]", tomllib.loads(path.read_text("utf-8"))[key])


def write_glossary(terms: list[dict[str, object]]) -> str:
    """Return the page of the glossary, in the order of the alphabet."""
    lines = ["# Glossary", ""]
    for term in sorted(terms, key=lambda row: str(row["name"]).lower()):
        lines += [f"## {term['name']}", "", str(term["says"]), ""]
        other_names = cast("list[str]", term.get("also", []))
        if other_names:
            lines += [f"Also called: {', '.join(other_names)}.", ""]
        lines += ["For example:", "", f"> {term['example']}", ""]
        if page := term.get("page"):
            lines += [f"[AWS's page]({page})", ""]
    return "\n".join(lines)


def scenario_rows(chapter: object) -> Iterator[str]:
    """Yield a row of a table for each scenario of a chapter."""
    for path in sorted(ROOT.glob("scenarios/*/scenario.toml")):
        heading = tomllib.loads(path.read_text("utf-8"))
        if (
            heading.get("chapter") == chapter
            and "title" in heading
            and path.parent.name != "template"
        ):
            number = str(heading["id"]).partition("-")[0]
            yield (
                f"| {number} | {heading['title']} | {heading['objective']} | {heading['minutes']} |"
            )


def write_scenarios(chapters: list[dict[str, object]]) -> str:
    """Return the page with the scenarios of each chapter."""
    lines = ["# Scenarios", "", "Play one with `coffeeshop play 05`.", ""]
    for chapter in chapters:
        rows = list(scenario_rows(chapter["number"]))
        if rows:
            lines += [f"## {chapter['number']}. {chapter['title']}", ""]
            lines += [
                "| | Scenario | What you learn | Minutes |",
                "|---|---|---|---|",
                *rows,
                "",
            ]
    return "\n".join(lines)


def contents() -> str:
    """Return the tables of contents, which the first page ends with."""
    return "".join(
        f"\n```{{toctree}}\n:hidden:\n:caption: {caption}\n\n"
        + "\n".join(pages)
        + "\n```\n"
        for caption, pages in PARTS
    )


def gather_pages(folder: Path) -> None:
    """Copy the pages, and what they link to, into a folder, and write what is generated."""
    for pattern in FILES:
        for path in ROOT.glob(pattern):
            target = folder / path.relative_to(ROOT)
            target.parent.mkdir(exist_ok=True)
            shutil.copyfile(path, target)
    for name in FOLDERS:
        shutil.copytree(ROOT / name, folder / name)
    shutil.copyfile(ROOT / "scenarios" / "shop.sh", folder / "scenarios" / "shop.sh")
    terms = read_table(ROOT / "scenarios" / "glossary.toml", "term")
    (folder / "glossary.md").write_text(write_glossary(terms), "utf-8")
    chapters = read_table(ROOT / "scenarios" / "chapters.toml", "chapter")
    (folder / "scenarios.md").write_text(write_scenarios(chapters), "utf-8")
    with (folder / "README.md").open("a", encoding="utf-8") as first_page:
        first_page.write(contents())
    (folder / "conf.py").write_text(SETTINGS, "utf-8")


def main() -> int:
    """Build the site into the folder that is named. Return Sphinx's exit code."""
    if len(sys.argv) != 2:
        print("Name the folder to write to: tools/build_site.py FOLDER", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        gather_pages(Path(folder))
        return build_main(
            ["-W", "-n", "--keep-going", "-q", "-b", "html", folder, sys.argv[1]]
        )


if __name__ == "__main__":
    sys.exit(main())
