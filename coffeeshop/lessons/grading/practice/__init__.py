"""The practice rules: each is a row with the sentence the learner reads and the function
that finds who breaks it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from string import Formatter
from typing import TYPE_CHECKING, cast

from msgspec import Struct

from coffeeshop.lessons.model import Offence, Options

if TYPE_CHECKING:
    from coffeeshop.lessons.grading.trial import Trial


class Rule(Struct, frozen=True):
    """A practice rule. `say` is what the learner reads, with its {options} filled in.

    `finds` names the function, in a module of this package, that finds who breaks it.
    `misconception` is the id of the misconception behind a broken rule. `unsaid_options` are
    options that the sentence doesn't mention. `after` are rules that tell more: if one of them
    is broken, this one isn't judged.
    """

    say: str
    finds: str
    misconception: str = ""
    unsaid_options: tuple[str, ...] = ()
    after: tuple[str, ...] = ()

    def offences(self, trial: Trial, options: Options) -> Iterator[Offence]:
        """Yield who breaks the rule, and how."""
        module, _, name = self.finds.partition(".")
        # With the first grade: people at work read only by the rules.
        return getattr(import_module(f"{__name__}.{module}"), name)(trial, options)


# The kinds of things that a job's `by` can name.
GIVER_KINDS = ("group", "role", "user", "policy", "bucket", "queue")
RULES: Mapping[str, Rule] = {
    "root-no-keys": Rule(
        "Root has no access keys, active or inactive", "credentials.root_no_keys", "M09"
    ),
    "root-mfa": Rule("Root needs an MFA code to sign in", "credentials.root_mfa", "M10"),
    "root-unused": Rule(
        "Root gets no new key, and makes no calls once an administrator can sign in",
        "credentials.root_unused",
        "M09",
    ),
    "admin-in-group": Rule(
        "Administrators get full access from a group only",
        "credentials.admin_in_group",
        "M14",
    ),
    "admin-mfa": Rule("Administrators need an MFA code to sign in", "mfa.admin_mfa", "M10"),
    "an-administrator-remains": Rule(
        "Someone can still administer the account",
        "credentials.an_administrator_remains",
        "M14",
    ),
    "no-admin-elsewhere": Rule(
        "Only administrators can do everything", "policy_style.no_admin_elsewhere", "M15"
    ),
    "individual-users": Rule(
        "Each person has their own user", "credentials.individual_users", "M14"
    ),
    "one-active-key": Rule(
        "No one has two active access keys", "credentials.one_active_key", "M18"
    ),
    "keys-stay": Rule(
        "Every access key stays, except one that someone else has",
        "credentials.keys_stay",
        "M18",
    ),
    "boundaries-stay": Rule("Boundaries stay", "policy_style.boundaries_stay", "M15"),
    "leaked-keys-deleted": Rule(
        "An access key that someone else has is deleted",
        "credentials.leaked_keys_deleted",
        "M18",
    ),
    "provisioned": Rule(
        "Each role of a permission set has the set's current policies",
        "credentials.provisioned_sets",
        "M15",
    ),
    "key-age": Rule(
        "No access key is older than {days} days", "credentials.key_age", "M18"
    ),
    "no-unused-credentials": Rule(
        "Credentials that no one has used for {days} days are gone",
        "credentials.no_unused_credentials",
        "M21",
    ),
    "leavers-gone": Rule(
        "These users are deleted: {who}", "credentials.leavers_gone", "M18"
    ),
    "no-machine-users": Rule(
        "Machines use roles, not users", "credentials.no_machine_users", "M21"
    ),
    "no-direct-user-policies": Rule(
        "Permissions are attached to groups and roles, not to users",
        "policy_style.no_direct_user_policies",
        "M14",
    ),
    "said-once": Rule(
        "One group gives a permission, without copies in others",
        "grants.repeated_allows",
        "M14",
    ),
    "no-wildcard-action": Rule(
        "Every allowed action is written out, without * or ?",
        "policy_style.no_wildcard_action",
        "M15",
    ),
    "no-unknown-actions": Rule(
        "Every word in a policy has an effect",
        "policy_style.no_unknown_actions",
        "M04",
    ),
    "named-principals": Rule(
        "Every policy names its principals", "policy_style.named_principals", "M17"
    ),
    "no-idle-grants": Rule(
        "Every permission is used by a job", "grants.no_idle_grants", "M22"
    ),
    "no-blanket-deny": Rule(
        "No Deny repeats an implicit deny", "grants.no_blanket_deny", "M02"
    ),
    "explicit-no": Rule(
        "An explicit Deny covers everything that must never happen",
        "grants.explicit_no",
        "M02",
    ),
    "no-dead-principals": Rule(
        "No policy names someone who is gone", "policy_style.no_dead_principals", "M22"
    ),
    "no-sleeping-versions": Rule(
        "No older policy version would allow more", "grants.no_sleeping_versions", "M18"
    ),
    "session-fits-shift": Rule(
        "A session as {role} can last {hours} hours, not longer",
        "credentials.session_fits_shift",
        "M07",
    ),
    "mfa-required": Rule(
        "Without an MFA code, people can only look after their own credentials",
        "mfa.mfa_required",
        "M10",
        ("who",),
    ),
    "given-by": Rule(
        "Permissions come from where the brief says",
        "given.given_by",
        "M14",
        after=("no-direct-user-policies", "said-once"),
    ),
    "current-version": Rule(
        "Every policy names the current version of the policy language",
        "policy_style.current_version",
        "M23",
    ),
}


def rule_options(rule: str) -> tuple[str, ...]:
    """Return the names of a rule's options: the {options} in its sentence, and those that it leaves unsaid."""
    row = RULES[rule]
    said_options = (name for _, name, _, _ in Formatter().parse(row.say) if name)
    return (*said_options, *row.unsaid_options)


def rule_sentence(rule: str, options: Options) -> str:
    """Return the rule as the learner reads it."""
    texts = {
        key: ", ".join(option_names(options, key)) or value
        for key, value in options.items()
    }
    return RULES[rule].say.format_map(texts)


def option_names(options: Options, name: str) -> tuple[str, ...]:
    """Return the names in an option, which is a name or a list of them."""
    value = options.get(name, ())
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list | tuple):
        return tuple(map(str, cast("Sequence[object]", value)))
    return ()
