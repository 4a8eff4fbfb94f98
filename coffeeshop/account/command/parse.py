"""Parse a line's words: service, operation, options with their values, and every fault."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from coffeeshop.account.api.default_values import is_requested
from coffeeshop.account.api.operations import (
    OPERATIONS,
    Operation,
    kebab,
    other_services,
    services,
)
from coffeeshop.account.command.grammar import (
    GLOBAL_OPTIONS,
    NUMBER_PATTERN,
    PAGE_SIZE,
    REFUSED_OPTIONS,
    Option,
    cli_operations,
    find_operation,
    match_option,
    operation_options,
    suggest_names,
)
from coffeeshop.account.command.own_words import (
    LEFT_OUT,
    OWN_COMMANDS,
    UNSIMULATED_SUBCOMMANDS,
)
from coffeeshop.account.command.shell_words import MAX_PROBLEMS, Word
from coffeeshop.account.command.waiters import WAITERS

SIGN_IN = ("login", "sso")  # what the real CLI signs in with


class Given(Struct, frozen=True):
    """An option of a line: the word that names it, and its values."""

    option: Option
    at: Word
    words: tuple[Word, ...] = ()


class Command(Struct):
    """A parsed line: its operation in `row`, or a command of the CLI in `own` (`aws s3 cp` is "s3", "cp").

    Both are None if the words aren't known. `given` are the options, `rest` the further words. `waiter` is the name
    after `wait`, whose operation is in `row`.
    """

    row: Operation | None = None
    waiter: str | None = None
    own: tuple[str, str] | None = None
    given: list[Given] = []
    rest: list[Word] = []
    faults: list[Fault] = []

    def option(self, name: str) -> Given | None:
        """Return the option with that name, if it was given."""
        return next(
            (
                option_given
                for option_given in self.given
                if option_given.option.name == name
            ),
            None,
        )

    def word(self, name: str) -> str:
        """Return the first value of an option, or ""."""
        option = self.option(name)
        if option and option.words:
            return option.words[0].text
        return ""

    @property
    def is_recognized(self) -> bool:
        """Return whether the command is known.

        Then options and further words belong to it.
        """
        return self.row is not None or self.own is not None

    @property
    def options(self) -> Mapping[str, Option]:
        """Return the command's own options, without the global ones."""
        if self.own:
            return OWN_COMMANDS[self.own[0]][self.own[1]]
        if self.row:
            return operation_options(self.row.service, self.row.name)
        return {}


class Fault(Struct, frozen=True):
    """A problem with one word, before it has a place in a text."""

    code: str
    at: Word | None
    text: str
    mend: str = ""
    path: str = ""


def looks_like_option(text: str) -> bool:
    """Return whether the CLI takes a word for an option.

    A lone dash, a negative number and a text with a blank aren't options. A blank after `=`
    is fine.
    """
    if text.startswith("--"):
        name = text.partition("=")[0]
    else:
        name = text
    return (
        len(text) > 1
        and text[0] == "-"
        and " " not in name
        and re.fullmatch(r"-\d+|-\d*\.\d+", text) is None
    )


def parse_words(words: Sequence[Word]) -> Command:
    """Parse `aws SERVICE OPERATION …` or `console OPERATION …`.

    Faults are collected, never raised.
    """
    command = Command()
    words = _take_variables(command, words)
    if words:
        service = _read_program(command, words)
    else:
        service = None
    if service is None:
        return command
    waiting = deque(words[1:])
    while waiting:
        word = waiting.popleft()
        if looks_like_option(word.text):
            _take_option(command, word, waiting)
        elif service:
            _take_positional(command, service, word)
        else:
            service = _take_service(command, word)
        if command.faults and (
            not command.is_recognized or len(command.faults) >= MAX_PROBLEMS
        ):
            return command
    if not command.is_recognized:
        if service:
            missing = "operation"
        else:
            missing = "command"
        if service == "aws configure":
            mend = PROFILES_HINT
        else:
            mend = ""
        command.faults.append(
            Fault(
                "missing-word",
                None,
                f"the following arguments are required: {missing}",
                mend,
            )
        )
    return command


PROFILES_HINT = "profiles are there as soon as their credentials are: --profile"
VARIABLE_OPTIONS = {  # an environment variable -> the option with the same effect
    "AWS_PROFILE": "--profile",
    "AWS_DEFAULT_PROFILE": "--profile",
    "AWS_REGION": "--region",
    "AWS_DEFAULT_REGION": "--region",
    "AWS_DEFAULT_OUTPUT": "--output",
    "AWS_PAGER": "--no-cli-pager",
}


def _take_variables(command: Command, words: Sequence[Word]) -> Sequence[Word]:
    """Take variables such as AWS_PROFILE before the command as options.

    Return the remaining words.

    https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-envvars.html
    """
    for number, word in enumerate(words):
        name, equals, value = word.text.partition("=")
        if not equals or re.fullmatch(r"[A-Za-z_]\w*", name) is None:
            return words[number:]
        option = GLOBAL_OPTIONS.get(VARIABLE_OPTIONS.get(name, ""))
        if option is None:
            text = f"`{name}` sets nothing here"
            command.faults.append(
                Fault(
                    "shell-syntax", word, text, f"what does: {', '.join(VARIABLE_OPTIONS)}"
                )
            )
            return ()
        if option.arity == "flag":
            values = ()
        else:
            values = (Word(value, word.start + len(name) + 1, word.end),)
        _add_option(command, Given(option, word, values))
    text = f"`{words[-1].text}` alone sets nothing here"
    command.faults.append(
        Fault(
            "shell-syntax",
            words[-1],
            text,
            "write the command behind it, or `export` before it",
        )
    )
    return ()


def _take_positional(command: Command, service: str, word: Word) -> None:
    """Take a word that is no option: the operation, then further words."""
    if command.is_recognized:
        command.rest.append(word)
    elif command.waiter is not None:
        _take_waiter(command, service, word)
    elif service.startswith("aws "):
        _take_own(command, service.removeprefix("aws "), word)
    else:
        _take_operation(command, service, word)


def _read_program(command: Command, words: Sequence[Word]) -> str | None:
    """Return the service: "" if it is still to come, None if this is no command."""
    first = words[0]
    match first.text:
        case "aws":
            return ""
        case "console":
            return "console"
        case "$" | "%" as sign:
            command.faults.append(
                Fault(
                    "unknown-command",
                    first,
                    f"{sign}: command not found",
                    "leave the prompt out",
                )
            )
            return None
        case _:
            is_service = first.text in services() or first.text == "s3"
            if is_service:
                mend = f"write `aws {first.text} …`"
            else:
                mend = suggest_names(first.text, ("aws", "console"))
            mend = mend or "AWS commands begin with `aws`, sign-ins with `console`"
            command.faults.append(
                Fault("unknown-command", first, f"{first.text}: command not found", mend)
            )
            return None


def _take_service(command: Command, word: Word) -> str:
    """Return the service that a word names: "aws s3" for the CLI's own commands."""
    if word.text in OWN_COMMANDS:
        return f"aws {word.text}"
    service = services().get(word.text)
    if service and service.name != "console":
        return service.name
    names = simulated_services()
    if word.text in other_services() and word.text not in SIGN_IN:
        text = f"{word.text} is a service of AWS that is not simulated here"
        mend = f"simulated here: {', '.join(names)}"
        command.faults.append(Fault("not-simulated", word, text, mend))
        return ""
    text = f"argument command: Invalid choice: {word.text!r}"
    mend = (
        _suggest_service(word.text)
        or suggest_names(word.text, names)
        or f"simulated here: {', '.join(names)}"
    )
    command.faults.append(Fault("unknown-service", word, text, mend))
    return ""


def simulated_services() -> list[str]:
    """Return the words that can follow `aws` here."""
    return [*(name for name in services() if name != "console"), *OWN_COMMANDS]


def _suggest_service(word: str) -> str:
    """Return the command to write if another service has this operation, or "" if none has it."""
    if word in SIGN_IN:
        return "here you sign in with `console sign-in`"
    service = next(
        (name for name, row in services().items() if word in cli_operations(row.name)), ""
    )
    if service:
        return f"write `{'' if service == 'console' else 'aws '}{service} {word}`"
    return ""


def _take_own(command: Command, name: str, word: Word) -> None:
    """Take a subcommand of one of the CLI's own commands, or add a fault."""
    if word.text in OWN_COMMANDS[name]:
        command.own = name, word.text
        return
    if word.text in UNSIMULATED_SUBCOMMANDS.get(name, ()):
        if name == "configure":
            mend = PROFILES_HINT
        else:
            mend = ""
        command.faults.append(
            Fault("not-simulated", word, f"`aws {name} {word.text}` is not simulated", mend)
        )
        return
    text = f"argument subcommand: Invalid choice: {word.text!r}"
    mend = (
        suggest_names(word.text, OWN_COMMANDS[name])
        or f"there are: {', '.join(OWN_COMMANDS[name])}"
    )
    command.faults.append(Fault("unknown-operation", word, text, mend))


def _take_waiter(command: Command, service: str, word: Word) -> None:
    """Take the name of a waiter after `wait`, or add a fault."""
    waiters = WAITERS.get(service, {})
    if word.text in waiters:
        command.waiter = word.text
        command.row = OPERATIONS[service, waiters[word.text].operation]
        return
    text = f"argument subcommand: Invalid choice: {word.text!r}"
    mend = suggest_names(word.text, waiters) or (
        f"simulated here: {', '.join(waiters)}"
        if waiters
        else "there is nothing to wait for here"
    )
    command.faults.append(Fault("unknown-operation", word, text, mend))


FEW_NAMES = 20  # names in a suggestion. Of more, a few are examples


def _simulated_operations(names: Sequence[str]) -> str:
    """Return a sentence that lists a service's operations, or counts them and names the first three."""
    if len(names) <= FEW_NAMES:
        return f"simulated here: {', '.join(names)}"
    return f"{len(names)} operations are simulated here, such as {', '.join(names[:3])}"


def _take_operation(command: Command, service: str, word: Word) -> None:
    """Take the name of an operation, or add a fault with a suggestion."""
    row = find_operation(service, word.text)
    if row is None and word.text == "wait":
        command.waiter = ""
    elif row is None and word.text in UNSIMULATED_SUBCOMMANDS.get(service, ()):
        text = f"`aws {service} {word.text}` is not simulated"
        command.faults.append(Fault("not-simulated", word, text, ""))
    elif row is None:
        known_operations = cli_operations(service)
        text = f"argument operation: Invalid choice: {word.text!r}"
        mend = (
            _suggest_service(word.text)
            or suggest_names(word.text, known_operations)
            or _simulated_operations([*known_operations])
        )
        command.faults.append(Fault("unknown-operation", word, text, mend))
    elif not row.simulated:
        text = f"{row.name} is an operation of AWS that is not simulated here"
        command.faults.append(Fault("not-simulated", word, text, ""))
    else:
        command.row = row


def _take_option(command: Command, word: Word, waiting: deque[Word]) -> None:
    """Take an option and its values off the line."""
    name, equals, value = word.text.partition("=")
    option = match_option(name, GLOBAL_OPTIONS, command.options)
    if not isinstance(option, Option):
        if equals:
            taken = 0
        else:
            taken = _count_values(waiting)
        extra = [waiting.popleft().text for _ in range(taken)]
        if option:
            command.faults.append(_ambiguous_fault(word, option))
        elif not _is_default(command, name, [value] if equals else extra):
            command.faults.append(_unknown_fault(command, word, name, extra))
        return
    if equals:
        after = (Word(value, word.start + len(name) + 1, word.end),)
    else:
        most = {"flag": 0, "many": len(waiting)}.get(option.arity, 1)
        after = tuple(waiting.popleft() for _ in range(min(most, _count_values(waiting))))
    _add_option(command, Given(option, word, after))


def _add_option(command: Command, option_given: Given) -> None:
    """Add an option. The last one of its kind counts, unless it can be repeated."""
    option = option_given.option
    command.faults.extend(_arity_faults(option, option_given.at, option_given.words))
    if not option.repeats:
        command.given = [
            earlier for earlier in command.given if earlier.option.sets != option.sets
        ]
    command.given.append(option_given)


def _count_values(waiting: deque[Word]) -> int:
    """Return how many words follow before the next option."""
    return next(
        (n for n, word in enumerate(waiting) if looks_like_option(word.text)), len(waiting)
    )


def _arity_faults(option: Option, word: Word, after: tuple[Word, ...]) -> Iterator[Fault]:
    """Yield the faults of an option's values: too many, none, or not one of its choices. The words are the CLI's."""
    if option.arity == "flag" and after:
        text = f"argument {option.name}: ignored explicit argument {after[0].text!r}"
        yield Fault("bad-option", word, text, f"write {option.name} alone", option.name)
    if option.arity == "one" and not after:
        yield Fault(
            "missing-value",
            word,
            f"argument {option.name}: expected one argument",
            path=option.name,
        )
    elif option.choices and after and after[0].text not in option.choices:
        text = f"argument {option.name}: invalid choice: {after[0].text!r} (choose from {', '.join(option.choices)})"
        yield Fault("bad-option", after[0], text, path=option.name)
    elif option.number and not NUMBER_PATTERN.fullmatch(after[0].text):
        text = f"argument {option.name}: invalid int value: {after[0].text!r}"
        yield Fault("bad-option", after[0], text, "give a whole number", option.name)


def _ambiguous_fault(word: Word, names: tuple[str, ...]) -> Fault:
    """Return the fault of an option cut so short that several begin with it."""
    text = f"ambiguous option: {word.text} could match {', '.join(names)}"
    return Fault("ambiguous-option", word, text, "write one of them out")


def _is_default(command: Command, name: str, values: list[str]) -> bool:
    """Tell whether an option that has no effect here is given the value that AWS takes anyway."""
    row = OPERATIONS["s3", "PutObject"] if command.own else command.row
    if row is None or not values:
        return False
    members = {f"--{kebab(member)}": member for member in row.input.left_out}
    member = members.get(name)
    return member is not None and not is_requested(member, values)


def _left_out_options(row: Operation) -> set[str]:
    """Return AWS's options that have no effect here."""
    return {f"--{kebab(part)}" for part in row.input.left_out} | (
        {PAGE_SIZE} if row.pages else set()
    )


def _unknown_fault(command: Command, word: Word, name: str, extra: list[str]) -> Fault:
    """Return the fault of an option that isn't known, or that the real CLI has and that has no effect here."""
    if name in REFUSED_OPTIONS:
        return Fault(
            "unheeded-option",
            word,
            f"{name} does nothing here: {REFUSED_OPTIONS[name]}",
            "leave it out",
            name,
        )
    if command.row and name.replace("--no-", "--") in _left_out_options(command.row):
        say = f"{name} of {command.row.cli} is not simulated"
        return Fault(
            "not-simulated", word, say, "leave it out: it would change nothing", name
        )
    if command.own and name in LEFT_OUT.get(command.own[0], ()):
        say = f"{name} of aws {' '.join(command.own)} is not simulated"
        return Fault(
            "not-simulated", word, say, "leave it out: it would change nothing", name
        )
    if name == "-h":
        mend = "write `help`, alone at the end"
    else:
        mend = suggest_names(name, {**GLOBAL_OPTIONS, **command.options})
    if not mend and not command.is_recognized:
        mend = "write an operation's options after it"
    return Fault(
        "unknown-option", word, f"Unknown options: {', '.join([word.text, *extra])}", mend
    )
