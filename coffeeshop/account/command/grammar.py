"""What may stand on a command line: the options of an operation, the CLI's own, and those that nothing here can heed.

https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-options.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Literal, TypeAlias

from msgspec import Struct

from coffeeshop.account.api.operations import OPERATIONS, Member, Operation, kebab, simulated, unsimulated
from coffeeshop.policy.language import spelling

Arity: TypeAlias = Literal["flag", "one", "many"]


class Option(Struct, frozen=True):
    """An option: how many words follow it, and the parameter that it fills (none: it is the CLI's own).

    `within` names the structure that the parameter lies in; a flag sets it to `on`.
    """

    name: str
    arity: Arity = "one"
    member: Member | None = None
    required: bool = False
    choices: tuple[str, ...] = ()
    within: str = ""
    on: bool = True


GLOBAL = {
    option.name: option
    for option in (
        Option("--profile"),
        Option("--region"),
        Option("--output", choices=("json",)),
        Option("--color", choices=("on", "off", "auto")),
        Option("--cli-binary-format", choices=("base64", "raw-in-base64-out")),
        Option("--no-cli-pager", "flag"),
        Option("--no-paginate", "flag"),
        Option("--no-sign-request", "flag"),
    )
}
OTHER_FORMS = ("text", "table", "yaml", "yaml-stream", "off")  # what the real CLI's --output takes, too
UNHEEDED = {  # options of the real CLI, and why they do nothing here
    "--query": "answers are printed whole",
    "--endpoint-url": "the account is simulated: no request leaves this program",
    "--debug": "no request leaves this program; ask why instead",
    "--no-verify-ssl": "no request leaves this program",
    "--ca-bundle": "no request leaves this program",
    "--cli-read-timeout": "no request leaves this program",
    "--cli-connect-timeout": "no request leaves this program",
    "--cli-auto-prompt": "there are no prompts here",
    "--no-cli-auto-prompt": "there are no prompts here",
    "--cli-error-format": "errors are printed as one sentence",
    "--version": "this is no program of AWS's",
    "--cli-input-yaml": "only JSON is read",
    "--generate-cli-skeleton": "there are no skeletons here",
}
JSON_INPUT = Option("--cli-input-json")
CLI_ONLY = {  # required of these operations by the CLI, not by the API
    ("iam", "CreateVirtualMFADevice"): (
        Option("--outfile", required=True),
        Option("--bootstrap-method", required=True, choices=("QRCodePNG", "Base32StringSeed")),
    ),
}
OUTFILE = {("s3", "GetObject"), ("lambda", "Invoke")}  # the operations whose last word is a file to write
HOISTED = {("lambda", "CreateFunction"): ("Code", "ZipFile")}  # a member inside a structure with an option of its own


@cache
def options(service: str, name: str) -> Mapping[str, Option]:
    """Returns every option of an operation by its name, without the global ones."""
    return {option.name: option for option in _options(OPERATIONS[service, name])}


def _options(row: Operation) -> Iterator[Option]:
    key = (row.service, row.name)
    hoisted, inner = HOISTED.get(key, ("", ""))
    for member in row.members:
        match member.shape.type:
            case "boolean":
                yield Option(member.option, "flag", member, member.required)
                yield Option(f"--no-{member.option[2:]}", "flag", member, on=False)
            case "list":
                yield Option(member.option, "many", member, member.required)
            case _:
                yield Option(member.option, "one", member, member.required and member.name != hoisted)
    yield from CLI_ONLY.get(key, ())
    if (code := row.input.member(hoisted)) and (zip_file := code.shape.member(inner)):
        yield Option(zip_file.option, "one", zip_file, within=hoisted)
    if row.pages:
        yield Option("--starting-token", "one", row.input.member(row.pages.token))
        for name in ("--page-size", "--max-items"):
            yield Option(name, "one", row.input.member(row.pages.limit))
    yield JSON_INPUT


@cache
def operations(service: str) -> Mapping[str, str]:
    """Returns the simulated operations of a service by their form on the command line: create-user -> CreateUser."""
    return {kebab(name): name for name in simulated(service)}


def operation(service: str, word: str) -> Operation | None:
    """Returns the operation of a service that has this form on the command line, simulated or not."""
    name = operations(service).get(word) or next((o for o in unsimulated().get(service, ()) if kebab(o) == word), None)
    return OPERATIONS[service, name] if name else None


def near(word: str, names: Iterable[str]) -> str:
    """ "maybe you meant: …", with the three nearest names; empty where none is near."""
    found = spelling.near(kebab(word), names)[:3]
    return f"maybe you meant: {', '.join(found)}" if found else ""
