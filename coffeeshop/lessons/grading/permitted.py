"""What is fine for a member of a class of principals: what is needed, and of those whom nobody judges what was there
before the play.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.account.access.authorization_requests import requests_of_call
from coffeeshop.account.access.resource_policies import resource_layers
from coffeeshop.account.model import Account, Call, Outcome
from coffeeshop.lessons.grading.across_accounts import (
    toward_other_accounts,
    toward_our_resources,
)
from coffeeshop.lessons.grading.boundaries import GIVING, maximum_access
from coffeeshop.lessons.grading.detours import is_needed
from coffeeshop.lessons.grading.existing import policy_holder_arns
from coffeeshop.lessons.grading.formerly import user_before
from coffeeshop.lessons.grading.future_tags import with_open_tags
from coffeeshop.lessons.grading.member_accounts import member_standing_before
from coffeeshop.lessons.grading.moments import without_needed
from coffeeshop.lessons.grading.needed import DIRECT, user_behind
from coffeeshop.lessons.grading.principal_classes import (
    BELOW_BOUNDARY,
    GIVEN_A_BADGE,
    GIVEN_A_TAG,
    HIRED_BELOW,
    IN_A_GROUP,
    PrincipalClass,
)
from coffeeshop.lessons.grading.provider_sessions import provider_of, provider_role_sessions
from coffeeshop.lessons.grading.sentences import STRANGERS
from coffeeshop.lessons.grading.sessions import (
    HeldSession,
    free_keys,
    live_sessions,
    role_standing,
)
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.evaluation.match import shared_policy
from coffeeshop.policy.language.principals import ANYBODY
from coffeeshop.policy.model import (
    PRESENT,
    Allowed,
    Condition,
    Element,
    Kind,
    Layer,
    Policy,
    Standing,
    Statement,
)
from coffeeshop.shop.serve import outsider, person, user_named

if TYPE_CHECKING:
    from coffeeshop.lessons.grading.trial import Trial


class Permitted(Struct, frozen=True):
    """What may be allowed: `needed` are Allows and nothing else, `before` what was held in the untouched world."""

    needed: Standing
    before: Standing | None = None

    def excess_pair(self, allowed: Standing) -> tuple[Standing, Standing]:
        """Returns the pair whose difference is the excess: with something from before, whatever is needed is taken out of what
        is held, so that no more than that remains to be found there.
        """
        if self.before is None:
            return allowed, self.needed
        return without_needed(allowed, self.needed), self.before

    def toward_other_accounts(self) -> Permitted:
        """Returns the same towards the things of another account."""
        return replace(self, before=self.before and toward_other_accounts(self.before))


def permitted_access(trial: Trial, row: PrincipalClass, member: HeldSession) -> Permitted:
    """Returns what is fine for a member in its session."""
    return Permitted(
        Standing.of(_needed_policy(trial, _untagged_kind(row, member), member)),
        _permitted_before(trial, row, member),
    )


def _untagged_kind(row: PrincipalClass, member: HeldSession) -> str:
    """What a member is, who may be given a tag beside."""
    untagged = {"function": "function", "role": "role of a service", "account": "guest"}
    if row is GIVEN_A_TAG:
        return untagged.get(member.who.partition("/")[0], row.kind)
    return row.kind


def _needed_policy(trial: Trial, kind: str, member: HeldSession) -> Policy:
    subject = member.who
    match kind:
        case "role of a service" | "session of a provider":
            statements = _needs_of_role(trial, subject.partition("/")[2])
        case "function" if not _has_want(trial, subject):
            name = subject.partition("/")[2]
            role = (
                trial.account.functions[name].role.rpartition("/")[2]
                if _may_use_role(trial, name)
                else ""
            )
            statements = (
                *_needed_statements(trial, subject, member.badge),
                *(_needs_of_role(trial, role) if role else ()),
            )
        case "service":
            statements = (
                *_needed_statements(trial, subject, "key"),
                *_needs_of_lambda(trial, subject.partition("/")[2]),
            )
        case "newcomer" | HIRED_BELOW.kind | IN_A_GROUP.kind:
            colleagues = (
                _needs_of_colleagues(trial, member) if kind == IN_A_GROUP.kind else ()
            )
            statements = (
                *_needed_statements(trial, trial.names["newcomer"], member.badge),
                *colleagues,
            )
        case (
            GIVEN_A_BADGE.kind
        ):  # whoever gives somebody another badge gives it for the same jobs
            statements = _needed_statements(trial, subject, DIRECT[-1])
        case "role of tomorrow":  # in which whoever is hired tomorrow does their job
            statements = _needed_statements(trial, trial.names["newcomer"], "key")
        case "other account":
            statements = (
                *_needed_statements(trial, subject, member.badge),
                *_needs_of_guests(trial, subject),
            )
        case _:
            statements = (
                *_needed_statements(trial, subject, member.badge),
                *_needs_of_newcomers(trial, member),
            )
    return shared_policy(tuple(statements), "needed")


def _needed_statements(trial: Trial, subject: str, badge: str) -> tuple[Statement, ...]:
    return tuple(
        s
        for layer in trial.needed_access(subject, badge).layers
        for policy in layer.policies
        for s in policy.statements
    )


def _needs_of_guests(trial: Trial, account: str) -> Iterator[Statement]:
    """What jobs need of single roles and users of another account, each as themselves; an account that has no name here may
    be theirs, or one that has a job as a whole.
    """
    account_prefix = "account/" if account in STRANGERS else f"{account}/"
    for need in (
        need
        for need in trial.needs
        if need.who.startswith(account_prefix) and need.badge == "key"
    ):
        named = need.who.removeprefix("account/")
        arn = ("ArnEquals", "aws:PrincipalArn", (outsider(named).arn,))
        themselves = Condition(
            *(arn if "/" in named else ("StringEquals", "aws:PrincipalAccount", (named,)))
        )
        yield from (
            dataclasses.replace(s, conditions=(*s.conditions, themselves))
            for s in need.statements
        )


def _needs_of_newcomers(trial: Trial, member: HeldSession) -> Iterator[Statement]:
    """What jobs need of whoever is hired tomorrow, as whoever was hired in play needs it: under their own name, and with their
    own value of a tag that a job gives any such.
    """
    user = user_named(member.account, member.who)
    if user is None or trial.play.scenario.opening.entity_by_id(user.id):
        return
    newcomer = trial.names["newcomer"]
    newname = trial.names["newname"]
    tags_after_jobs = (
        session.account.users[newcomer].tags
        for session in trial.newcomer_sessions_after_jobs()
    )
    own_value = next(
        (
            user.tags[key]
            for tags in tags_after_jobs
            for key in tags
            if tags[key] == newname and key in user.tags
        ),
        newname,
    )
    for statement in _needed_statements(trial, newcomer, member.badge):
        conditions = (
            dataclasses.replace(
                c,
                values=tuple(
                    own_value if value == newname else value for value in c.values
                ),
            )
            for c in statement.conditions
        )
        yield dataclasses.replace(
            with_renamed_resources(statement, newcomer, user.name),
            conditions=tuple(conditions),
        )


def _needs_of_colleagues(trial: Trial, member: HeldSession) -> Iterator[Statement]:
    """What those need who are in the same groups, or in some of them, of what is theirs as of one's own."""
    groups = set(member.account.users[trial.names["newcomer"]].groups)
    for subject in trial.ordinary_users:
        user = user_named(trial.account, subject)
        if user and user.groups and groups.issuperset(user.groups):
            for statement in _needed_statements(trial, subject, member.badge):
                yield with_renamed_resources(statement, user.name, "${aws:username}")


def with_renamed_resources(statement: Statement, name: str, new_name: str) -> Statement:
    """Returns the statement with another name wherever an ARN ends with this one, or has it between two slashes."""
    resources = statement.resources or Element(("*",))
    renamed = (
        re.sub(rf"(?<=/){re.escape(name)}(?=/|$)", new_name, resource)
        for resource in resources.values
    )
    return dataclasses.replace(
        statement, resources=dataclasses.replace(resources, values=tuple(renamed))
    )


def _needs_of_role(trial: Trial, role: str) -> Iterator[Statement]:
    """What jobs need of a role that services wear: what is done in it, and what the functions do that wear it now."""
    for want in trial.play.scenario.wants:
        if want.via.lower() == role.lower():
            yield from _needed_statements(trial, want.who, f"role/{want.via}")
    for name, function in trial.account.functions.items():
        if function.role.rpartition("/")[2].lower() == role.lower():
            yield from _needed_statements(trial, f"function/{name}", "key")


def _may_use_role(trial: Trial, name: str) -> bool:
    """Whether a function without a job wears its role since before the play, or as a job lets somebody deploy it: what others
    do in that role it may do, too. One that comes to wear it otherwise is a new wearer of an old role.
    """
    function = trial.account.functions[name]
    function_before = trial.play.scenario.opening.functions.get(name)
    if function_before and function_before.role == function.role:
        return True
    call = Call("lambda", "CreateFunction", {"FunctionName": name, "Role": function.role})
    return all(
        isinstance(authorize(trial.needed_by_anybody, request), Allowed)
        for request in requests_of_call(trial.account, call)
    )


def _needs_of_lambda(trial: Trial, service: str) -> Iterator[Statement]:
    """A service puts on what its functions wear that have a job."""
    if service == "lambda.amazonaws.com":
        worn = (
            f.role
            for name, f in trial.account.functions.items()
            if _has_want(trial, f"function/{name}")
        )
        yield from (
            Statement("Allow", Element(("sts:AssumeRole",)), Element((role,)))
            for role in dict.fromkeys(worn)
        )


def _has_want(trial: Trial, subject: str) -> bool:
    return any(want.who == subject for want in trial.wants)


# ------------------------------------------------------------------- before the play
def _permitted_before(
    trial: Trial, row: PrincipalClass, member: HeldSession
) -> Standing | None:
    """What a member held in the untouched world, if that is nobody's to judge; nothing, if it was not there."""
    kind = _untagged_kind(row, member)
    may_keep = _may_keep(trial, kind, member.who)
    if may_keep:
        standing = _standing_before(trial, kind, member)
    else:
        standing = _access_jobs_may_give(trial, kind, member)
    if standing is None:
        return Standing.of() if may_keep else None
    standing = with_open_tags(standing, member) if row is GIVEN_A_TAG else standing
    return row.open_standing(
        trial, replace(member, standing=_limit_to_existing(member.account, standing))
    )


def _access_jobs_may_give(trial: Trial, kind: str, member: HeldSession) -> Standing | None:
    """What jobs let others give to somebody: whoever was hired in play by such a job, say, or was given more by it."""
    of_a_user = kind in ("user", GIVEN_A_BADGE.kind, GIVEN_A_TAG.kind)
    if of_a_user and _may_be_given_more(trial, member.who):
        return maximum_access(trial, member)
    return None


def _may_be_given_more(trial: Trial, subject: str) -> bool:
    """Whether jobs may have given somebody more: whoever is judged by name has it from whoever's job that is."""
    gifts = trial.play.outcomes_of(lambda act: act.call.operation in dict(GIVING))
    return not trial.is_graded(subject) or any(
        _gives_by_job(trial, outcome, subject) for outcome in gifts
    )


def _gives_by_job(trial: Trial, outcome: Outcome, subject: str) -> bool:
    """Whether a call of a job gave somebody a policy."""
    call = outcome.act.call
    if not outcome.has_succeeded or call.operation not in dict(GIVING):
        return False
    if (
        person(call.text("UserName")).lower() != subject.lower()
    ):  # AWS knows a user under any case
        return False
    giver = user_behind(outcome.account, outcome.act.caller)
    return giver is not None and is_needed(
        trial, person(giver.name), outcome.account, outcome
    )


def _limit_to_existing(account: Account, allowed_before: Standing) -> Standing:
    """What was held in front of what is still there: a role or a bucket that is gone gives nobody what it kept from them; and
    what a thing gave to everybody, and gives no more, was meant for nobody.
    """
    existing = {"*", *policy_holder_arns(account)}
    current_layers = {layer.on: layer for layer in resource_layers(account)}
    remaining = (layer for layer in allowed_before.layers if layer.on in existing)
    layers = (
        layer
        if layer.on == "*"
        else _without_public_grants(layer, current_layers.get(layer.on))
        for layer in remaining
    )
    return dataclasses.replace(allowed_before, layers=tuple(layers))


def _without_public_grants(layer: Layer, current_layer: Layer | None) -> Layer:
    """A thing's layer without what it allows to whoever asks, under no condition, but for what it says still."""
    if current_layer:
        current_statements = {
            s for policy in current_layer.policies for s in policy.statements
        }
    else:
        current_statements = set[Statement]()

    def is_meant(statement: Statement) -> bool:
        principals = statement.principals
        to_all = (
            statement.effect == "Allow"
            and principals is not None
            and not principals.negated
            and ANYBODY in principals.entries
        )
        return not to_all or bool(statement.conditions) or statement in current_statements

    statements_kept = (
        tuple(filter(is_meant, policy.statements)) for policy in layer.policies
    )
    pairs = zip(layer.policies, statements_kept, strict=True)
    policies = (
        policy
        if rest == policy.statements
        else dataclasses.replace(policy, statements=rest)
        for policy, rest in pairs
    )
    return dataclasses.replace(layer, policies=tuple(policies))


KEEPING = {
    *(BELOW_BOUNDARY.kind, IN_A_GROUP.kind, HIRED_BELOW.kind, "role of a service"),
    *(
        "session of a provider",
        "service",
        "federated",
        "canonical user",
        "of a sister account",
    ),
}


def _may_keep(trial: Trial, kind: str, subject: str) -> bool:
    """Whether somebody may keep what they had before: bystanders, machines, those of whom no check asks; services and
    providers; people of a sister account; what a boundary let through. So may badges that nobody has yet, unless they are
    of somebody who is judged by name and has another one.
    """
    if kind in KEEPING:
        return True
    if kind == GIVEN_A_BADGE.kind:
        return not (trial.is_graded(subject) and trial.sessions_of(subject))
    if kind == "function":
        return not _has_want(trial, subject)
    people = trial.play.scenario.people
    keepers = trial.genuine_names((*people.bystanders, *people.machines))
    return (
        subject.lower() in keepers and not trial.is_graded(subject)
    ) or subject.startswith("federated-user/")


def _standing_before(trial: Trial, kind: str, member: HeldSession) -> Standing | None:
    scenario = trial.play.scenario
    match kind:
        case (
            "user"
            | GIVEN_A_BADGE.kind
            | GIVEN_A_TAG.kind
            | BELOW_BOUNDARY.kind
            | HIRED_BELOW.kind
            | "function"
        ):
            return _user_standing_before(trial, kind, member)
        case IN_A_GROUP.kind:
            return _group_standing_before(trial, member)
        case "role of a service":
            role = scenario.opening.roles.get(member.who.partition("/")[2].lower())
            session_name = member.standing.principal.arn.rpartition("/")[2]
            if role:
                return role_standing(scenario.opening, role, scenario.now, session_name)
            return None
        case "session of a provider":
            role = scenario.opening.roles.get(member.who.partition("/")[2].lower())
            provider = provider_of(member.standing)
            sessions = (
                provider_role_sessions(scenario.opening, role, scenario.now, trial.steps)
                if role
                else ()
            )
            return next(
                (
                    session.standing
                    for session in sessions
                    if provider_of(session.standing) == provider
                ),
                None,
            )
        case "live session":
            sessions = {
                session.caller: session.standing
                for _, session in live_sessions(scenario.opening, scenario.now)
            }
            return sessions.get(member.caller) or trial.allowed_before(member.who).get(
                member.badge
            )
        case "service" | "federated" | "canonical user":
            return _with_former_resources(trial, member.standing)
        case "of a sister account":
            return member_standing_before(trial, member)
        case _:  # others, their guests, whoever is new: nobody of them keeps anything
            return None


def _user_standing_before(trial: Trial, kind: str, member: HeldSession) -> Standing | None:
    """What somebody had with such a badge, or would have had; whoever got a device for codes has with a code what they had
    without one, and whoever jobs let others give more, all that those may give.
    """
    minted = kind == GIVEN_A_BADGE.kind
    raised = kind in (BELOW_BOUNDARY.kind, HIRED_BELOW.kind) or (
        minted and _may_be_given_more(trial, member.who)
    )
    if raised and (maximum := maximum_access(trial, member)):
        return maximum
    allowed_before = trial.allowed_before(member.who, minted=minted)
    if member.badge == DIRECT[-1]:
        weaker = reversed(DIRECT)
    else:
        weaker = (member.badge,)
    return next(
        (allowed_before[badge] for badge in weaker if badge in allowed_before), None
    )


def _group_standing_before(trial: Trial, member: HeldSession) -> Standing | None:
    """What the groups of whoever is hired tomorrow gave before the play; nothing, where all who are in them are judged by name
    and have a badge to show: it is no excuse of theirs, either, nor of those who came into them since.
    """
    newcomer = member.account.users[trial.names["newcomer"]]
    opening = trial.play.scenario.opening
    groups = newcomer.groups
    account = trial.play.account
    people = (user for user in account.users.values() if set(user.groups) == set(groups))
    members = (
        user
        for user in people
        if (earlier := user_before(account, opening, user))
        and not set(groups).isdisjoint(earlier.groups)
    )
    if all(
        trial.is_graded(user.name) and trial.sessions_of(person(user.name))
        for user in members
    ):
        return None
    earlier = trial.newcomer_allowed_before(groups).get(member.badge)
    present = {
        key.lower() for key, value in member.standing.fixed.items() if value is PRESENT
    }
    return earlier and free_keys(earlier, present)


def _with_former_resources(trial: Trial, allowed: Standing) -> Standing:
    """The same principal in front of the policies that the resources had in the untouched world."""
    own_layers = tuple(
        layer
        for layer in allowed.layers
        if layer.kind not in (Kind.RESOURCE, Kind.TRUST, Kind.IDENTITY)
    )
    former = dataclasses.replace(
        allowed, layers=(*own_layers, *resource_layers(trial.play.scenario.opening))
    )
    if allowed.principal.account:
        return toward_our_resources(former, trial.account)
    return former
