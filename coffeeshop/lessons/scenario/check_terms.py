"""Check the words in a form that would otherwise be accepted without effect: options, keys, placeholders and people."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

from coffeeshop.account.access.standing import PRINCIPAL_TAG_PREFIX, SERVICE_CALL_KEYS
from coffeeshop.account.model import Account
from coffeeshop.lessons.check_kinds import OF_JOBS, FindingKind
from coffeeshop.lessons.grading.practice import RULES, option_names, rule_options
from coffeeshop.lessons.play.script import parse_clock, parse_duration
from coffeeshop.lessons.scenario.check_cases import case_caller_problems
from coffeeshop.lessons.scenario.check_people import (
    caller_problems,
    people_problems,
    slack_people_problems,
)
from coffeeshop.lessons.scenario.check_texts import keys_advised
from coffeeshop.lessons.scenario.check_wants import SAMPLE_VALUES, check_ids
from coffeeshop.lessons.scenario.form_problems import form_problem, place_of
from coffeeshop.lessons.scenario.schema import (
    SCENARIO_FILE,
    Ask,
    Job,
    QuizForm,
    Refuse,
    ScenarioForm,
    SlackSet,
)
from coffeeshop.lessons.scenario.wants import as_values
from coffeeshop.policy import catalog
from coffeeshop.policy.catalog.arn_formats import action_resource_types, acts_on
from coffeeshop.policy.language.element_grammar import value_faults
from coffeeshop.policy.language.spelling import suggest_name
from coffeeshop.policy.model import Problem, Values

KEYS_OF_EVERY_CALLER = (
    "aws:PrincipalArn",
    "aws:PrincipalType",
    "aws:PrincipalIsAWSService",
    "aws:userid",
)
CALLER_KEYS = {key.lower() for key in (*SERVICE_CALL_KEYS, *KEYS_OF_EVERY_CALLER)}
PLACEHOLDER_PATTERN = re.compile(r"\{([A-Za-z]\w*)\}")
LINE_PLACEHOLDERS = {"who", *SAMPLE_VALUES}  # the placeholders of lines and ARNs
SENTENCE_PLACEHOLDERS = {"Who"}  # the placeholders of a sentence


def ineffective_part_problems(
    form: ScenarioForm, account: Account, current_time: datetime
) -> Iterator[Problem]:
    """Yield a problem for each part of the form that would have no effect, or another effect than it seems."""
    yield from _slack_problems(form, account)
    yield from _rule_problems(form, account) if form.practice else ()
    for row in (*form.job, *form.refuse):
        yield from _find_row_problems(row, current_time)
    for quiz in form.quiz:
        yield from _find_quiz_problems(quiz, account)
    for case in form.case:
        yield from _unknown_placeholders(
            place_of(case), (case.say, *as_values(case.do)), ()
        )
    for place, key in keys_advised(form):
        yield from _unreachable_key_problems(form, place, key)


def unknown_person_problems(form: ScenarioForm, account: Account) -> Iterator[Problem]:
    """Yield a problem for each person of the cast, of a job, of a refusal or of a case who doesn't exist or can't make calls."""
    yield from people_problems(form, account)
    for row in (*form.job, *form.refuse):
        yield from caller_problems(form, account, row)
    yield from case_caller_problems(form, account)


# ------------------------------------------------------------------------- slack
def _slack_problems(form: ScenarioForm, account: Account) -> Iterator[Problem]:
    """Yield a problem for each slack set that allows nothing, fits no action to its resources, or has unknown people."""
    for name, value in form.slack.items():
        place = f"{SCENARIO_FILE}, slack.{name}"
        cast = as_values(value.who if isinstance(value, SlackSet) else value)
        if not (value.action if isinstance(value, SlackSet) else cast):
            if isinstance(value, SlackSet):
                missing = "action"
                mend = f"name an action, or leave slack.{name} out"
            else:
                missing = "person"
                mend = f"name a person, or leave slack.{name} out"
            message = f"it has no {missing}, so it allows nothing"
            yield form_problem("empty", place, message, mend)
        if isinstance(value, SlackSet):
            yield from _unknown_placeholders(
                place, as_values(value.resource), SAMPLE_VALUES
            )
            yield from _slack_resource_problems(
                place, as_values(value.action), as_values(value.resource)
            )
        yield from slack_people_problems(form, account, name, cast)


def _slack_resource_problems(
    place: str, actions: Values, resources: Values
) -> Iterator[Problem]:
    """Yield a problem for each resource of a slack set that fits none of its actions, and for each action that fits no
    resource.
    """
    actions_by_name = {action: catalog.expand_pattern(action) for action in actions}
    for resource in resources:
        all_actions = [
            action
            for expanded_actions in actions_by_name.values()
            for action in expanded_actions
        ]
        if all_actions and not any(acts_on(action, resource) for action in all_actions):
            message = f"AWS never checks {' or '.join(actions)} on {resource}"
            yield form_problem(
                "no-thing",
                place,
                message,
                "leave that resource out, or name an action on it",
            )
    for action, expanded_actions in actions_by_name.items():
        kinds = _formats(*expanded_actions)
        if kinds and not any(
            acts_on(action_name, resource)
            for action_name in expanded_actions
            for resource in resources
        ):
            message = f"AWS checks {action} on none of the resources named here"
            yield form_problem("no-thing", place, message, f"write resource = {kinds}")


def _formats(*actions: str) -> str:
    """Return the ARN formats of these actions' resources. Return "" if they have none."""
    kinds = dict.fromkeys(
        kind.arn for action in actions for kind in action_resource_types(action)
    )
    return " or ".join(kind.replace("${Partition}", "aws") for kind in kinds)


# ------------------------------------------------------------------------- rules
def _rule_problems(form: ScenarioForm, account: Account) -> Iterator[Problem]:
    """Yield a problem for each practice rule that is repeated or has an option without effect."""
    cast = (
        *form.people.graded,
        *form.people.admins,
        *form.people.bystanders,
        *form.people.machines,
    )
    known_names = {*account.users, *map(str.lower, cast)}
    seen = list[Mapping[str, Any]]()
    for row in form.practice:
        name = str(row.get("rule", ""))
        place = f"{SCENARIO_FILE}, practice {name}"
        if row in seen:
            yield form_problem(
                "double-rule",
                place,
                f"the rule {name} is written twice",
                "delete one of them",
            )
        seen.append(row)
        options = rule_options(name) if name in RULES else tuple(row)
        for key in (key for key in row if key not in ("rule", *options)):
            mend = suggest_name(key, options, "leave it out")
            yield form_problem(
                "unknown-option", place, f"the rule {name} has no option `{key}`", mend
            )
        if not isinstance(row.get("role", ""), str):
            yield form_problem(
                "no-name",
                place,
                "`role` has to be the name of one role",
                'write role = "Manager"',
            )
        if "who" in options and "who" in row and not row["who"]:
            yield form_problem(
                "empty",
                place,
                "`who` names no one, so the rule checks nothing",
                "name someone",
            )
        for person in option_names(row, "who"):
            if person.lower() not in known_names:
                message = f"`who`: there is no one called {person}"
                yield form_problem(
                    "nobody",
                    place,
                    message,
                    suggest_name(person, known_names, "name a user"),
                )


# -------------------------------------------------------------------------- keys
def _unreachable_key_problems(
    form: ScenarioForm, place: str, key: str
) -> Iterator[Problem]:
    """Yield a problem where `key` is the key of no finding that this scenario can have."""
    kind, _, rest = key.partition(":")
    subject, _, aspect = rest.partition(":")
    if kind == FindingKind.PRACTICE:
        known_names = {str(row.get("rule", "")) for row in form.practice}
    elif kind in (*OF_JOBS, FindingKind.LEAK):
        rows = form.job if kind in OF_JOBS else form.refuse
        known_names = {id.partition(":")[2] for row in rows for id in check_ids(row)}
    else:
        known_names = set[str]()
    if known_names and not any(fnmatchcase(rule, subject) for rule in known_names):
        mend = (
            suggest_name(subject, known_names)
            or f"choose one of: {', '.join(sorted(known_names)[:12])}"
        )
        yield form_problem(
            "unknown-finding",
            place,
            f"this scenario can't have the finding {kind}:{subject}",
            mend,
        )
    aspects = FindingKind(kind).aspects if kind in {*FindingKind} else ()
    if aspect and aspects and not any(fnmatchcase(rule, aspect) for rule in aspects):
        mend = suggest_name(aspect, aspects) or f"choose one of: {', '.join(aspects)}"
        yield form_problem(
            "unknown-finding",
            place,
            f"the end of {key} isn't an aspect of such a finding",
            mend,
        )


# ------------------------------------------------------------------------- words
def _find_row_problems(row: Job | Refuse, current_time: datetime) -> Iterator[Problem]:
    """Yield a problem for each unknown placeholder or context key of a row, and for a time in the past."""
    place = place_of(row)
    upper_bound = row.within if isinstance(row, Job) else None
    bounds = (
        *as_values(row.covers if isinstance(row, Job) else ()),
        *as_values(upper_bound.resource if upper_bound else ()),
    )
    yield from _unknown_placeholders(place, (row.say,), SENTENCE_PLACEHOLDERS)
    thing = (row.request.resource,) if row.request else ()
    yield from _unknown_placeholders(
        place, (*as_values(row.do), *bounds, *thing), LINE_PLACEHOLDERS
    )
    if upper_bound and not upper_bound.resource:
        yield form_problem(
            "empty",
            place,
            "`within` names no resource",
            'write resource = "arn:…", in which a star matches anything',
        )
    yield from _find_request_problems(place, row.request) if row.request else ()
    request_context = row.request.context if row.request else {}
    bound = (
        key
        for keys in ((upper_bound and upper_bound.condition) or {}).values()
        for key in keys
    )
    for key in (*request_context, *bound):
        if catalog.find_condition_key(key) is None:
            known_keys = catalog.key_names(key.partition(":")[0])
            mend = suggest_name(
                key, known_keys, "choose one from the service's table of condition keys"
            )
            yield form_problem(
                "unknown-key", place, f"AWS has no condition key {key}", mend
            )
    if (
        row.at
        and not row.at.startswith("+")
        and (at := parse_clock(row.at, current_time))
        and at < current_time
    ):
        message = f"`at`: {row.at} is before the play begins"
        yield form_problem("past", place, message, "write a later date and time, or +1d")
    if isinstance(row, Job) and row.badge == "any":
        message = "`badge`: a job is done with one badge, so only a refusal can say `any`"
        yield form_problem("any-badge", place, message, "name the badge")


def _find_request_problems(place: str, ask: Ask) -> Iterator[Problem]:
    """Yield a problem where a bare request has several things, or a resource that its action never has."""
    for key in (
        key
        for key in ask.context
        if key.lower() in CALLER_KEYS or key.lower().startswith(PRINCIPAL_TAG_PREFIX)
    ):
        message = f"`context`: {key} describes the caller, so a request can't set it"
        yield form_problem(
            "no-choice", place, message, "describe the caller by `as`, `badge` or `via`"
        )
    for word in (ask.action, ask.resource.removeprefix("*")):
        if "*" in word:
            message = f"`request`: {word} has a star, but a request has one action and one resource"
            yield form_problem(
                "many",
                place,
                message,
                "write it without a star, or write {newname} for any name",
            )
    for key, value in ask.context.items():
        yield from _context_problems(place, ask.action, key, as_values(value))
    kinds = _formats(ask.action)
    if ask.resource == "*" and kinds:
        message = f"`request`: AWS checks {ask.action} on a resource, and none is named"
        yield form_problem("no-thing", place, message, f"write resource = {kinds}")
    elif (
        ask.resource != "*"
        and catalog.find_action(ask.action)
        and not acts_on(ask.action, ask.resource)
    ):
        message = f"`request`: AWS never checks {ask.action} on {ask.resource}"
        if kinds:
            mend = f"write resource = {kinds}"
        else:
            mend = "leave the resource out"
        yield form_problem("no-thing", place, message, mend)


def _context_problems(
    place: str, action: str, key: str, values: Values
) -> Iterator[Problem]:
    """Yield a problem for a context key that this action never has, and for a value of another type than the key's."""
    known_key = catalog.find_condition_key(catalog.global_spelling(key) or key)
    if known_key is None:
        return
    if (
        catalog.find_action(action)
        and not catalog.is_global(known_key)
        and known_key.name not in catalog.carried_keys(action)
    ):
        message = f"`context`: AWS sends no {key} with {action}"
        yield form_problem(
            "never-brought",
            place,
            message,
            "leave the key out, or name an action that has it",
        )
    value_type = known_key.type.removeprefix("ArrayOf")
    operator = OPERATORS_BY_TYPE.get(value_type)
    if operator is None:
        return
    for value in values:
        for _, message, mend in value_faults(operator, value):
            yield form_problem("no-value", place, f"`context`: {key}: {message}", mend)


OPERATORS_BY_TYPE = {
    "Bool": "Bool",
    "Date": "DateEquals",
    "Numeric": "NumericEquals",
    "IPAddress": "IpAddress",
}


def _unknown_placeholders(
    place: str, texts: Iterable[str], filled: Collection[str]
) -> Iterator[Problem]:
    """Yield a problem for each placeholder, such as {who}, that isn't among those in `filled`."""
    placeholders = ", ".join(f"{{{placeholder}}}" for placeholder in sorted(filled))
    for hole in dict.fromkeys(
        hole for text in texts for hole in PLACEHOLDER_PATTERN.findall(text)
    ):
        if hole not in filled:
            mend = suggest_name(hole, filled) or (
                f"choose one of: {placeholders}"
                if placeholders
                else "write the name itself"
            )
            yield form_problem(
                "unknown-hole", place, f"there is no placeholder {{{hole}}} here", mend
            )


def _find_quiz_problems(quiz: QuizForm, account: Account) -> Iterator[Problem]:
    """Yield a problem for each unknown placeholder, credential, role or time of a question."""
    place = place_of(quiz)
    if quiz.via and quiz.when == "before" and quiz.via.lower() not in account.roles:
        names = (role.name for role in account.roles.values())
        mend = suggest_name(
            quiz.via,
            names,
            'write when = "after", or create the role in the world\'s script',
        )
        yield form_problem(
            "no-role",
            place,
            f"`via`: there is no role {quiz.via} when the play begins",
            mend,
        )
    yield from _unknown_placeholders(place, (quiz.do,), ())
    if quiz.badge == "any":
        yield form_problem(
            "any-badge",
            place,
            "`badge`: a question is about one badge, so `any` doesn't fit",
            "name the badge",
        )
    if quiz.used and not quiz.via:
        message = "`used` says when the session of `via` is used, and there is no `via`"
        yield form_problem("no-session", place, message, "add `via`")
    if quiz.used and parse_duration(quiz.used.removeprefix("+")) is None:
        yield form_problem(
            "bad-time",
            place,
            f"`used`: {quiz.used} isn't a length of time",
            "write 30m, 8h or 1d",
        )
