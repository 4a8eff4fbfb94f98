"""Taking a role that trusts oneself: sts:AssumeRole, chains included."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, product

from msgspec.structs import replace

from coffeeshop.account.access.standing import held, tags_read
from coffeeshop.account.escalation.attacker import AttackerState, Move, assuming, by_name, compared, tag_values
from coffeeshop.account.model import Role
from coffeeshop.account.services.tagging import tag_list
from coffeeshop.account.values import Json
from coffeeshop.policy.evaluation.match import compiled
from coffeeshop.policy.language.principals import Naming
from coffeeshop.policy.model import Kind


def moves(state: AttackerState) -> Iterator[Move]:
    """sts:AssumeRole, chains included, of every role whose trust policy names them, or an account that lets them."""
    for role in by_name(state.account.roles):
        trusting = compiled(role.trust.policy).speaking("sts:assumerole")[1]
        named = max((clause.naming(state.who.principal) for clause in trusting), default=Naming.NOT)
        if named >= Naming.OPEN or (named is Naming.ACCOUNT and state.may("sts:AssumeRole")):
            caller, taking = assuming(state.me, state.account, role)
            for claim in _claims(state, role):
                yield ((caller, replace(taking, parameters={**taking.parameters, **claim})),)


CLAIMS = {
    "sts:RoleSessionName": "RoleSessionName",
    "sts:SourceIdentity": "SourceIdentity",
    "sts:ExternalId": "ExternalId",
}


def _claims(state: AttackerState, role: Role) -> Iterator[dict[str, Json]]:
    """What whoever takes a role can say of themselves: nothing, or what the policies on either side ask to hear.

    An external id is no secret, save to other accounts.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html
    """
    own = (policy for layer in state.who.layers if layer.kind is not Kind.TRUST for policy in layer.policies)
    policies = (role.trust.policy, *own, *held(state.account, role))
    asked, home = compared(policies), state.who.principal.account == state.account.id
    said = {CLAIMS[key]: state.values_to_try(key, asked) for key in CLAIMS if home or key != "sts:ExternalId"}
    tags: dict[str, Iterable[str]] = {}
    if compiled(role.trust.policy).speaking("sts:tagsession")[1]:
        asks = (key.removeprefix(TAGGING) for key in asked if key.startswith(TAGGING))
        read = {tag.lower(): tag for tag in (*asks, *(tag for policy in policies for tag in tags_read(policy)))}
        tags = {tag: sorted(tag_values(state, tag, asked)) for tag in read.values()}
    for claim, worn in product(_choices(said), _choices(tags)):
        yield {**claim, **({"Tags": tag_list(worn)} if worn else {})}


TAGGING = "aws:requesttag/"


def _choices(options: Mapping[str, Iterable[str]]) -> Iterator[dict[str, str]]:
    """Every choice of at most one value for each key, that of none before all."""
    each = ([{}, *({key: value} for value in values)] for key, values in options.items())
    return (dict(chain.from_iterable(one.items() for one in chosen)) for chosen in product(*each))
