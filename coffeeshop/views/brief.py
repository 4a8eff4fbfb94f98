"""The brief of a scenario: the story and the sentences that the grade checks, or the cases of a diagnosis."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Container, Iterator, Mapping
from types import MappingProxyType

from coffeeshop.account.api.operations import Operation, services
from coffeeshop.account.command.grammar import (
    JSON_INPUT,
    OUTFILE_OPERATIONS,
    SKELETON_OPTION,
    Option,
    cli_operations,
    find_operation,
    operation_options,
    suggest_names,
)
from coffeeshop.account.command.own_words import ARGUMENT_FORMS, OWN_COMMANDS
from coffeeshop.account.command.parse import simulated_services
from coffeeshop.account.command.write import STANDS_FOR
from coffeeshop.account.model import Account
from coffeeshop.lessons.grading.diagnosis import diagnoses_of
from coffeeshop.lessons.grading.practice import rule_sentence
from coffeeshop.lessons.grading.sentences import join_words, name_in_sentence
from coffeeshop.lessons.grading.slack import ACTIONS_WITH_MFA
from coffeeshop.lessons.model import Scenario
from coffeeshop.lessons.scenario.wants import calls_that_grant
from coffeeshop.lessons.sitting.policy_text import DOCUMENT_KINDS
from coffeeshop.policy.model import Values
from coffeeshop.shop.mark import Mark, Mode
from coffeeshop.views.rows import Row
from coffeeshop.views.step import Level
from coffeeshop.views.text import capital, headed_text, paragraphs, short_arn

TAB_HINT = "tab lists the operations"


def brief(scenario: Scenario) -> tuple[Row, ...]:
    """Return the story, the jobs, the refusals, the other allowed calls and the rules of the third star.

    A diagnosis has its cases in place of jobs and refusals.
    """
    return tuple(_brief(scenario))


def _brief(scenario: Scenario) -> Iterator[Row]:
    """Yield the rows of `brief`."""
    yield Row(headed_text(scenario.full_title, scenario.objective), role="title")
    yield from (Row(paragraph) for paragraph in paragraphs(scenario.story))
    if not scenario.wants:  # an imported account has no jobs
        return
    if scenario.cases:
        # Imported late, since most scenarios have no cases.
        from coffeeshop.views.cases import case_rows

        yield Row(
            "What people report: name each cause to earn points, and fix it to earn stars",
            role="title",
        )
        yield from case_rows(diagnoses_of(scenario))
        yield _heading_row(scenario, 1, "everything is fixed")
        yield Row(CASES_FIXED, Mark.QUIET, indent=1)
    else:
        yield _heading_row(scenario, 1, "this must work")
        yield from (Row(say, Mark.QUIET, indent=1) for say in says(scenario, Mode.MUST))
        yield _heading_row(scenario, 1, "this must be refused")
        yield from (Row(say, Mark.QUIET, indent=1) for say in says(scenario, Mode.NEVER))
    yield _heading_row(scenario, 2, "and nothing more")
    yield Row(no_excess_sentence(scenario), Mark.QUIET, indent=1)
    yield from slack_rows(scenario)
    if scenario.practice:
        yield _heading_row(scenario, 3, "good practice")
        yield from (
            Row(rule_sentence(rule.rule, rule.options), Mark.QUIET, indent=1)
            for rule in scenario.practice
        )


def _heading_row(scenario: Scenario, star: int, text: str) -> Row:
    """Return the title of the checks of one star. The learner's own shop has no stars."""
    title = capital(text) if scenario.is_growing_shop else f"Star {star}, {text}"
    return Row(title, role="title")


CASES_FIXED = "What the cases report is fixed, and the story's task is done. All other access is unchanged"


def no_excess_sentence(scenario: Scenario) -> str:
    """Return the sentence of the second star, with the people whom it grades."""
    if scenario.is_growing_shop:
        return NO_EXCESS_EVER
    graded_people = [capital(person) for person in scenario.people.graded]
    if not graded_people:
        return "Apart from administrators, no one can do more than needed"
    return f"{join_words(graded_people)} can do only what the jobs need, and no one else gets more than needed"


NO_EXCESS_EVER = (
    "Apart from administrators, no one can do more than the jobs need. "
    "This also holds for people you hire later"
)


def slack_rows(scenario: Scenario, most_actions: int = 1_000) -> Iterator[Row]:
    """Yield a row for each group of people, with the calls that they can make without need.

    A set of more than `most_actions` is counted. The first of a group has an example. A set that names someone
    whom the learner has to find out is left out.
    """
    hidden_people = {want.who for want in scenario.wants if want.quiet}
    people_by_set: dict[tuple[str, Values, str], list[str]] = {}
    for slack in scenario.slack:
        if hidden_people.intersection(slack.who):
            continue
        of_set = (slack.badge, slack.actions, _place_text(slack.resources))
        people = people_by_set.setdefault(of_set, [])
        people.extend(map(name_in_sentence, slack.who) if slack.who else ("everyone",))
    texts_by_people: dict[tuple[str, ...], list[str]] = {}
    for (badge, actions, place_text), people in people_by_set.items():
        credential_text = f"with a {badge}, " if badge else ""
        texts = texts_by_people.setdefault(tuple(people), [])
        is_counted = len(actions) > most_actions and bool(texts)
        actions_text = (
            f"{len(actions)} more" if is_counted else _listed_actions(actions, most_actions)
        )
        texts.append(credential_text + actions_text + place_text)
    for people, texts in texts_by_people.items():
        sentence = f"Also fine for {join_words(people)}: {'; '.join(texts)}"
        yield Row(sentence, Mark.QUIET, indent=1)


def _place_text(resources: Values) -> str:
    """Return where a set is fine: " on coffeeshop-recipes/menu/*". "": everywhere, or on several patterns."""
    if len(resources) != 1 or resources == ("*",):
        return ""
    return f" on {short_arn(resources[0])}"


def _listed_actions(actions: Values, most_actions: int) -> str:
    """Return the actions of a set, or their number and an example if there are too many.

    The calls with an MFA code on one's own credentials are always counted, with three examples.
    """
    if len(actions) > most_actions:
        return f"{len(actions)} calls such as {actions[0]}"
    if actions == ACTIONS_WITH_MFA:
        return f"{len(actions)} calls on their own user such as {', '.join(actions[:3])}"
    return ", ".join(actions)


def says(scenario: Scenario, mode: Mode) -> tuple[str, ...]:
    """Return the sentences of the jobs or of the refusals, without duplicates."""
    return tuple(dict.fromkeys(want.say for want in scenario.wants if want.mode is mode))


def full_level(_: str) -> Level:
    """Return that a call is listed in full."""
    return Level.FULL


def calls(
    scenario: Scenario,
    account: Account | None = None,
    level_of: Callable[[str], Level] = full_level,
) -> tuple[Row, ...]:
    """Return a row for each AWS call that a scenario introduces, with its parameters.

    `level_of` names the learner's needs for each call: its parameters, its name alone, or
    nothing. An MFA code is shown if a job or a user of the account uses one. A user name is
    left out if the account has no users and the scenario makes none.
    """
    users = tuple(account.users.values()) if account else ()
    coded = any(want.badge == "code" for want in scenario.wants)
    if coded or (account and any(account.devices_of(user.id) for user in users)):
        known_entries = {"MfaCode": PHONE_PLACEHOLDER}
    else:
        known_entries = {}
    introduced = names(scenario)
    if account and not users and "iam create-user" not in introduced:
        known_entries["UserName"] = ""
    levels = {call: level_of(call) for call in introduced}
    usages = {
        call: call_usage(call, known_entries)
        if level is Level.FULL
        else f"{_call_name(call)} {SHORTENED_MARK}"
        for call, level in levels.items()
        if level is not Level.FAILURE
    }
    return tuple(Row(text, role="code", indent=1) for text in usages.values())


def names(scenario: Scenario) -> Values:
    """Return the AWS calls that a scenario introduces, without parameters.

    A scenario that introduces none gets the calls that its jobs need. Each attach call is followed
    by its detach call, unless that is in the list already.
    """
    introduced = scenario.calls or calls_that_grant(scenario)
    return tuple(
        each
        for call in introduced
        for each in dict.fromkeys((call, call.replace(" attach-", " detach-")))
        if each == call or each not in introduced
    )


def call_usage(call: str, known_entries: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return the usage of a call: `aws iam create-user --user-name NAME` for `iam create-user`.

    `known_entries` gives values by parameter name. The value "" leaves an option out. Other options
    that the learner must give are words in capitals.
    """
    return _operation_usage(_listed_operation(call), known_entries)


def _listed_operation(call: str) -> Operation:
    """Return the operation of a call as a scenario lists it: `s3 get-bucket-policy`."""
    service, _, name = call.partition(" ")
    row = find_operation(service, name)
    assert row is not None, call  # a scenario's calls are proofread
    return row


def _call_name(call: str) -> str:
    """Return what a call begins with: `aws s3api get-bucket-policy` for `s3 get-bucket-policy`."""
    return " ".join(_command_words(_listed_operation(call)))


def _command_words(row: Operation) -> tuple[str, ...]:
    """Return the words with which a command line of an operation begins."""
    command = next(
        command for command, service in services().items() if service.name == row.service
    )
    return (command, row.cli) if command == "console" else ("aws", command, row.cli)


SHORTENED_MARK = "…"  # ends a call whose parameters the learner knows
PHONE_PLACEHOLDER = "@phone"  # stands for the MFA code on the shop's phone
# AWS doesn't require these. Without them, a call is about the caller, or the version isn't put in force.
EXPECTED_OPTIONS = {"UserName", "Password", "SetAsDefault"}
# Nor these. Without them, a provider accepts no token, and a function has no code.
EXPECTED_WORDS = {"--client-id-list", "--zip-file"}
FIXED_VALUES = {
    "--zip-file": "fileb://FILE",
    "--client-id-list": "AUDIENCE",
    "--key-id": "ID-OR-ARN",  # some calls, such as kms get-key-policy, take no alias
    "--member-id": "UserId=ID",
    "--authentication-code1": PHONE_PLACEHOLDER,
    "--authentication-code2": f"{PHONE_PLACEHOLDER}+1",
}


# The API model calls these optional, but without them the service refuses the call, or changes nothing.
DEMANDED_OPTIONS: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("identitystore", "CreateGroup"): {"DisplayName": "NAME"},
    ("identitystore", "CreateUser"): {
        "DisplayName": "NAME",
        "Name": "GivenName=NAME,FamilyName=NAME",
    },
    ("kms", "CreateGrant"): {"GranteePrincipal": "ARN"},
    ("organizations", "UpdatePolicy"): {"Content": "DOCUMENT"},
}


# An option that isn't given together with a known one.
EXCLUDED_OPTIONS: Mapping[str, str] = {"RootEmail": "UserName"}  # root has no user name


def _operation_usage(
    row: Operation, known_entries: Mapping[str, str] = MappingProxyType({})
) -> str:
    """Return the usage of an operation, with the known values of parameters."""
    known_entries = {**DEMANDED_OPTIONS.get((row.service, row.name), {}), **known_entries}
    excluded = {
        EXCLUDED_OPTIONS[name] for name in known_entries if name in EXCLUDED_OPTIONS
    }
    words = list[str]()
    for option in operation_options(row.service, row.name).values():
        if option.member and option.member.name in excluded:
            continue
        if option.member and option.on and not option.within:
            value = known_entries.get(option.member.name)
        else:
            value = None
        if value or (value is None and _is_shown_option(option)):
            words.append(_option_text(option, value))
    if (row.service, row.name) in OUTFILE_OPERATIONS:
        words.append("OUTFILE")
    return " ".join((*_command_words(row), *words))


def _option_text(option: Option, value: str | None) -> str:
    """Return an option with its value, or (None) with a placeholder."""
    if option.arity == "flag":
        return option.name
    return f"{option.name} {shlex.quote(value) if value else _value_placeholder(option)}"


def _is_shown_option(option: Option) -> bool:
    """Return whether a usage line shows an option: it is required, or has something to teach in this course."""
    is_told = (
        option.member is not None
        and option.member.name in EXPECTED_OPTIONS
        and not option.within
    )
    return option.on and (option.required or is_told or option.name in EXPECTED_WORDS)


def _value_placeholder(option: Option) -> str:
    """Return the placeholder of an option's value: a word in capitals, or the only possible value."""
    name = FIXED_VALUES.get(option.name) or STANDS_FOR.get(option.name)
    if option.member is not None and option.member.shape.type == "map":
        return "NAME=VALUE"
    return name or option.name.rpartition("-")[2].upper()


def takes_document(call: str) -> bool:
    """Return whether a call requires a policy document: "iam put-user-policy"."""
    row = find_operation(*call.split())
    assert row is not None, call
    members = (
        option.member
        for option in operation_options(row.service, row.name).values()
        if option.required
    )
    return any(
        member is not None and (row.service, member.name) in DOCUMENT_KINDS
        for member in members
    )


def command_usage(typed: str) -> str:
    """Return the usage of the command that begins a typed line, otherwise a list of possible words.

    Options in brackets are optional.
    """
    match typed.split():
        case ["aws", command, *rest] if command in services():
            service = services()[command].name
        case ["console", *rest]:
            command = service = "console"
        case ["aws", command, name, *_] if name in OWN_COMMANDS.get(command, ()):
            return _own_usage(command, name)
        case ["aws", command, *_] if command in OWN_COMMANDS:
            return f"aws {command} COMMAND, with one of these commands: {', '.join(OWN_COMMANDS[command])}"
        case _:
            names = ", ".join(simulated_services())
            return f"aws SERVICE OPERATION, with one of these services: {names}; or console OPERATION"
    row = find_operation(service, rest[0]) if rest else None
    if row is None:
        names = cli_operations(service)
        suggestion = suggest_names(rest[0], names) if rest else ""
        if rest:
            return f"{command} has no operation {rest[0]}; {suggestion or TAB_HINT}"
        return f"{command} OPERATION; {TAB_HINT}"
    if row.simulated:
        usage = _operation_usage(row)
        return " ".join((usage, *_optional_options(row, usage.split())))
    return f"{row.cli} is an operation of AWS that is not simulated here"


def _own_usage(command: str, name: str) -> str:
    """Return the usage of one of the CLI's own commands, such as `aws s3 cp`."""
    arguments = ARGUMENT_FORMS[command].get(name, "")
    options = (
        f"[{_option_text(option, None)}]" for option in OWN_COMMANDS[command][name].values()
    )
    return " ".join(filter(None, ("aws", command, name, arguments, *options)))


def _optional_options(row: Operation, shown_words: Container[str]) -> Iterator[str]:
    """Yield the options of an operation that its usage doesn't show already, in brackets.

    Those that any operation takes are left out, such as --cli-input-json.
    """
    for option in operation_options(row.service, row.name).values():
        is_of_any = option in (JSON_INPUT, SKELETON_OPTION)
        if option.on and option.name not in shown_words and not is_of_any:
            yield f"[{_option_text(option, None)}]"
