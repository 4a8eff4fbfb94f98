"""The titles of a lesson's pages are read without its Markdown, and are the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from coffeeshop.lessons.scenario.find import folders
from coffeeshop.lessons.teaching.markdown import LESSON_FILE, Block, page_outlines, pages

LESSONS = [path for folder in folders() for path in folder.glob("*.md")]


def outlines_of_pages(text: str, name: str) -> tuple[tuple[str, tuple[str, ...], str], ...]:
    """What the parser reads of each page: its title, its skills, and the text of its acts."""
    return tuple(
        (
            draft.title,
            draft.teaches,
            "".join(
                part.text
                for part in draft.parts
                if isinstance(part, Block) and part.kind == "acts"
            ),
        )
        for draft in pages(text, name)
    )


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.parent.name)
def test_the_outlines_of_a_lesson_are_those_of_its_pages(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = path.read_text(encoding="utf-8")
    expected = outlines_of_pages(text, path.name)
    monkeypatch.setitem(sys.modules, "markdown_it", None)  # an import of it fails
    assert page_outlines(text, path.name) == expected


@pytest.mark.parametrize(
    "text",
    [
        "# A *term* in a title\n\ntext",
        " # A blank before it\n\ntext",
        "# One\n\n~~~acts\n# no page\naws sts get-caller-identity\n~~~\n",
        "# One\n\n```acts\n# no page\naws sts get-caller-identity\n```\n\n# Two #\n\ntext",
        'One\n===\n\ntext\n\n# Two {teaches="create-user"}\n\ntext',
    ],
)
def test_a_heading_in_another_form_is_read_as_markdown(text: str) -> None:
    expected = outlines_of_pages(text, LESSON_FILE)
    assert page_outlines(text) == expected


def test_a_play_begins_without_the_parser_of_markdown(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom pathlib import Path\n"
        "from coffeeshop.lessons.play.progress import Progress\n"
        "from coffeeshop.lessons.sitting.player import Player\n"
        f"player = Player(Progress(Path({str(tmp_path / 'kim.sqlite3')!r})))\n"
        "player.open('05')\nplayer.type('aws iam create-group --group-name night')\n"
        "player.playing.tickets\n"
        "print('markdown_it' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"
