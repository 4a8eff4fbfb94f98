"""The Next box's steps for a job that fails: the missing user, credential, role, trust policy or permission."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from coffeeshop.account.iam_resources import Group, Role, User, is_reserved_role
from coffeeshop.account.model import Account, ServiceError
from coffeeshop.lessons.grading.serving import password_to_change
from coffeeshop.lessons.grading.workforce import WORKFORCE_PREFIX
from coffeeshop.lessons.model import Play, Report
from coffeeshop.policy.evaluation.authorize import GRANTING_KINDS
from coffeeshop.policy.evaluation.explain import LAYER_NAMES, nearest_miss
from coffeeshop.policy.model import ImplicitlyDenied, Kind
from coffeeshop.shop.mark import Mark, Mode
from coffeeshop.shop.serve import user_named
from coffeeshop.shop.want import Lack, Ticket
from coffeeshop.views.center_steps import (
    absent_workforce_step,
    reserved_role_step,
)
from coffeeshop.views.credential_steps import mfa_device_step
from coffeeshop.views.deed import Deed
from coffeeshop.views.denials import denial_step
from coffeeshop.views.identity import policy_bearer
from coffeeshop.views.leaks import EDITS_KEY_POLICY, narrowing_step
from coffeeshop.views.loose_ends import by_groups, similar_role
from coffeeshop.views.step import (
    EXPLAIN_DEED,
    HIRE_DEED,
    MAKES_GROUP,
    MAKES_ROLE,
    MENU_DEED,
    WRITE_DEEDS,
    Fails,
    Step,
    Target,
    console,
    list_step,
    press,
    short,
    ticket_failure,
)
from coffeeshop.views.text import capital
from coffeeshop.views.things.items import members
from coffeeshop.views.things.key_items import key_name
from coffeeshop.views.workload_steps import CHANGES_TRUST, workload_step


def failing_job(tickets: Sequence[Ticket]) -> Ticket | None:
    """Return the result of the first job that doesn't work. Return None if every job works."""
    jobs = (ticket for ticket in tickets if ticket.want.mode is Mode.MUST)
    return next((job for job in jobs if job.mark is Mark.MISS), None)


def what_it_lacks(play: Play, tickets: Sequence[Ticket], _: Report | None) -> Step | None:
    """Return the suggested step to what the first failing job lacks. Return None if every job works.

    It may lack a user, a credential, a role, a trust policy, or a policy. A Deny may also refuse
    it.
    """
    failing = failing_job(tickets)
    if failing is None:
        return None
    person = failing.want.who.partition("/")[0]
    if failing.missing:
        return creation_step(play, failing)
    if (step := workload_step(play, failing) or lost(failing)) is not None:
        return step
    if (step := _workforce_step(play, failing)) is not None:
        return step
    if role := _missing_role(play, failing):
        fails = ticket_failure(failing, Fails.UNTRIED)
        similar = similar_role(play.account, role)
        missing = f"there is no {role} role yet{f', only {similar}' if similar else ''}."
        return list_step(missing, "roles", "", MAKES_ROLE, fails=fails)
    if (step := denial_step(play, failing)) is not None:
        return step
    if failing.want.who.startswith(WORKFORCE_PREFIX):
        return _refusal_step(play, failing)
    if not failing.in_session:
        return _trust_step(play, failing, person)
    # A caller without a role or a user is a machine, or a person who joins only in the grade.
    is_role_or_user = failing.want.via or person.lower() in play.account.users
    if _has_no_policy(failing) and is_role_or_user:
        return _first_policy_step(play, failing, person)
    return _key_step(play, failing) or _refusal_step(play, failing)


def _workforce_step(play: Play, failing: Ticket) -> Step | None:
    """Return the suggested step for a refused job of a user of Identity Center.

    Return None if no permission set is to blame.
    """
    decision = failing.decision
    if not isinstance(decision, ImplicitlyDenied):
        return None
    role = play.account.entity_by_id(decision.standing.principal.role_id)
    if not isinstance(role, Role) or not is_reserved_role(role):
        return None
    action = decision.request.action
    step = reserved_role_step(
        play.account, role, "", f"Nothing allows this {action} request."
    )
    return step and replace(step, fails=ticket_failure(failing))


def _refusal_step(play: Play, failing: Ticket) -> Step:
    """Return the suggested step for a job that is refused: its reason, and the policy that came nearest to allowing it."""
    if in_part(failing):
        message = "Only part of it works"
    elif (
        isinstance(failing.decision, ImplicitlyDenied)
        and failing.decision.silent in NARROWING_KINDS
    ):
        silent = failing.decision.silent
        message = f"No {LAYER_NAMES[silent]} allows {failing.decision.request.action}"
    else:
        message = "AWS refuses it"
    return replace(
        _explaining_step(failing, f"{message}."), other_target=closest_policy(play, failing)
    )


def _key_step(play: Play, failing: Ticket) -> Step | None:
    """Return the suggested step for a job that lacks a permission on a KMS key.

    Return None if it lacks something else.
    """
    decision = failing.decision
    if not isinstance(decision, ImplicitlyDenied):
        return None
    request = decision.request
    key = play.account.kms_keys.get(request.resource.rpartition(":key/")[2])
    if key is None or not request.action.startswith("kms:"):
        return None
    alias = key_name(play.account, key)
    cause = (
        f"It needs {request.action} on the key of {short(alias)}, which no policy allows."
    )
    if decision.silent is not Kind.RESOURCE:
        step = _explaining_step(failing, cause)
        return replace(step, other_target=closest_policy(play, failing))
    cause = (
        f"It needs {request.action}, which the key policy of {short(alias)} doesn't allow."
    )
    fails = ticket_failure(failing)
    return list_step(
        cause, "policies", alias, EDITS_KEY_POLICY, {"KeyId": key.id}, fails=fails
    )


def _explaining_step(failing: Ticket, cause: str) -> Step:
    """Return the suggested step that only says why a job fails."""
    return Step(cause, EXPLAIN_DEED, ticket_failure(failing), want=failing.want.id)


NARROWING_KINDS = (
    Kind.BOUNDARY,
    Kind.SCP,
    Kind.RCP,
    Kind.SESSION,
)  # layers that only narrow


def _first_policy_step(play: Play, failing: Ticket, person: str) -> Step:
    """Return the suggested step to the place where the first policy of a person or role is written.

    If the scenario wants policies on groups, a person's first policy goes on one of their groups.
    """
    role = failing.want.via
    cause = f"{f'The role {role}' if role else capital(person)} has no policy yet."
    fails = ticket_failure(failing)
    if role or not by_groups(play):
        noun = "role" if role else "user"
        return list_step(
            cause, f"{noun}s", role or person, _writing_deed(play, noun), fails=fails
        )
    group = next(_groups_of(play, person), "")
    deed = _writing_deed(play, "group") if group else MENU_DEED
    return list_step(cause, "groups", group, deed, fails=fails)


def _writing_deed(play: Play, noun: str) -> Deed:
    """Return the deed of the step to a new policy. The scenario's calls decide whether w writes it."""
    return (
        WRITE_DEEDS[noun] if f"iam put-{noun}-policy" in play.scenario.calls else MENU_DEED
    )


def in_part(failing: Ticket) -> bool:
    """Return whether a job's own call works and AWS only refuses another resource that the job also covers."""
    own_call_count = bool(failing.want.via) + max(1, len(failing.want.do))
    return len(failing.outcomes) > own_call_count


def creation_step(play: Play, failing: Ticket) -> Step:
    """Return the step to what a person lacks to run their job: the user, an MFA device, a password or a key.

    For a function it is the function or its role, for a user of Identity Center an assignment.
    """
    who = failing.want.who
    if who.startswith("function/"):
        return _function_step(play.account, failing)
    if who.startswith(WORKFORCE_PREFIX):
        return absent_workforce_step(play.account, failing)
    user = user_named(play.account, who)
    cause = f"{failing.missing}."
    fails = ticket_failure(failing, Fails.UNTRIED)
    if user is None and who != "root":
        user_name = who.rpartition("/")[2]
        return list_step(
            cause, "users", "", HIRE_DEED, {"UserName": user_name}, fails=fails
        )
    if failing.lack is Lack.DEVICE:
        return replace(mfa_device_step(play.account, user, cause), fails=fails)
    if user and user.login and failing.lack in CHANGED_PASSWORD_LACKS:
        old_password = password_to_change(failing.want)
        return list_step(
            cause,
            "users",
            user.name,
            CHANGES_PASSWORD,
            {"Password": old_password} if failing.lack is Lack.OLD_PASSWORD else {},
            row_id="login:password",
            row_name="password",
            row_noun="login",
            fails=fails,
        )
    deed = LACK_DEEDS.get(failing.lack, MENU_DEED) if failing.lack else MENU_DEED
    return list_step(cause, "users", user.name if user else "root", deed, fails=fails)


def _function_step(account: Account, failing: Ticket) -> Step:
    """Return the suggestion to create a job's function, or to let Lambda assume the function's role."""
    name = failing.want.who.partition("/")[2]
    cause = f"{failing.missing}."
    fails = ticket_failure(failing, Fails.UNTRIED)
    if name not in account.functions:
        deed = console(("lambda", "CreateFunction"), {"FunctionName": name})
        advice = "A function needs a role that trusts lambda.amazonaws.com."
        return Step(cause, deed, fails, advice)
    role = account.functions[name].role.rpartition("/")[2]
    if role.lower() not in account.roles:
        cause = f"there is no {role} role, which the function {name} needs."
        return list_step(cause, "roles", "", MAKES_ROLE, {"RoleName": role}, fails=fails)
    cause = f"{cause} The role's trust policy doesn't let lambda.amazonaws.com assume it."
    return list_step(cause, "roles", role, CHANGES_TRUST, fails=fails)


GIVES_PASSWORD = press("user", "CreateLoginProfile", "ask for one", "⏎", "s")
CHANGES_PASSWORD = press("login", "UpdateLoginProfile", "changes the password{of}")
# What is missing although the user has a password: it expired, or the job begins with another one.
CHANGED_PASSWORD_LACKS = (Lack.PASSWORD, Lack.ANYTHING, Lack.OLD_PASSWORD)
MAKES_KEY = press("user", "CreateAccessKey", "ask to make one", "⏎", "k")
LACK_DEEDS = {
    Lack.PASSWORD: GIVES_PASSWORD,
    Lack.ANYTHING: GIVES_PASSWORD,
    Lack.KEY: MAKES_KEY,
}


def _missing_role(play: Play, failing: Ticket) -> str:
    """Return the name of the role that a job assumes and this account doesn't have, or ""."""
    if failing.stopping_call:
        call = failing.stopping_call.act.call
    else:
        call = None
    if call and call.operation == "AssumeRole":
        role_arn = call.text("RoleArn")
    else:
        role_arn = ""
    role = (
        failing.want.via
        or role_arn.partition(f"::{play.account.id}:role/")[2].rpartition("/")[2]
    )
    if role.lower() not in play.account.roles:
        return role
    return ""


def lost(failing: Ticket) -> Step | None:
    """Return the suggestion about a call that AWS allowed and that failed nevertheless.

    Return None if there is no such call. The usual cause is a user, group or role that doesn't exist yet.
    """
    stopped = failing.stopping_call
    if (
        stopped is None
        or failing.was_refused
        or not isinstance(stopped.answer, ServiceError)
    ):
        return None
    named = stopped.act.call.parameters
    if stopped.answer.code == "NoSuchEntity":
        for parameter, (tab, noun, deed) in CREATION_DEEDS.items():
            name = str(named.get(parameter, ""))
            if name and name.lower() not in getattr(stopped.account, tab):
                cause = f"There is no {noun} {short(name)} yet."
                fails = ticket_failure(failing)
                return list_step(cause, tab, "", deed, {parameter: name}, fails=fails)
    cause = f"Nothing refuses it, but AWS answers {stopped.answer.code}."
    deed = EXPLAIN_DEED.at("y", "names the missing part")
    return replace(_explaining_step(failing, cause), deed=deed)


CREATION_DEEDS = {  # by parameter: the list that creates the entity, its noun, and the deed
    "UserName": ("users", "user", HIRE_DEED),
    "GroupName": ("groups", "group", MAKES_GROUP),
    "RoleName": ("roles", "role", MAKES_ROLE),
}


def _trust_step(play: Play, failing: Ticket, person: str) -> Step:
    """Return the suggestion to let a role be assumed: through its trust policy, or through the caller's policy.

    If a policy that can only narrow access is the cause, only explain that.
    """
    decision = failing.decision
    role = failing.want.via
    location = _policy_holder(play, person, failing.want.via)
    if isinstance(decision, ImplicitlyDenied) and decision.silent not in GRANTING_KINDS:
        message = f"No {LAYER_NAMES[decision.silent]} allows {decision.request.action}."
        return _explaining_step(failing, message)
    delegated = isinstance(decision, ImplicitlyDenied) and decision.silent is Kind.IDENTITY
    text = f"{role}'s trust policy must name {person}. Or let it name the account, and let a policy of {location} allow sts:AssumeRole."
    if delegated:
        text = f"{role}'s trust policy names only the account. Name {person} in it, or let a policy of {location} allow sts:AssumeRole."
    fails = ticket_failure(failing, Fails.UNTRIED)
    deed = Deed("←→", "to Roles or Groups")
    return list_step(
        "the role can't be assumed yet.", "", "", deed, fails=fails, advice=text
    )


def _policy_holder(play: Play, person: str, role: str) -> str:
    """Return the name of the user or group whose policy should allow a person to assume a role.

    If the scenario wants policies on groups, it is a group whose members all have a job in that role,
    since others must not get the permission.
    """
    account = play.account
    if person.lower() not in account.users or not by_groups(play):
        return person
    group_ids = account.users[person.lower()].groups
    jobs = (
        want for want in play.scenario.wants if want.mode is Mode.MUST and want.via == role
    )
    wearers = {want.who.lower() for want in jobs}
    joined = (group for group in account.groups.values() if group.id in group_ids)
    fit = (group.name for group in joined if _member_names(account, group) <= wearers)
    group = min(fit, default="")
    if group:
        return f"{person}'s group {group}"
    return f"a group of {person}'s own"


def _member_names(account: Account, group: Group) -> set[str]:
    """Return the names of a group's users in lower case."""
    return {user.name.lower() for user in members(account, group)}


def _groups_of(play: Play, person: str) -> Iterator[str]:
    """Yield the names of a user's groups, sorted: first those that the story names, in its order."""
    group_ids = play.account.users[person.lower()].groups
    names = {group.name for group in play.account.groups.values() if group.id in group_ids}
    named_groups = [name for name in play.scenario.named.groups if name in names]
    yield from (*named_groups, *sorted(names - {*named_groups}))


def _awaiting_group(play: Play, person: str) -> str:
    """Return the name of a user's group that the story names and that has no policy yet, or "".

    The story names it because a policy is to be written on it.
    """
    if person.lower() not in play.account.users:
        return ""
    empty_groups = {
        group.name
        for group in play.account.groups.values()
        if not (group.inline or group.attached)
    }
    awaited = empty_groups.intersection(play.scenario.named.groups)
    return next((name for name in _groups_of(play, person) if name in awaited), "")


def _has_no_policy(ticket: Ticket) -> bool:
    """Return whether the caller has no identity policy at all."""
    decision = ticket.decision
    return isinstance(decision, ImplicitlyDenied) and not any(
        layer.policies for layer in decision.standing.layers if layer.on == "*"
    )


def closest_policy(play: Play, refused: Ticket) -> Target | None:
    """Return where the identity policy is that came nearest to allowing a job.

    Return None if there is none that may be changed. If the story names a group of the caller that has no
    policy yet, it is where to write one instead. A policy may not be changed if AWS wrote it, or if it also
    applies to people without this job. A policy on a user may not be changed if the scenario wants policies
    on groups.
    """
    decision = refused.decision
    if isinstance(decision, ImplicitlyDenied):
        missed = nearest_miss(decision)
    else:
        missed = None
    if decision is None or missed is None or missed.matched.layer.kind is not Kind.IDENTITY:
        return None
    bearer = policy_bearer(play.account, decision.standing.principal, missed.matched.policy)
    if bearer is None or (
        bearer[1] in bearer[0].attached and bearer[1] not in play.account.policies
    ):
        return None
    if isinstance(bearer[0], User) and by_groups(play):
        return None
    if isinstance(bearer[0], Group) and (group := _awaiting_group(play, refused.want.who)):
        return list_step("", "groups", group, _writing_deed(play, "group")).target
    target = narrowing_step(play, *bearer, "").target
    job = refused.want.id.partition("@")[0]
    names = {
        want.who.lower() for want in play.scenario.wants if want.id.partition("@")[0] == job
    }
    if target and _affected_users(play.account, target) <= names:
        return target
    return None


def _affected_users(account: Account, target: Target) -> set[str]:
    """Return the lower-case names of the users to whom the policy or group of a target (a list row) applies."""
    if target.tab == "policies":
        managed = account.policies.items()
    else:
        managed = ()
    arns = {arn for arn, policy in managed if policy.name == target.item_name}
    ending = target.item_name.lower() if target.tab == "groups" else ""
    groups = [
        group
        for group in account.groups.values()
        if group.name.lower() == ending or arns & set(group.attached)
    ]
    by_group = {user.name.lower() for group in groups for user in members(account, group)}
    themselves = {
        user.name.lower() for user in account.users.values() if arns & set(user.attached)
    }
    return by_group | themselves
