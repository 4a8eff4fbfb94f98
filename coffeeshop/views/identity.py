"""The credential in hand as a person reads it, and the credentials that the learner could use in its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from msgspec import Struct

from coffeeshop.account.access import passwords
from coffeeshop.account.access.callers import find_caller
from coffeeshop.account.access.identity_policies import policies_of_entity
from coffeeshop.account.command.complete import whole_arns
from coffeeshop.account.credentials import AccessKey, Credential, Session
from coffeeshop.account.iam_resources import Entity, Group, Role, User
from coffeeshop.account.instants import format_instant
from coffeeshop.account.model import Account, Act, Call, Caller, Key, Outcome, ServiceError
from coffeeshop.lessons.model import Play
from coffeeshop.lessons.sitting.badges import profiles
from coffeeshop.lessons.sitting.policy_text import document_of, malformed_policy_problems
from coffeeshop.policy.language.conditions import condition_test
from coffeeshop.policy.model import Decision, Policy, Principal, Statement
from coffeeshop.views.text import capital


class Identity(Struct, frozen=True):
    """A credential: its profile, the person `who` holds it, and its state.

    `role` is the assumed role ("": none) and `session` the session's name. `minutes` is the rest of
    a session. `ended` is the reason why the credential no longer works: "session ended", "key
    deleted" ("": it works). `until` is the end of a session, and `is_expired` says that it ended.
    """

    profile: str
    who: str
    role: str = ""
    mfa: bool = False
    root: bool = False
    means: str = ""
    minutes: int | None = None
    ended: str = ""
    until: datetime | None = None
    session: str = ""
    is_expired: bool = False

    @property
    def caller_text(self) -> str:
        """Return the caller that AWS sees: the user, or the role with its session and the user who assumed it."""
        if self.role:
            return f"the role {self.role}, in the session {self.session} of {self.who}"
        return self.who

    @property
    def run_out(self) -> str:
        """Return the reason why the credential no longer works, in the learner's words. Return "" if it works."""
        if self.is_expired and self.until:
            return f"Your sign-in ended on {self.until:%A} at {self.until:%H:%M}"
        if self.ended:
            return f"Your badge no longer works ({self.ended})"
        return ""


def identity(account: Account, profile: str, current_time: datetime) -> Identity:
    """Return who acts with a profile at a time: person, role, kind of credential, and MFA.

    It also says how long the credential still works, or why it no longer does.
    """
    caller = find_caller(account, profile)
    if not isinstance(caller, Key):
        return Identity(profile, profile, ended="no such credential")
    account = account.home_of(caller)
    credential = account.credentials[caller.id]
    root = credential.owner == account.id
    owner = account.entity_by_id(credential.owner)
    person = "root" if root else _user_name(account, credential)
    role = owner.name if isinstance(owner, Role) else ""
    ended = _ended_reason(account, credential, current_time)
    if isinstance(credential, AccessKey):
        return Identity(profile, person, role, False, root, "access key", None, ended)
    minutes = max(0, int((credential.expires - current_time).total_seconds()) // 60)
    mfa = credential.mfa is not None
    means = _SIGN_IN_MEANS[credential.kind]
    session = credential.name if role else ""
    return Identity(
        profile,
        person,
        role,
        mfa,
        root,
        means,
        minutes,
        ended,
        credential.expires,
        session,
        credential.expires <= current_time and not _has_lost_owner(account, credential),
    )


_SIGN_IN_MEANS = {
    "Console": "console",
    "Role": "role session",
    "SessionToken": "session token",
    "Federation": "federated",
}


def _user_name(account: Account, held_credential: Credential) -> str:
    """Return the name of the credential's user. For a role session, it is the user who assumed the role.

    If no user did, it is the name of the session, or the profile of the key.
    """
    if isinstance(held_credential, Session) and held_credential.taker:
        person = account.entity_by_id(held_credential.taker)
    else:
        person = account.entity_by_id(held_credential.owner)
    if isinstance(person, User):
        return person.name
    if isinstance(held_credential, Session):
        return held_credential.name
    return held_credential.profile


def _has_lost_owner(account: Account, credential: Credential) -> bool:
    """Return whether the user or role of a credential was deleted. Root (the account) can't be."""
    return credential.owner != account.id and credential.owner not in account.names


def _ended_reason(
    account: Account, held_credential: Credential, current_time: datetime
) -> str:
    """Return why a credential no longer works. Return "" if it works."""
    if _has_lost_owner(account, held_credential):
        return "its owner is gone"
    if isinstance(held_credential, AccessKey):
        if held_credential.status == "Active":
            return ""
        return f"key {held_credential.status.lower()}"
    if held_credential.expires <= current_time:
        return f"session ended {held_credential.expires:%a %H:%M}"
    if _is_revoked(account, held_credential, current_time):
        return "a policy denies older sessions"
    return ""


ISSUE_TIME = "aws:tokenissuetime"


def _is_revoked(account: Account, session: Session, current_time: datetime) -> bool:
    """Return whether a policy denies everything to a session because of its age, and to no session that begins now.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html
    """
    owner = account.entity_by_id(session.owner)
    policies = policies_of_entity(account, owner) if isinstance(owner, User | Role) else ()
    return any(
        _denies_everything_by_age(statement)
        and _denies_issue_time(statement, session.issued)
        and not _denies_issue_time(statement, current_time)
        for policy in policies
        for statement in policy.statements
    )


def _denies_everything_by_age(statement: Statement) -> bool:
    """Return whether a statement denies every action on every resource, and tests only when a session began."""
    resources = statement.resources
    return (
        statement.effect == "Deny"
        and not statement.actions.negated
        and "*" in statement.actions.values
        and resources is not None
        and not resources.negated
        and "*" in resources.values
        and {condition.key.lower() for condition in statement.conditions} == {ISSUE_TIME}
    )


def _denies_issue_time(statement: Statement, issued: datetime) -> bool:
    """Return whether a Deny that tests only when a session began applies to one that began then."""
    context = {ISSUE_TIME: (format_instant(issued),)}
    return all(condition_test(condition)(context) for condition in statement.conditions)


def profile_of(outcome: Outcome) -> str:
    """Return the profile of an act's caller, or the id of a deleted credential. "nobody": there was no credential."""
    caller = outcome.act.caller
    if not isinstance(caller, Key):
        return "nobody"
    credential = outcome.account.home_of(caller).credentials.get(caller.id)
    if credential:
        return credential.profile
    return caller.id


def badges(play: Play) -> tuple[Identity, ...]:
    """Return all credentials that the learner may use: the scenario's and this play's. The newest is last."""
    return tuple(identity(play.account, profile, play.now) for profile in profiles(play))


def policy_bearers(
    account: Account, principal: Principal, policy: Policy
) -> Iterator[User | Group | Role]:
    """Yield the entities that an identity policy is attached to and that give it to the principal.

    They are the user or role itself and the user's groups. Inline policies of one name are told apart
    by their text.
    """
    kind, _, name = principal.arn.rpartition(":")[2].partition("/")
    if principal.account != account.id:
        return
    if kind == "user":
        user = account.users.get(name.rpartition("/")[2].lower())
    else:
        user = None
    if kind == "assumed-role":
        role = account.roles.get(name.partition("/")[0].lower())
    else:
        role = None
    if user:
        joined = map(account.entity_by_id, user.groups)
    else:
        joined = ()
    for entity in (user, *joined, role):
        if not isinstance(entity, User | Group | Role):
            continue
        document = entity.inline.get(policy.name.lower())
        if policy.name in entity.attached or (document and document.text == policy.text):
            yield entity


def policy_bearer(
    account: Account, principal: Principal, policy: Policy
) -> tuple[Entity, str] | None:
    """Return the first entity that gives an identity policy to the principal.

    The second item is the name of an inline policy or the ARN of a managed one. None: it isn't an
    identity policy of this principal.
    """
    entity = next(policy_bearers(account, principal, policy), None)
    return (entity, policy.name) if entity else None


def policy_carrier_text(account: Account, decision: Decision, policy: Policy) -> str:
    """Return the kind and name of the entity that an identity policy is attached to: "group Cashiers".

    Return "" if the policy is no identity policy of the caller.
    """
    bearer = policy_bearer(account, decision.standing.principal, policy)
    if bearer:
        return f"{type(bearer[0]).__name__.lower()} {bearer[0].name}"
    return ""


def users_able_to_sign_in(play: Play) -> tuple[str, ...]:
    """Return the users who sign in with a password that a call of this play set. The learner knows that password."""
    given_names = {
        str(act.call.parameters.get("UserName", "")).lower()
        for act in _allowed_acts(play)
        if _password(act.call)
    }
    return tuple(
        user.name
        for name, user in sorted(play.account.users.items())
        if user.login and name in given_names
    )


def sign_in_parameters(
    play: Play, person: str, home: Account | None = None
) -> dict[str, str]:
    """Return the parameters of a user's console sign-in, as far as the learner knows them.

    `home` is the user's account (None: the play's own). Another one is named in the sign-in. The
    password is the last one that a call of this play or of its opening set there.
    """
    home = home or play.account
    typed = {"UserName": person}
    if home.id != play.account.id:
        typed["AccountId"] = home.id
    acts = (
        act
        for act in (*play.scenario.made, *_allowed_acts(play))
        if home.credential_of(act.caller) or not _is_held(play.account, act.caller)
    )
    for act in acts:
        if act.call.operation == "ChangePassword":
            own_name = person
        else:
            own_name = ""
        if (password := _password(act.call)) and str(
            act.call.parameters.get("UserName", own_name)
        ).lower() == person.lower():
            typed["Password"] = password
    user = home.users.get(person.lower())
    if user and home.devices_of(user.id):
        return typed | {"MfaCode": "@phone"}
    return typed


def _is_held(account: Account, caller: Caller) -> bool:
    """Return whether the credential of a caller still exists, here or in another account."""
    return account.home_of(caller).credential_of(caller) is not None


def root_sign_in_parameters(play: Play) -> dict[str, str]:
    """Return the parameters of root's sign-in. The password is the shop's, or root's last change of it."""
    changed = [
        str(act.call.parameters["NewPassword"])
        for act in _allowed_acts(play)
        if act.call.operation == "ChangeRootPassword"
    ]
    typed = {
        "RootEmail": play.account.email,
        "Password": [play.scenario.shop.account.password, *changed][-1],
    }
    if play.account.devices_of(play.account.id):
        return typed | {"MfaCode": "@phone"}
    return typed


def signs_in_again(
    play: Play, current_identity: Identity, needed_until: datetime | None = None
) -> dict[str, str]:
    """Return the parameters of the sign-in that renews a console session. Empty: none is necessary.

    It is necessary if the session has ended, or if it ends before `needed_until`. Only a profile of
    the console can sign in again. What root of another account signs in with is unknown.
    """
    home = play.account.home_of(find_caller(play.account, current_identity.profile))
    until = current_identity.until
    is_short = needed_until is not None and until is not None and until < needed_until
    is_over = bool(current_identity.ended) or is_short
    if not is_over or not current_identity.profile.endswith("@console"):
        return {}
    if current_identity.root:
        return root_sign_in_parameters(play) if home.id == play.account.id else {}
    return sign_in_parameters(play, current_identity.who, home)


def _allowed_acts(play: Play) -> Iterator[Act]:
    """Yield the acts of this play that succeeded."""
    yield from (
        outcome.act
        for outcome in play.outcomes
        if not isinstance(outcome.answer, ServiceError)
    )


def _password(call: Call) -> str:
    """Return the password that a call sets. Return "" if it sets none."""
    if call.operation == "ChangePassword":
        name = "NewPassword"
    else:
        name = "Password"
    if call.service == "iam":
        return str(call.parameters.get(name) or "")
    return ""


DOCUMENT_HINT = (
    "Write the document as JSON on one line in single quotes, or name a file as file://NAME"
)
PASSWORD_HINT = "`aws iam create-login-profile` gives one."
CODE_HINT = "A user with an MFA device also needs a code to sign in: `--mfa-code @phone` gives the phone's."
CODE_WRONG = "AWS doesn't give the reason. Check the name and the password, and use `--mfa-code @phone` for the code."
NO_DEVICE = "{} signs in with only a password: there is no MFA device. Check the password."


def advice(outcomes: Sequence[Outcome]) -> str:
    """Return advice on the last call, if it failed and AWS's error message doesn't say enough. Return "" if there is no advice.

    The advice is about a password, an MFA code, a whole ARN, or a policy document.
    """
    last = outcomes[-1] if outcomes else None
    if last is None or last.has_succeeded:
        return ""
    call = last.act.call
    if message := advice_about_root(last):
        return message
    if call.operation == "SignIn":
        return _sign_in_advice(last)
    if (
        isinstance(last.answer, ServiceError)
        and last.answer.code == "PasswordPolicyViolation"
    ):
        return f"A password has {passwords.describe_requirements(last.account.password_policy)}."
    if wrong := malformed_policy_problems(last):
        document = document_of(call.service, call.operation, call.parameters)
        written = document is not None and "{" in str(call.parameters[document[0]])
        if written:
            return capital(str(wrong[0]))
        return f"{DOCUMENT_HINT}."
    named = [arn for _, arn in whole_arns(last.account, last.act.call.parameters)]
    if named:
        return f"Write the whole ARN: {named[0]}"
    return ""


def _sign_in_advice(outcome: Outcome) -> str:
    """Return advice for a sign-in that AWS refused, for which it gives no reason."""
    call = outcome.act.call
    account = outcome.account
    user = account.users.get(call.text("UserName").lower())
    home = _account_of_user(account, call)
    if user is None and home:
        name = capital(call.text("UserName"))
        return f"{name} is a user in account {home.id}: add `--account-id {home.id}`."
    if user is None or (user.login and account.devices_of(user.id)):
        return CODE_WRONG if call.text("MfaCode") else CODE_HINT
    name = capital(user.name)
    if user.login:
        return NO_DEVICE.format(name)
    return f"{name} has no password yet: {PASSWORD_HINT}"


def _account_of_user(account: Account, call: Call) -> Account | None:
    """Return the only other account with the user of a sign-in that names no account, or None."""
    user_name = call.text("UserName").lower()
    homes = [other for other in account.others.values() if user_name in other.users]
    return homes[0] if len(homes) == 1 and not call.text("AccountId") else None


def advice_about_root(outcome: Outcome) -> str:
    """Return advice for a call that took root for an IAM user. Return "" if it is another call."""
    call = outcome.act.call
    answer = outcome.answer
    if (
        not isinstance(answer, ServiceError)
        or answer.code != "NoSuchEntity"
        or call.text("UserName").lower() != "root"
    ):
        return ""
    return f"Root isn't an IAM user: it came with the account. {ROOTS_OWN.get(call.operation, NO_CALL)}"


ROOT_KEYS_HINT = (
    "Signed in as root, leave out --user-name. Then the call is about root's own keys."
)
NO_CALL = "Calls about users can't change it."
ROOTS_OWN = {
    "EnableMFADevice": "`console enroll-root-mfa` enrols its device.",
    **dict.fromkeys(
        ("CreateAccessKey", "DeleteAccessKey", "ListAccessKeys", "UpdateAccessKey"),
        ROOT_KEYS_HINT,
    ),
}
