"""Check the people in a form: they must be able to make calls, be named once, and be known to the shop."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator

from coffeeshop.account.model import Account
from coffeeshop.lessons.scenario.check_wants import SAMPLE_VALUES
from coffeeshop.lessons.scenario.form_problems import form_problem, place_of
from coffeeshop.lessons.scenario.schema import SCENARIO_FILE, Job, Refuse, ScenarioForm
from coffeeshop.lessons.scenario.wants import as_values
from coffeeshop.policy.language.spelling import suggest_name
from coffeeshop.policy.model import Problem, Values
from coffeeshop.shop.serve import PRINCIPAL_KEYWORDS

OTHER_ACCOUNT_PATTERN = re.compile(
    r"account/(\d{12}|\{newshop\})(/(role|user|assumed-role|federated-user)/.+|/root)?"
    r"|workload/[\w.-]+"
    r"|workforce/[\w+=,.@-]+"
    r"|service/[a-z0-9.-]+\.amazonaws\.com"
)


def people_problems(form: ScenarioForm, account: Account) -> Iterator[Problem]:
    """Yield a problem for each person of the cast who doesn't exist, belongs to another account, or is named twice."""
    yield from _cast_problems(form, account)
    yield from _workload_problems(form)
    yield from _repeated_people(form)


def _cast_problems(form: ScenarioForm, account: Account) -> Iterator[Problem]:
    """Yield a problem for each person of the cast who doesn't exist or can't be of that kind."""
    people = form.people
    place = f"{SCENARIO_FILE}, people"
    for kind, cast in (("bystanders", people.bystanders), ("machines", people.machines)):
        for person in (person for person in cast if person.lower() not in account.users):
            message = f"`{kind}`: there is no user {person} when the play begins"
            names = (user.name for user in account.users.values())
            yield form_problem(
                "nobody",
                place,
                message,
                suggest_name(person, names, "create them in the world's script"),
            )
    for person in (person for person in people.graded if "/" in person):
        mend = "leave it out, since the caller of a job is judged anyway"
        yield form_problem("no-user", place, f"`graded`: {person} isn't a user", mend)
    judged = (*people.graded, *people.admins, *people.bystanders, *people.machines)
    if "root" in map(str.lower, judged):
        message = "root isn't a user, and no policy of the account limits it"
        yield form_problem(
            "no-user", place, message, 'leave root out, or write a refusal with as = "root"'
        )
    for name, person in people.outside.items():
        kind, _, rest = person.partition("/")
        if kind == "workload" and rest not in account.workloads:
            message = f"`outside`: there is no workload {rest}"
            mend = suggest_name(rest, account.workloads, f"add [workload.{rest}]")
            yield form_problem("no-workload", place, message, mend)
        elif (
            not OTHER_ACCOUNT_PATTERN.fullmatch(person)
            or rest.partition("/")[0] == account.id
        ):
            message = f"`outside`: {person} isn't a principal of another account"
            yield form_problem(
                "no-outsider", place, message, "write account/444455556666/role/Courier"
            )
        if name.lower() in account.users or name.lower() in PRINCIPAL_KEYWORDS:
            if name.lower() in account.users:
                message = f"`outside`: {name} is also the name of a user"
            else:
                message = f"`outside`: {name} already has a meaning here"
            yield form_problem("two-of-a-name", place, message, "choose another name")


def _workload_problems(form: ScenarioForm) -> Iterator[Problem]:
    """Yield a problem for each workload whose claims lack a subject or an audience."""
    for name, row in form.workload.items():
        for claim in ("sub", "aud"):
            if not isinstance(row.claims.get(claim), str):
                message = f"`claims` needs a text for {claim}"
                mend = f'write {claim} = "…", as the issuer does'
                yield form_problem(
                    "no-claim", f"{SCENARIO_FILE}, workload.{name}", message, mend
                )


def _repeated_people(form: ScenarioForm) -> Iterator[Problem]:
    """Yield a problem for each list of people that names one of them twice."""
    people = form.people
    kinds = ("graded", "admins", "bystanders", "machines")
    rows = (*form.job, *form.refuse)
    lists: list[tuple[str, str, Values]] = [
        *((f"{SCENARIO_FILE}, people", kind, getattr(people, kind)) for kind in kinds),
        (f"{SCENARIO_FILE}, world", "desk", form.world.desk),
        *((place_of(row), "as", as_values(row.who)) for row in rows),
    ]
    for place, key, cast in lists:
        named = Counter(map(str.lower, cast))
        if repeated_names := sorted(
            {person for person in cast if named[person.lower()] > 1}
        ):
            message = f"`{key}` names {' and '.join(repeated_names)} twice"
            yield form_problem("twice", place, message, "name each person once")


def slack_people_problems(
    form: ScenarioForm, account: Account, name: str, cast: Values
) -> Iterator[Problem]:
    """Yield a problem for each person of the slack set `name` who is unknown, or who needs no slack."""
    place = f"{SCENARIO_FILE}, slack.{name}"
    people = form.people
    known_names = {
        *account.users,
        *map(str.lower, (*people.graded, *people.machines)),
        *map(str.lower, people.outside),
    }
    known_names |= {
        "{newcomer}",
        "anyone",
        *(f"function/{function}".lower() for function in account.functions),
    }
    for person in cast:
        if person.lower() in map(str.lower, people.admins):
            yield form_problem(
                "idle",
                place,
                f"{person} can do everything, so slack changes nothing",
                "name only people who aren't administrators",
            )
        if name == "own-badge" and ("/" in person or person in SAMPLE_VALUES):
            yield form_problem(
                "no-user",
                place,
                f"{person} has no password or access key to change",
                "name users",
            )
        elif person.lower() not in known_names and not OTHER_ACCOUNT_PATTERN.fullmatch(
            person
        ):
            mend = suggest_name(person, known_names, "name a user, or function/NAME")
            yield form_problem("nobody", place, f"there is no one called {person}", mend)


def caller_problems(
    form: ScenarioForm, account: Account, row: Job | Refuse
) -> Iterator[Problem]:
    """Yield a problem for each person in a row's `as` who can't make calls or can't own the requested thing."""
    yield from _callers(form, account, row)
    yield from _new_account_problems(form, row)


def _callers(form: ScenarioForm, account: Account, row: Job | Refuse) -> Iterator[Problem]:
    """Yield a problem for each person in a row's `as` who can't make calls."""
    known_names = {
        *account.users,
        *map(str.lower, form.people.graded),
        *form.people.outside,
    }
    job_lines = " ".join(line for job in form.job for line in as_values(job.do))
    for person in as_values(row.who):
        if form.people.outside.get(person, person).startswith("service/") and row.do:
            message = f"`do`: {person} is an AWS service, which doesn't run commands"
            yield form_problem("no-deed", place_of(row), message, "write `request` instead")
        if refusal := _why_no_caller(person, account, known_names, job_lines):
            message, mend = refusal
            yield form_problem("nobody", place_of(row), f"`as`: {message}", mend)


def _why_no_caller(
    person: str, account: Account, known_names: Collection[str], job_lines: str
) -> tuple[str, str] | None:
    """Return why a person can't make calls, and the fix. Return None if they can.

    `job_lines` are the lines of all jobs, since a job can create a function.
    """
    kind, _, rest = person.partition("/")
    if person == "account/{newshop}":
        joins = account.joined_organization is not None
        if joins:
            return None
        return (
            "the account isn't in an organization, so no other account can join it",
            "create an organization in the world's script",
        )
    if "{" in person and person != "{newcomer}":
        return (
            f"{person} doesn't stand for a person",
            "write a user's name, or {newcomer} for someone who is hired later",
        )
    if person in SAMPLE_VALUES and person.lower() not in known_names:
        return (
            f"there is no one called {person}",
            f"write {{{person}}} for someone who is hired later",
        )
    if kind == "account" and rest.partition("/")[0] == account.id:
        return (
            f"{account.id} is the shop's own account",
            "write a user's name, root, or function/NAME",
        )
    if kind == "function" and rest not in job_lines and rest not in account.functions:
        mend = suggest_name(rest, account.functions, "create it in the world's script")
        return f"there is no function {rest}, and no job creates one", mend
    if kind == "workload" and rest not in account.workloads:
        mend = suggest_name(rest, account.workloads, f"add a table [workload.{rest}]")
        return f"there is no workload {rest}", mend
    if rest and kind != "function" and not OTHER_ACCOUNT_PATTERN.fullmatch(person):
        mend = (
            "write a user, function/NAME or account/444455556666, and name a role in `via`"
        )
        return f"{person} can't make calls", mend
    return None


def _new_account_problems(form: ScenarioForm, row: Job | Refuse) -> Iterator[Problem]:
    """Yield a problem for a request by a new account on a thing of another account. No policy would allow it."""
    asking = [form.people.outside.get(person, person) for person in as_values(row.who)]
    thing = row.request.resource if row.request else "*"
    if "account/{newshop}" in asking and thing != "*" and "{newshop}" not in thing:
        message = f"`request`: the ARN of {thing} doesn't say that it belongs to account/{{newshop}}"
        mend = "choose a resource whose ARN has an account number, and write {newshop} as that number"
        yield form_problem("not-theirs", place_of(row), message, mend)
