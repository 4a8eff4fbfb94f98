"""What a form says that means nothing: people of no kind, options that no rule has, keys that no check has, holes that
nothing fills. All of it is taken without a word by whoever judges, so it is told before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

from coffeeshop.account.model import Account
from coffeeshop.lessons.play.script import clock
from coffeeshop.lessons.scenario.check_wants import SAMPLE, ids
from coffeeshop.lessons.scenario.schema import FILE, Job, Refuse, ScenarioForm, SlackSet
from coffeeshop.lessons.scenario.wants import words
from coffeeshop.policy import catalog
from coffeeshop.policy.language.spelling import nearest
from coffeeshop.policy.model import Level, Place, Problem

HOLE = re.compile(r"\{([A-Za-z]\w*)\}")
FILLED = {"who", "Who", *SAMPLE}
ELSEWHERE = re.compile(r"account/(\d{12}|\{newshop\})(/(role|user|assumed-role|federated-user)/.+|/root)?")
ASPECTS = {  # what may follow a key
    "excess": ("action", "resource", "condition", "none", "managed"),
    "leak": ("detour", "managed"),
}
OF_JOBS = {"no-user", "no-session", "job-denied", "job-narrow"}


def unmeant(form: ScenarioForm, account: Account, now: datetime) -> Iterator[Problem]:
    """Yields everything that would be taken, and mean nothing or something else than it says."""
    yield from _cast(form, account)
    yield from _idle(form, account)
    yield from _rules(form, account) if form.practice else ()
    for place, key in _advised(form):
        yield from _heard(form, place, key)
    for row in (*form.job, *form.refuse):
        yield from _callers(form, account, row)
        yield from _said(row, now)


# ------------------------------------------------------------------------ people
def _cast(form: ScenarioForm, account: Account) -> Iterator[Problem]:
    people, place = form.people, f"{FILE}, people"
    for kind, cast in (("bystanders", people.bystanders), ("machines", people.machines)):
        for who in (who for who in cast if who.lower() not in account.users):
            said, mend = (
                f"`{kind}`: the world has no user {who}, who could keep what they had",
                "make them in its script",
            )
            yield _error("nobody", place, said, _near(who, (user.name for user in account.users.values())) or mend)
    for who in (who for who in people.graded if "/" in who):
        yield _error(
            "no-user", place, f"`graded`: {who} is no user", "whoever has a job is judged anyway; leave it out"
        )
    for name, who in people.outside.items():
        if not ELSEWHERE.fullmatch(who):
            said = f"`outside`: {who} is nobody of another account"
            yield _error("no-outsider", place, said, "write account/444455556666/role/Courier")
        if name.lower() in account.users:
            yield _error(
                "two-of-a-name", place, f"`outside`: {name} is a user's name, too", "call the outsider otherwise"
            )


def _idle(form: ScenarioForm, account: Account) -> Iterator[Problem]:
    """People of slack sets whom the shop does not know."""
    known = {*account.users, *map(str.lower, (*form.people.graded, *form.people.machines)), "{newcomer}", "anyone"}
    known |= {f"function/{name}" for name in account.functions} | form.people.outside.keys()
    for name, value in form.slack.items():
        for who in words(value.who) if isinstance(value, SlackSet) else words(value):
            if who.lower() not in known and not ELSEWHERE.fullmatch(who):
                said = f"nobody is called {who} here"
                yield _error(
                    "nobody", f"{FILE}, slack.{name}", said, _near(who, known) or "name a user, or function/NAME"
                )


def _callers(form: ScenarioForm, account: Account, row: Job | Refuse) -> Iterator[Problem]:
    """People of `as` who are of no kind that makes a call."""
    place, known = _place(row), {*account.users, *map(str.lower, form.people.graded)}
    for who in words(row.who):
        kind, _, rest = who.partition("/")
        if who in SAMPLE and who.lower() not in known:
            yield _error(
                "nobody", place, f"`as`: nobody is called {who}", f"write {{{who}}}, who is hired when it is judged"
            )
        elif kind == "function" and not any(rest in line for job in form.job for line in words(job.do)):
            if rest not in account.functions:
                said = f"`as`: there is no function {rest}, and no job makes one"
                yield _error("nobody", place, said, _near(rest, account.functions) or "make it in the world's script")
        elif rest and kind != "function" and not ELSEWHERE.fullmatch(who):
            said = f"`as`: {who} makes no calls"
            yield _error(
                "nobody", place, said, "write a user, function/NAME or account/444455556666; a role is worn by `via`"
            )
        elif who == "account/{newshop}" and account.above is None:
            yield _error(
                "no-organization", place, "`as`: the account is in no organization that one could join", "make one"
            )


# ------------------------------------------------------------------------- rules
def _rules(form: ScenarioForm, account: Account) -> Iterator[Problem]:
    from coffeeshop.lessons.grading.practice import RULES, options_of
    from coffeeshop.lessons.grading.practice.credentials import names

    cast = (*form.people.graded, *form.people.admins, *form.people.bystanders, *form.people.machines)
    known, seen = {*account.users, *map(str.lower, cast)}, list[Mapping[str, Any]]()
    for row in form.practice:
        name = str(row.get("rule", ""))
        place = f"{FILE}, practice {name}"
        if row in seen:
            yield _error("double-rule", place, f"the rule {name} is there twice", "leave one of them out")
        seen.append(row)
        options = options_of(name) if name in RULES else tuple(row)
        for key in (key for key in row if key not in ("rule", *options)):
            mend = _near(key, options) or "leave it out"
            yield _error("unknown-option", place, f"the rule {name} has no option `{key}`", mend)
        if not isinstance(row.get("role", ""), str):
            yield _error("no-name", place, "`role` is one role's name", 'write role = "Manager"')
        for who in names(row, "who"):
            if who.lower() not in known:
                yield _error("nobody", place, f"`who`: nobody is called {who} here", _near(who, known) or "name a user")


# -------------------------------------------------------------------------- keys
def _advised(form: ScenarioForm) -> Iterator[tuple[str, str]]:
    yield from ((f"{FILE}, hint", key) for hint in form.hint for key in hint.on)
    yield from ((f"{FILE}, tell", key) for tell in form.tell for key in words(tell.on))


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
        mend = _near(subject, known) or f"there are: {', '.join(sorted(known)[:12])}"
        yield _error("unknown-finding", place, f"nothing here ends in {kind}:{subject}", mend)
    if aspect and kind in ASPECTS and not any(fnmatchcase(one, aspect) for one in ASPECTS[kind]):
        mend = _near(aspect, ASPECTS[kind]) or f"there are: {', '.join(ASPECTS[kind])}"
        yield _error("unknown-finding", place, f"{key} ends in nothing that is told of it", mend)


# ------------------------------------------------------------------------- words
def _said(row: Job | Refuse, now: datetime) -> Iterator[Problem]:
    """Holes, context keys and moments of a row."""
    place, within = _place(row), row.within if isinstance(row, Job) else None
    bounds = (*(row.covers if isinstance(row, Job) else ()), *(within.resource if within else ()))
    texts = (row.say, *words(row.do), *words(bounds), *((row.request.resource,) if row.request else ()))
    for hole in dict.fromkeys(hole for text in texts for hole in HOLE.findall(text)):
        if hole not in FILLED:
            mend = _near(hole, FILLED) or f"there are: {', '.join(f'{{{one}}}' for one in sorted(FILLED))}"
            yield _error("unknown-hole", place, f"nothing fills {{{hole}}}", mend)
    asked = row.request.context if row.request else {}
    bound = (key for keys in ((within and within.condition) or {}).values() for key in keys)
    for key in (*asked, *bound):
        if catalog.condition_key(key) is None:
            mend = (
                _near(key, catalog.condition_keys(key.partition(":")[0])) or "see the service's table of condition keys"
            )
            yield _error("unknown-key", place, f"AWS has no condition key {key}", mend)
    if row.at and not row.at.startswith("+") and (at := clock(row.at, now)) and at < now:
        yield _error("past", place, f"`at`: {row.at} is before the play begins", "write a later instant, or +1d")
    if isinstance(row, Job) and row.badge == "any":
        yield _error("any-badge", place, "`badge`: a job is done with one badge; any is for refusals", "name the badge")


def _near(word: str, known: Iterable[str]) -> str:
    near = nearest(word, known)
    return f"did you mean {near}?" if near else ""


def _place(row: Job | Refuse) -> str:
    return f"{FILE}, {'job' if isinstance(row, Job) else 'refuse'} {row.id}"


def _error(code: str, place: str, text: str, mend: str) -> Problem:
    return Problem(Level.ERROR, code, Place(place), text, mend)
