"""Change what AWS takes from the account, and from the calls made there before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from msgspec import structs

from coffeeshop.account.access.identity_policies import policies_of_entity
from coffeeshop.account.credentials import AccessKey
from coffeeshop.account.door import is_refused
from coffeeshop.account.iam_resources import Group, User
from coffeeshop.account.model import Act, Key, Outcome, Reply
from coffeeshop.lessons.misconceptions.combination_rules import ALLOW_EVERYTHING
from coffeeshop.lessons.misconceptions.question import (
    Question,
    identity_policies,
    with_identity_policies,
    with_layers,
)
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.language.parse import parse_draft
from coffeeshop.policy.model import (
    Allowed,
    Decision,
    ExplicitlyDenied,
    ImplicitlyDenied,
    Kind,
    Layer,
    Policy,
)

if TYPE_CHECKING:
    from coffeeshop.account.model import Account
    from coffeeshop.policy.simulation.simulate import EvalDecision

CREDENTIAL_OPERATIONS = (
    "AssumeRole",
    "GetSessionToken",
    "GetFederationToken",
    "CreateAccessKey",
    "SignIn",
)
REMOVING_CREDENTIALS = ("DeleteAccessKey", "DeleteLoginProfile", "DeactivateMFADevice")


def _caller(question: Question) -> User | None:
    """Return the user who asks, if a user asks."""
    if question.account is None:
        return None
    entity = question.account.entity_by_id(question.standing.principal.id)
    return entity if isinstance(entity, User) else None


def _groups_of(account: Account, user: User) -> list[Group]:
    """Return the user's groups, in the order in which they joined."""
    entities = [account.entity_by_id(id) for id in user.groups]
    return [entity for entity in entities if isinstance(entity, Group)]


def _calls_about(question: Question, operation: str, user: User) -> Iterator[Outcome]:
    """Yield the earlier calls of an operation about a user."""
    for outcome in question.past:
        call = outcome.act.call
        is_about_user = call.text("UserName").lower() == user.name.lower()
        if call.operation == operation and is_about_user and outcome.has_succeeded:
            yield outcome


# ------------------------------------------------------------------------ users and groups
def role_adds(question: Question) -> Question:
    """Add the policies of the user who assumed the role to those of the role."""
    account = question.account
    user = account.users.get(question.person.lower()) if account else None
    if account is None or user is None or not question.has_session:
        return question
    own_policies = policies_of_entity(account, user)
    return with_identity_policies(question, (*identity_policies(question), *own_policies))


def leaving_takes_everything(question: Question) -> Question:
    """Take all policies from a user who has left a group."""
    user = _caller(question)
    if user is None or not any(_calls_about(question, "RemoveUserFromGroup", user)):
        return question
    return with_identity_policies(question, ())


def last_group_replaces(question: Question) -> Question:
    """Let only the group that a user joined last count, once they are in several."""
    user = _caller(question)
    account = question.account
    if user is None or account is None or len(user.groups) < 2:
        return question
    joined_last = account.entity_by_id(user.groups[-1])
    if not isinstance(joined_last, Group):
        return question
    return with_identity_policies(question, policies_of_entity(account, joined_last))


def group_replaces_own(question: Question) -> Question:
    """Take the user's own policies away once they are in a group."""
    user = _caller(question)
    account = question.account
    if user is None or account is None or not user.groups:
        return question
    policies = [
        policy
        for group in _groups_of(account, user)
        for policy in policies_of_entity(account, group)
    ]
    return with_identity_policies(question, policies)


def membership_is_enough(question: Question) -> Question:
    """Let the policies of every group count for a user, except an administrators' group's."""
    user = _caller(question)
    account = question.account
    if user is None or account is None:
        return question
    policies = [
        policy
        for group in account.groups.values()
        for policy in policies_of_entity(account, group)
        if not policy.allows_everything
    ]
    return with_identity_policies(question, (*identity_policies(question), *policies))


def policies_limit_root(question: Question) -> Question:
    """Let every Deny that is attached to a user or group limit the root user, too."""
    account = question.account
    if account is None or question.standing.principal.kind != "root":
        return question
    policies = [
        policy
        for entity in (*account.users.values(), *account.groups.values())
        for policy in policies_of_entity(account, entity)
    ]
    denying = tuple(
        replace(policy, statements=denies)
        for policy in (*policies, *_meant_for_root(question))
        if (denies := tuple(each for each in policy.statements if each.effect == "Deny"))
    )
    # A layer that counts for root: an SCP's, with an Allow of everything beside the Denies.
    layers = (*question.standing.layers, Layer(Kind.SCP, (ALLOW_EVERYTHING, *denying)))
    return with_layers(question, layers)


def _meant_for_root(question: Question) -> Iterator[Policy]:
    """Yield the policies that somebody tried to write on the root user."""
    for outcome in question.past:
        call = outcome.act.call
        if call.operation == "PutUserPolicy" and call.text("UserName") == "root":
            policy, _ = parse_draft(call.text("PolicyDocument"), Kind.IDENTITY)
            if policy:
                yield policy


def device_means_code(question: Question) -> Question | EvalDecision:
    """Refuse a user with an MFA device who gave no code."""
    account = question.account
    principal = question.standing.principal
    if account is None or principal.kind not in ("user", "root"):
        return question
    if not question.shows_credential:
        return question
    owner = account.id if principal.kind == "root" else principal.id
    has_device = any(device.owner == owner for device in account.devices.values())
    has_code = question.standing.fixed.get("aws:MultiFactorAuthPresent") == ("true",)
    return "implicitDeny" if has_device and not has_code else question


# ---------------------------------------------------------------- sessions and credentials
def _source(question: Question, caller: object) -> Act | None:
    """Return the earlier call that gave a credential to its holder."""
    for outcome in question.past:
        if outcome.act.call.operation not in CREDENTIAL_OPERATIONS or not isinstance(
            outcome.answer, Reply
        ):
            continue
        body = outcome.answer.body
        new_credential = body.get("Credentials") or body.get("AccessKey")
        if (
            isinstance(new_credential, dict)
            and Key(str(new_credential.get("AccessKeyId"))) == caller
        ):
            return outcome.act
    return None


def session_ends_with_source(question: Question) -> Question | EvalDecision:
    """End a session once its taker could take it no longer."""
    if question.act is None or question.account is None:
        return question
    source = _source(question, question.act.caller)
    if source is None or source.call.operation == "CreateAccessKey":
        return question
    return "implicitDeny" if is_refused(question.account, source) else question


def deleting_ends_leak(question: Question) -> Question | EvalDecision:
    """End everything of a user, and all that they made, once one of their credentials is deleted."""
    account = question.account
    if account is None or question.act is None:
        return question
    ended_owners = _ended_owners(question)
    caller: object = question.act.caller
    for _ in range(10):  # sessions of sessions
        credential = account.credential_of(caller) if isinstance(caller, Key) else None
        if credential and credential.owner in ended_owners:
            return "implicitDeny"
        source = _source(question, caller)
        if source is None:
            maker = _maker_of(question, credential.owner if credential else "")
            return "implicitDeny" if maker in ended_owners else question
        caller = source.caller
        if isinstance(caller, Key) and _is_deleted(question, caller):
            return "implicitDeny"
    return question


def _is_deleted(question: Question, key: Key) -> bool:
    """Return whether an earlier call deleted an access key."""
    return any(
        outcome.act.call.operation == "DeleteAccessKey"
        and outcome.act.call.text("AccessKeyId") == key.id
        for outcome in question.past
    )


def _ended_owners(question: Question) -> set[str]:
    """Return the unique ids of the users of whom some credential was deleted."""
    owners: set[str] = set()
    for outcome in question.past:
        call = outcome.act.call
        if call.operation in REMOVING_CREDENTIALS and outcome.has_succeeded:
            user = outcome.account.users.get(call.text("UserName").lower())
            owners.add(user.id if user else outcome.account.id)
    return owners


def _maker_of(question: Question, owner: str) -> str:
    """Return the unique id of the user who created a user, or ""."""
    for outcome in question.past:
        call = outcome.act.call
        user = outcome.account.users.get(call.text("UserName").lower())
        if call.operation == "CreateUser" and user and user.id == owner:
            credential = outcome.account.credential_of(outcome.act.caller)
            return credential.owner if credential else ""
    return ""


def new_key_replaces_old(question: Question) -> Question | EvalDecision:
    """End an access key once its owner has a newer one."""
    if question.act is None or question.account is None:
        return question
    key = question.account.credential_of(question.act.caller)
    if not isinstance(key, AccessKey):
        return question
    newer_keys = (
        candidate
        for candidate in question.account.credentials.values()
        if isinstance(candidate, AccessKey)
        and candidate.owner == key.owner
        and candidate.made > key.made
    )
    return "implicitDeny" if any(newer_keys) else question


def session_keeps_permissions(question: Question) -> Question:
    """Give a session the policies that its role or user had when the session began."""
    if question.act is None:
        return question
    for outcome in question.past:
        if _source(_with_past(question, outcome), question.act.caller) is None:
            continue
        credential = outcome.account.credential_of(question.act.caller)
        entity = outcome.account.entity_by_id(credential.owner) if credential else None
        if entity is not None:
            return with_identity_policies(
                question, policies_of_entity(outcome.account, entity)
            )
    return question


def _with_past(question: Question, outcome: Outcome) -> Question:
    """Return the question as if this were the only call before it."""
    return structs.replace(question, past=(outcome,))


def session_policy_limits_role(question: Question) -> Question:
    """Let the session policy that somebody passed to a role limit every later session of the role."""
    if question.act is None or question.account is None or not question.has_session:
        return question
    session = question.account.credential_of(question.act.caller)
    for outcome in question.past:
        call = outcome.act.call
        role = outcome.account.roles.get(call.text("RoleArn").rpartition("/")[2].lower())
        is_of_role = role is not None and session is not None and session.owner == role.id
        if is_of_role and call.operation == "AssumeRole" and call.text("Policy"):
            policy, _ = parse_draft(call.text("Policy"), Kind.SESSION)
            limit = Layer(Kind.SESSION, (policy,) if policy else ())
            return with_layers(question, (*question.standing.layers, limit))
    return question


def old_versions_are_dead(question: Question) -> Question:
    """Apply the newest version of a managed policy, although someone has set an older one as the default."""
    account = question.account
    if account is None:
        return question
    restored_arns = {
        outcome.act.call.text("PolicyArn")
        for outcome in question.past
        if outcome.act.call.operation == "SetDefaultPolicyVersion"
    }
    newest = {
        id(managed.document.policy): managed.versions[-1].document.policy
        for arn in restored_arns
        if (managed := account.policies.get(arn)) is not None
    }
    policies = [newest.get(id(policy), policy) for policy in identity_policies(question)]
    return with_identity_policies(question, policies) if newest else question


def named_fix_is_enough(question: Question) -> Question | EvalDecision:
    """Allow a request that another kind of policy refused before, since that kind refuses it no longer."""
    kind = _refusing_kind(authorize(question.standing, question.request))
    earlier_kinds = {
        _refusing_kind(decision)
        for outcome in question.past
        for decision in outcome.decisions
        if _is_same_request(decision, question)
    }
    return "allowed" if kind and earlier_kinds - {kind, None} else question


def _refusing_kind(decision: Decision) -> Kind | None:
    """Return the kind of policy that AWS names when it refuses. Return None if it allows."""
    match decision:
        case ImplicitlyDenied():
            return decision.silent
        case ExplicitlyDenied():
            return decision.by[0].layer.kind
        case Allowed():
            return None


def _is_same_request(decision: Decision, question: Question) -> bool:
    """Return whether a decision was about the same caller, action and resource."""
    standing = question.standing
    request = question.request
    return (
        decision.standing.principal == standing.principal
        and decision.request.action == request.action
        and decision.request.resource == request.resource
    )


def name_is_enough(question: Question) -> Question:
    """Let a resource's policy mean every user of the name that it was written for."""
    account = question.account
    user = _caller(question)
    if account is None or user is None:
        return question
    ids = {
        earlier.id
        for outcome in question.past
        if (earlier := outcome.account.users.get(user.name.lower())) is not None
    }

    def rename_entries(policy: Policy) -> Policy:
        statements = tuple(
            replace(
                statement,
                principals=replace(
                    statement.principals,
                    entries=tuple(
                        (type, user.id if value in ids else value)
                        for type, value in statement.principals.entries
                    ),
                ),
            )
            if statement.principals
            else statement
            for statement in policy.statements
        )
        return replace(policy, statements=statements)

    return with_layers(
        question,
        (
            replace(layer, policies=tuple(map(rename_entries, layer.policies)))
            if layer.kind in (Kind.RESOURCE, Kind.TRUST)
            else layer
            for layer in question.standing.layers
        ),
    )


def creating_gives_permissions(question: Question) -> Question | EvalDecision:
    """Let a user do everything that the user who created them can do."""
    user = _caller(question)
    if user is None or identity_policies(question):
        return question
    for outcome in question.past:
        call = outcome.act.call
        if call.operation == "CreateUser" and call.text("UserName").lower() == user.name:
            has_succeeded = all(isinstance(each, Allowed) for each in outcome.decisions)
            return "allowed" if has_succeeded else question
    return question
