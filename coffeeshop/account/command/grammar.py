"""Define the options of a command line: those of an operation, the CLI's own, and those without effect here.

https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-options.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from typing import Literal, TypeAlias

from msgspec import Struct

from coffeeshop.account.api.operations import (
    OPERATIONS,
    Member,
    Operation,
    kebab,
    simulated_operations,
    unsimulated_operations,
)
from coffeeshop.policy.language import spelling

Arity: TypeAlias = Literal["flag", "one", "many", "none or one"]


class Option(Struct, frozen=True):
    """An option: how many words follow it, and the parameter that it sets (None: it is the CLI's own option).

    `within` names the structure that contains the parameter. A flag sets its parameter to `on`. `unheeded` says why the
    option is accepted but has no effect here. An option that `repeats` can be given several times. `number` means that
    its value is a whole number.
    """

    name: str
    arity: Arity = "one"
    member: Member | None = None
    required: bool = False
    choices: tuple[str, ...] = ()
    within: str = ""
    on: bool = True
    unheeded: str = ""
    repeats: bool = False
    number: bool = False

    @property
    def sets(self) -> str:
        """Return the setting that an option sets.

        `--NAME` and `--no-NAME` set the same, and the last one counts.
        """
        if self.member and self.arity == "flag":
            return self.member.option
        return self.name


NO_REQUEST = "the account is simulated: no request leaves this program"
NO_PROMPTS = "there are no prompts here"
GLOBAL_OPTIONS = {
    option.name: option
    for option in (
        Option("--profile"),
        Option("--region"),
        Option("--output", choices=("json", "text", "table", "yaml", "yaml-stream", "off")),
        Option("--query"),
        Option("--color", choices=("on", "off", "auto")),
        Option("--cli-binary-format", choices=("base64", "raw-in-base64-out")),
        Option("--no-cli-pager", "flag"),
        Option("--no-paginate", "flag"),
        Option("--no-sign-request", "flag"),
        Option("--endpoint-url", unheeded=NO_REQUEST),
        Option("--debug", "flag", unheeded=f"{NO_REQUEST}; ask why instead"),
        Option("--no-verify-ssl", "flag", unheeded=NO_REQUEST),
        Option("--ca-bundle", unheeded=NO_REQUEST),
        Option("--cli-read-timeout", unheeded=NO_REQUEST, number=True),
        Option("--cli-connect-timeout", unheeded=NO_REQUEST, number=True),
        Option("--cli-auto-prompt", "flag", unheeded=NO_PROMPTS),
        Option("--no-cli-auto-prompt", "flag", unheeded=NO_PROMPTS),
        Option(
            "--cli-error-format",
            unheeded="errors are printed in the form that is the default",
        ),
    )
}
REFUSED_OPTIONS = {  # options of the real CLI that would make a line do something else, with the reason why not here
    "--version": "this isn't AWS's program",
    "--cli-input-yaml": "only JSON is read",
}
# The CLI's own options for lists.
PAGE_SIZE, MAX_ITEMS, STARTING_TOKEN = PAGING_OPTIONS = (
    "--page-size",
    "--max-items",
    "--starting-token",
)
NUMBER_PATTERN = re.compile(r"[+-]?\d{1,99}", re.ASCII)
JSON_INPUT = Option("--cli-input-json")
SKELETON_OPTION = Option("--generate-cli-skeleton", "none or one", choices=("input",))
CLI_ONLY = {  # required of these operations by the CLI, not by the API
    ("iam", "CreateVirtualMFADevice"): (
        Option("--outfile", required=True),
        Option(
            "--bootstrap-method", required=True, choices=("QRCodePNG", "Base32StringSeed")
        ),
    ),
}
# The operations whose last word is a file to write.
OUTFILE_OPERATIONS = {("s3", "GetObject"), ("lambda", "Invoke")}
ZIP_MEMBER = "ZipFile"  # code for Lambda, which the CLI takes as a file alone
# Members inside a structure that have an option of their own.
HOISTED_MEMBERS = {("lambda", "CreateFunction"): ("Code", "ZipFile")}


@cache
def operation_options(service: str, name: str) -> Mapping[str, Option]:
    """Return the options of an operation by name, without the global ones."""
    return {option.name: option for option in _options_of_row(OPERATIONS[service, name])}


def _options_of_row(row: Operation) -> Iterator[Option]:
    """Yield the options of an operation: of its members, the CLI's additions, paging, and JSON input."""
    key = (row.service, row.name)
    hoisted, inner = HOISTED_MEMBERS.get(key, ("", ""))
    for member in row.members:
        match member.shape.type:
            case "boolean":
                yield Option(member.option, "flag", member, member.required)
                yield Option(f"--no-{member.option[2:]}", "flag", member, on=False)
            case "list":
                yield Option(member.option, "many", member, member.required)
            case _:
                yield Option(
                    member.option, "one", member, member.required and member.name != hoisted
                )
    yield from CLI_ONLY.get(key, ())
    if (code := row.input.member(hoisted)) and (zip_file := code.shape.member(inner)):
        yield Option(zip_file.option, "one", zip_file, within=hoisted)
    if row.pages:
        limit = row.input.member(row.pages.limit)
        yield Option(STARTING_TOKEN)
        yield Option(
            MAX_ITEMS,
            member=limit if limit and limit.option == MAX_ITEMS else None,
            number=True,
        )
        if limit:
            yield Option(PAGE_SIZE, member=limit, number=True)
    yield from (JSON_INPUT, SKELETON_OPTION)


@lru_cache(maxsize=256)
def cli_operations(service: str) -> Mapping[str, str]:
    """Return the simulated operations of a service by their CLI name: create-user ->
    CreateUser.
    """
    return {kebab(name): name for name in simulated_operations(service)}


def find_operation(service: str, word: str) -> Operation | None:
    """Return the operation with this CLI name, simulated or not."""
    name = cli_operations(service).get(word) or next(
        (o for o in unsimulated_operations().get(service, ()) if kebab(o) == word), None
    )
    if name:
        return OPERATIONS[service, name]
    return None


def match_option(
    word: str, *tables: Mapping[str, Option]
) -> Option | tuple[str, ...] | None:
    """Return the option that a word names, or the only one in a table that begins with the
    word.

    The first table with a match decides. Return the names if several begin so, and None if
    there is none.

    https://docs.python.org/3/library/argparse.html#argument-abbreviations-prefix-matching
    """
    for options in tables:
        if word in options:
            return options[word]
    for options in tables:
        if names_begun := tuple(
            name for name in options if name.startswith(word) and len(word) > 2
        ):
            if len(names_begun) == 1:
                return options[names_begun[0]]
            return names_begun
    return None


def suggest_names(word: str, names: Iterable[str]) -> str:
    """Return "maybe you meant: …" with the three nearest names, or "" if none is near."""
    word_typed = kebab(word)
    candidates = tuple(names)
    nearest = spelling.near_names(word_typed, candidates)
    shortened = spelling.nearest_by_beginning(word_typed, candidates)
    if shortened and (
        not nearest
        or _distance_to_beginning(word_typed, shortened)
        < spelling.edit_distance(word_typed, nearest[0])
    ):
        nearest.insert(0, shortened)
    suggestions = tuple(dict.fromkeys(nearest))[:3]
    if suggestions:
        return f"maybe you meant: {', '.join(suggestions)}"
    return ""


def _distance_to_beginning(word: str, name: str) -> int:
    """Return the edit distance between a word and the beginning of a name."""
    return spelling.edit_distance(word, name[: len(word)])
