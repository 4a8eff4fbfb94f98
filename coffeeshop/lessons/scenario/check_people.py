"""People of a form who are nobody: of no kind that acts, named twice, or not known to the shop."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator

from coffeeshop.account.model import Account
from coffeeshop.lessons.scenario.check_wants import SAMPLE
from coffeeshop.lessons.scenario.form_problems import place_of, wrong
from coffeeshop.lessons.scenario.schema import FILE, Job, Refuse, ScenarioForm
from coffeeshop.lessons.scenario.wants import words
from coffeeshop.policy.language.spelling import suggest_name
from coffeeshop.policy.model import Problem, Values
from coffeeshop.shop.serve import KEYWORDS

ELSEWHERE = re.compile(
    r"account/(\d{12}|\{newshop\})(/(role|user|assumed-role|federated-user)/.+|/root)?"
)


def of_cast(form: ScenarioForm, account: Account) -> Iterator[Problem]:
    """Yields those of the cast who are nobody of the world, or of another account than they must be, or are named twice."""
    yield from _cast(form, account)
    yield from _twice(form)


def _cast(form: ScenarioForm, account: Account) -> Iterator[Problem]:
    people = form.people
    place = f"{FILE}, people"
    for kind, cast in (("bystanders", people.bystanders), ("machines", people.machines)):
        for who in (who for who in cast if who.lower() not in account.users):
            said = f"`{kind}`: the world has no user {who}, who could keep what they had"
            names = (user.name for user in account.users.values())
            yield wrong(
                "nobody", place, said, suggest_name(who, names, "make them in its script")
            )
    for who in (who for who in people.graded if "/" in who):
        mend = "whoever has a job is judged anyway; leave it out"
        yield wrong("no-user", place, f"`graded`: {who} is no user", mend)
    judged = (*people.graded, *people.admins, *people.bystanders, *people.machines)
    if "root" in map(str.lower, judged):
        said = "root is no user: it may do everything"
        yield wrong("no-user", place, said, "leave it out; a refusal may speak of it")
    for name, who in people.outside.items():
        if not ELSEWHERE.fullmatch(who) or who.split("/")[1] == account.id:
            said = f"`outside`: {who} is nobody of another account"
            yield wrong(
                "no-outsider", place, said, "write account/444455556666/role/Courier"
            )
        if name.lower() in account.users or name.lower() in KEYWORDS:
            whose = "a user" if name.lower() in account.users else "somebody"
            said = f"`outside`: {name} is {whose}'s name, too"
            yield wrong("two-of-a-name", place, said, "call the outsider otherwise")


def _twice(form: ScenarioForm) -> Iterator[Problem]:
    """Lists of people that name somebody twice."""
    people = form.people
    kinds = ("graded", "admins", "bystanders", "machines")
    rows = (*form.job, *form.refuse)
    lists: list[tuple[str, str, Values]] = [
        *((f"{FILE}, people", kind, getattr(people, kind)) for kind in kinds),
        (f"{FILE}, world", "desk", form.world.desk),
        *((place_of(row), "as", words(row.who)) for row in rows),
    ]
    for place, key, cast in lists:
        named = Counter(map(str.lower, cast))
        if again := sorted({who for who in cast if named[who.lower()] > 1}):
            said = f"`{key}` names {' and '.join(again)} twice"
            yield wrong("twice", place, said, "once is enough")


def of_slack(
    form: ScenarioForm, account: Account, name: str, cast: Values
) -> Iterator[Problem]:
    """Yields those of a slack set of that name whom the shop does not know, or who need none."""
    place = f"{FILE}, slack.{name}"
    people = form.people
    known = {
        *account.users,
        *map(str.lower, (*people.graded, *people.machines)),
        *people.outside,
    }
    known |= {
        "{newcomer}",
        "anyone",
        *(f"function/{function}" for function in account.functions),
    }
    for who in cast:
        if who.lower() in map(str.lower, people.admins):
            yield wrong(
                "idle", place, f"{who} may do everything", "name whom the jobs bind"
            )
        if name == "own-badge" and ("/" in who or who in SAMPLE):
            yield wrong("no-user", place, f"{who} has no badge to look after", "name users")
        elif who.lower() not in known and not ELSEWHERE.fullmatch(who):
            mend = suggest_name(who, known, "name a user, or function/NAME")
            yield wrong("nobody", place, f"nobody is called {who} here", mend)


def of_row(form: ScenarioForm, account: Account, row: Job | Refuse) -> Iterator[Problem]:
    """Yields those of `as` who make no calls, or ask for what is not theirs."""
    yield from _callers(form, account, row)
    yield from _of_tomorrow(form, row)


def _callers(form: ScenarioForm, account: Account, row: Job | Refuse) -> Iterator[Problem]:
    """People of `as` who are of no kind that makes a call."""
    known = {*account.users, *map(str.lower, form.people.graded), *form.people.outside}
    made = " ".join(line for job in form.job for line in words(job.do))
    for who in words(row.who):
        if found := _no_caller(who, account, known, made):
            said, mend = found
            yield wrong("nobody", place_of(row), f"`as`: {said}", mend)


def _no_caller(
    who: str, account: Account, known: Collection[str], made: str
) -> tuple[str, str] | None:
    """Why that is nobody who makes a call, with the mend; None for whoever does. `made`: the lines of all jobs."""
    kind, _, rest = who.partition("/")
    if who == "account/{newshop}":
        joins = account.joined_organization is not None
        if joins:
            return None
        return ("the account is in no organization that one could join", "make one")
    if "{" in who and who != "{newcomer}":
        return f"{who} is nobody", "write a user's name, or {newcomer}, a colleague"
    if who in SAMPLE and who.lower() not in known:
        return f"nobody is called {who}", f"write {{{who}}}, who is hired when it is judged"
    if kind == "account" and rest.partition("/")[0] == account.id:
        return (
            f"{account.id} is the shop's own account",
            "write a user's name, root, or function/NAME",
        )
    if kind == "function" and rest not in made and rest not in account.functions:
        mend = suggest_name(rest, account.functions, "make it in the world's script")
        return f"there is no function {rest}, and no job makes one", mend
    if rest and kind != "function" and not ELSEWHERE.fullmatch(who):
        mend = (
            "write a user, function/NAME or account/444455556666; a role is worn by `via`"
        )
        return f"{who} makes no calls", mend
    return None


def _of_tomorrow(form: ScenarioForm, row: Job | Refuse) -> Iterator[Problem]:
    """A request of whoever joins tomorrow, on a thing that is not known to be theirs: nothing would let them."""
    asking = [form.people.outside.get(who, who) for who in words(row.who)]
    thing = row.request.resource if row.request else "*"
    if "account/{newshop}" in asking and thing != "*" and "{newshop}" not in thing:
        said = f"`request`: {thing} is no thing of account/{{newshop}}'s own, as far as its ARN says"
        mend = "take a thing whose ARN has an account, and write {newshop} there"
        yield wrong("not-theirs", place_of(row), said, mend)
