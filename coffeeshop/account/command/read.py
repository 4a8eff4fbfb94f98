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
from coffeeshop.account.api.operations import Member, Operation, Shape
from coffeeshop.account.command import option_values, placeholders
from coffeeshop.account.command.answer import Form, Output
from coffeeshop.account.command.complete import whole_arns
from coffeeshop.account.command.grammar import (
    MOST,
    NUMBER,
    OUTFILE,
    PAGING,
    START,
    operation_options,
    suggest_names,
)
from coffeeshop.account.command.option_values import Files, UnreadableError
from coffeeshop.account.command.output.query import QueryError, check_query
from coffeeshop.account.command.pages import Window, read_token
from coffeeshop.account.command.parse import Command, Fault, Given, parse_words
from coffeeshop.account.command.shell_words import Word, line_problem, split_line
from coffeeshop.account.command.validation import (
    bucket_fault,
    check_function_code,
    validation_faults,
)
from coffeeshop.account.model import Account, Act, Call, Caller, Nobody, Origin
from coffeeshop.account.values import Json
from coffeeshop.policy.model import Problem

NONE_WANTED = f"Non-positive values for {MOST} may result in undefined behavior."
REGION = re.compile(r"(?!\d+$)(?!-)[A-Za-z\d-]{1,63}(?<!-)", re.ASCII)


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
    result = read_line(line, account, at, files, profile)
    if isinstance(result, Reading):
        return result.act
    return result


def read_line(
    line: str, account: Account, at: datetime, files: Files, profile: str | Caller = "root"
) -> Reading | tuple[Problem, ...]:
    """Return the act of a line as `read_act` does, and how to print its answer."""
    words, problems = split_line(line)
    if problems or not words:
        return problems or (empty_line_problem(line),)
    return LineReader(line, parse_words(words), account, at, files, profile).reading()


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


class LineReader(Struct):
    """Turns a parsed command into a call. Its methods add the problems to the command's faults."""

    line: str
    command: Command
    account: Account
    at: datetime
    files: Files
    profile: str | Caller
    caller: Caller = field(default_factory=Nobody)
    window: Window | None = None

    def reading(self) -> Reading | tuple[Problem, ...]:
        """Return the act and the output format of a command that makes one call."""
        if self.command.own:
            say = f"`aws {' '.join(self.command.own)}` is no single call"
            self.fault(
                "not-simulated",
                None,
                say,
                f"use `aws {self.command.own[0]}api` where one is wanted",
            )
        if self.command.row:
            call = self.call()
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

    def call(self) -> Call:
        """Return the operation's call, and add its problems to the faults."""
        row = cast(Operation, self.command.row)
        parameters = self._read_parameters(row)
        self._check_surplus(row)
        self._check_required(row)
        if (row.service, row.name) == ("console", "SignIn"):
            self.caller = Nobody()
        else:
            self.caller = self.speaker()
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
            if option.name in PAGING and not (option.name == MOST and option.member)
        ]
        if paging and self.window is None:
            text = f"Cannot specify --no-paginate along with pagination arguments: {', '.join(paging)}"
            self.fault("bad-option", None, text, "leave one of them out")

    def fault(
        self, code: str, at: Word | None, text: str, mend: str = "", path: str = ""
    ) -> None:
        self.command.faults.append(Fault(code, at, text, mend, path))

    # ------------------------------------------------------------ parameters
    def _read_parameters(self, row: Operation) -> dict[str, Json]:
        """Return the parameters of --cli-input-json, overridden by the options."""
        parameters = dict(self._read_json_input(row.input))
        self.window = self._read_window(row, parameters)
        # Options of a whole structure come before those of a part of one.
        for option_given in sorted(
            self.command.given, key=lambda option_given: option_given.option.within
        ):
            option = option_given.option
            is_own = (
                option.name == MOST and self.window is not None
            )  # though IAM has a parameter of that name
            if (
                option.member is None
                or is_own
                or (option.arity == "one" and not option_given.words)
            ):
                continue
            try:
                value = self._read_value(option_given, option.member)
                check_function_code(row, option_given, value)
            except UnreadableError as error:
                self.fault(
                    error.code,
                    option_given.words[0] if option_given.words else option_given.at,
                    error.text,
                    error.mend,
                    option.name,
                )
                continue
            if option.within:
                outer = parameters.get(option.within)
                parameters[option.within] = {
                    **(outer if isinstance(outer, Mapping) else {}),
                    option.member.name: value,
                }
            else:
                parameters[option.member.name] = value
        return parameters

    def _read_window(self, row: Operation, parameters: dict[str, Json]) -> Window | None:
        """Return how much of a list the line wants, and add the parameters of the page
        where it begins.

        Return None if pages aren't merged, as when a line gives AWS's own paging
        parameters.
        """
        options = (options_given.option for options_given in self.command.given)
        paging_given = parameters.keys() | {
            option.member.name
            for option in options
            if option.member and option.name not in PAGING
        }
        pages = row.pages
        if (
            pages is None
            or self.command.option("--no-paginate")
            or {pages.token, pages.limit} & paging_given
        ):
            return None
        most = self.command.word(MOST)
        start = self.command.option(START)
        wanted = Window(int(most) if NUMBER.fullmatch(most) else None)
        if not start or not start.words:
            return wanted
        try:
            place, skip = read_token(start.words[0].text, pages)
            parameters.update(
                cast("Mapping[str, Json]", option_values.fit_shape(row.input, dict(place)))
            )
        except UnreadableError as error:
            self.fault(error.code, start.words[0], error.text, error.mend, START)
            return wanted
        return replace(wanted, skip=skip)

    def _read_value(self, option_given: Given, member: Member) -> Json:
        if option_given.option.arity == "flag":
            return option_given.option.on
        raw = self.command.word("--cli-binary-format") == "raw-in-base64-out"
        return option_values.option_value(
            option_given.option.name,
            member,
            [word.text for word in option_given.words],
            self.files,
            raw,
        )

    def _read_json_input(self, shape: Shape) -> Mapping[str, Json]:
        option_given = self.command.option("--cli-input-json")
        if option_given is None or not option_given.words:
            return {}
        try:
            text = option_values.load_text(option_given.words[0].text, self.files)
            raw = option_values.parse_json(
                text if isinstance(text, str) else text.decode("utf-8", "replace")
            )
            if not isinstance(raw, dict):
                raise UnreadableError(
                    "bad-json", "Invalid JSON: an object with the parameters is wanted"
                )
            return cast("Mapping[str, Json]", option_values.fit_shape(shape, raw))
        except UnreadableError as error:
            text = f"Error parsing parameter '--cli-input-json': {error.text}"
            self.fault(
                error.code, option_given.words[0], text, error.mend, "--cli-input-json"
            )
            return {}

    def _resolve_references(self, parameters: dict[str, Json]) -> dict[str, Json]:
        """Resolve references in the options.

        Values in --cli-input-json stay as they are.
        """
        line = placeholders.text_parameters(parameters)
        for option_given in self.command.given:
            member = option_given.option.member
            if member:
                text = parameters.get(member.name)
            else:
                text = None
            if member is None or not isinstance(text, str) or not option_given.words:
                continue
            try:
                parameters[member.name] = placeholders.resolve_reference(
                    member.name,
                    text,
                    self.account.home_of(self.caller),
                    self.caller,
                    line,
                    self.at,
                )
            except UnreadableError as error:
                self.fault(
                    error.code,
                    option_given.words[0],
                    error.text,
                    error.mend,
                    option_given.option.name,
                )
                # The reference has been reported. Validation would report it again.
                del parameters[member.name]
        return parameters

    # ------------------------------------------------------ the line as a whole
    def _check_surplus(self, row: Operation) -> None:
        """Add a fault for words that belong to nothing.

        get-object and invoke end in one word, the file to write.
        """
        rest = self.command.rest
        if (row.service, row.name) in OUTFILE:
            if (
                not rest and not self.command.faults
            ):  # an unknown option may have swallowed it
                self.fault(
                    "missing-option",
                    None,
                    "the following arguments are required: outfile",
                    "name a file",
                )
            rest = rest[1:]
        if rest:
            text = f"Unknown options: {', '.join(word.text for word in rest)}"
            self.fault(
                "unknown-option",
                rest[0],
                text,
                "options begin with --; put quotes around a text with blanks",
            )

    def _check_required(self, row: Operation) -> None:
        if self.command.option("--cli-input-json"):
            return
        names_given = {names_given.option.name for names_given in self.command.given}
        needed = (
            option
            for option in operation_options(row.service, row.name).values()
            if option.required
        )
        missing = [
            option.name
            for option in needed
            if option.name not in names_given
            and f"--no-{option.name[2:]}" not in names_given
        ]
        if missing:
            self.fault(
                "missing-option",
                None,
                f"the following arguments are required: {', '.join(missing)}",
            )

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
        option_given = self.command.option("--bucket")
        if (
            option_given
            and option_given.words
            and (text := bucket_fault(row.service, parameters))
        ):
            name = (
                option_given.words[0]
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
                option_given.words[0],
                f"Parameter validation failed: {text}",
                mend,
                "--bucket",
            )

    def _locate_fault(self, text: str, shape: Shape) -> tuple[Word | None, str]:
        """Return the word and the option that a fault of the validation is about."""
        for option_given in self.command.given:
            member = option_given.option.member
            name = option_given.option.within or (member.name if member else "")
            if name and any(f" {name}{end}" in text for end in (",", ":", "[", ".", " (")):
                return (
                    option_given.words[0] if option_given.words else option_given.at
                ), option_given.option.name
        option_given = self.command.option("--cli-input-json")
        if option_given and option_given.words:
            return (option_given.words[0], "--cli-input-json")
        return (None, "")

    def origin(self) -> Origin:
        """Return the line's Region. The sentence about bad ones is botocore's.

        https://docs.aws.amazon.com/general/latest/gr/rande.html
        """
        option_given = self.command.option("--region")
        name = self.command.word("--region")
        if option_given is None or not name:
            return Origin()
        if not REGION.fullmatch(name):
            text = f"Provided region_name '{name}' doesn't match a supported format."
            self.fault(
                "bad-region",
                option_given.words[0],
                text,
                f"name a Region, such as {Origin().region}",
                "--region",
            )
        return Origin(region=name)

    def speaker(self) -> Caller:
        """Return the caller whose credential the line uses.

        With --no-sign-request it is Nobody.
        """
        if self.command.option("--no-sign-request"):
            return Nobody()
        option_given = self.command.option("--profile")
        if option_given and option_given.words:
            name = option_given.words[0].text
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
            if option_given and option_given.words:
                at = option_given.words[0]
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
