"""What a form says that means nothing: options that no rule has, keys that no check has, holes that nothing fills; and people
of no kind (`check_people`). All of it is taken without a word by whoever judges, so it is told before.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

from coffeeshop.account.access.standing import ABSENT, TAG
from coffeeshop.account.model import Account
from coffeeshop.lessons.grading.practice import RULES, option_names, rule_options
from coffeeshop.lessons.play.script import clock, length
from coffeeshop.lessons.scenario.check_people import of_cast, of_row, of_slack
from coffeeshop.lessons.scenario.check_texts import keys_advised
from coffeeshop.lessons.scenario.check_wants import SAMPLE, ids
from coffeeshop.lessons.scenario.form_problems import place_of, wrong
from coffeeshop.lessons.scenario.schema import (
    FILE,
    Ask,
    Job,
    QuizForm,
    Refuse,
    ScenarioForm,
    SlackSet,
)
from coffeeshop.lessons.scenario.wants import words
from coffeeshop.policy import catalog
from coffeeshop.policy.catalog.arn_formats import action_resource_types, acts_on
from coffeeshop.policy.language.element_grammar import value_faults
from coffeeshop.policy.language.spelling import suggest_name
from coffeeshop.policy.model import Problem, Values

ALWAYS = (
    "aws:PrincipalArn",
    "aws:PrincipalType",
    "aws:PrincipalIsAWSService",
    "aws:userid",
)
WHO = {key.lower() for key in (*ABSENT, *ALWAYS)}
HOLE = re.compile(r"\{([A-Za-z]\w*)\}")
FILLED, SPOKEN = (
    {"who", *SAMPLE},
    {"Who"},
)  # what is filled in lines and ARNs, and in a sentence
ASPECTS = {  # what may follow a key
    "excess": ("action", "resource", "condition", "none", "managed"),
    "leak": ("detour", "managed"),
    "reach": ("assume", "pass", "edit", "hire"),
    "no-user": ("function",),
    "no-session": (
        "role",
        "permission",
        "trust",
        "condition",
        "device",
        "limit",
        "expired",
    ),
    "job-denied": (
        *(
            "explicit",
            "boundary",
            "scp",
            "session-policy",
            "unknown-action",
            "action",
            "resource",
            "principal",
        ),
        *("condition", "none", "none:written", "resource-policy", "absent", "unclear"),
    ),
}
OF_JOBS = {"no-user", "no-session", "job-denied", "job-narrow"}


def unmeant(form: ScenarioForm, account: Account, now: datetime) -> Iterator[Problem]:
    """Yields everything that would be taken, and mean nothing or something else than it says."""
    yield from of_cast(form, account)
    yield from _slack(form, account)
    yield from _rules(form, account) if form.practice else ()
    for place, key in keys_advised(form):
        yield from _heard(form, place, key)
    for row in (*form.job, *form.refuse):
        yield from of_row(form, account, row)
        yield from _said(row, now)
    for quiz in form.quiz:
        yield from _asked(quiz, account)


# ------------------------------------------------------------------------- slack
def _slack(form: ScenarioForm, account: Account) -> Iterator[Problem]:
    """Slack sets that allow nothing, or things on which nothing of theirs is asked, or to people who are nobody."""
    for name, value in form.slack.items():
        place = f"{FILE}, slack.{name}"
        cast = words(value.who if isinstance(value, SlackSet) else value)
        if not (value.action if isinstance(value, SlackSet) else cast):
            missing = "action" if isinstance(value, SlackSet) else "person"
            said = f"it names no {missing}, and so allows nothing"
            yield wrong("empty", place, said, "name one, or leave it out")
        if isinstance(value, SlackSet):
            yield from _holes(place, words(value.resource), ())
            yield from _acting(place, words(value.action), words(value.resource))
        yield from of_slack(form, account, name, cast)


def _acting(place: str, actions: Values, resources: Values) -> Iterator[Problem]:
    """Resources of a slack set on which none of its actions is ever asked, and actions that are asked on none of them."""
    known = {action: catalog.expand_pattern(action) for action in actions}
    for resource in resources:
        every = [action for found in known.values() for action in found]
        if every and not any(acts_on(action, resource) for action in every):
            said = f"{' and '.join(actions)} is never asked on {resource}"
            yield wrong("no-thing", place, said, "leave it out, or name an action that is")
    for action, found in known.items():
        kinds = _formats(*found)
        if kinds and not any(
            acts_on(one, resource) for one in found for resource in resources
        ):
            said = f"{action} is asked on none of its resources"
            yield wrong("no-thing", place, said, f"write resource = {kinds}")


def _formats(*actions: str) -> str:
    """What the ARNs look like on which these actions are asked; "" where on none."""
    kinds = dict.fromkeys(
        kind.arn for action in actions for kind in action_resource_types(action)
    )
    return " or ".join(kind.replace("${Partition}", "aws") for kind in kinds)


# ------------------------------------------------------------------------- rules
def _rules(form: ScenarioForm, account: Account) -> Iterator[Problem]:
    cast = (
        *form.people.graded,
        *form.people.admins,
        *form.people.bystanders,
        *form.people.machines,
    )
    known = {*account.users, *map(str.lower, cast)}
    seen = list[Mapping[str, Any]]()
    for row in form.practice:
        name = str(row.get("rule", ""))
        place = f"{FILE}, practice {name}"
        if row in seen:
            yield wrong(
                "double-rule",
                place,
                f"the rule {name} is there twice",
                "leave one of them out",
            )
        seen.append(row)
        options = rule_options(name) if name in RULES else tuple(row)
        for key in (key for key in row if key not in ("rule", *options)):
            mend = suggest_name(key, options, "leave it out")
            yield wrong(
                "unknown-option", place, f"the rule {name} has no option `{key}`", mend
            )
        if not isinstance(row.get("role", ""), str):
            yield wrong(
                "no-name", place, "`role` is one role's name", 'write role = "Manager"'
            )
        if "who" in options and "who" in row and not row["who"]:
            yield wrong(
                "empty",
                place,
                "`who` names nobody, of whom the rule would speak",
                "name somebody",
            )
        for who in option_names(row, "who"):
            if who.lower() not in known:
                said = f"`who`: nobody is called {who} here"
                yield wrong("nobody", place, said, suggest_name(who, known, "name a user"))


# -------------------------------------------------------------------------- keys
def _heard(form: ScenarioForm, place: str, key: str) -> Iterator[Problem]:
    """Keys of findings that nothing of this scenario can end in."""
    kind, _, rest = key.partition(":")
    subject, _, aspect = rest.partition(":")
    if kind == "practice":
        known = {str(row.get("rule", "")) for row in form.practice}
    elif kind in OF_JOBS or kind == "leak":
        rows = form.job if kind in OF_JOBS else form.refuse
        known = {id.partition(":")[2] for row in rows for id in ids(row)}
    else:
        known = set[str]()
    if known and not any(fnmatchcase(one, subject) for one in known):
        mend = suggest_name(subject, known) or f"there are: {', '.join(sorted(known)[:12])}"
        yield wrong(
            "unknown-finding", place, f"nothing here ends in {kind}:{subject}", mend
        )
    if (
        aspect
        and kind in ASPECTS
        and not any(fnmatchcase(one, aspect) for one in ASPECTS[kind])
    ):
        mend = (
            suggest_name(aspect, ASPECTS[kind]) or f"there are: {', '.join(ASPECTS[kind])}"
        )
        yield wrong(
            "unknown-finding", place, f"{key} ends in nothing that is told of it", mend
        )


# ------------------------------------------------------------------------- words
def _said(row: Job | Refuse, now: datetime) -> Iterator[Problem]:
    """Holes, context keys and moments of a row."""
    place = place_of(row)
    within = row.within if isinstance(row, Job) else None
    bounds = (
        *words(row.covers if isinstance(row, Job) else ()),
        *words(within.resource if within else ()),
    )
    yield from _holes(place, (row.say,), SPOKEN)
    thing = (row.request.resource,) if row.request else ()
    yield from _holes(place, (*words(row.do), *bounds, *thing), FILLED)
    if within and not within.resource:
        yield wrong(
            "empty",
            place,
            "`within` names no resource",
            'write resource = "arn:…", stars allowed',
        )
    yield from _requested(place, row.request) if row.request else ()
    asked = row.request.context if row.request else {}
    bound = (key for keys in ((within and within.condition) or {}).values() for key in keys)
    for key in (*asked, *bound):
        if catalog.find_condition_key(key) is None:
            known = catalog.key_names(key.partition(":")[0])
            mend = suggest_name(key, known, "see the service's table of condition keys")
            yield wrong("unknown-key", place, f"AWS has no condition key {key}", mend)
    if row.at and not row.at.startswith("+") and (at := clock(row.at, now)) and at < now:
        said = f"`at`: {row.at} is before the play begins"
        yield wrong("past", place, said, "write a later instant, or +1d")
    if isinstance(row, Job) and row.badge == "any":
        said = "`badge`: a job is done with one badge; any is for refusals"
        yield wrong("any-badge", place, said, "name the badge")


def _requested(place: str, ask: Ask) -> Iterator[Problem]:
    """A request for several things at once, or for one on what its action is never asked."""
    for key in (
        key for key in ask.context if key.lower() in WHO or key.lower().startswith(TAG)
    ):
        said = f"`context`: {key} tells who asks, which no request chooses"
        yield wrong("no-choice", place, said, "say it by `as`, `badge` or `via`")
    for word in (ask.action, ask.resource.removeprefix("*")):
        if "*" in word:
            said = f"`request`: {word} stands for many, and a request asks one thing"
            yield wrong("many", place, said, "name one; {newname} stands for any name")
    for key, value in ask.context.items():
        yield from _brought(place, ask.action, key, words(value))
    kinds = _formats(ask.action)
    if ask.resource == "*" and kinds:
        said = f"`request`: AWS asks {ask.action} on one thing"
        yield wrong("no-thing", place, said, f"write resource = {kinds}")
    elif (
        ask.resource != "*"
        and catalog.find_action(ask.action)
        and not acts_on(ask.action, ask.resource)
    ):
        said = f"`request`: AWS never asks {ask.action} on {ask.resource}"
        if kinds:
            mend = f"write resource = {kinds}"
        else:
            mend = "leave the resource out"
        yield wrong("no-thing", place, said, mend)


def _brought(place: str, action: str, key: str, values: Values) -> Iterator[Problem]:
    """A key of `context` that AWS never sends with this action, and a value that is none of its type."""
    known = catalog.find_condition_key(key)
    if known is None:
        return
    if (
        catalog.find_action(action)
        and not catalog.is_global(known)
        and known.name not in catalog.carried_keys(action)
    ):
        said = f"`context`: no request for {action} brings {key}"
        yield wrong(
            "never-brought", place, said, "leave it out, or take the action that does"
        )
    operator = TESTS.get(known.type.removeprefix("ArrayOf"))
    read = values if operator else ()
    for _, said, mend in (
        fault for value in read for fault in value_faults(operator or "", value)
    ):
        yield wrong("no-value", place, f"`context`: {key}: {said}", mend)


TESTS = {
    "Bool": "Bool",
    "Date": "DateEquals",
    "Numeric": "NumericEquals",
    "IPAddress": "IpAddress",
}


def _holes(place: str, texts: Iterable[str], filled: Collection[str]) -> Iterator[Problem]:
    there = ", ".join(f"{{{one}}}" for one in sorted(filled))
    for hole in dict.fromkeys(hole for text in texts for hole in HOLE.findall(text)):
        if hole not in filled:
            mend = suggest_name(hole, filled) or (
                f"there are: {there}" if there else "write the name"
            )
            yield wrong("unknown-hole", place, f"nothing fills {{{hole}}}", mend)


def _asked(quiz: QuizForm, account: Account) -> Iterator[Problem]:
    """Holes, badge, role and moment of a question."""
    place = place_of(quiz)
    if quiz.via and quiz.when == "before" and quiz.via.lower() not in account.roles:
        names = (role.name for role in account.roles.values())
        mend = suggest_name(quiz.via, names, 'ask it "after", or make it in the world')
        yield wrong(
            "no-role", place, f"`via`: there is no role {quiz.via} before the play", mend
        )
    yield from _holes(place, (quiz.do,), ())
    if quiz.badge == "any":
        yield wrong(
            "any-badge",
            place,
            "`badge`: a question is asked with one badge",
            "name the badge",
        )
    if quiz.used and not quiz.via:
        said = "`used` says when the session of `via` is used, and there is no `via`"
        yield wrong("no-session", place, said, "add `via`")
    if quiz.used and length(quiz.used.removeprefix("+")) is None:
        yield wrong(
            "bad-time",
            place,
            f"`used`: {quiz.used} is no length of time",
            "write 30m, 8h or 1d",
        )
