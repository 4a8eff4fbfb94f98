"""Settings that were changed though nobody asked for it, and nobody can do more by that yet: what a bucket blocks, what a
function finds in its environment, what a password must have, which units the organization has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from operator import lt
from typing import NamedTuple

from coffeeshop.account import ids
from coffeeshop.account.access import passwords
from coffeeshop.account.access.public_access import is_public
from coffeeshop.account.command import read
from coffeeshop.account.credentials import PasswordPolicy
from coffeeshop.account.errors import ServiceError
from coffeeshop.account.model import Account, Act, Nobody
from coffeeshop.lessons.grading.sentences import display_name, join_words
from coffeeshop.lessons.grading.work import job_work
from coffeeshop.lessons.model import Check, Finding, Offence, Play, Scenario
from coffeeshop.policy.language.patterns import glob
from coffeeshop.shop.mark import Mode


def check_settings(play: Play) -> Iterator[Check]:
    """Yields a check that fails for each thing, as kind/NAME, of which a setting was changed that no job changes, where
    anything is asked at all.
    """
    for setting in SETTINGS.values() if play.scenario.wants else ():
        for found in setting.changes(play):
            yield Check(
                f"setting:{found.who}",
                setting.say.format(display_name(found.who)),
                False,
                evidence=(found,),
            )


# ------------------------------------------------------------------ each setting
def _public_access_changes(play: Play) -> Iterator[Offence]:
    """Each bucket of before the play of which S3 blocks less that is public than it did, and whose policy asks for no such
    thing: one that is public is judged by whom it lets in.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
    """
    for called, was in play.scenario.opening.buckets.items():
        now = play.account.buckets.get(called)
        if now is None or (now.policy and is_public(now.policy.policy)):
            continue
        if any(
            on and not now.public_access.get(what) for what, on in was.public_access.items()
        ):
            thing = f"bucket/{called}"
            yield Offence(thing, f"{display_name(thing)} no longer blocks public access.")


def _environment_changes(play: Play) -> Iterator[Offence]:
    """Each function of before the play that finds something else in its environment; what it found there may be gone."""
    for called, was in play.scenario.opening.functions.items():
        thing = f"function/{called}"
        arn = ids.arn(play.account, "function", called)
        now = play.account.functions.get(called)
        finds = now.environment.items() if now else ()
        new = sorted(
            key for key, value in finds if value and was.environment.get(key) != value
        )
        if new and not _is_job_work(play, "UpdateFunctionConfiguration", arn):
            yield Offence(
                thing,
                f"{display_name(thing)} has settings that it had not: {join_words(new[:SHOWN])}.",
            )


SHOWN = 3  # variables that a finding names


def _password_policy_changes(play: Play) -> Iterator[Offence]:
    """The account's password policy, where it asks less than the one of before the play, or refuses a password that a job names."""
    was = play.scenario.opening.password_policy
    now = play.account.password_policy
    if was == now or any(
        _is_job_work(play, f"{verb}AccountPasswordPolicy") for verb in ("Update", "Delete")
    ):
        return
    if was and (
        now is None or any(map(lt, _policy_strictness(now), _policy_strictness(was)))
    ):
        yield Offence(
            "password-policy", "The account's password policy asks less than it did."
        )
    elif any(
        _accepts_password(play.account, one, was)
        > _accepts_password(play.account, one, now)
        for one in _job_passwords(play.scenario)
    ):
        yield Offence(
            "password-policy",
            "The account's password policy refuses a password that a job needs.",
        )


def _policy_strictness(rules: PasswordPolicy) -> tuple[float, ...]:
    """How much a policy asks in each respect; a greater age is less, and none at all the least."""
    kinds = (
        rules.symbols,
        rules.numbers,
        rules.uppercase,
        rules.lowercase,
        rules.hard_expiry,
    )
    return (
        *kinds,
        rules.minimum_length,
        rules.reuse,
        1 / rules.max_age if rules.max_age else 0,
    )


def _accepts_password(
    account: Account, password: str, rules: PasswordPolicy | None
) -> bool:
    try:
        passwords.check_password(account, password, rules)
    except ServiceError:
        return False
    return True


def _job_passwords(scenario: Scenario) -> Iterator[str]:
    """The passwords that jobs set."""
    for want in (want for want in scenario.wants if want.mode is Mode.MUST):
        for line in want.do:
            act = read(line, scenario.opening, scenario.now, want.files, Nobody())
            if isinstance(act, Act) and act.call.service == "iam":
                yield from filter(None, map(act.call.text, ("Password", "NewPassword")))


def _unit_changes(play: Play) -> Iterator[Offence]:
    """Each unit of before the play that is called otherwise, or gone; one that was made anew is there."""
    was = play.scenario.opening.joined_organization
    now = play.account.joined_organization
    if was is None or now is None:
        return
    there = {unit.name for unit in now.units.values()}
    for id, unit in was.units.items():
        left = now.units.get(id)
        thing = f"unit/{unit.name}"
        if (
            not left
            and unit.name not in there
            and not _is_job_work(play, "DeleteOrganizationalUnit")
        ):
            yield Offence(thing, f"The unit {unit.name} is gone.")
        if (
            left
            and left.name != unit.name
            and not _is_job_work(play, "UpdateOrganizationalUnit")
        ):
            yield Offence(thing, f"The unit {unit.name} is now called {left.name}.")


def _is_job_work(play: Play, action: str, arn: str = "") -> bool:
    """Whether a job does this, to that thing or, where none is said, to any."""
    jobs = (one for one in job_work(play.scenario) if one.action == action)
    return any(not arn or glob(one.pattern)(arn) for one in jobs)


class Setting(NamedTuple):
    """Who or what has a setting changed, the sentence that fails then, and what that may come to."""

    changes: Callable[[Play], Iterator[Offence]]
    say: str
    why: str


SETTINGS: Mapping[str, Setting] = {
    "bucket": Setting(
        _public_access_changes,
        "{} blocks public access as before",
        "Nobody comes in by that alone; the next policy that says * would let in everybody. No job asks for it.",
    ),
    "function": Setting(
        _environment_changes,
        "{} finds no other settings than before",
        "A function does what its settings say: which code it loads, which table it writes to. No job asks for it.",
    ),
    "password-policy": Setting(
        _password_policy_changes,
        "Passwords are asked what they were asked before",
        "It holds for the next password of everybody in the account. No job asks for another one.",
    ),
    "unit": Setting(
        _unit_changes,
        "{} is there, and called as before",
        "Whoever looks for it by that name finds nothing. No job asks for another one.",
    ),
}


# -------------------------------------------------------------------- in words
def setting_findings(_: Play, checks: list[Check]) -> Iterator[Finding]:
    """Yields what is to be read of each setting that is another one."""
    for check in checks:
        (found,) = check.pieces(Offence)
        setting = SETTINGS[found.who.partition("/")[0]]
        yield Finding(f"changed:{found.who}", (check,), (), found.text, setting.why)
