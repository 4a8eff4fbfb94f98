"""`aws configure list`, `list-profiles` and `get`, and `export AWS_PROFILE=`: profiles are there as their credentials are.

https://docs.aws.amazon.com/cli/latest/reference/configure/
"""

from __future__ import annotations

from collections.abc import Iterator

from coffeeshop.account import ids
from coffeeshop.account.command.answer import Printed
from coffeeshop.account.command.line import Line
from coffeeshop.account.command.placeholders import profiles
from coffeeshop.account.command.read import LineReader
from coffeeshop.account.command.shell_words import Word
from coffeeshop.account.command.talk import Talk
from coffeeshop.account.credentials import Credential, Session
from coffeeshop.account.model import Account, Nobody
from coffeeshop.policy.model import Problem

MASK = "*" * 16
PROFILE = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE")


def configure_line(reader: LineReader) -> Line | tuple[Problem, ...]:
    """Returns what an `aws configure` line prints; or every problem with it."""
    command = reader.command
    assert command.own is not None
    verb = command.own[1]
    wanted = 1 if command.own[1] == "get" else 0
    caller = Nobody() if verb == "list-profiles" else reader.speaker()
    if len(command.rest) < wanted:
        reader.fault(
            "missing-option",
            None,
            "the following arguments are required: varname",
            "such as region",
        )
    if surplus := command.rest[wanted:]:
        text = f"Unknown options: {', '.join(word.text for word in surplus)}"
        reader.fault("unknown-option", surplus[0], text)
    if command.faults:
        return reader.problems
    if verb == "list-profiles":
        return Line(
            caller,
            lambda: _says(Printed("\n".join(profiles(reader.account)))),
            reader.notes,
        )
    held = reader.account.credential_of(caller)
    if verb == "get":
        value = _settings(reader, held).get(command.rest[0].text, "")
        return Line(caller, lambda: _says(Printed(value, failed=not value)), reader.notes)
    return Line(
        caller, lambda: _says(Printed("\n".join(_listed(reader, held)))), reader.notes
    )


def _says(printed: Printed) -> Talk:
    yield from ()
    return printed


def _settings(reader: LineReader, held: Credential | None) -> dict[str, str]:
    region = {"region": reader.origin().region, "output": reader.command.word("--output")}
    return region | (_secrets(reader.account, held) if held else {})


def _secrets(account: Account, held: Credential) -> dict[str, str]:
    if isinstance(held, Session):
        token = {"aws_session_token": ids.session_token(account, held)}
    else:
        token = {}
    return {
        "aws_access_key_id": held.id,
        "aws_secret_access_key": ids.secret_key(account, held.id),
        **token,
    }


def _listed(reader: LineReader, held: Credential | None) -> Iterator[str]:
    """Yields the table of the CLI's version 2."""
    found = _settings(reader, held)
    given = bool(reader.command.word("--profile"))
    told = held.profile if held else "<not set>"
    key = found.get("aws_access_key_id", "")
    secret = found.get("aws_secret_access_key", "")
    rows = (
        ("NAME", "VALUE", "TYPE", "LOCATION"),
        (
            "profile",
            told,
            "manual" if given else "env",
            "--profile" if given else str(list(PROFILE[::-1])),
        ),
        ("access_key", MASK + key[-4:], "shared-credentials-file", ""),
        ("secret_key", MASK + secret[-4:], "shared-credentials-file", ""),
        ("region", found["region"], "env", "['AWS_REGION', 'AWS_DEFAULT_REGION']"),
    )
    yield from (
        f"{name:<10} : {value:<24} : {kind:<16} : {place}"
        for name, value, kind, place in rows
    )


def exported(reader: LineReader, words: tuple[Word, ...]) -> Line | tuple[Problem, ...]:
    """Returns what `export AWS_PROFILE=casey` does: that badge is taken in hand."""
    at = words[-1]
    name, _, value = at.text.partition("=")
    if len(words) == 2 and name in PROFILE and value:
        return Line(Nobody(), lambda: _says(Printed()), profile=value)
    mend = "`export AWS_PROFILE=NAME` takes a badge; --region and --output stand in a line"
    reader.fault("shell-syntax", at, f"`{at.text}` sets nothing here", mend)
    return reader.problems
