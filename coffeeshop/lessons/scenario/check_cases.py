"""Check the cases of a diagnosis: each has one request of one caller, who exists when the play begins."""

from __future__ import annotations

from collections.abc import Iterator

from coffeeshop.account.model import Account
from coffeeshop.lessons.play.script import parse_duration
from coffeeshop.lessons.scenario.form_problems import form_problem, place_of
from coffeeshop.lessons.scenario.schema import SCENARIO_FILE, CaseForm, ScenarioForm
from coffeeshop.policy.language.spelling import suggest_name
from coffeeshop.policy.model import Problem

MOST_CASES = 6  # a brief shows them all, and each is named


def case_form_problems(form: ScenarioForm) -> Iterator[Problem]:
    """Yield a problem for each case that can't be read, and where a scenario has cases and is no diagnosis."""
    place = f"{SCENARIO_FILE}, case"
    if form.form == "diagnosis" and not form.case:
        message = "a diagnosis needs cases, and this scenario has none"
        yield form_problem("no-case", f"{SCENARIO_FILE}, form", message, "add a [[case]]")
    if form.case and form.form != "diagnosis":
        message = f"only a diagnosis has cases, and this scenario's form is {form.form}"
        yield form_problem("no-case", place, message, 'write form = "diagnosis"')
    if len(form.case) > MOST_CASES:
        message = (
            f"there are {len(form.case)} cases, and the brief has room for {MOST_CASES}"
        )
        yield form_problem("many-cases", place, message, "leave some out")
    for row in form.case:
        yield from _request_problems(row)


def _request_problems(row: CaseForm) -> Iterator[Problem]:
    """Yield a problem for each key of a case that is missing, contradicts another, or can't be read."""
    place = place_of(row)
    if bool(row.do) == (row.request is not None):
        message = "it has to say what is asked, by either `do` or `request`"
        mend = "write do = with a command line, or a list of command lines"
        yield form_problem("no-deed", place, message, mend)
    if row.badge == "any":
        message = "`badge`: a case is about one badge, so `any` doesn't fit"
        yield form_problem("any-badge", place, message, "name the badge")
    if row.used and not row.via:
        message = "`used` says when the session of `via` is used, and there is no `via`"
        yield form_problem("no-session", place, message, "add `via`")
    if row.used and parse_duration(row.used.removeprefix("+")) is None:
        message = f"`used`: {row.used} isn't a length of time"
        yield form_problem("bad-time", place, message, "write 30m, 8h or 1d")


def case_caller_problems(form: ScenarioForm, account: Account) -> Iterator[Problem]:
    """Yield a problem for each case whose user or role doesn't exist when the play begins."""
    for row in form.case:
        place = place_of(row)
        if _is_plain_user(row.who) and row.who.lower() not in (
            *account.users,
            *form.people.outside,
        ):
            names = (user.name for user in account.users.values())
            mend = suggest_name(row.who, names, "create the user in the world's script")
            message = f"`as`: there is no user {row.who} when the play begins"
            yield form_problem("nobody", place, message, mend)
        if row.via and row.via.lower() not in account.roles:
            names = (role.name for role in account.roles.values())
            mend = suggest_name(row.via, names, "create the role in the world's script")
            message = f"`via`: there is no role {row.via} when the play begins"
            yield form_problem("no-role", place, message, mend)


def _is_plain_user(who: str) -> bool:
    """Return whether a caller is written as the name of a user of this account."""
    return "/" not in who and who not in ("root", "anyone")
