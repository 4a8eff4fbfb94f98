"""Names of people and requests, as the sentences of a finding have them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from coffeeshop.account.access.identity_policies import policies_of_entity
from coffeeshop.account.iam_resources import Group
from coffeeshop.account.ids import REGION
from coffeeshop.account.model import Account
from coffeeshop.policy.evaluation.explain import statement_label
from coffeeshop.policy.language.arn import Arn
from coffeeshop.policy.language.conditions import read_instant
from coffeeshop.policy.model import Kind, Matched, Request, Values
from coffeeshop.shop.serve import user_named


def display_name(subject: str) -> str:
    """Return a subject as it begins a sentence.

    "casey" becomes "Casey", "function/api" becomes "The function api", and
    "account/111122223333/user/kim" becomes "The user kim in account 111122223333".
    """
    kind, _, rest = subject.partition("/")
    if subject in STRANGERS or not rest:
        return STRANGERS.get(subject) or subject[:1].upper() + subject[1:]
    if kind == "federated" and ":oidc-provider/" in rest:
        return f"Anyone with a token of {rest.partition(':oidc-provider/')[2]}"
    if kind == "workforce":
        return f"{rest[:1].upper()}{rest[1:]} in Identity Center"
    if kind in KIND_SENTENCES:
        return KIND_SENTENCES[kind].format(rest)
    id, _, principal = rest.partition("/")
    if kind == "account" and principal:
        return f"{display_name(principal)} in account {id}"
    return f"The {kind.replace('-', ' ')} {rest}"


def name_in_sentence(subject: str) -> str:
    """Return a subject within a sentence: the user noor of the account 222233334444."""
    displayed = display_name(subject)
    if displayed.startswith("The "):
        return f"the {displayed.removeprefix('The ')}"
    return displayed


KIND_SENTENCES = {
    "federated": "A user signed in by {}",
    "group": "A member of the group {}",
    "kms-key": "The KMS key {}",
}
TOMORROW = "account/tomorrow"
STRANGERS = {
    "newcomer": "A colleague you have not met yet",
    "anyone": "Someone without credentials",
    "service": "Any service that isn't named",
    "account/stranger": "Any other account",
    TOMORROW: "An account that joins the organization tomorrow",
}


def group_joined(account: Account, subject: str, by: Matched | None) -> str:
    """Return the group by whose policy a newcomer is allowed a request; "" if it is no group's."""
    if subject != "newcomer" or by is None or by.layer.kind is not Kind.IDENTITY:
        return ""
    cause = by.policy.name, by.policy.text
    for group in account.groups.values():
        policies = policies_of_entity(account, group)
        if cause in [(policy.name, policy.text) for policy in policies]:
            return group.name
    return ""


def everything_sentence(account: Account, subject: str, by: Matched | None) -> str:
    """Return a sentence that somebody can do everything, and by which group; "" if the statement
    `by` doesn't allow that.
    """
    is_own = by is not None and by.layer.kind is Kind.IDENTITY
    if by is None or not is_own or not by.statement.allows_everything:
        return ""
    user = user_named(account, subject)
    carries = by.policy.name
    if user:
        joined = [
            group
            for id in user.groups
            if isinstance(group := account.entity_by_id(id), Group)
        ]
    else:
        joined = []
    through = [
        group.name
        for group in joined
        if carries in group.attached or carries.lower() in group.inline
    ]
    return f"{display_name(subject)} {f'is in {through[0]}, and so ' if through else ''}can do everything."


def describe_request(request: Request) -> str:
    """Return a request in a few words: s3:DeleteObject on coffeeshop-receipts/x, when
    aws:SecureTransport is false.

    The Region is told if it isn't the shop's.
    """
    arn = Arn.read(request.resource)
    if arn is None:
        return f"{request.action}{_when_phrase(request)}"
    if arn.service == "iam":
        resource_name = request.resource
    else:
        resource_name = arn.resource.partition(":")[2] or arn.resource
    if arn.region in ("", REGION):
        region_phrase = ""
    else:
        region_phrase = f" in the Region {arn.region}"
    return f"{request.action} on {resource_name}{region_phrase}{_when_phrase(request)}"


def _when_phrase(request: Request) -> str:
    """Return a request's context, to follow a sentence: ", when aws:SecureTransport is false"."""
    context = {
        key.lower(): (key, values) for key, values in sorted(request.context.items())
    }
    start = clock_time(", ".join(context.get(SESSION_START, ("", ()))[1]))
    session = f", in a session that began at {start}" if start else ""
    conditions = dict.fromkeys(
        _condition_phrase(key, values)
        for name, (key, values) in context.items()
        if name != SESSION_START or not start
    )
    if conditions:
        return f"{session}, when {join_words(conditions)}"
    return session


def _condition_phrase(key: str, values: Values) -> str:
    """Return a phrase for a key of a request's context. A time is told as a clock shows it."""
    value = ", ".join(values)
    if key.lower() in TIME_KEY_TEXTS and (time := clock_time(value)):
        return f"{TIME_KEY_TEXTS[key.lower()]} {time}"
    return f"{key} is {value or 'empty'}"


def clock_time(text: str) -> str:
    """Return a time as a clock shows it: 08:04 on 2 March 2026. "": the text is no such time."""
    seconds = read_instant(text)
    if seconds is None or not 0 <= seconds < YEAR_10000:
        return ""
    time = datetime.fromtimestamp(float(seconds), UTC)
    return f"{time:%H:%M} on {time.day} {time:%B %Y}"


SESSION_START = "aws:tokenissuetime"
TIME_KEY_TEXTS = {
    "aws:currenttime": "it is",
    "aws:epochtime": "it is",
}
YEAR_10000 = 253_402_300_800  # in seconds since 1970: no clock shows it


def statement_subject(by: Matched) -> str:
    """Return what a statement is called at the start of a sentence: Statement 1 of policy “receipts”."""
    label = statement_label(by)
    return f"{label[:1].upper()}{label[1:]}"


def permission_phrase(request: Request) -> str:
    """Return the ability that this allowed request gives, to follow a name: "is also
    allowed s3:GetObject on …".
    """
    _, role, role_name = request.resource.partition(":role/")
    is_role = request.action == "sts:AssumeRole" and role
    if is_role:
        return f"can also assume the role {role_name}{_when_phrase(request)}"
    return f"can also call {describe_request(request)}"


def join_words(words: Iterable[str]) -> str:
    """Return words as a sentence lists them: a, b and c."""
    words = [*words]
    if len(words) == 1:
        return words[0]
    return f"{', '.join(words[:-1])} and {words[-1]}"
