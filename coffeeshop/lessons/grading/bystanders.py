"""Those whom no job is about: they may keep what they had, and so they do keep it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from coffeeshop.account.access.standing import standing
from coffeeshop.account.model import Account, User
from coffeeshop.lessons.grading.administering import at_work
from coffeeshop.lessons.grading.moments import fenced, from_now_on
from coffeeshop.lessons.grading.needed import DIRECT, opens
from coffeeshop.lessons.grading.principal_classes import CLASSES
from coffeeshop.lessons.grading.sentences import asked_for, name
from coffeeshop.lessons.grading.sessions import Held
from coffeeshop.lessons.model import Check, Finding, Play, Proof
from coffeeshop.policy.evaluation.explain import label
from coffeeshop.policy.model import Element, Excess, Kind, Standing, Statement, Undecided
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.serve import outsider, person, user_named

if TYPE_CHECKING:
    from coffeeshop.lessons.grading.trial import Trial

USER = CLASSES[0]


def losses(trial: Trial) -> Iterator[Proof]:
    """Yields what each of them could do before the play and can no more, the first of it: the organization's accounts,
    bystanders, machines and functions that nobody judges; of administrators, who may give themselves the rest, whether
    what hangs on the shop's things is theirs to rewrite.
    """
    yield from _of_accounts(trial)
    people, wanted = trial.play.scenario.people, {want.who for want in trial.wants}
    machines = (who for who in people.machines if not trial.is_graded(who))
    functions = (f"function/{name}" for name in trial.play.scenario.opening.functions)
    for who in (*people.bystanders, *machines):
        yield from _of_one(trial, who, _of_person(trial, who), trial.before(who))
    for who in (one for one in functions if one not in wanted):
        yield from _of_one(trial, who, trial.sessions(who), trial.before(who))
    for who in people.admins:
        in_roles_too = (replace(held, badge=DIRECT[-1]) for held in _of_person(trial, who))
        yield from _of_one(trial, who, in_roles_too, _rewriting(trial.before(who)))


def _of_person(trial: Trial, who: str) -> tuple[Held, ...]:
    """The sessions of whoever had that name before the play, whatever they are called now."""
    was = user_named(trial.play.scenario.opening, who)
    now = trial.play.account.of_id(was.id) if was else None
    return trial.sessions(person(now.name)) if isinstance(now, User) else ()


def _of_one(trial: Trial, who: str, holds: Iterable[Held], had: Mapping[str, Standing]) -> Iterator[Proof]:
    """By an ordinary request, with the badge that let them; nothing of it, where no such badge is left."""
    sessions = tuple(holds)
    for badge, before in had.items():
        lost = [tuple(_lost(trial, before, held)) for held in sessions if opens(held.badge, badge)]
        if all(lost):
            yield Proof(who, badge, lost[0] if lost else ())
            break


REWRITING = ("s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "sqs:SetQueueAttributes")


def _rewriting(had: Mapping[str, Standing]) -> Mapping[str, Standing]:
    """What somebody held with the strongest of their badges, as far as it lets them rewrite what hangs on things."""
    others = Statement("Deny", Element(REWRITING, True), Element(("*",)))
    return {badge: fenced(had[badge], (others,)) for badge in [one for one in DIRECT if one in had][-1:]}


def _of_accounts(trial: Trial) -> Iterator[Proof]:
    """Whoever administers them, as far as the organization lets them; for those that stand with ours, but for services of
    which they are refused something: the rule over them may say more of these.
    """
    was, now = trial.play.scenario.opening.above, trial.play.account.above
    for id, member in was.members.items() if was and now else ():
        if id not in now.members:
            continue
        accounts = (trial.play.scenario.opening.seen_from(id), trial.play.account.seen_from(id))
        had, has = (_anybody_of(account, trial.play.now) for account in accounts)
        spared = _refused_above(trial) if member.parent == was.members[trial.account.id].parent else ()
        found = trial.excesses(fenced(had, spared), has, trial.domain_of(id), most=1) if had != has else ()
        if lost := tuple(_proven(trial, f"account/{id}", found)):
            yield Proof(f"account/{id}", "key", lost)


def _refused_above(trial: Trial) -> Iterator[Statement]:
    """Everything in the services of which those are refused something who may do everything, here or in another account."""
    people = {"root", *trial.play.scenario.people.admins}
    refused = (want for want in trial.wants if want.mode is Mode.NEVER)
    asked = (want for want in refused if want.who in people or want.who.startswith("account/"))
    decided = (trial.ticket(want).decision for want in asked)
    services = {decision.request.action.partition(":")[0] for decision in decided if decision}
    for service in sorted(services):
        yield Statement("Deny", Element((f"{service}:*",)), Element(("*",)))


def _lost(trial: Trial, before: Standing, held: Held) -> Iterator[Excess]:
    """What was allowed before, and is not in a session of now."""
    if held.standing != before:
        had, has = (
            USER.opened(trial, replace(held, standing=at_work(trial.account, one))) for one in (before, held.standing)
        )
        found = trial.excesses(from_now_on(had, has, trial.play.now), has, most=1)
        yield from _proven(trial, held.who, found)


def _proven(trial: Trial, who: str, found: Iterable[Excess | Undecided]) -> Iterator[Excess]:
    """What is lost for certain; of what is not, it is kept in mind that nobody could prove it."""
    for one in found:
        if isinstance(one, Excess):
            yield one
        else:
            trial.leave(who, one.reason)


def _anybody_of(account: Account, at: datetime) -> Standing:
    """Somebody of an account who asks for its own things, as far as what hangs over it lets them."""
    held = standing(account, outsider(account.id), at)
    assert isinstance(held, Standing), "who shows no credential shows no bad one"
    above = (layer for layer in held.layers if layer.kind not in (Kind.RESOURCE, Kind.TRUST))
    return at_work(account, dataclasses.replace(held, layers=tuple(above)))


# -------------------------------------------------------------------- in words
def of_losses(_: Play, checks: list[Check]) -> Iterator[Finding]:
    """Yields what is to be read of each bystander who lost something."""
    for check in checks:
        who, found = check.subject, [e for proof in check.evidence if isinstance(proof, Proof) for e in proof.found]
        lost = next((one for one in found if isinstance(one, Excess)), None)
        refused = f"is now refused {asked_for(lost.witness)}" if lost else "has no longer what they showed"
        why = f"{label(lost.by)} allowed it. Nobody asked to take it away." if lost else "Nobody asked to take it away."
        yield Finding(f"lost:{who}", (check,), (who,), f"{name(who)} {refused}.", why)
