"""What is drawn for the place of a cursor: a request, an item of a list, a cell of the access table."""

from __future__ import annotations

from coffeeshop.account.access.identity_policies import find_managed_policy
from coffeeshop.account.model import Account, Key, Outcome, Outsider, Service
from coffeeshop.lessons.grading.subjects import Subject
from coffeeshop.lessons.model import Play
from coffeeshop.shop.serve import want_name
from coffeeshop.shop.things import UNKNOWN_THING, Places, Thing
from coffeeshop.shop.want import Ticket
from coffeeshop.views.grant.focus import Focus
from coffeeshop.views.grant.model import Box
from coffeeshop.views.grant.naming import principal_name
from coffeeshop.views.grant.steps import could_sentence
from coffeeshop.views.identity import identity
from coffeeshop.views.things.item import Item
from coffeeshop.views.things.key_items import key_name
from coffeeshop.views.things.provider_items import OIDC_ARN_MEMBER, provider_arn


def focus_of_result(result: Ticket | Outcome) -> Focus | None:
    """Return what to draw for a result: its request, or if nothing was decided, who would make it.

    Return None if a service or nobody would make it, and nothing was decided.
    """
    if isinstance(result, Ticket):
        subject = result.want.who
        decision = result.decision
        steps = could_sentence(result)
        if decision and steps:
            maker = principal_name(decision.standing.principal)
            return Focus(maker, decision=decision, steps=steps)
    else:
        subject = _caller_name(result)
        decision = result.decisions[-1] if result.decisions else None
    if decision or subject:
        return Focus(subject, decision=decision)
    return None


def _caller_name(outcome: Outcome) -> str:
    """Return the grade's name of a call's caller. Return "" for no one."""
    caller = outcome.act.caller
    match caller:
        case Key():
            return want_name(identity(outcome.account, caller.id, outcome.act.at).who)
        case Outsider():
            parts = caller.arn.split(":", 5)
            return f"account/{parts[4]}/{parts[5]}"
        case Service():
            return f"service/{caller.name}"
        case _:
            return ""


def focus_of_item(account: Account, item: Item) -> Focus | None:
    """Return what is drawn for an item of People or Policies. Return None if it isn't part of a grant."""
    names = item.names
    if item.noun in ("root", "root-device"):
        return Focus("root")
    if "PolicyArn" in names:
        managed = find_managed_policy(account, names["PolicyArn"])
        shown_name = managed.document.policy.display_name if managed else ""
        return Focus(
            through=Box("policy", shown_name or names["PolicyArn"].rpartition("/")[2])
        )
    if "Bucket" in names:
        return Focus(thing=Thing("bucket", names["Bucket"]))
    if OIDC_ARN_MEMBER in names:
        return _focus_of_provider(account, names[OIDC_ARN_MEMBER])
    if key := account.kms_keys.get(names.get("KeyId", "")):
        return Focus(thing=Thing("kms-key", key_name(account, key)))
    if "GroupName" in names:
        return Focus(through=Box("group", names["GroupName"]))
    if "RoleName" in names:
        return Focus(f"role/{names['RoleName']}")
    if "UserName" in names:
        return Focus(want_name(names["UserName"]))
    return None


def _focus_of_provider(account: Account, arn: str) -> Focus | None:
    """Return a workload to which a provider's issuer gives tokens. Return None if there is none here.

    A workload with `subjects` comes first, since the jobs are done by such ones.
    """
    names = [
        (not workload.subjects, name)
        for name, workload in account.workloads.items()
        if provider_arn(account, workload.issuer) == arn
    ]
    return Focus(f"workload/{min(names)[1]}") if names else None


def focus_of_cell(subject: Subject, thing: Thing) -> Focus:
    """Return what is drawn for a cell of the access table: what its principal gets of its thing."""
    return Focus(subject.who, None if thing == UNKNOWN_THING else thing)


def related_focuses(play: Play, focus: Focus) -> tuple[Focus, ...]:
    """Return what the learner can switch between: the focus, then its person alone and its thing alone.

    Those two follow only a request, or a person with a thing.
    """
    thing = focus.thing
    if focus.decision:
        thing = Places(play.account).thing(focus.decision.request.resource)
    wider = [focus]
    if focus.subject and (focus.decision or focus.thing):
        wider.append(Focus(focus.subject))
    if thing and thing != UNKNOWN_THING and focus.subject:
        wider.append(Focus(thing=thing))
    return tuple(wider)
