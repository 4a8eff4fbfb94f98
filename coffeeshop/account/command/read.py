"""Read a line of the AWS CLI, or of the simulated console, as an act, or return every problem with it.

https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-command-structure.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import cast

from msgspec import Struct, field
from msgspec.structs import replace

from coffeeshop.account.access.callers import find_caller
from coffeeshop.account.api.operations import Operation, Shape
from coffeeshop.account.command import placeholders
from coffeeshop.account.command.answer import Form, Output
from coffeeshop.account.command.complete import whole_arns
from coffeeshop.account.command.grammar import (
    MAX_ITEMS,
    PAGING_OPTIONS,
    suggest_names,
)
from coffeeshop.account.command.option_values import Files, UnreadableError
from coffeeshop.account.command.output.query import QueryError, check_query
from coffeeshop.account.command.pages import Window
from coffeeshop.account.command.parameter_reader import ParameterReader
from coffeeshop.account.command.parse import Command, Fault, parse_words
from coffeeshop.account.command.shell_words import Word, line_problem, split_line
from coffeeshop.account.command.validation import (
    bucket_fault,
    validation_faults,
)
from coffeeshop.account.model import Account, Act, Call, Caller, Nobody, Origin
from coffeeshop.account.values import Json
from coffeeshop.policy.model import Problem

NONE_WANTED = f"Non-positive values for {MAX_ITEMS} may result in undefined behavior."
REGION_PATTERN = re.compile(r"(?!\d+$)(?!-)[A-Za-z\d-]{1,63}(?<!-)", re.ASCII)


class Reading(Struct, frozen=True):
    """A line that makes one call: its act, and the format of its answer.

    `window` is the wanted part of a list (None: pages aren't merged). `notes` lists options without effect here.
    """

    act: Act
    form: Form
    window: Window | None
    notes: tuple[str, ...] = ()


def read_act(
    line: str, account: Account, at: datetime, files: Files, profile: str | Caller = "root"
) -> Act | tuple[Problem, ...]:
    """Return the act of a line such as `aws iam create-user --user-name casey`, or the
    problems with it.

    The caller has the newest credential of `--profile`, or else of `profile`, which can be
    a caller itself. `files` returns the bytes of a file by its path below the scenario's
    folder (a mapping, or a function that raises OSError or KeyError). References get their
    value as of `at`. No shell runs, and no text makes it raise: problems have a line, a
    column and a way to fix them.
    """
    return parse_call(line, files).act(account, at, profile)


class CallLine(Struct, frozen=True, eq=False):
    """A line that makes one call, read as far as no account matters.

    `parameters` still have references. `problems` are those of a text that isn't words.
    """

    text: str
    files: Files
    command: Command
    parameters: Mapping[str, Json] = {}
    window: Window | None = None
    problems: tuple[Problem, ...] = ()

    def __eq__(self, compared: object) -> bool:
        return isinstance(compared, CallLine) and compared.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)

    @property
    def operation(self) -> tuple[str, str]:
        """Return the service and the name of the operation. ("", ""): the line names none."""
        row = self.command.row
        return (row.service, row.name) if row else ("", "")

    def act(
        self, account: Account, at: datetime, profile: str | Caller = "root"
    ) -> Act | tuple[Problem, ...]:
        """Return the line's act in an account at a time, or its problems, as `read_act` does."""
        if self.problems:
            return self.problems
        command = replace(self.command, faults=[*self.command.faults])
        reader = LineReader(
            self.text,
            command,
            self.files,
            self.window,
            account=account,
            at=at,
            profile=profile,
        )
        result = reader.finish(self.parameters)
        return result.act if isinstance(result, Reading) else result


def parse_call(line: str, files: Files) -> CallLine:
    """Return a line read as far as no account matters."""
    words, problems = split_line(line)
    if problems or not words:
        problems = problems or (empty_line_problem(line),)
        return CallLine(line, files, Command(), problems=problems)
    reader = ParameterReader(line, parse_words(words), files)
    parameters = reader.read_parameters()
    return CallLine(line, files, reader.command, parameters, reader.window)


def empty_line_problem(line: str) -> Problem:
    """Return the problem of a line of blanks, or of a comment."""
    return line_problem(line, (0, 0), "empty", "there is no command in this line")


def _fault_problem(line: str, fault: Fault) -> Problem:
    """Return a fault as a problem with its place. A fault without a word is placed at the end of the line."""
    end = len(line.rstrip())
    if fault.at:
        span = (fault.at.start, fault.at.end)
    else:
        span = (end, end)
    return line_problem(line, span, fault.code, fault.text, fault.mend, fault.path)


class LineReader(ParameterReader, kw_only=True):
    """Turns a parsed command into a call of an account."""

    account: Account
    at: datetime
    profile: str | Caller
    caller: Caller = field(default_factory=Nobody)

    def reading(self) -> Reading | tuple[Problem, ...]:
        """Return the act and the output format of a command that makes one call."""
        return self.finish(self.read_parameters())

    def finish(self, parameters: Mapping[str, Json]) -> Reading | tuple[Problem, ...]:
        """Return the act with these parameters and the output format, or the line's problems.

        References are resolved here.
        """
        if self.command.row:
            call = self._call(self.command.row, dict(parameters))
        else:
            call = None
        if self.command.faults or call is None:
            return self.problems
        return Reading(
            Act(self.at, self.caller, call), self.form(), self.window, self.notes
        )

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Return the problems with the line."""
        return tuple(_fault_problem(self.line, fault) for fault in self.command.faults)

    @property
    def notes(self) -> tuple[str, ...]:
        """Return the options without effect here, and the CLI's warnings."""
        options = (option_given.option for option_given in self.command.given)
        unheeded = (
            f"{option.name} does nothing here: {option.unheeded}"
            for option in options
            if option.unheeded
        )
        wants_nothing = (
            self.window is not None
            and self.window.most is not None
            and self.window.most <= 0
        )
        return (*unheeded, *((NONE_WANTED,) if wants_nothing else ()))

    def _call(self, row: Operation, parameters: dict[str, Json]) -> Call:
        """Return the operation's call, and add its problems to the faults."""
        if row.unsigned:
            self.caller = Nobody()
        else:
            self.caller = self.caller_of_line()
        parameters = self._resolve_references(parameters)
        self._check_parameters(row, parameters)
        self._check_form()
        return Call(row.service, row.name, parameters, self.origin())

    def form(self) -> Form:
        """Return how to print the answer."""
        output = cast(Output, self.command.word("--output") or "json")
        return Form(output, self.command.word("--query"), self.window is not None)

    def _check_form(self) -> None:
        """Add the faults of the query, and of paging options without merged pages."""
        if query := self.command.option("--query"):
            try:
                check_query(self.command.word("--query"))
            except QueryError as error:
                mend = "`Users[].UserName` is one; its names are those of the answer"
                self.fault(
                    "bad-query",
                    query.words[0] if query.words else query.at,
                    str(error),
                    mend,
                    "--query",
                )
        options_given = (options_given.option for options_given in self.command.given)
        paging = [
            option.name
            for option in options_given
            if option.name in PAGING_OPTIONS
            and not (option.name == MAX_ITEMS and option.member)
        ]
        if paging and self.window is None:
            text = f"Cannot specify --no-paginate along with pagination arguments: {', '.join(paging)}"
            self.fault("bad-option", None, text, "delete one of them")

    def _resolve_references(self, parameters: dict[str, Json]) -> dict[str, Json]:
        """Resolve references in the options.

        Values in --cli-input-json stay as they are.
        """
        line = placeholders.text_parameters(parameters)
        for option in self.command.given:
            member = option.option.member
            if member:
                value = parameters.get(member.name)
            else:
                value = None
            if member is None or value is None or not option.words:
                continue
            try:
                parameters[member.name] = placeholders.resolve_references(
                    member.name,
                    value,
                    self.account.home_of(self.caller),
                    self.caller,
                    line,
                    self.at,
                )
            except UnreadableError as error:
                self.fault(
                    error.code,
                    option.words[0],
                    error.text,
                    error.mend,
                    option.option.name,
                )
                # The reference has been reported. Validation would report it again.
                del parameters[member.name]
        return parameters

    def _check_parameters(self, row: Operation, parameters: Mapping[str, Json]) -> None:
        """Add the faults that the CLI's own validation finds.

        Missing options have been reported already.
        """
        for text in validation_faults(row.input, parameters):
            if not (
                text.startswith("Missing required parameter in input")
                and self.command.faults
            ):
                at, path = self._locate_fault(text, row.input)
                arn_meant = next(
                    (
                        arn
                        for name, arn in whole_arns(self.account, parameters)
                        if f" {name}," in text
                    ),
                    "",
                )
                if arn_meant:
                    mend = f"write the whole ARN: {arn_meant}"
                else:
                    mend = ""
                self.fault(
                    "bad-parameter",
                    at,
                    f"Parameter validation failed: {text}",
                    mend,
                    path=path,
                )
        self._check_bucket(row, parameters)

    def _check_bucket(self, row: Operation, parameters: Mapping[str, Json]) -> None:
        """Add a fault if the bucket's name is an address or an ARN, as the CLI does."""
        option = self.command.option("--bucket")
        if option and option.words and (text := bucket_fault(row.service, parameters)):
            name = (
                option.words[0]
                .text.rpartition(":::")[2]
                .removeprefix("s3://")
                .partition("/")[0]
            )
            if name in self.account.buckets:
                mend = f"write the bucket's name alone: {name}"
            else:
                mend = ""
            self.fault(
                "bad-parameter",
                option.words[0],
                f"Parameter validation failed: {text}",
                mend,
                "--bucket",
            )

    def _locate_fault(self, text: str, shape: Shape) -> tuple[Word | None, str]:
        """Return the word and the option that a fault of the validation is about."""
        for option in self.command.given:
            member = option.option.member
            name = option.option.within or (member.name if member else "")
            if name and any(f" {name}{end}" in text for end in (",", ":", "[", ".", " (")):
                return (option.words[0] if option.words else option.at), option.option.name
        option = self.command.option("--cli-input-json")
        if option and option.words:
            return (option.words[0], "--cli-input-json")
        return (None, "")

    def origin(self) -> Origin:
        """Return the line's Region. The sentence about bad ones is botocore's.

        https://docs.aws.amazon.com/general/latest/gr/rande.html
        """
        option = self.command.option("--region")
        name = self.command.word("--region")
        if option is None or not name:
            return Origin()
        if not REGION_PATTERN.fullmatch(name):
            text = f"Provided region_name '{name}' doesn't match a supported format."
            self.fault(
                "bad-region",
                option.words[0],
                text,
                f"name a Region, such as {Origin().region}",
                "--region",
            )
        return Origin(region=name)

    def caller_of_line(self) -> Caller:
        """Return the caller whose credential the line uses: that of --profile, or else of
        the shell. --no-sign-request is Nobody.
        """
        if self.command.option("--no-sign-request"):
            return Nobody()
        option = self.command.option("--profile")
        if option and option.words:
            name = option.words[0].text
        else:
            name = self.profile
        if not isinstance(name, str):
            return name
        caller = find_caller(self.account, name)
        if caller == Nobody():
            known_profiles = placeholders.profile_names(self.account)
            mend = (
                suggest_names(name, known_profiles)
                or f"profiles here: {', '.join(known_profiles[:12]) or 'none'}"
            )
            if option and option.words:
                at = option.words[0]
            else:
                at = None
            self.fault(
                "unknown-profile",
                at,
                f"The config profile ({name}) could not be found",
                mend,
                "--profile",
            )
        return caller
