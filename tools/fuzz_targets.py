"""What the fuzzing harness does with an input: each target a row of `TARGETS`.

Commands are run as people run them, in this process; their exit code 3, and any exception, is our own error.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import click.utils
from click.testing import CliRunner, Result
from hypothesis import strategies as st

from coffeeshop.cli import COMMANDS, group
from coffeeshop.harmless import is_harmless
from coffeeshop.lessons.scenario.find import course
from coffeeshop.policy.comparison.compare import excesses
from coffeeshop.policy.comparison.domain import Domain
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.language.parse import MalformedPolicy, parse
from coffeeshop.policy.model import (
    Allowed,
    Excess,
    ExplicitlyDenied,
    Kind,
    Level,
    Policy,
    Request,
    Standing,
)
from coffeeshop.policy.validation.validate import validate
from tests.policy.definition import verdict
from tools import fuzz_files, fuzz_harm, fuzz_requests, fuzz_signals
from tools import fuzz_inputs as inputs

SCENARIO = "05-receipts-drawer"


class DisagreementError(Exception):
    """Two rooms of the program answer one question differently."""


@dataclass(frozen=True)
class Target:
    """A kind of input and what is done with it. `plain` is an input that nothing is wrong with."""

    inputs: Callable[[], st.SearchStrategy[Any]]
    deed: Callable[[Any], None]
    plain: Any
    prepare: Callable[[], None] = lambda: None
    seconds: float = 2.0  # of processor time for one input


def forget_streams() -> None:
    """Let click look at the streams there are: it remembers each that it ever wrote to, and a fuzzer makes three an input."""
    for name in ("stdout", "stderr"):
        setattr(click.utils, f"_default_text_{name}", partial(getattr, sys, name))


def coffeeshop(*words: str, typed: str = "") -> Result:
    """Runs one command; raises what it did not catch."""
    done = CliRunner().invoke(group, list(words), input=typed.encode("utf-8", "replace"))
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def written(name: str, text: str | bytes) -> str:
    """Writes a file; returns its name."""
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    Path(name).write_bytes(data)
    return name


# ------------------------------------------------------------------- commands
def give_command(words: list[str]) -> None:
    """Run a command as it is typed; holds that nothing it prints is obeyed by a terminal."""
    done = coffeeshop(*words)
    if done.exit_code not in (0, 1, 2) or not is_harmless(done.output):
        raise DisagreementError(f"exit code {done.exit_code}: {done.output[:200]!r}")


def command_lines() -> st.SearchStrategy[list[str]]:
    """Returns lines of every command that ends by itself and soon: its options and arguments, and what is none."""
    values = st.sampled_from(
        (
            "05",
            "x",
            "-",
            "",
            "policy.json",
            ".",
            "0",
            "-1",
            "NaN",
            "9" * 30,
            *inputs.VALUES,
            "a\nb",
            "\udcff",
            "2026-01-01",
        )
    )
    context, lines = click.Context(group), list[st.SearchStrategy[list[str]]]()
    for name in set(COMMANDS) - {"endpoint", "serve", "author", "grade", "practice"}:
        command = group.get_command(context, name)
        options = [
            option
            for param in (command.params if command else ())
            for option in param.opts
            if option[0] == "-"
        ]
        word = st.one_of(
            values,
            values,
            st.sampled_from([*options, "--help"]),
            st.text(max_size=9).map(lambda text: text.replace("\0", "0")),
        )
        lines.append(
            st.lists(word, max_size=6).map(lambda words, name=name: [name, *words])
        )
    return st.one_of(lines)


# ------------------------------------------------------------------- policies
def read_over(case: tuple[str, str]) -> None:
    """Validate, explain and simulate one document."""
    document, kind = case
    coffeeshop("validate", "--kind", kind, written("policy.json", document))
    coffeeshop("explain", "--kind", kind, "policy.json")
    asked = {"PolicyInputList": [document], "ActionNames": ["s3:GetObject", "iam:PassRole"]}
    coffeeshop("simulate", written("asked.json", json.dumps(asked)))


def compared(case: tuple[str, str, str]) -> None:
    """Compare two documents of one kind."""
    new, old, kind = case
    coffeeshop(
        "compare", "--kind", kind, written("new.json", new), written("old.json", old)
    )


def parsed(document: str) -> Policy | None:
    """Returns the policy of a document; holds that validate sees an error in every other."""
    try:
        return parse(document, Kind.IDENTITY)
    except MalformedPolicy:
        if not any(
            problem.level is Level.ERROR for problem in validate(document, Kind.IDENTITY)
        ):
            raise DisagreementError(
                "parse refuses it and validate finds no error"
            ) from None
        return None


def allowed(standing: Standing, request: Request) -> bool:
    """Returns whether a request is allowed; holds the decision to the definition."""
    match authorize(standing, request):
        case Allowed():
            said = "allowed"
        case ExplicitlyDenied():
            said = "explicitDeny"
        case _:
            said = "implicitDeny"
    if said != (meant := verdict(standing, request)):
        raise DisagreementError(f"authorize says {said}, the definition {meant}: {request}")
    return said == "allowed"


def decided(case: tuple[str, str, list[Request]]) -> None:
    """Hold authorize to the definition, and the comparison to authorize, over a few requests."""
    new, old = map(parsed, case[:2])
    if new is None or old is None:
        return
    more, less = Standing.of(new), Standing.of(old)
    found = list(excesses(more, less, Domain.open_domain()))
    for request in case[2]:
        shown = allowed(more, request) and not allowed(less, request)
        if shown and not found:
            raise DisagreementError(f"no excess was found, and this is one: {request}")
    for witness in (excess.witness for excess in found if isinstance(excess, Excess)):
        if not allowed(more, witness) or allowed(less, witness):
            raise DisagreementError(f"the witness shows nothing: {witness}")


def requests() -> st.SearchStrategy[list[Request]]:
    """Returns some requests over the same few words as the policies."""
    values = st.lists(st.sampled_from(inputs.VALUES), max_size=3).map(tuple)
    contexts = st.dictionaries(st.sampled_from(inputs.KEYS), values, max_size=3)
    actions = st.sampled_from(
        ("s3:GetObject", "iam:PassRole", "sts:AssumeRole", "s3:ListBucket")
    )
    resources = st.sampled_from(
        (
            "arn:aws:s3:::b",
            "arn:aws:s3:::b/casey/1",
            "*",
            "arn:aws:iam::111122223333:role/x",
        )
    )
    return st.lists(st.builds(Request, actions, resources, contexts), max_size=6)


# ---------------------------------------------------------------------- plays
def run_script(script: str) -> None:
    """Grade a script as `run` does."""
    coffeeshop("run", SCENARIO, written("answer.sh", script), "--format", "json")


def play_words(rows: list[str]) -> None:
    """Play line by line."""
    coffeeshop("play", "--plain", typed="\n".join((f"play {SCENARIO}", *rows, "quit")))


def words() -> st.SearchStrategy[list[str]]:
    """Returns lines of a plain game: its words, AWS lines, and what is neither."""
    said = [
        "help",
        "list",
        "brief",
        "predict",
        "calls",
        "open",
        "why",
        "grade",
        "hint",
        "next",
        "undo",
        "redo",
        "who",
        "as",
        "wait",
        "write",
        "show",
        "trail",
        "again",
    ]
    word = st.builds(
        "{} {}".format,
        st.sampled_from(said),
        st.sampled_from(("", "1", "2 a", "8h", "ada", "x.json", "-1", "9" * 30)),
    )
    return st.lists(
        st.one_of(
            word, inputs.lines(), st.sampled_from(inputs.solved()), st.text(max_size=40)
        ),
        max_size=12,
    )


def grade_handin(text: str) -> None:
    """Grade a hand-in."""
    coffeeshop("grade", written("kim.handin.jsonl", text), "--jobs", "1", "--format", "csv")


def handins() -> st.SearchStrategy[str]:
    """Returns hand-ins with a piece broken, or their lines in another order."""
    text = Path("whole.handin.jsonl").read_text("utf-8")
    rows = text.splitlines()
    other = st.lists(st.sampled_from(rows), max_size=12).map("\n".join)
    return st.one_of(
        inputs.broken(st.just(text)), inputs.broken(inputs.broken(st.just(text))), other
    )


def make_handin() -> None:
    """Write a whole hand-in to break."""
    solution = (course() / SCENARIO / "solution.sh").read_text("utf-8")
    rows = [line for line in solution.splitlines() if line.startswith(("aws", "console"))]
    play_words(["again", *rows])
    coffeeshop("export", SCENARIO, "--format", "handin", "--out", "whole.handin.jsonl")
    coffeeshop("export", SCENARIO, "--format", "details", "--out", "details.json")


# ---------------------------------------------------------------------- files
def import_details(text: str) -> None:
    """Import an account by its details."""
    shutil.rmtree("accounts", ignore_errors=True)
    coffeeshop("import", written("asked.json", text), "--as", "acme")


def change(draw: st.DrawFn, document: Any) -> None:
    """Put something else at some place of a JSON value."""
    held = document
    while held and draw(st.integers(0, 5)):
        places: list[Any] = [*held] if isinstance(held, dict) else [*range(len(held))]
        at = draw(st.sampled_from(places))
        if not isinstance(held[at], dict | list) or draw(st.integers(0, 5)) == 0:
            held[at] = draw(inputs.ODD | inputs.policies())
            return
        held = held[at]


def details() -> st.SearchStrategy[str]:
    """Returns an account's details with values exchanged or a piece broken."""
    text = Path("details.json").read_text("utf-8")

    @st.composite
    def changed(draw: st.DrawFn) -> str:
        document = json.loads(text)
        for _ in range(draw(st.integers(1, 4))):
            change(draw, document)
        return json.dumps(document)

    return st.one_of(changed(), changed(), inputs.broken(st.just(text)))


def load_scenario(case: tuple[str, str]) -> None:
    """Grade the solution of a scenario whose file was changed."""
    name, text = case
    shutil.rmtree("mine", ignore_errors=True)
    shutil.copytree(course() / SCENARIO, Path("mine") / SCENARIO)
    written(f"mine/{SCENARIO}/{name}", text)
    coffeeshop("run", f"mine/{SCENARIO}", f"mine/{SCENARIO}/solution.sh")


def play_tables(case: tuple[str, str, str]) -> None:
    """Play a scenario, and a day in its shop, in which a form holds other values."""
    scenario, name, text = case
    shutil.rmtree("mine", ignore_errors=True)
    shutil.copytree(course() / scenario, Path("mine") / scenario)
    written(f"mine/{scenario}/{name}", text)
    coffeeshop("run", f"mine/{scenario}", f"mine/{scenario}/solution.sh")
    coffeeshop(
        "play",
        f"mine/{scenario}",
        "--plain",
        typed="brief\nlesson\nopen\naccess\nnext\nquit",
    )
    coffeeshop("day", "--scenario", f"mine/{scenario}")


def assign_roster(data: bytes) -> None:
    """Give those of a roster their exercises, and tell where they stand."""
    coffeeshop("roster", "assign", written("class.csv", data), "--out", "assigned.csv")
    coffeeshop("class", "whole.report.jsonl", "--roster", "class.csv", "--pseudonyms")


def make_report() -> None:
    """Write a whole report to count."""
    make_handin()
    done = coffeeshop("grade", "whole.handin.jsonl", "--jobs", "1", "--format", "json")
    written("whole.report.jsonl", done.stdout)


def scenario_files() -> st.SearchStrategy[tuple[str, str]]:
    """Returns a file of a scenario and another text for it."""
    folder = course() / SCENARIO
    names = [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()]
    texts = {name: (folder / name).read_text("utf-8") for name in names}
    return st.sampled_from(names).flatmap(
        lambda name: st.tuples(
            st.just(name), inputs.broken(inputs.broken(st.just(texts[name])))
        )
    )


def open_save(case: tuple[int, bytes]) -> None:
    """Play on with a save of which some bytes were changed."""
    at, piece = case
    data = Path("whole.sqlite3").read_bytes()
    at %= len(data)
    written("kim.sqlite3", data[:at] + piece + data[at + len(piece) :])
    for rest in ("kim.sqlite3-wal", "kim.sqlite3-shm", "kim.sqlite3-journal"):
        Path(rest).unlink(missing_ok=True)
    coffeeshop("scenarios", "--learner", "kim")
    coffeeshop(
        "play",
        "--plain",
        "--learner",
        "kim",
        typed=f"play {SCENARIO}\naws iam create-user --user-name sam\nundo\nquit",
    )


def make_save() -> None:
    """Write a whole save to break."""
    coffeeshop(
        "play",
        "--plain",
        "--learner",
        "kim",
        typed=f"play {SCENARIO}\naws iam create-user --user-name sam\nwrite a.json\n{{}}\n.\nquit",
    )
    shutil.copy("kim.sqlite3", "whole.sqlite3")


def press(keys: list[str]) -> None:
    """Press keys in the app, in a scenario or on the shelf."""
    from tests.tui.driver import person
    from tests.tui.test_storm import QUIT

    async def storm() -> None:
        async with person(Path.cwd(), "" if len(keys) % 3 == 0 else "05", (80, 24)) as ui:
            ui.app.exit = locked
            for key in keys:
                if key not in QUIT:
                    ui.hit(key)
            await ui.pilot.pause()
            await ui.pilot.pause(0.3)  # what a key began is done, or waits for another

    asyncio.run(storm())


def locked(*_: object, **__: object) -> None:
    """Stay: the palette offers to quit, too."""


def keys() -> st.SearchStrategy[list[str]]:
    """Returns keys, as a hand that knows nothing presses them."""
    from tests.tui.test_storm import KEYS

    return st.lists(st.sampled_from(KEYS), min_size=10, max_size=60)


KINDS = st.sampled_from([kind.value for kind in Kind])
EMPTY = '{"Version":"2012-10-17","Statement":[]}'
TARGETS: dict[str, Target] = {
    "commands": Target(command_lines, give_command, ["scenarios"]),
    "policies": Target(
        lambda: st.tuples(inputs.policies(), KINDS), read_over, (EMPTY, "identity")
    ),
    "compare": Target(
        lambda: st.tuples(inputs.policies(), inputs.policies(), KINDS),
        compared,
        (EMPTY, EMPTY, "identity"),
    ),
    "decisions": Target(
        lambda: st.tuples(inputs.policies(), inputs.policies(), requests()),
        decided,
        (EMPTY, EMPTY, []),
    ),
    "lines": Target(inputs.lines, run_script, "aws iam list-users"),
    "scripts": Target(inputs.scripts, run_script, "aws iam list-users"),
    "words": Target(words, play_words, ["help"]),
    "handins": Target(handins, grade_handin, "", make_handin),
    "details": Target(details, import_details, "{}", make_handin),
    "scenarios": Target(scenario_files, load_scenario, ("world.sh", "")),
    # Three commands.
    "tables": Target(
        fuzz_files.tables, play_tables, (SCENARIO, "scenario.toml", ""), seconds=6.0
    ),
    "rosters": Target(fuzz_files.rosters, assign_roster, b"learner\nkim\n", make_report),
    "archives": Target(fuzz_files.archives, fuzz_files.unpack, b""),
    "saves": Target(
        lambda: st.tuples(st.integers(0, 10**6), st.binary(min_size=1, max_size=64)),
        open_save,
        (0, b"x"),
        make_save,
    ),
    "requests": Target(fuzz_requests.cases, fuzz_requests.send, []),
    "front-door": Target(
        fuzz_harm.heads,
        fuzz_harm.knock,
        ("GET", "/", [("host", "localhost")], b""),
    ),
    "journals": Target(
        fuzz_harm.damages, fuzz_harm.go_on, [(0, b"x")], fuzz_harm.make_journal
    ),
    "keys": Target(keys, press, ["enter"], seconds=10.0),  # with the start of the app
    "signals": Target(fuzz_signals.signal_series, fuzz_signals.send_signals, ["SIGTSTP"]),
}
