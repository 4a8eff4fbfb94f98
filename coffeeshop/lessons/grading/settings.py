"""Settings that were changed though no job asks for it, and that allow nobody more yet.

A comparison of access doesn't find them. They are what a bucket blocks, a function's environment,
the password policy, and the organization's units.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from operator import lt
from typing import NamedTuple

from coffeeshop.account import ids
from coffeeshop.account.access import passwords
from coffeeshop.account.access.public_access import is_public
from coffeeshop.account.credentials import PasswordPolicy
from coffeeshop.account.errors import ServiceError
from coffeeshop.account.model import Account, Act, Nobody
from coffeeshop.lessons.check_kinds import CheckKind, FindingKind
from coffeeshop.lessons.grading.sentences import display_name, join_words
from coffeeshop.lessons.grading.work import job_work
from coffeeshop.lessons.model import Check, Finding, Offence, Play, Scenario
from coffeeshop.policy.language.patterns import glob
from coffeeshop.shop.mark import Mode


def check_settings(play: Play) -> Iterator[Check]:
    """Yield a failed check for each thing, as kind/NAME, with a changed setting that no job
    changes.
    """
    for setting in SETTING_CHECKS.values() if play.scenario.wants else ():
        for offence in setting.changes(play):
            yield Check(
                CheckKind.SETTING.id_of(offence.who),
                setting.say.format(display_name(offence.who)),
                False,
                evidence=(offence,),
            )


# ------------------------------------------------------------------ each setting
def _public_access_changes(play: Play) -> Iterator[Offence]:
    """Yield an offence for each bucket that blocks less public access than before, without
    a public policy.

    A public policy is judged by whom it lets in.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
    """
    for bucket_name, former_bucket in play.scenario.opening.buckets.items():
        bucket = play.account.buckets.get(bucket_name)
        if bucket is None or (bucket.policy and is_public(bucket.policy.policy)):
            continue
        if any(
            was_on and not bucket.public_access.get(setting)
            for setting, was_on in former_bucket.public_access.items()
        ):
            thing = f"bucket/{bucket_name}"
            yield Offence(thing, f"{display_name(thing)} no longer blocks public access.")


def _environment_changes(play: Play) -> Iterator[Offence]:
    """Yield an offence for each function with new values in its environment."""
    for function_name, former_function in play.scenario.opening.functions.items():
        thing = f"function/{function_name}"
        arn = ids.arn(play.account, "function", function_name)
        function = play.account.functions.get(function_name)
        environment_now = function.environment.items() if function else ()
        new_keys = sorted(
            key
            for key, value in environment_now
            if value and former_function.environment.get(key) != value
        )
        if new_keys and not _is_job_work(play, "UpdateFunctionConfiguration", arn):
            yield Offence(
                thing,
                f"{display_name(thing)} has settings that it didn't have before: {join_words(new_keys[:MAX_VARIABLES_NAMED])}.",
            )


MAX_VARIABLES_NAMED = 3  # variables that a finding names


def _password_policy_changes(play: Play) -> Iterator[Offence]:
    """Yield an offence if the password policy asks less than before, or refuses a password that a job sets.

    If a job changes the policy itself, its check tells.
    """
    former_rules = play.scenario.opening.password_policy
    rules = play.account.password_policy
    if former_rules == rules or any(
        _is_job_work(play, f"{verb}AccountPasswordPolicy") for verb in ("Update", "Delete")
    ):
        return
    if former_rules and _asks_less(rules, former_rules):
        yield Offence(
            "password-policy", "The account's password policy requires less than before."
        )
    elif any(
        _accepts_password(play.account, password, former_rules)
        > _accepts_password(play.account, password, rules)
        for password in _job_passwords(play.scenario)
    ):
        yield Offence(
            "password-policy",
            "The account's password policy refuses a password that a job needs.",
        )


def _asks_less(rules: PasswordPolicy | None, former_rules: PasswordPolicy) -> bool:
    """Tell whether a password policy asks less than the former one in some respect."""
    if rules is None:
        return True
    return any(map(lt, _policy_strictness(rules), _policy_strictness(former_rules)))


def _policy_strictness(rules: PasswordPolicy) -> tuple[float, ...]:
    """Return how much a password policy asks in each respect: the greater a number, the stricter.

    A greater maximum age is less strict, and no maximum the least.
    """
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
    """Tell whether a password policy accepts a password."""
    try:
        passwords.check_password(account, password, rules)
    except ServiceError:
        return False
    return True


def _job_passwords(scenario: Scenario) -> Iterator[str]:
    """Yield the passwords that jobs set."""
    for want in (want for want in scenario.wants if want.mode is Mode.MUST):
        for line in want.do:
            act = line.act(scenario.opening, scenario.now, Nobody())
            if isinstance(act, Act) and act.call.service == "iam":
                yield from filter(None, map(act.call.text, ("Password", "NewPassword")))


def _unit_changes(play: Play) -> Iterator[Offence]:
    """Yield an offence for each organizational unit that is renamed or gone. One made anew
    counts as there.
    """
    former_organization = play.scenario.opening.joined_organization
    organization = play.account.joined_organization
    if former_organization is None or organization is None:
        return
    unit_names = {unit.name for unit in organization.units.values()}
    for id, unit in former_organization.units.items():
        unit_now = organization.units.get(id)
        thing = f"unit/{unit.name}"
        if (
            not unit_now
            and unit.name not in unit_names
            and not _is_job_work(play, "DeleteOrganizationalUnit")
        ):
            yield Offence(thing, f"The unit {unit.name} is gone.")
        if (
            unit_now
            and unit_now.name != unit.name
            and not _is_job_work(play, "UpdateOrganizationalUnit")
        ):
            yield Offence(thing, f"The unit {unit.name} is now called {unit_now.name}.")


def _is_job_work(play: Play, action: str, arn: str = "") -> bool:
    """Tell whether a job does this action, on that resource if one is given."""
    jobs = (job for job in job_work(play.scenario) if job.action == action)
    return any(not arn or glob(job.pattern)(arn) for job in jobs)


class Setting(NamedTuple):
    """A kind of setting: what finds its changes, the sentence that fails then, and why that
    matters.
    """

    changes: Callable[[Play], Iterator[Offence]]
    say: str
    why: str


SETTING_CHECKS: Mapping[str, Setting] = {
    "bucket": Setting(
        _public_access_changes,
        "{} blocks public access as before",
        "That alone lets no one in, but the next policy with a * would let everyone in. No job needs it.",
    ),
    "function": Setting(
        _environment_changes,
        "{} has the same settings as before",
        "A function's settings decide which code it loads and which table it writes to. No job needs this change.",
    ),
    "password-policy": Setting(
        _password_policy_changes,
        "The password policy requires the same as before",
        "It applies to the next password of everyone in the account. No job needs this change.",
    ),
    "unit": Setting(
        _unit_changes,
        "{} still exists, under the same name",
        "Callers that use the old name find nothing. No job needs another name.",
    ),
}


# -------------------------------------------------------------------- in words
def setting_findings(_: Play, checks: list[Check]) -> Iterator[Finding]:
    """Yield the finding for each changed setting."""
    for check in checks:
        (offence,) = check.pieces(Offence)
        setting = SETTING_CHECKS[offence.who.partition("/")[0]]
        yield Finding(
            FindingKind.CHANGED.key_of(offence.who), (check,), (), offence.text, setting.why
        )
