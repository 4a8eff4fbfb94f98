"""Change how AWS combines the layers of policies that apply to a request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from coffeeshop.account.access.control_policies import SCP_TYPE, find_control_policy
from coffeeshop.account.access.identity_policies import attached_policies
from coffeeshop.lessons.misconceptions.question import (
    Question,
    allows_in,
    identity_policies,
    layer_matches,
    rewrite_statements,
    with_identity_policies,
    with_layers,
    with_request,
    without_denies,
    without_kinds,
)
from coffeeshop.policy.evaluation.authorize import (
    GRANTING_KINDS,
    applicable_layers,
    authorize,
    is_cross_account,
)
from coffeeshop.policy.evaluation.match import Clause, compiled_policy
from coffeeshop.policy.language.patterns import glob
from coffeeshop.policy.model import (
    Element,
    ExplicitlyDenied,
    Kind,
    Layer,
    Policy,
    Request,
    Statement,
)

if TYPE_CHECKING:
    from coffeeshop.policy.simulation.simulate import EvalDecision

ANY_VALUE = Element(("*",))
ALLOW_EVERYTHING = Policy((Statement("Allow", ANY_VALUE, ANY_VALUE),))
CAPPING_KINDS = (Kind.BOUNDARY, Kind.SCP, Kind.RCP, Kind.SESSION)
EXACT_RANK = 1000  # more than a pattern with a wildcard can have


def _answer(question: Question, is_allowed: bool) -> EvalDecision:
    """Return an answer that the rule itself gives, unless a Deny decides."""
    if isinstance(authorize(question.standing, question.request), ExplicitlyDenied):
        return "explicitDeny"
    return "allowed" if is_allowed else "implicitDeny"


# ------------------------------------------------------------------------- Allow and Deny
def narrower_allow_wins(question: Question) -> Question:
    """Drop a Deny if an Allow that matches is narrower."""
    allows = [
        clause.statement
        for matches in layer_matches(question)
        if matches.layer.kind in GRANTING_KINDS
        for clause in matches.allows
    ]
    return without_denies(
        question,
        lambda deny, _: any(
            _is_narrower(allow, deny.statement, question.request) for allow in allows
        ),
    )


def _is_narrower(allow: Statement, deny: Statement, request: Request) -> bool:
    """Return whether an Allow names the request more exactly than a Deny."""
    narrowness = _narrowness(allow, request)
    other_narrowness = _narrowness(deny, request)
    pairs = list(zip(narrowness, other_narrowness, strict=True))
    return (
        all(allowing >= denying for allowing, denying in pairs)
        and narrowness != other_narrowness
    )


def _narrowness(statement: Statement, request: Request) -> tuple[int, int, int]:
    """Return how exactly a statement names a request: its action, its resource, its conditions."""
    action = _exactness(statement.actions, request.action.lower(), lowers=True)
    resource = _exactness(statement.resources, request.resource)
    return action, resource, len(statement.conditions)


def _exactness(element: Element | None, text: str, lowers: bool = False) -> int:
    """Return the letters of the most exact pattern that matches."""
    if element is None or element.negated:
        return 0
    values = [value.lower() if lowers else value for value in element.values]
    return max(
        (
            len(value.replace("*", "")) if "*" in value else EXACT_RANK
            for value in values
            if "${" not in value and glob(value)(text)
        ),
        default=0,
    )


def allowed_unless_denied(question: Question) -> EvalDecision:
    """Allow everything that no statement denies."""
    return _answer(question, True)


def last_statement_wins(question: Question) -> Question | EvalDecision:
    """Let the last identity-based statement that matches decide."""
    return _deciding_statement(question, -1)


def first_statement_wins(question: Question) -> Question | EvalDecision:
    """Let the first identity-based statement that matches decide."""
    return _deciding_statement(question, 0)


def _deciding_statement(question: Question, position: int) -> Question | EvalDecision:
    """Let one of the identity-based statements that match decide, by its place among them."""
    clauses = [
        clause
        for policy in identity_policies(question)
        for clause in compiled_policy(policy).clauses
        if clause.action(question.request.action.lower())
        and clause.matches_rest(question.prepared_request)
    ]
    effects = {clause.allows for clause in clauses}
    if len(effects) < 2 or allows_in(question, Kind.TRUST):
        return question
    return "allowed" if clauses[position].allows else "explicitDeny"


def deny_stays_in_policy(question: Question) -> Question:
    """Drop a Deny if another policy allows the request."""
    allowing = {
        id(clause.policy)
        for matches in layer_matches(question)
        if matches.layer.kind in GRANTING_KINDS
        for clause in matches.allows
    }
    return without_denies(
        question, lambda deny, _: bool(allowing) and allowing != {id(deny.policy)}
    )


def inline_beats_managed(question: Question) -> Question:
    """Drop a managed policy's Deny if an inline policy allows the request."""
    has_inline_allow = any(
        not _is_managed(clause)
        for matches in layer_matches(question)
        if matches.layer.kind is Kind.IDENTITY
        for clause in matches.allows
    )
    return without_denies(question, lambda deny, _: has_inline_allow and _is_managed(deny))


def _is_managed(clause: Clause) -> bool:
    """Return whether a statement is in a managed policy, whose name is an ARN."""
    return ":policy/" in clause.policy.name


def resource_allow_beats_deny(question: Question) -> Question:
    """Drop an identity policy's Deny if the resource's policy allows the request."""
    is_allowed = allows_in(question, Kind.RESOURCE)
    return without_denies(
        question, lambda _, matches: is_allowed and matches.layer.kind is Kind.IDENTITY
    )


def administrators_ignore_bucket_denies(question: Question) -> Question:
    """Drop a resource policy's Deny for a caller whose own policies allow everything."""
    is_administrator = any(
        policy.allows_everything for policy in identity_policies(question)
    )
    return without_denies(
        question,
        lambda _, matches: is_administrator and matches.layer.kind is Kind.RESOURCE,
    )


# ------------------------------------------------------------------------- layers that cap
def _granting(question: Question, kinds: Iterable[Kind]) -> Question:
    """Let the policies of these kinds grant as an identity-based policy does."""
    granted_policies = [
        policy
        for layer in applicable_layers(question.prepared_request)
        if layer.kind in kinds
        for policy in layer.policies
    ]
    own_policies = identity_policies(question)
    return with_identity_policies(question, (*own_policies, *granted_policies))


def limits_grant(question: Question) -> Question:
    """Let permissions boundaries and SCPs grant, and limit only by their Denies."""
    limits = (Kind.BOUNDARY, Kind.SCP)
    granting = _granting(question, limits)
    return with_layers(
        granting,
        (
            replace(layer, policies=(*layer.policies, ALLOW_EVERYTHING))
            if layer.kind in limits
            else layer
            for layer in granting.standing.layers
        ),
    )


def session_policy_adds(question: Question) -> Question:
    """Let a session policy add to the role's own policies, and limit nothing."""
    return without_kinds(_granting(question, (Kind.SESSION,)), Kind.SESSION)


def root_is_above_scps(question: Question) -> Question:
    """Leave out the SCPs for the root user."""
    if question.standing.principal.kind != "root":
        return question
    return without_kinds(question, Kind.SCP)


def scps_bind_management(question: Question) -> Question:
    """Let the SCPs at the root of the tree limit the management account, too."""
    organization = question.account.joined_organization if question.account else None
    if (
        organization is None
        or question.standing.principal.account != organization.management
    ):
        return question
    ids = organization.attached.get(organization.root.id, ())
    policies = [find_control_policy(organization, id) for id in ids]
    level = tuple(
        policy.document.policy for policy in policies if policy and policy.type == SCP_TYPE
    )
    return with_layers(question, (*question.standing.layers, Layer(Kind.SCP, level)))


# ---------------------------------------------------------------- identities and resources
def one_side_is_enough(question: Question) -> Question | EvalDecision:
    """Let either the trust policy or the caller's own policy be enough to assume a role."""
    if not question.request.action.startswith("sts:AssumeRole"):
        return question
    return _answer(question, allows_in(question, Kind.IDENTITY, Kind.TRUST))


def resource_policy_crosses(question: Question) -> Question | EvalDecision:
    """Let the resource's policy be enough for a caller of another account."""
    if not is_cross_account(question.prepared_request):
        return question
    return _answer(question, allows_in(question, Kind.RESOURCE, Kind.TRUST))


def both_sides_are_needed(question: Question) -> Question | EvalDecision:
    """Ask an identity policy as well, where a resource's or a trust policy names the caller."""
    if question.standing.principal.kind not in ("user", "role"):
        return question
    if not allows_in(question, Kind.RESOURCE, Kind.TRUST):
        return question
    return _answer(question, allows_in(question, Kind.IDENTITY))


def administrator_opens_keys(question: Question) -> Question:
    """Leave a key's policy out, so that the caller's own policies decide."""
    is_about_key = question.request.action.startswith("kms:")
    return without_kinds(question, Kind.RESOURCE) if is_about_key else question


def service_needs_no_key(question: Question) -> Question | EvalDecision:
    """Ask for no permission on a key that another service uses for its caller."""
    is_about_key = question.request.action.startswith("kms:")
    is_of_other_service = question.act is not None and question.act.call.service != "kms"
    return "allowed" if is_about_key and is_of_other_service else question


def passing_needs_nothing(question: Question) -> Question | EvalDecision:
    """Ask for no permission to pass a role."""
    return "allowed" if question.request.action == "iam:PassRole" else question


def passing_assumes(question: Question) -> Question | EvalDecision:
    """Let iam:PassRole be the permission that assumes a role."""
    if question.request.action != "sts:AssumeRole":
        return question
    passing = with_request(without_kinds(question, Kind.TRUST), action="iam:PassRole")
    return _answer(question, allows_in(passing, Kind.IDENTITY))


def trust_grants(question: Question) -> Question:
    """Allow everything in a role to every principal that the role trusts."""
    if not question.has_session:
        return question
    return with_identity_policies(
        question, (*identity_policies(question), ALLOW_EVERYTHING)
    )


def partner_calls_for_us(question: Question) -> Question | EvalDecision:
    """Expect that a trusted role of another account calls only for the customer whose role it assumes."""
    is_partner = question.request.action == "sts:AssumeRole" and is_cross_account(
        question.prepared_request
    )
    asks_for_id = any(
        condition.key.lower() == "sts:externalid"
        for layer in question.standing.layers
        if layer.kind is Kind.TRUST
        for policy in layer.policies
        for statement in policy.statements
        for condition in statement.conditions
    )
    return "implicitDeny" if is_partner and not asks_for_id else question


def service_works_for_us(question: Question) -> Question | EvalDecision:
    """Expect that a service never comes to a resource for another account than its owner's."""
    context = question.prepared_request.context
    source = context.get("aws:sourceaccount")
    is_for_others = source is not None and source != context.get("aws:resourceaccount")
    is_service = question.standing.principal.kind == "service"
    return "implicitDeny" if is_service and is_for_others else question


def user_beats_group(question: Question) -> Question:
    """Drop a Deny of a group's policies if the user's own policy allows the request."""
    account = question.account
    user = account.entity_by_id(question.standing.principal.id) if account else None
    if account is None or user is None:
        return question
    inline = [document.policy for document in user.inline.values()]
    own_policies = (*inline, *attached_policies(account, user.attached))
    own_documents = set(map(id, own_policies))
    has_own_allow = any(
        id(clause.policy) in own_documents
        for matches in layer_matches(question)
        for clause in matches.allows
    )
    return without_denies(
        question,
        lambda deny, matches: (
            has_own_allow
            and matches.layer.kind is Kind.IDENTITY
            and id(deny.policy) not in own_documents
        ),
    )


def conditions_follow_service(question: Question) -> Question:
    """Give a service's call the address of the person for whom it calls."""
    if question.standing.principal.kind not in ("role", "service"):
        return question
    context = {"aws:SourceIp": ("203.0.113.10",), **question.request.context}
    return with_request(question, context=context)


def deny_stops_the_past(question: Question) -> Question:
    """Drop a Deny on a user or role that doesn't name a time: it stops the credentials of before alone."""
    if not (question.has_session or question.shows_credential):
        return question

    def change(statement: Statement, layer: Layer) -> Iterator[Statement]:
        names_time = any(
            condition.key.lower() == "aws:tokenissuetime"
            for condition in statement.conditions
        )
        is_own_deny = layer.kind is Kind.IDENTITY and statement.effect == "Deny"
        if names_time or not is_own_deny:
            yield statement

    return rewrite_statements(question, change)
