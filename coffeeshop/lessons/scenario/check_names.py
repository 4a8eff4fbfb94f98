"""Check the names in a scenario's form: files, rules, calls, times and people. All problems come at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from coffeeshop.account.access.callers import find_caller
from coffeeshop.account.api.operations import OPERATIONS, kebab
from coffeeshop.account.command.grammar import find_operation
from coffeeshop.account.instants import FIRST_INSTANT
from coffeeshop.account.model import Account, Nobody
from coffeeshop.lessons.grading.fixtures import FIXTURE_STATES
from coffeeshop.lessons.grading.practice import RULES, rule_options
from coffeeshop.lessons.grading.slack import SLACK_SETS
from coffeeshop.lessons.play.script import parse_clock, parse_duration
from coffeeshop.lessons.scenario.check_cases import case_form_problems
from coffeeshop.lessons.scenario.form_problems import form_problem
from coffeeshop.lessons.scenario.schema import (
    SCENARIO_FILE,
    Job,
    Refuse,
    ScenarioForm,
    SlackSet,
)
from coffeeshop.lessons.scenario.shop import shop_digest
from coffeeshop.lessons.scenario.wants import parse_conditions
from coffeeshop.policy.language.spelling import suggest_name
from coffeeshop.policy.model import Problem
from coffeeshop.shop.serve import seen_from_account_of_user


def unknown_name_problems(
    form: ScenarioForm, folder: str, files: Mapping[str, bytes]
) -> Iterator[Problem]:
    """Yield a problem for each name in the form that doesn't exist: a file, a call, a practice rule or a slack set.

    `folder` is the name of the scenario's folder.
    """
    if form.id != folder:
        message = f"the id is {form.id}, but the folder is called {folder}"
        yield form_problem(
            "wrong-id",
            f"{SCENARIO_FILE}, id",
            message,
            "give the id and the folder the same name",
        )
    if form.world.now.startswith("+") or parse_clock(form.world.now, FIRST_INSTANT) is None:
        yield form_problem(
            "bad-time",
            f"{SCENARIO_FILE}, world.now",
            f"{form.world.now} isn't a date and time",
            "write 2026-03-02T08:00:00Z",
        )
    solution = () if form.pack else (form.solution.script,)
    scripts = [form.world.script, *solution, *(w.script for w in form.wrong)]
    if form.pack and form.pack.shop != shop_digest():
        message = "it was packed for another version of Coffeeshop, whose shop has other buckets, tables or functions"
        yield form_problem(
            "other-shop",
            f"{SCENARIO_FILE}, pack.shop",
            message,
            "install the version that your teacher uses",
        )
    if form.world.report and not form.world.details:
        message = "a credential report only adds to the users in `details`, and there is no `details`"
        yield form_problem(
            "no-details",
            f"{SCENARIO_FILE}, world.report",
            message,
            "add `details`, or leave `report` out",
        )
    accounts = filter(None, (form.world.details, form.world.report))
    hint_files = [
        t.removeprefix("file://")
        for hint in form.hint
        for t in hint.text
        if t.startswith("file://")
    ]
    yield from _missing_files([*scripts, *accounts, *hint_files], files)
    yield from _rule_problems(form) if form.practice else ()
    if strange := [
        call for call in form.calls if find_operation(*call.partition(" ")[::2]) is None
    ]:
        yield from _unknown_name_problems(
            "call", "calls", strange, {f"{s} {kebab(o)}" for s, o in OPERATIONS}
        )
    named = {key for key, value in form.slack.items() if not isinstance(value, SlackSet)}
    yield from _unknown_name_problems("slack set", "slack", named, SLACK_SETS)
    yield from _story_name_problems(form)
    yield from _repeated_ids("job", (job.id for job in form.job))
    yield from _repeated_ids("refuse", (refuse.id for refuse in form.refuse))
    yield from _repeated_ids("case", (row.id for row in form.case))
    yield from case_form_problems(form)
    for want in (*form.job, *form.refuse):
        yield from _want_problems(want)


NAMED_KINDS = {"group": "groups", "role": "roles", "policy": "policies"}
IAM_NAME = re.compile(r"[\w+=,.@-]{1,128}", re.ASCII)


def story_names(form: ScenarioForm) -> Iterator[str]:
    """Yield what the story and its rumours name: "group/Cashiers"."""
    for text in (form.story, *form.rumour):
        yield from text.names


def _story_name_problems(form: ScenarioForm) -> Iterator[Problem]:
    """Yield a problem for each entry of `names` that has another form, or that its text doesn't say."""
    for text in (form.story, *form.rumour):
        place = f"{SCENARIO_FILE}, {'story' if text is form.story else 'rumour'}.names"
        for entry in text.names:
            kind, _, name = entry.partition("/")
            if kind not in NAMED_KINDS or not IAM_NAME.fullmatch(name):
                kinds = ", ".join(f"{kind}/NAME" for kind in NAMED_KINDS)
                mend = suggest_name(kind, NAMED_KINDS, f"write one of {kinds}")
                yield form_problem(
                    "bad-name",
                    place,
                    f"`{entry}` isn't the name of a group, role or policy",
                    mend,
                )
            elif not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text.text):
                message = f"the text doesn't name the {kind} {name}"
                yield form_problem(
                    "unsaid",
                    place,
                    message,
                    "name it in the text, or take it out of `names`",
                )


def _missing_files(names: Iterable[str], files: Mapping[str, bytes]) -> Iterator[Problem]:
    """Yield a problem for each name without a file."""
    for name in names:
        if name not in files:
            message = f"there is no file {name} in the scenario's folder"
            yield form_problem(
                "missing-file",
                SCENARIO_FILE,
                message,
                suggest_name(name, files, "create that file"),
            )


def _unknown_name_problems(
    noun: str, key: str, given_names: Iterable[str], known_names: Iterable[str]
) -> Iterator[Problem]:
    """Yield a problem for each given name that isn't among the known ones, with the nearest one as the fix."""
    known_names = sorted(known_names)
    for name in given_names:
        if name not in known_names:
            mend = suggest_name(
                name, known_names, f"choose one of: {', '.join(known_names[:40])}"
            )
            code = f"unknown-{noun.replace(' ', '-')}"
            yield form_problem(
                code, f"{SCENARIO_FILE}, {key}", f"there is no {noun} `{name}`", mend
            )


def _rule_problems(form: ScenarioForm) -> Iterator[Problem]:
    """Yield a problem for each unknown practice rule, and for each option that a rule needs and lacks."""
    named = (str(row.get("rule", "")) for row in form.practice)
    yield from _unknown_name_problems("practice rule", "practice", named, RULES)
    for row in form.practice:
        rule = str(row.get("rule", ""))
        for name in rule_options(rule) if rule in RULES else ():
            if name not in row:
                place = f"{SCENARIO_FILE}, practice {rule}"
                yield form_problem(
                    "missing-option",
                    place,
                    f"the rule {rule} needs the option `{name}`",
                    f"add `{name} = …`",
                )


def absence_problems(form: ScenarioForm, account: Account) -> Iterator[Problem]:
    """Yield a problem for each fixture, person at the desk and leaked credential that the world doesn't have."""
    kinds = (name.partition("/")[0] for name in form.world.fixed)
    yield from _unknown_name_problems(
        "kind of fixture", "world.fixed", kinds, FIXTURE_STATES
    )
    for name in form.world.fixed:
        kind, _, rest = name.partition("/")
        if kind in FIXTURE_STATES and FIXTURE_STATES[kind](account, rest) is None:
            message = f"there is no {kind} {rest} when the play begins"
            yield form_problem(
                "absent",
                f"{SCENARIO_FILE}, world.fixed",
                message,
                "create it in the world's script, or take it out of `fixed`",
            )
    for person in form.world.desk:
        if (
            person != "root"
            and person.lower() not in seen_from_account_of_user(account, person).users
        ):
            message = f"there is no user {person} whose badge could lie on the desk"
            yield form_problem(
                "absent",
                f"{SCENARIO_FILE}, world.desk",
                message,
                "name a user of the world, or root",
            )
    for refuse in form.refuse:
        if refuse.held and find_caller(account, refuse.held) == Nobody():
            message = f"`held`: no credential is called {refuse.held} when the play begins"
            mend = f"choose one of: {', '.join(sorted({credential.profile for credential in account.all_credentials})) or 'none'}"
            yield form_problem(
                "absent", f"{SCENARIO_FILE}, refuse {refuse.id}", message, mend
            )


def _repeated_ids(kind: str, ids: Iterable[str]) -> Iterator[Problem]:
    """Yield a problem for each id that occurs twice."""
    seen: set[str] = set()
    for id in ids:
        if id in seen:
            yield form_problem(
                "double-id",
                f"{SCENARIO_FILE}, {kind}",
                f"two [[{kind}]] tables have the id `{id}`",
                "give each its own id",
            )
        seen.add(id)


def _want_problems(want: Job | Refuse) -> Iterator[Problem]:
    """Yield a problem for each key of a job or refusal that is missing, contradicts another, or can't be read."""
    kind = "job" if isinstance(want, Job) else "refuse"
    place = f"{SCENARIO_FILE}, {kind} {want.id}"
    profile = want.held if isinstance(want, Refuse) else ""
    if bool(want.do) == (want.request is not None):
        yield form_problem(
            "no-deed",
            place,
            "it has to say what is asked, by either `do` or `request`",
            "write do = with a command line, or a list of command lines",
        )
    if bool(want.who) == bool(profile):
        yield form_problem(
            "no-person",
            place,
            "it has to say who asks, by either `as` or `held`",
            "write as = with a user's name, or a list of names",
        )
    for key, value, word in (
        ("for", want.lasts, want.lasts),
        ("used", want.used, want.used.removeprefix("+")),
    ):
        if value and parse_duration(word) is None:
            yield form_problem(
                "bad-time",
                place,
                f"`{key}`: {value} isn't a length of time",
                "write 30m, 8h or 1d",
            )
    if want.at and parse_clock(want.at, FIRST_INSTANT) is None:
        yield form_problem(
            "bad-time",
            place,
            f"`at`: {want.at} isn't a date and time",
            "write 2026-03-02T08:00:00Z, or +1d",
        )
    if (
        isinstance(want, Job)
        and want.within
        and isinstance(reading := parse_conditions(want.within.condition), str)
    ):
        yield form_problem(
            "bad-condition",
            place,
            f"`within`: {reading}",
            "write it like the Condition of a policy",
        )
