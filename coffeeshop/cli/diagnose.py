"""Run `coffeeshop diagnose`, which explains AWS's refusals: the principal, the request, the
kind of policy, and whom to ask.

Exit codes: 0 every refusal is explained, 1 the text contains none, 2 the input can't be used.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from coffeeshop.account.model import Account
from coffeeshop.account.records.denied_request import Undecidable, decide_again
from coffeeshop.cli.output import account_start_time, is_terminal, print_rows
from coffeeshop.cli.problems import command_problem
from coffeeshop.files import STANDARD_INPUT, decode_text, read_input
from coffeeshop.harmless import escape_json, escape_line
from coffeeshop.policy.denial.model import Denial
from coffeeshop.policy.denial.read import find_denials
from coffeeshop.policy.model import Decision, Problems
from coffeeshop.views.diagnosis.asks import request_to_make
from coffeeshop.views.diagnosis.facts import (
    action_sentence,
    decision_sentence,
    principal_sentence,
    resource_sentence,
)
from coffeeshop.views.diagnosis.looks import first_look
from coffeeshop.views.diagnosis.rows import (
    NOTHING_FOUND,
    denial_heading,
    denial_rows,
    verdict_sentence,
)
from coffeeshop.views.diagnosis.unknowns import missing_facts, places_to_look_up
from coffeeshop.views.rows import Row

MAX_TEXT_BYTES = 64 * 1024  # bytes of a text
MAX_REFUSALS = 20  # refusals that are explained
NOT_FOUND = 1  # exit code


@click.command()
@click.argument("text", nargs=-1, metavar="[TEXT | FILE | -]")
@click.option(
    "--account",
    "details",
    metavar="DETAILS",
    help=(
        "The output of `aws iam get-account-authorization-details`, in a file. It is used to "
        "find the statement that decided."
    ),
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def diagnose(text: tuple[str, ...], details: str | None, as_json: bool) -> None:
    """Explain an AWS error that denies access, such as AccessDenied or UnauthorizedOperation.

    Paste the error in quotation marks, name a file that contains it, or send it to standard
    input. The error can be inside logs, JSON, XML or HTML. The answer names the principal, the
    request and the kind of policy that decided. It says where to look first, and whom to
    ask. At most 20 refusals in one text are explained. Nothing is sent from this machine.

    Exit codes: 0 the refusals are explained, 1 the text contains none, 2 the text or the file can't be read.

    \b
    Example: coffeeshop diagnose denied.txt
    """
    error_text = _read_error(text)
    account = _read_account(details) if details else None
    denials = find_denials(error_text)
    explained = denials[:MAX_REFUSALS]
    at = account_start_time() if account else None
    verdicts = [
        decide_again(account, denial, at) if account and at else None
        for denial in explained
    ]
    left_off = len(denials) - len(explained)
    if as_json:
        documents = [
            _denial_document(denial, verdict)
            for denial, verdict in zip(explained, verdicts, strict=True)
        ]
        document = {"denials": documents, "left_off": left_off}
        click.echo(escape_json(json.dumps(document, indent=2, ensure_ascii=False)))
    else:
        _print_denials(explained, verdicts, left_off)
    raise SystemExit(0 if denials else NOT_FOUND)


def _print_denials(
    denials: tuple[Denial, ...],
    verdicts: list[Decision | Undecidable | None],
    left_off: int,
) -> None:
    """Print the explanation of each refusal, with an empty line between two."""
    if not denials:
        print_rows([Row(NOTHING_FOUND)])
    for number, (denial, verdict) in enumerate(zip(denials, verdicts, strict=True), 1):
        if number > 1:
            click.echo()
        heading = denial_heading(denial, number, len(denials) + left_off)
        print_rows(denial_rows(denial, heading, verdict))
    if left_off:
        click.echo()
        print_rows(
            [Row(f"The text contains {left_off} more refusals, which aren't explained.")]
        )


def _read_error(words: tuple[str, ...]) -> str:
    """Return the text to explain: the argument, the contents of the file it names, or standard input.

    Raise Problems if it is too large, or if there is none.
    """
    argument = " ".join(words)
    if not words and is_terminal(sys.stdin):
        raise click.UsageError(
            "paste the error in quotation marks, name a file that contains it, or send it to standard input"
        )
    if not words or argument == STANDARD_INPUT or _is_file(words):
        return _decode_input(argument or STANDARD_INPUT, MAX_TEXT_BYTES)
    if len(argument.encode(errors="replace")) > MAX_TEXT_BYTES:
        message = f"the text is larger than {MAX_TEXT_BYTES:,} bytes"
        raise Problems(command_problem("too-large", message, "paste only the error"))
    return argument


def _is_file(words: tuple[str, ...]) -> bool:
    """Return whether the argument names something on the disk. An error text has blanks, so it rarely does."""
    if len(words) != 1 or len(words[0]) > 1000 or "\n" in words[0]:
        return False
    try:
        Path(words[0]).lstat()
    except (OSError, ValueError):
        return _looks_like_a_path(words[0])
    return True


def _looks_like_a_path(word: str) -> bool:
    """Return whether a word is meant as a file, so that a missing one is reported as such."""
    has_blank = any(character.isspace() for character in word)
    is_name = word.startswith(("/", "./", "../", "~")) or word.endswith(
        (".txt", ".log", ".json")
    )
    return is_name and not has_blank and "{" not in word


def _decode_input(name: str, limit: int) -> str:
    """Return the text of a file or of standard input. Bytes that are no text are shown as escapes. Raise Problems."""
    data = read_input(name, limit)
    try:
        return decode_text(data)
    except ValueError:
        return data.decode(errors="backslashreplace")


def _read_account(name: str) -> Account:
    """Return the account that a details file describes. Raise Problems."""
    # Imported late: the account's details are rarely given.
    from coffeeshop.account.records.authorization_details import import_details
    from coffeeshop.lessons.scenario.folder_files import DETAILS_LIMIT

    data = read_input(name, DETAILS_LIMIT)
    try:
        details = decode_text(data)
    except ValueError as wrong:
        message = f"{escape_line(name)} cannot be read: {wrong}"
        raise Problems(
            command_problem("unreadable", message, "name a text file in UTF-8")
        ) from None
    account, _ = import_details(details, b"", account_start_time())
    return account


def _denial_document(
    denial: Denial, verdict: Decision | Undecidable | None
) -> dict[str, Any]:
    """Return one refusal as JSON: AWS's facts, and our sentences. A fact that the text doesn't say is ""."""
    principal = denial.principal
    document: dict[str, Any] = {
        "topic": denial.topic.value,
        "times": denial.times,
        "principal": {
            "kind": principal.kind.value,
            "account": principal.account,
            "name": principal.name,
            "session": principal.session,
            "arn": principal.arn,
        },
        "action": denial.action,
        "needed_action": denial.needed_action or denial.action,
        "action_is_inferred": denial.is_action_inferred,
        "resource": denial.resource,
        "policy_kind": denial.policy_kind.value,
        "policy_arn": denial.policy,
        "deny": denial.effect.value,
        "reason": denial.reason,
        "code": denial.code,
        "operation": denial.operation,
        "service": denial.service,
        "request_id": denial.request_id,
        "encoded_message": denial.encoded,
        "authorization_id": denial.authorization_id,
        "message": denial.message,
        "says": {
            "who": principal_sentence(principal),
            "action": action_sentence(denial),
            "resource": resource_sentence(denial),
            "decided_by": decision_sentence(denial),
            "look_first": first_look(denial),
            "ask": request_to_make(denial),
            "look_up": list(places_to_look_up(denial)),
            "not_in_the_text": list(missing_facts(denial)),
        },
    }
    if verdict is not None:
        document["by_your_file"] = _verdict_document(denial, verdict)
    return document


def _verdict_document(denial: Denial, verdict: Decision | Undecidable) -> dict[str, str]:
    """Return the engine's decision by the details as JSON."""
    if isinstance(verdict, Undecidable):
        decision = "undecided"
    else:
        decision = DECISION_NAMES[type(verdict).__name__]
    return {"decision": decision, "because": verdict_sentence(denial, verdict)}


DECISION_NAMES = {
    "Allowed": "allowed",
    "ExplicitlyDenied": "explicitDeny",
    "ImplicitlyDenied": "implicitDeny",
}
