"""Every line that the game prints or asks for is one that the real CLI takes, of version 1 and of version 2."""

import shlex
from collections.abc import Iterator
from pathlib import Path
from re import findall, sub

import pytest

from coffeeshop.account.command import script_lines
from coffeeshop.lessons.scenario.load import load
from coffeeshop.views.brief import call_usage
from tests.account.command.test_peers import Theirs, theirs
from tests.real_cli import WHOLE

pytestmark = [pytest.mark.peers, pytest.mark.slow]
__all__ = ["theirs"]  # the fixture
SCENARIOS = Path(__file__).parents[3] / "scenarios"
FOLDERS = sorted(path.parent for path in SCENARIOS.glob("*/scenario.toml"))
PLACES = {  # what only the game knows, and what stands in capitals for the reader's own
    "@phone": "123456",
    "@instance": "arn:aws:sso:::instance/ssoins-0123456789abcdef",
    "@key": "AKIAIOSFODNN7EXAMPLE",
    "@job": "0" * 36,
    "ARN": "arn:aws:iam::111122223333:role/till",
    "NUMBER": "arn:aws:iam::111122223333:mfa/casey",
    "ID": "A" * 36,
    "BOUNDARY": "arn:aws:iam::111122223333:policy/till",
    "CODE1": "123456",
    "CODE2": "654321",
}


def scripts() -> Iterator[tuple[str, Path]]:
    """The lines of the shop and of every scenario, with the folder whose files they name."""
    for path in (
        SCENARIOS / "shop.sh",
        *SCENARIOS.glob("*/*.sh"),
        *SCENARIOS.glob("*/wrong/*.sh"),
    ):
        folder = path.parent.parent if path.parent.name == "wrong" else path.parent
        yield from (
            (line, folder)
            for _, line in script_lines(path.read_text("utf-8"))
            if line.startswith("aws ")
        )


def told() -> Iterator[tuple[str, Path]]:
    """The lines of jobs, refusals and hints, and the calls of each brief."""
    for folder in FOLDERS:
        scenario = load(folder)
        yield from ((line.text, folder) for want in scenario.wants for line in want.do)
        yield from (
            (call_usage(call).replace("fileb://FILE", "fileb://scenario.toml"), folder)
            for call in scenario.calls
        )
        text = (folder / "scenario.toml").read_text("utf-8")
        yield from ((line, folder) for line in findall(r"`(aws [^`]+ --[^`]+)`", text))


def known(line: str) -> list[str]:
    """The words of a line but its profile, with what only the game knows put in."""
    words = shlex.split(sub(r"\\\n", " ", line))[1:]
    words = [
        word
        for place, word in enumerate(words)
        if "--profile" not in (word, words[place - 1])
    ]
    return [
        next((value for name, value in PLACES.items() if word.startswith(name)), word)
        for word in words
    ]


def shape(line: str) -> tuple[str, ...]:
    """What a parser sees of a line: its command, and which options stand in it."""
    words = known(line)
    return (
        *words[:2],
        *sorted({word.partition("=")[0] for word in words if word.startswith("--")}),
    )


def every() -> list[tuple[str, Path]]:
    """One line of each shape, or all of them."""
    found = [
        (line, folder)
        for line, folder in (*scripts(), *told())
        if line.startswith("aws ") and "{" not in line.split("'")[0]
    ]
    if WHOLE:
        return found
    return list({shape(line): (line, folder) for line, folder in found}.values())


def test_the_real_cli_takes_every_line_of_scenarios_hints_and_calls(
    theirs: Theirs, tmp_path: Path
):
    """What a line writes goes into a folder of its own; what it reads lies in its scenario's."""
    asked = every()
    assert len(asked) > 50
    refused: list[tuple[str, str]] = []
    for line, folder in asked:
        words = known(line)
        if "--outfile" in words:
            words[words.index("--outfile") + 1] = str(tmp_path / "device")
        said = theirs.cli(words, folder)
        if said.taken is None:
            refused.append((line, said.err))
    assert refused == []
