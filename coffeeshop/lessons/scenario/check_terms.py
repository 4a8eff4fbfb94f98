"""What a form says that means nothing: people of no kind, options that no rule has, keys that no check has, holes that
nothing fills. All of it is taken without a word by whoever judges, so it is told before.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

from coffeeshop.account.access.standing import ABSENT, TAG
from coffeeshop.account.model import Account
from coffeeshop.lessons.play.script import clock, length
from coffeeshop.lessons.scenario.check_wants import SAMPLE, ids
from coffeeshop.lessons.scenario.schema import FILE, Ask, Job, QuizForm, Refuse, ScenarioForm, SlackSet
from coffeeshop.lessons.scenario.wants import words
from coffeeshop.policy import catalog
from coffeeshop.policy.catalog.arn_formats import acts_on, types
from coffeeshop.policy.language.element_grammar import value_faults
from coffeeshop.policy.language.spelling import nearest
from coffeeshop.policy.model import Level, Place, Problem, Values
from coffeeshop.shop.serve import KEYWORDS

WHO = {
    key.lower()
    for key in (*ABSENT, "aws:PrincipalArn", "aws:PrincipalType", "aws:PrincipalIsAWSService", "aws:userid")
}
HOLE = re.compile(r"\{([A-Za-z]\w*)\}")
FILLED, SPOKEN = {"who", *SAMPLE}, {"Who"}  # what is filled in lines and ARNs, and in a sentence
ELSEWHERE = re.compile(r"account/(\d{12}|\{newshop\})(/(role|user|assumed-role|federated-user)/.+|/root)?")
ASPECTS = {  # what may follow a key
    "excess": ("action", "resource", "condition", "none", "managed"),
    "leak": ("detour", "managed"),
    "reach": ("assume", "pass", "edit", "hire"),
    "no-user": ("function",),
    "no-session": ("role", "permission", "trust", "condition", "device", "limit", "expired"),
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
    yield from _cast(form, account)
    yield from _twice(form)
    yield from _idle(form, account)
    yield from _rules(form, account) if form.practice else ()
    for place, key in _advised(form):
        yield from _heard(form, place, key)
    for row in (*form.job, *form.refuse):
        yield from _callers(form, account, row)
        yield from _of_tomorrow(form, row)
        yield from _said(row, now)
    for quiz in form.quiz:
        yield from _asked(quiz, account)


# ------------------------------------------------------------------------ people
def _cast(form: ScenarioForm, account: Account) -> Iterator[Problem]:
    people, place = form.people, f"{FILE}, people"
    for kind, cast in (("bystanders", people.bystanders), ("machines", people.machines)):
        for who in (who for who in cast if who.lower() not in account.users):
            said, mend = (
                f"`{kind}`: the world has no user {who}, who could keep what they had",
                "make them in its script",
            )
            yield _error(
                "nobody", place, said, _near(who, (user.name for user in account.users.values())) or mend
            )
    for who in (who for who in people.graded if "/" in who):
        yield _error(
            "no-user",
            place,
            f"`graded`: {who} is no user",
            "whoever has a job is judged anyway; leave it out",
        )
    judged = (*people.graded, *people.admins, *people.bystanders, *people.machines)
    if "root" in map(str.lower, judged):
        yield _error(
            "no-user",
            place,
            "root is no user: it may do everything",
            "leave it out; a refusal may speak of it",
        )
    for name, who in people.outside.items():
        if not ELSEWHERE.fullmatch(who) or who.split("/")[1] == account.id:
            said = f"`outside`: {who} is nobody of another account"
            yield _error("no-outsider", place, said, "write account/444455556666/role/Courier")
        if name.lower() in account.users or name.lower() in KEYWORDS:
            said = f"`outside`: {name} is {'a user' if name.lower() in account.users else 'somebody'}'s name, too"
            yield _error("two-of-a-name", place, said, "call the outsider otherwise")


def _twice(form: ScenarioForm) -> Iterator[Problem]:
    """Lists of people that name somebody twice."""
    people = form.people
    lists: list[tuple[str, str, Values]] = [
        *(("people", kind, getattr(people, kind)) for kind in ("graded", "admins", "bystanders", "machines")),
        ("world", "desk", form.world.desk),
        *((_place(row).removeprefix(f"{FILE}, "), "as", words(row.who)) for row in (*form.job, *form.refuse)),
    ]
    for place, key, cast in lists:
        named = Counter(map(str.lower, cast))
        if again := sorted({who for who in cast if named[who.lower()] > 1}):
            said = f"`{key}` names {' and '.join(again)} twice"
            yield _error("twice", f"{FILE}, {place}", said, "once is enough")


def _idle(form: ScenarioForm, account: Account) -> Iterator[Problem]:
    """People of slack sets whom the shop does not know."""
    known = {
        *account.users,
        *map(str.lower, (*form.people.graded, *form.people.machines)),
        "{newcomer}",
        "anyone",
    }
    known |= {f"function/{name}" for name in account.functions} | form.people.outside.keys()
    for name, value in form.slack.items():
        place, cast = (
            f"{FILE}, slack.{name}",
            words(value.who) if isinstance(value, SlackSet) else words(value),
        )
        if not (value.action if isinstance(value, SlackSet) else cast):
            missing = "action" if isinstance(value, SlackSet) else "person"
            yield _error(
                "empty", place, f"it names no {missing}, and so allows nothing", "name one, or leave it out"
            )
        if isinstance(value, SlackSet):
            yield from _holes(place, words(value.resource), ())
            yield from _acting(place, words(value.action), words(value.resource))
        for who in cast:
            if who.lower() in map(str.lower, form.people.admins):
                yield _error("idle", place, f"{who} may do everything", "name whom the jobs bind")
            if name == "own-badge" and ("/" in who or who in SAMPLE):
                yield _error("no-user", place, f"{who} has no badge to look after", "name users")
            elif who.lower() not in known and not ELSEWHERE.fullmatch(who):
                mend = _near(who, known) or "name a user, or function/NAME"
                yield _error("nobody", place, f"nobody is called {who} here", mend)


def _acting(place: str, actions: Values, resources: Values) -> Iterator[Problem]:
    """Resources of a slack set on which none of its actions is ever asked, and actions that are asked on none of them."""
    known = {action: catalog.expand(action) for action in actions}
    for resource in resources:
        if any(known.values()) and not any(
            acts_on(one, resource) for found in known.values() for one in found
        ):
            said = f"{' and '.join(actions)} is never asked on {resource}"
            yield _error("no-thing", place, said, "leave it out, or name an action that is")
    for action, found in known.items():
        kinds = _formats(*found)
        if kinds and not any(acts_on(one, resource) for one in found for resource in resources):
            yield _error(
                "no-thing", place, f"{action} is asked on none of its resources", f"write resource = {kinds}"
            )


def _formats(*actions: str) -> str:
    """What the ARNs look like on which these actions are asked; "" where on none."""
    kinds = dict.fromkeys(kind.arn for action in actions for kind in types(action))
    return " or ".join(kind.replace("${Partition}", "aws") for kind in kinds)


def _callers(form: ScenarioForm, account: Account, row: Job | Refuse) -> Iterator[Problem]:
    """People of `as` who are of no kind that makes a call."""
    known = {*account.users, *map(str.lower, form.people.graded), *form.people.outside}
    made = " ".join(line for job in form.job for line in words(job.do))
    for who in words(row.who):
        if found := _no_caller(who, account, known, made):
            said, mend = found
            yield _error("nobody", _place(row), f"`as`: {said}", mend)


def _no_caller(who: str, account: Account, known: Collection[str], made: str) -> tuple[str, str] | None:
    """Why that is nobody who makes a call, with the mend; None for whoever does. `made`: the lines of all jobs."""
    kind, _, rest = who.partition("/")
    if who == "account/{newshop}":
        joins = account.above is not None
        return None if joins else ("the account is in no organization that one could join", "make one")
    if "{" in who and who != "{newcomer}":
        return f"{who} is nobody", "write a user's name, or {newcomer}, a colleague"
    if who in SAMPLE and who.lower() not in known:
        return f"nobody is called {who}", f"write {{{who}}}, who is hired when it is judged"
    if kind == "account" and rest.partition("/")[0] == account.id:
        return f"{account.id} is the shop's own account", "write a user's name, root, or function/NAME"
    if kind == "function" and rest not in made and rest not in account.functions:
        mend = _near(rest, account.functions) or "make it in the world's script"
        return f"there is no function {rest}, and no job makes one", mend
    if rest and kind != "function" and not ELSEWHERE.fullmatch(who):
        return (
            f"{who} makes no calls",
            "write a user, function/NAME or account/444455556666; a role is worn by `via`",
        )
    return None


def _of_tomorrow(form: ScenarioForm, row: Job | Refuse) -> Iterator[Problem]:
    """A request of whoever joins tomorrow, on a thing that is not known to be theirs: nothing would let them."""
    asking = [form.people.outside.get(who, who) for who in words(row.who)]
    thing = row.request.resource if row.request else "*"
    if "account/{newshop}" in asking and thing != "*" and "{newshop}" not in thing:
        said = f"`request`: {thing} is no thing of account/{{newshop}}'s own, as far as its ARN says"
        yield _error(
            "not-theirs",
            _place(row),
            said,
            "take a thing whose ARN has an account, and write {newshop} there",
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
        if "who" in options and "who" in row and not row["who"]:
            yield _error("empty", place, "`who` names nobody, of whom the rule would speak", "name somebody")
        for who in names(row, "who"):
            if who.lower() not in known:
                yield _error(
                    "nobody", place, f"`who`: nobody is called {who} here", _near(who, known) or "name a user"
                )


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
    bounds = (*words(row.covers if isinstance(row, Job) else ()), *words(within.resource if within else ()))
    yield from _holes(place, (row.say,), SPOKEN)
    yield from _holes(
        place, (*words(row.do), *bounds, *((row.request.resource,) if row.request else ())), FILLED
    )
    if within and not within.resource:
        yield _error("empty", place, "`within` names no resource", 'write resource = "arn:…", stars allowed')
    yield from _requested(place, row.request) if row.request else ()
    asked = row.request.context if row.request else {}
    bound = (key for keys in ((within and within.condition) or {}).values() for key in keys)
    for key in (*asked, *bound):
        if catalog.condition_key(key) is None:
            mend = (
                _near(key, catalog.condition_keys(key.partition(":")[0]))
                or "see the service's table of condition keys"
            )
            yield _error("unknown-key", place, f"AWS has no condition key {key}", mend)
    if row.at and not row.at.startswith("+") and (at := clock(row.at, now)) and at < now:
        yield _error(
            "past", place, f"`at`: {row.at} is before the play begins", "write a later instant, or +1d"
        )
    if isinstance(row, Job) and row.badge == "any":
        yield _error(
            "any-badge", place, "`badge`: a job is done with one badge; any is for refusals", "name the badge"
        )


def _requested(place: str, ask: Ask) -> Iterator[Problem]:
    """A request for several things at once, or for one on what its action is never asked."""
    for key in (key for key in ask.context if key.lower() in WHO or key.lower().startswith(TAG)):
        said = f"`context`: {key} tells who asks, which no request chooses"
        yield _error("no-choice", place, said, "say it by `as`, `badge` or `via`")
    for word in (ask.action, ask.resource.removeprefix("*")):
        if "*" in word:
            said = f"`request`: {word} stands for many, and a request asks one thing"
            yield _error("many", place, said, "name one; {newname} stands for any name")
    for key, value in ask.context.items():
        yield from _brought(place, ask.action, key, words(value))
    kinds = _formats(ask.action)
    if ask.resource == "*" and kinds:
        yield _error(
            "no-thing", place, f"`request`: AWS asks {ask.action} on one thing", f"write resource = {kinds}"
        )
    elif ask.resource != "*" and catalog.action(ask.action) and not acts_on(ask.action, ask.resource):
        said = f"`request`: AWS never asks {ask.action} on {ask.resource}"
        yield _error(
            "no-thing", place, said, f"write resource = {kinds}" if kinds else "leave the resource out"
        )


def _brought(place: str, action: str, key: str, values: Values) -> Iterator[Problem]:
    """A key of `context` that AWS never sends with this action, and a value that is none of its type."""
    known = catalog.condition_key(key)
    if known is None:
        return
    if catalog.action(action) and not catalog.is_global(known) and known.name not in catalog.carried(action):
        said = f"`context`: no request for {action} brings {key}"
        yield _error("never-brought", place, said, "leave it out, or take the action that does")
    operator = TESTS.get(known.type.removeprefix("ArrayOf"))
    for _, said, mend in (
        (fault for value in values for fault in value_faults(operator, value)) if operator else ()
    ):
        yield _error("no-value", place, f"`context`: {key}: {said}", mend)


TESTS = {"Bool": "Bool", "Date": "DateEquals", "Numeric": "NumericEquals", "IPAddress": "IpAddress"}


def _holes(place: str, texts: Iterable[str], filled: Collection[str]) -> Iterator[Problem]:
    there = ", ".join(f"{{{one}}}" for one in sorted(filled))
    for hole in dict.fromkeys(hole for text in texts for hole in HOLE.findall(text)):
        if hole not in filled:
            mend = _near(hole, filled) or (f"there are: {there}" if there else "write the name")
            yield _error("unknown-hole", place, f"nothing fills {{{hole}}}", mend)


def _asked(quiz: QuizForm, account: Account) -> Iterator[Problem]:
    """Holes, badge, role and moment of a question."""
    place = f"{FILE}, quiz of {quiz.who}"
    if quiz.via and quiz.when == "before" and quiz.via.lower() not in account.roles:
        mend = (
            _near(quiz.via, (role.name for role in account.roles.values()))
            or 'ask it "after", or make it in the world'
        )
        yield _error("no-role", place, f"`via`: there is no role {quiz.via} before the play", mend)
    yield from _holes(place, (quiz.do,), ())
    if quiz.badge == "any":
        yield _error("any-badge", place, "`badge`: a question is asked with one badge", "name the badge")
    if quiz.used and not quiz.via:
        said = "`used` says when the session of `via` is used, and there is no `via`"
        yield _error("no-session", place, said, "add `via`")
    if quiz.used and length(quiz.used.removeprefix("+")) is None:
        yield _error("bad-time", place, f"`used`: {quiz.used} is no length of time", "write 30m, 8h or 1d")


def _near(word: str, known: Iterable[str]) -> str:
    near = nearest(word, known)
    return f"did you mean {near}?" if near else ""


def _place(row: Job | Refuse) -> str:
    return f"{FILE}, {'job' if isinstance(row, Job) else 'refuse'} {row.id}"


def _error(code: str, place: str, text: str, mend: str) -> Problem:
    return Problem(Level.ERROR, code, Place(place), text, mend)
