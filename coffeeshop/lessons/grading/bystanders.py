"""Those of the story whom no job is about: they may keep what they had, and so they do keep it. So do roles that are to stay,
in which no job is done, and groups that are, in which nobody works; whoever is hired below a boundary, of what those need
who are below it; and those who may do everything, of the shop's things: what is closed to them is closed to everybody.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import chain, islice
from typing import TYPE_CHECKING

from msgspec.structs import replace

from coffeeshop.account.access.standing import build_standing
from coffeeshop.account.iam_resources import Group, Role, User
from coffeeshop.account.model import Account, Nobody, Outcome, Service
from coffeeshop.lessons.grading.administering import (
    leads_to_everything,
    with_ordinary_request,
)
from coffeeshop.lessons.grading.boundaries import (
    cite_boundary,
    maximum_access,
    users_below_boundary,
    with_identity_layer,
)
from coffeeshop.lessons.grading.existing import thing_arns, thing_tags
from coffeeshop.lessons.grading.moments import (
    at_every_moment,
    clocks_read,
    deny_when,
    from_now_on,
    is_resource_tag_key,
    keys_read,
    with_fence,
    without_needed,
)
from coffeeshop.lessons.grading.needed import DIRECT, satisfies_badge
from coffeeshop.lessons.grading.permitted import policy_holder_arns, with_renamed_resources
from coffeeshop.lessons.grading.principal_classes import CLASSES, HIRED_BELOW, SERVICE
from coffeeshop.lessons.grading.sentences import describe_request, display_name
from coffeeshop.lessons.grading.serving import former_name
from coffeeshop.lessons.grading.sessions import (
    HeldSession,
    free_keys,
    role_standing,
    trusted_principals,
)
from coffeeshop.lessons.grading.taking import could_assume
from coffeeshop.lessons.grading.work import OPENS
from coffeeshop.lessons.model import Check, Finding, Play, Proof, Slack
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.evaluation.explain import statement_label
from coffeeshop.policy.evaluation.match import shared_policy
from coffeeshop.policy.model import (
    PRESENT,
    Allowed,
    Condition,
    Element,
    Excess,
    Kind,
    Layer,
    Request,
    Standing,
    Statement,
    Undecided,
)
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.serve import outsider, person, present, user_named, wearing

if TYPE_CHECKING:
    from coffeeshop.lessons.grading.trial import Trial

USER = CLASSES[0]


def find_losses(trial: Trial) -> Iterator[Proof]:
    """Yields what each could do before the play and can no more, the first of it: accounts of the organization, bystanders,
    machines that nobody judges by name, functions, roles and groups without a job, whoever is hired tomorrow; where nobody of
    these, the first of those who may do everything.
    """
    others = chain(
        _losses_of_accounts(trial),
        _losses_of_people(trial),
        _losses_of_functions(trial),
        _losses_of_roles(trial),
    )
    hired = islice(_losses_of_newcomers(trial), 1)
    found = tuple(chain(others, _losses_of_groups(trial), hired))
    yield from found or islice(_losses_of_administrators(trial), 1)


def _losses_of_people(trial: Trial) -> Iterator[Proof]:
    """With a badge that they have as with the one that let them."""
    opening = trial.play.scenario.opening
    account = trial.play.account
    people = trial.play.scenario.people
    for who in (
        *people.bystanders,
        *(machine for machine in people.machines if not trial.is_graded(machine)),
    ):
        was = user_named(opening, who)
        if was is None:
            continue
        now = _same_user(trial, who, was)
        holds = trial.sessions_of(person(now.name)) if now else ()
        shown = tuple(
            held for held in holds if now and _can_have_badge(account, now.id, held.badge)
        )
        before = {
            badge: had
            for badge, had in trial.allowed_before(who).items()
            if _can_have_badge(opening, was.id, badge)
        }
        yield from islice(_losses_by_badge(trial, who, before, shown), 1)


def _same_user(trial: Trial, who: str, was: User) -> User | None:
    """The same user, whatever they are called by now; or one of that name who was made anew, and was nobody else before."""
    account = trial.play.account
    same = account.entity_by_id(was.id) or (
        None if former_name(trial.play, who) else user_named(account, who)
    )
    return same if isinstance(same, User) else None


def _losses_of_functions(trial: Trial) -> Iterator[Proof]:
    """What functions lost, in the role that they wear. One whose policies a check is about answers to that check, which does not
    tell of its slack: of what it had only that is asked about.
    """
    for called in trial.play.scenario.opening.functions:
        who = f"function/{called}"
        if called not in trial.account.functions:
            continue
        before = trial.allowed_before(who)
        holds = trial.sessions_of(who)
        if _has_want(trial, who):
            own = {badge: had for badge, had in before.items() if badge in DIRECT}
            idle = (
                _deny_outside_slack(one)
                for one in trial.play.scenario.slack
                if who in one.who
            )
            within = (
                {badge: with_fence(had, beside) for badge, had in own.items()}
                for beside in idle
            )
            found = chain.from_iterable(
                _losses_by_badge(trial, who, had, holds) for had in within
            )
        else:
            found = chain(
                _losses_by_badge(trial, who, before, holds),
                _losses_of_lambda(trial, who, called),
            )
        yield from islice(found, 1)


def _deny_outside_slack(one: Slack) -> tuple[Statement, ...]:
    """Whatever is asked beside a set of calls."""
    return (
        Statement("Deny", Element(one.actions, negated=True), Element(("*",))),
        Statement("Deny", Element(("*",)), Element(one.resources, negated=True)),
    )


def _has_want(trial: Trial, who: str) -> bool:
    return any(want.who == who for want in trial.wants)


def _losses_of_lambda(trial: Trial, who: str, called: str) -> Iterator[Proof]:
    """What Lambda will be refused who puts the role of a function on, and would not have been before the play."""
    play, opening = trial.play, trial.play.scenario.opening
    ended = tuple(
        _proven_losses(
            trial, who, _later_refusals(trial, wearing(play.account, called, play.now))
        )
    )
    if ended and not any(
        _later_refusals(trial, wearing(opening, called, play.scenario.now))
    ):
        yield Proof(who, "key", ended)


def _later_refusals(trial: Trial, worn: Outcome | None) -> Iterator[Excess | Undecided]:
    for made, at in ((made, worn.act.at) for made in worn.decisions) if worn else ():
        if clocks_read(made.standing):
            yield from trial.find_excesses(
                *at_every_moment(made.standing, (made.request,), at), most=1
            )


def _losses_of_roles(trial: Trial) -> Iterator[Proof]:
    """What is done in those that are to stay, which services wear and no job speaks of; and each such service, who puts it on."""
    opening = trial.play.scenario.opening
    account = trial.account
    play = trial.play
    spoken = set(_roles_of_jobs(trial))
    for who in (
        one for one in play.scenario.fixed if one.startswith("role/") and one not in spoken
    ):
        called = who.removeprefix("role/").lower()
        was = opening.roles[called]
        role = account.roles.get(called)
        if role and (services := sorted(trusted_principals(was).get("Service", ()))):
            held = HeldSession(
                who, who, account, Nobody(), role_standing(account, role, play.now)
            )
            lost = tuple(
                _session_losses(trial, role_standing(opening, was, play.scenario.now), held)
            )
            yield from (Proof(who, who, lost),) if lost else ()
            yield from chain.from_iterable(
                _losses_of_service(trial, service, role) for service in services
            )


def _roles_of_jobs(trial: Trial) -> Iterator[str]:
    """Yields the roles in which jobs are done, and which those functions wear, or wore, of whom a check asks something."""
    yield from (need.badge for need in trial.needs if need.badge.startswith("role/"))
    for functions in (trial.play.scenario.opening.functions, trial.account.functions):
        asked = (
            function
            for called, function in functions.items()
            if _has_want(trial, f"function/{called}")
        )
        yield from (f"role/{function.role.rpartition('/')[2]}" for function in asked)


def _losses_of_service(trial: Trial, service: str, role: Role) -> Iterator[Proof]:
    """A service that could put a role on before the play, and no more, by whatever request."""
    opening = trial.play.scenario.opening
    account = trial.account
    who = f"service/{service}"
    had, has = (_service_standing(trial, there, service) for there in (opening, account))
    if could_assume(has, account, role, trial.steps):
        return
    other = Statement("Deny", Element(("*",)), Element((account.arn(role),), negated=True))
    found = trial.find_excesses(with_fence(had, (other,)), has, most=1)
    if lost := tuple(_proven_losses(trial, who, found)):
        yield Proof(who, "key", lost)


def _service_standing(trial: Trial, account: Account, service: str) -> Standing:
    held = build_standing(account, Service(service), trial.play.now)
    assert isinstance(held, Standing), "a service shows no credential"
    return SERVICE.open_standing(
        trial, HeldSession(f"service/{service}", "key", account, Service(service), held)
    )


def _losses_of_groups(trial: Trial) -> Iterator[Proof]:
    """What those that are to stay give to whoever is put into them, in which nobody was, or is, who has a job."""
    opening = trial.play.scenario.opening
    account = trial.account
    newcomer = account.users.get(trial.names["newcomer"])
    for who in (one for one in trial.play.scenario.fixed if one.startswith("group/")):
        called = who.removeprefix("group/").lower()
        was = opening.groups[called]
        group = account.groups.get(called)
        works = _has_workers(trial, opening, was) or (
            group and _has_workers(trial, account, group)
        )
        if group and newcomer and not works:
            joined = account.put(replace(newcomer, groups=(group.id,)))
            holds = tuple(
                replace(held, who=who) for held in trial.newcomer_sessions(joined)
            )
            yield from islice(
                _losses_by_badge(
                    trial, who, trial.newcomer_allowed_before((was.id,)), holds
                ),
                1,
            )


def _has_workers(trial: Trial, account: Account, group: Group) -> bool:
    workers = (
        user_named(account, want.who) for want in trial.wants if want.mode is Mode.MUST
    )
    return any(group.id in user.groups for user in workers if user)


def _losses_of_newcomers(trial: Trial) -> Iterator[Proof]:
    """Whoever is hired tomorrow below a boundary that jobs are done below: of what these need, as far as it let them, though
    whatever there is were given.
    """
    for member in HIRED_BELOW.members(trial):
        if had := maximum_access(trial, member):
            asked = Layer(
                Kind.IDENTITY,
                (shared_policy(tuple(_needs_below_boundary(trial, member)), "asked"),),
            )
            both = (
                with_ordinary_request(trial.account, one) for one in (had, member.standing)
            )
            might, may = (
                HIRED_BELOW.open_standing(trial, replace(member, standing=one))
                for one in both
            )
            asking = with_fence(
                with_identity_layer(might, asked), HIRED_BELOW.fence(trial, member)
            )
            found = trial.find_excesses(
                from_now_on(asking, may, trial.play.now), may, most=1
            )
            if lost := tuple(
                cite_boundary(one, asking, had)
                for one in _proven_losses(trial, member.who, found)
            ):
                yield Proof(member.who, member.badge, lost)


def _needs_below_boundary(trial: Trial, member: HeldSession) -> Iterator[Statement]:
    """Yields what jobs need of those below the same boundary, of what is theirs as of one's own."""
    hired = member.account.users[trial.names["newcomer"]]
    for user in users_below_boundary(trial):
        if (user.path, user.boundary) == (hired.path, hired.boundary):
            for statement in trial.job_policy(person(user.name), member.badge).statements:
                yield with_renamed_resources(statement, user.name, "${aws:username}")


def _losses_of_administrators(trial: Trial) -> Iterator[Proof]:
    """The administrators of before, by the strongest badge of their own, as long as it leads to everything; where there was none
    of them, the owner, for whoever may do so by now. What one of them can still do is closed to nobody.
    """
    opening = trial.play.scenario.opening
    began = trial.play.scenario.now
    now = trial.play.now
    there = tuple(
        who for who in trial.play.scenario.people.admins if user_named(opening, who)
    )
    found = tuple(
        _strongest_session(trial, trial.account, who, now)
        for who in there or trial.administrators_and_root
    )
    holds = tuple(
        held for held in found if held and leads_to_everything(held.standing, now)
    )
    for who in there or ("root",):
        had = _strongest_session(trial, opening, who, began)
        shown = tuple(
            held for held in holds if had and satisfies_badge(held.badge, had.badge)
        )
        if had and shown:
            tagged = tuple(_deny_absent_tags(trial, (had, *shown)))
            yield from _losses_by_badge(
                trial,
                who,
                {
                    had.badge: with_fence(
                        _limit_to_existing_use(trial, had.standing), tagged
                    )
                },
                shown,
            )


def _deny_absent_tags(trial: Trial, holds: Iterable[HeldSession]) -> Iterator[Statement]:
    """Whatever is asked on a thing of a tag that none carries: what is closed for that alone closes nothing that was there."""
    carried = {
        *thing_tags(trial.play.scenario.opening),
        *thing_tags(trial.play.account),
    }
    for key in sorted(
        {
            key
            for held in holds
            for key in keys_read(held.standing)
            if is_resource_tag_key(key)
        }
    ):
        values = tuple(
            value for name, value in sorted(carried) if name == key.partition("/")[2]
        )
        if values:
            other = (Condition("StringNotEquals", key, values),)
        else:
            other = ()
        yield deny_when(Condition("Null", key, ("false",)), *other)


def _limit_to_existing_use(trial: Trial, had: Standing) -> Standing:
    """As much of it as opens or uses the things that were there, and is of no job: where one works, not everybody is shut out."""
    used = Statement("Allow", USED, Element(tuple(thing_arns(trial.play.scenario.opening))))
    within = Layer(Kind.RCP, (shared_policy((used,), "what is there"),))
    left = with_fence(
        without_needed(had, trial.needed_by_anybody),
        tuple(_deny_refused_to_administrators(trial)),
    )
    return dataclasses.replace(left, layers=(*left.layers, within))


# A rule that nobody changes or erases a thing keeps it.
USED = Element(
    tuple(
        f"*:{verb}*"
        for verb in (*OPENS, "List", "Query", "Receive", "Scan", "Send", "Start")
    )
)


def _strongest_session(
    trial: Trial, account: Account, who: str, at: datetime
) -> HeldSession | None:
    """What somebody, by whatever name, holds by the strongest badge of their own."""
    was = user_named(trial.play.scenario.opening, who)
    user = was and (
        was if account is trial.play.scenario.opening else _same_user(trial, who, was)
    )
    for badge in reversed(DIRECT):
        want = trial.credential_want(person(user.name) if user else who, badge)
        for there, caller in present(account, want, at):
            if isinstance(held := build_standing(there, caller, at), Standing):
                return HeldSession(want.who, badge, there, caller, held)
    return None


def _deny_refused_to_administrators(trial: Trial) -> Iterator[Statement]:
    """What is refused to those who may do everything themselves, on whatever there is; and above them, whatever a rule may take."""
    refused = (
        want for want in trial.wants if want.mode is Mode.NEVER and want.held is None
    )
    decisions = (
        trial.ticket_for(want).decision
        for want in refused
        if want.who in trial.administrators_and_root
    )
    for action in sorted({decision.request.action for decision in decisions if decision}):
        yield Statement("Deny", Element((action,)), Element(("*",)))
    if trial.play.account.joined_organization:
        yield from _deny_refused_services(trial)


def _losses_by_badge(
    trial: Trial, who: str, before: Mapping[str, Standing], holds: Collection[HeldSession]
) -> Iterator[Proof]:
    """What somebody can no more by an ordinary request, of each badge; nothing of it, where no such badge is left."""
    for badge, had in before.items():
        lost = [
            tuple(_session_losses(trial, had, held))
            for held in holds
            if satisfies_badge(held.badge, badge)
        ]
        if all(lost):
            yield Proof(who, badge, lost[0] if lost else ())


def _can_have_badge(account: Account, id: str, badge: str) -> bool:
    """Whether somebody has such a badge, who may be given a key or a password: a code takes a device of theirs."""
    return badge != DIRECT[-1] or bool(account.devices_of(id))


def _losses_of_accounts(trial: Trial) -> Iterator[Proof]:
    """Whoever administers them, as far as the organization lets them; of those that stand with ours, but for the services in
    which a rule over them refuses something: it may say more of these.
    """
    opening = trial.play.scenario.opening
    account = trial.play.account
    was = opening.joined_organization
    now = account.joined_organization
    if was is None or now is None:
        return
    for id, member in (
        (id, member) for id, member in was.members.items() if id in now.members
    ):
        had, has = (
            _account_limits(one.seen_from(id), trial.play.now) for one in (opening, account)
        )
        if member.parent == was.members[opening.id].parent:
            spared = _deny_refused_services(trial)
        else:
            spared = ()
        if had != has:
            found = trial.find_excesses(
                with_fence(had, spared), has, trial.domain_of(id), most=1
            )
        else:
            found = ()
        if lost := tuple(_proven_losses(trial, f"account/{id}", found)):
            yield Proof(f"account/{id}", "key", lost)


def _deny_refused_services(trial: Trial) -> Iterator[Statement]:
    """Whatever there is in the services in which those are refused something who may do everything, in a shop of today or of
    tomorrow.
    """
    refused = (want for want in trial.wants if want.mode is Mode.NEVER)
    decisions = (
        trial.ticket_for(want).decision
        for want in refused
        if want.who in trial.administrators_and_root or want.who.startswith("account/")
    )
    services = {
        decision.request.action.partition(":")[0] for decision in decisions if decision
    }
    yield from (
        Statement("Deny", Element((f"{service}:*",)), Element(("*",)))
        for service in sorted(services)
    )


def _account_limits(account: Account, at: datetime) -> Standing:
    """Somebody of an account who asks for its own things, as far as what hangs over it lets them."""
    held = build_standing(account, outsider(account.id), at)
    assert isinstance(held, Standing), "who shows no credential shows no bad one"
    above = (
        layer for layer in held.layers if layer.kind not in (Kind.RESOURCE, Kind.TRUST)
    )
    return with_ordinary_request(account, dataclasses.replace(held, layers=tuple(above)))


def _session_losses(trial: Trial, before: Standing, held: HeldSession) -> Iterator[Excess]:
    """What was allowed before, and is not in a session of now; on what was there, and whatever is theirs to choose by now."""
    if held.standing != before:
        chosen = {
            key.lower() for key, value in held.standing.fixed.items() if value is PRESENT
        }
        had, has = (
            USER.open_standing(
                trial,
                replace(held, standing=with_ordinary_request(trial.account, one, held.who)),
            )
            for one in (free_keys(before, chosen), held.standing)
        )
        read = {*keys_read(has)}
        own = (
            s
            for s in USER.fence(trial, held)
            if all(c.key.lower() in read for c in s.conditions)
        )
        had = with_fence(had, (*_deny_new_resources(trial.play), *own))
        found = trial.find_excesses(from_now_on(had, has, trial.play.now), has, most=1)
        for one in _proven_losses(trial, held.who, found):
            yield dataclasses.replace(
                one, witness=_without_needless_keys(one.witness, had, has)
            )


def _without_needless_keys(asked: Request, had: Standing, has: Standing) -> Request:
    """A request that is lost without those of its keys that it is lost without as well."""
    for key in asked.context:
        plainer = dataclasses.replace(
            asked, context={k: v for k, v in asked.context.items() if k != key}
        )
        if isinstance(authorize(had, plainer), Allowed) and not isinstance(
            authorize(has, plainer), Allowed
        ):
            asked = plainer
    return asked


def _deny_new_resources(play: Play) -> Iterator[Statement]:
    """Whatever is asked on a thing that came in the play and can have a policy of its own."""
    known = {*policy_holder_arns(play.scenario.opening)}
    came = [arn for arn in policy_holder_arns(play.account) if arn not in known]
    inside = [f"{arn}/*" for arn in came if arn.startswith("arn:aws:s3:")]
    if came:
        yield Statement("Deny", Element(("*",)), Element((*came, *inside)))


def _proven_losses(
    trial: Trial, who: str, found: Iterable[Excess | Undecided]
) -> Iterator[Excess]:
    """What is lost for certain; of what is not, it is kept in mind that nobody could prove it."""
    for one in found:
        if isinstance(one, Excess):
            yield one
        else:
            trial.note_unproven(who, one.reason)


# -------------------------------------------------------------------- in words
def loss_findings(_: Play, checks: list[Check]) -> Iterator[Finding]:
    """Yields what is to be read of each bystander who lost something."""
    for check in checks:
        who = check.subject
        lost = next(
            (excess for proof in check.pieces(Proof) for excess in proof.excesses), None
        )
        if lost:
            refused = f"is now refused {describe_request(lost.witness)}"
        else:
            refused = "has no longer what they showed"
        allowed = f"{statement_label(lost.by)} allowed it." if lost else ""
        if lost and who == "root":
            allowed = "No policy need let the owner."
        why = f"{allowed} Nobody asked to take it away.".strip()
        yield Finding(
            f"lost:{who}", (check,), (who,), f"{display_name(who)} {refused}.", why
        )
