"""Run `aws configure list`, `list-profiles` and `get`, and `export AWS_PROFILE=`.

A profile exists for every credential, so there is no `aws configure set`.

https://docs.aws.amazon.com/cli/latest/reference/configure/
"""

from __future__ import annotations

from collections.abc import Iterator

from coffeeshop.account import ids
from coffeeshop.account.command.answer import Printed
from coffeeshop.account.command.line import Line
from coffeeshop.account.command.placeholders import profile_names
from coffeeshop.account.command.read import LineReader
from coffeeshop.account.command.shell_words import Word
from coffeeshop.account.command.talk import Talk
from coffeeshop.account.credentials import Credential, Session
from coffeeshop.account.model import Account, Nobody
from coffeeshop.policy.model import Problem

SECRET_MASK = "*" * 16
PROFILE_VARIABLES = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE")


def configure_line(reader: LineReader) -> Line | tuple[Problem, ...]:
    """Return a line that prints what `aws configure` prints, or the problems with it."""
    command = reader.command
    assert command.own is not None
    verb = command.own[1]
    if command.own[1] == "get":
        wanted = 1
    else:
        wanted = 0
    if verb == "list-profiles":
        caller = Nobody()
    else:
        caller = reader.caller_of_line()
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
            lambda: _print_only(Printed("\n".join(profile_names(reader.account)))),
            reader.notes,
        )
    credential = reader.account.credential_of(caller)
    if verb == "get":
        value = _profile_settings(reader, credential).get(command.rest[0].text, "")
        return Line(
            caller, lambda: _print_only(Printed(value, failed=not value)), reader.notes
        )
    return Line(
        caller,
        lambda: _print_only(Printed("\n".join(_settings_table(reader, credential)))),
        reader.notes,
    )


def _print_only(printed: Printed) -> Talk:
    """Make no call, and return a text to print."""
    yield from ()
    return printed


def _profile_settings(reader: LineReader, credential: Credential | None) -> dict[str, str]:
    """Return the settings of a profile by their names in AWS's configuration files."""
    region = {"region": reader.origin().region, "output": reader.command.word("--output")}
    return region | (_credential_settings(reader.account, credential) if credential else {})


def _credential_settings(account: Account, credential: Credential) -> dict[str, str]:
    """Return a credential's key id and secret, and a session's token."""
    if isinstance(credential, Session):
        token = {"aws_session_token": ids.session_token(account, credential)}
    else:
        token = {}
    return {
        "aws_access_key_id": credential.id,
        "aws_secret_access_key": ids.secret_key(account, credential.id),
        **token,
    }


def _settings_table(reader: LineReader, credential: Credential | None) -> Iterator[str]:
    """Yield the table that version 2 of the CLI prints."""
    settings = _profile_settings(reader, credential)
    names_profile = bool(reader.command.word("--profile"))
    if credential:
        profile = credential.profile
    else:
        profile = "<not set>"
    key = settings.get("aws_access_key_id", "")
    secret = settings.get("aws_secret_access_key", "")
    rows = (
        ("NAME", "VALUE", "TYPE", "LOCATION"),
        (
            "profile",
            profile,
            "manual" if names_profile else "env",
            "--profile" if names_profile else str(list(PROFILE_VARIABLES[::-1])),
        ),
        ("access_key", SECRET_MASK + key[-4:], "shared-credentials-file", ""),
        ("secret_key", SECRET_MASK + secret[-4:], "shared-credentials-file", ""),
        ("region", settings["region"], "env", "['AWS_REGION', 'AWS_DEFAULT_REGION']"),
    )
    yield from (
        f"{name:<10} : {value:<24} : {kind:<16} : {place}"
        for name, value, kind, place in rows
    )


def export_line(reader: LineReader, words: tuple[Word, ...]) -> Line | tuple[Problem, ...]:
    """Return what `export AWS_PROFILE=casey` does: it changes the profile of the lines that
    follow.
    """
    assignment = words[-1]
    name, _, value = assignment.text.partition("=")
    if len(words) == 2 and name in PROFILE_VARIABLES and value:
        return Line(Nobody(), lambda: _print_only(Printed()), profile=value)
    mend = "`export AWS_PROFILE=NAME` takes a badge; --region and --output stand in a line"
    reader.fault("shell-syntax", assignment, f"`{assignment.text}` sets nothing here", mend)
    return reader.problems
