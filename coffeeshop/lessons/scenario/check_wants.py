"""Check that the parts of a job or refusal fit together: bounds, checks in `after`, kinds of people and sessions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from coffeeshop.account.access.authorization_requests import requests_of_call
from coffeeshop.account.model import Account, Act, Key, Nobody
from coffeeshop.lessons.check_kinds import CheckKind
from coffeeshop.lessons.grading.practice import GIVER_KINDS, RULES
from coffeeshop.lessons.play.script import parse_duration
from coffeeshop.lessons.scenario.form_problems import form_problem, place_of
from coffeeshop.lessons.scenario.schema import SCENARIO_FILE, Job, Refuse, ScenarioForm
from coffeeshop.lessons.scenario.wants import as_values, wants_of
from coffeeshop.policy.catalog.arn_formats import acts_on
from coffeeshop.policy.language.patterns import glob
from coffeeshop.policy.language.spelling import suggest_name
from coffeeshop.policy.model import Level, Place, Problem, Request, Values
from coffeeshop.shop.serve import usable_credentials
from coffeeshop.shop.want import Mode, Want, with_names

GIVEN_BY = "given-by"
SAMPLE_VALUES = {
    "newcomer": "a-newcomer",
    "newname": "a-new-name",
    "tomorrow": "a-bucket-of-tomorrow",
    "newshop": "121212121212",
}


def misfit_problems(
    form: ScenarioForm, account: Account, files: Mapping[str, bytes], current_time: datetime
) -> Iterator[Problem]:
    """Yield a problem for each part of a check that would have another effect than it seems."""
    yield from _two_kinds_problems(form)
    yield from _unknown_check_problems(form)
    for row in (*form.job, *form.refuse):
        yield from _session_problems(row)
        yield from _badge_problems(form, row)
    for practice in form.practice:
        yield from _whole_number_problems(practice)
    yield from _giver_problems(form)
    for want in wants_of(form, account, files):
        yield from _bound_problems(want, account, current_time)


def _session_problems(row: Job | Refuse) -> Iterator[Problem]:
    """Yield a problem where `for` or `used` has no session, or a duration that AWS refuses.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
    """
    if row.used and not row.via:
        message = "`used` says when the session of `via` is used, and there is no `via`"
        yield form_problem("no-session", place_of(row), message, "add `via`, or write `at`")
    if row.lasts and not row.via:
        message = "`for` is how long the session of `via` lasts, and there is no `via`"
        yield form_problem("no-session", place_of(row), message, "add `via`")
    lasts = parse_duration(row.lasts)
    if lasts is not None and not MIN_SESSION <= lasts <= MAX_SESSION:
        yield form_problem(
            "no-session",
            place_of(row),
            f"`for`: AWS gives no session of {row.lasts}",
            "write 15m to 12h",
        )


MIN_SESSION = timedelta(minutes=15)
MAX_SESSION = timedelta(hours=12)


def _badge_problems(form: ScenarioForm, row: Job | Refuse) -> Iterator[Problem]:
    """Yield a problem where `badge` is set for a principal that signs no requests that way. Only users and root do."""
    profile = isinstance(row, Refuse) and row.held
    principals = (form.people.outside.get(person, person) for person in as_values(row.who))
    showing = next(
        (
            person
            for person in principals
            if person == "anyone" or ("/" in person and not person.startswith("user/"))
        ),
        profile,
    )
    if row.badge != "key" and showing:
        yield form_problem(
            "no-badge",
            place_of(row),
            f"`badge`: {showing} always asks with the same kind of badge",
            "leave `badge` out",
        )


def _two_kinds_problems(form: ScenarioForm) -> Iterator[Problem]:
    """Yield a problem for each person who is of two kinds, such as graded and bystander."""
    cast = form.people
    kinds: dict[str, Values] = {
        "graded": cast.graded,
        "admins": cast.admins,
        "bystanders": cast.bystanders,
    }
    for first_kind, second_kind in (
        ("graded", "bystanders"),
        ("graded", "admins"),
        ("bystanders", "admins"),
    ):
        for person in kinds[first_kind]:
            if person.lower() in map(str.lower, kinds[second_kind]):
                message = f"{person} is both in `{first_kind}` and in `{second_kind}`"
                place = Place(f"{SCENARIO_FILE}, people")
                yield Problem(
                    Level.ERROR,
                    "two-kinds",
                    place,
                    message,
                    "name each person in only one of these lists",
                )


def _unknown_check_problems(form: ScenarioForm) -> Iterator[Problem]:
    """Yield a problem for each check in `after` that doesn't exist or is judged later."""
    known_names = {CheckKind.FIXTURE.id_of(name) for name in form.world.fixed}
    known_names |= {
        CheckKind.PERSON.id_of(person.strip("{}"))
        for job in form.job
        for person in as_values(job.who)
    }
    known_names |= {
        CheckKind.SESSION.id_of(f"{person.strip('{}')}/{job.via}")
        for job in form.job
        if job.via
        for person in as_values(job.who)
    }
    rows = (*form.job, *form.refuse)
    existing_names = {id for row in rows for id in check_ids(row)} | {
        CheckKind.PRACTICE.id_of(row.get("rule", "")) for row in form.practice
    }
    for row in rows:
        for id in row.after:
            if id in known_names:
                continue
            if id in existing_names:
                message = f"{id} is judged after this one"
                mend = "name a check that is judged before this one, such as a job or an earlier refusal"
            else:
                message = f"there is no check {id}"
                mend = "write job:ID@PERSON or refuse:ID@PERSON"
            yield form_problem("unknown-check", place_of(row), f"`after`: {message}", mend)
        known_names |= set(check_ids(row))


def check_ids(row: Job | Refuse) -> Iterator[str]:
    """Yield the ids of a row's checks."""
    kind = "job" if isinstance(row, Job) else "refuse"
    yield from (f"{kind}:{row.id}@{person.strip('{}')}" for person in as_values(row.who))
    if not row.who:
        yield f"{kind}:{row.id}"


def _giver_problems(form: ScenarioForm) -> Iterator[Problem]:
    """Yield a problem for each unknown kind in a job's `by`, and where `by` and the practice
    rule given-by don't go together.
    """
    rows = [row for row in form.job if row.by]
    is_asked = any(row.get("rule") == GIVEN_BY for row in form.practice)
    for row in rows:
        for thing in as_values(row.by):
            kind, _, name = thing.partition("/")
            if kind not in GIVER_KINDS or not name:
                kinds = ", ".join(f"{kind}/NAME" for kind in GIVER_KINDS)
                mend = suggest_name(kind, GIVER_KINDS, f"write one of {kinds}")
                message = f"`by`: {thing} can't give a permission"
                yield form_problem("no-giver", place_of(row), message, mend)
            elif row.via and kind in ("group", "user"):
                message = f"`by`: a session of the role {row.via} doesn't have the permissions of {thing}"
                yield form_problem("no-giver", place_of(row), message, "name the role")
        if not is_asked:
            message = f"`by` has no effect without the practice rule {GIVEN_BY}"
            yield form_problem("unread", place_of(row), message, f'add rule = "{GIVEN_BY}"')
    if is_asked and not rows:
        place = f"{SCENARIO_FILE}, practice {GIVEN_BY}"
        mend = 'write by = "group/NAME" in a job, or leave the rule out'
        yield form_problem(
            "idle", place, "the rule needs a job with `by`, and no job has one", mend
        )


def _whole_number_problems(practice: Mapping[str, object]) -> Iterator[Problem]:
    """Yield a problem for a practice rule's `hours` or `days` that isn't a whole number above 0."""
    rule = str(practice.get("rule", ""))
    for key in ("hours", "days"):
        value = practice.get(key)
        if (
            rule in RULES
            and value is not None
            and (isinstance(value, bool) or not isinstance(value, int) or value < 1)
        ):
            place = Place(f"{SCENARIO_FILE}, practice {rule}")
            yield Problem(
                Level.ERROR,
                "no-whole-number",
                place,
                f"`{key}`: {value} isn't a whole number above 0",
                f"write {key} = 8",
            )


# ---------------------------------------------------------------------- bounds
def _bound_problems(
    want: Want, account: Account, current_time: datetime
) -> Iterator[Problem]:
    """Yield a problem where `covers` or `within` names no resource of the last line, or the two contradict each other."""
    if want.mode is not Mode.MUST or not (want.covers or want.within or want.examples):
        return
    filled = with_names(want, SAMPLE_VALUES)
    requests = _requests_of_line(filled, account, current_time)
    sent_keys = {key.lower() for request in requests for key in request.context}
    for key in want.examples if requests else ():
        if key.lower() not in sent_keys:
            message = f"`any`: the last line sends no {key}"
            advice = "name a context key that the last line sends"
            yield _job_problem(want, "example-misfits", message, advice)
    needed_resources = {request.resource: "" for request in requests}
    actions = dict.fromkeys(request.action for request in requests)
    for key, bound in (("covers", filled.covers), ("within", filled.within)):
        if (
            needed_resources
            and bound
            and not any(
                glob(pattern)(resource)
                for pattern in bound
                for resource in needed_resources
            )
        ):
            message = f"`{key}` leaves out {' and '.join(needed_resources)}, which the last line needs"
            yield _job_problem(
                want,
                "bound-misfits",
                message,
                "add that resource, or a pattern that matches it",
            )
        for pattern in bound if actions else ():
            if not any(acts_on(action, pattern) for action in actions):
                message = f"`{key}`: AWS never checks {' or '.join(actions)} on {pattern}"
                yield _job_problem(
                    want,
                    "bound-misfits",
                    message,
                    "leave that resource out, or write a job that needs it",
                )
    for pattern in filled.covers if filled.within else ():
        if not any(glob(upper)(pattern) for upper in filled.within):
            message = f"`covers` asks for {pattern}, which `within` does not allow"
            yield _job_problem(
                want,
                "bounds-clash",
                message,
                "widen `within` so that it contains everything in `covers`",
            )


def _requests_of_line(
    want: Want, account: Account, current_time: datetime
) -> tuple[Request, ...]:
    """Return the requests of a job's last line in the untouched world. Empty where it can't be read there."""
    if want.request:
        return (want.request,)
    _, caller = next(
        iter(usable_credentials(account, want, current_time)), (account, Nobody())
    )
    if want.do:
        asker = caller if isinstance(caller, Key) else Nobody()
        act = want.do[-1].act(account, current_time, asker)
    else:
        act = ()
    if isinstance(act, Act):
        return requests_of_call(account, act.call, act.caller)
    return ()


def _job_problem(want: Want, code: str, message: str, mend: str) -> Problem:
    """Return a problem at a job's row."""
    return Problem(
        Level.ERROR,
        code,
        Place(f"{SCENARIO_FILE}, job {want.id.partition('@')[0]}"),
        message,
        mend,
    )
