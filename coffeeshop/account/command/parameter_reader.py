"""Read the parameters of a parsed command: all of a line that doesn't depend on an account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.account.api.operations import Member, Operation, Shape
from coffeeshop.account.command import option_values
from coffeeshop.account.command.grammar import (
    MAX_ITEMS,
    NUMBER_PATTERN,
    OUTFILE_OPERATIONS,
    PAGING_OPTIONS,
    STARTING_TOKEN,
    operation_options,
)
from coffeeshop.account.command.option_values import Files, UnreadableError
from coffeeshop.account.command.pages import Window, read_token
from coffeeshop.account.command.parse import Command, Fault, Given
from coffeeshop.account.command.shell_words import Word
from coffeeshop.account.command.validation import (
    check_function_code,
)
from coffeeshop.account.values import Json


class ParameterReader(Struct):
    """Reads the parameters of a parsed command. Its methods add the problems to the command's faults."""

    line: str
    command: Command
    files: Files
    window: Window | None = None

    def fault(
        self, code: str, at: Word | None, text: str, mend: str = "", path: str = ""
    ) -> None:
        """Add a fault about a word to the command. `mend` is the fix, `path` the option."""
        self.command.faults.append(Fault(code, at, text, mend, path))

    def read_parameters(self) -> dict[str, Json]:
        """Return the parameters of a command that makes one call, before references are resolved."""
        if self.command.own:
            say = f"`aws {' '.join(self.command.own)}` is no single call"
            mend = f"use `aws {self.command.own[0]}api` where one is wanted"
            self.fault("not-simulated", None, say, mend)
        row = self.command.row
        if row is None:
            return {}
        parameters = self._read_parameters(row)
        self._check_surplus(row)
        self._check_required(row)
        return parameters

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
            # An option of the CLI's own, although IAM also has a parameter MaxItems.
            is_own = option.name == MAX_ITEMS and self.window is not None
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
            if option.member and option.name not in PAGING_OPTIONS
        }
        pages = row.pages
        if (
            pages is None
            or self.command.option("--no-paginate")
            or {pages.token, pages.limit} & paging_given
        ):
            return None
        most = self.command.word(MAX_ITEMS)
        start = self.command.option(STARTING_TOKEN)
        wanted = Window(int(most) if NUMBER_PATTERN.fullmatch(most) else None)
        if not start or not start.words:
            return wanted
        try:
            place, skip = read_token(start.words[0].text, pages)
            parameters.update(
                cast("Mapping[str, Json]", option_values.fit_shape(row.input, dict(place)))
            )
        except UnreadableError as error:
            self.fault(error.code, start.words[0], error.text, error.mend, STARTING_TOKEN)
            return wanted
        return replace(wanted, skip=skip)

    def _read_value(self, option_given: Given, member: Member) -> Json:
        """Return the value of an option for its parameter."""
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
        """Return the parameters in --cli-input-json, or none. Add a fault if they can't be read."""
        option = self.command.option("--cli-input-json")
        if option is None or not option.words:
            return {}
        try:
            text = option_values.load_text(option.words[0].text, self.files)
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
            self.fault(error.code, option.words[0], text, error.mend, "--cli-input-json")
            return {}

    # ------------------------------------------------------ the line as a whole
    def _check_surplus(self, row: Operation) -> None:
        """Add a fault for words that belong to nothing.

        get-object and invoke end in one word, the file to write.
        """
        rest = self.command.rest
        if (row.service, row.name) in OUTFILE_OPERATIONS:
            # After another fault, the word may be missing because an unknown option took it.
            if not rest and not self.command.faults:
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
                "options begin with --; put quotes around a text with spaces",
            )

    def _check_required(self, row: Operation) -> None:
        """Add a fault for each required option that is missing. With --cli-input-json, the validation finds them."""
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
