"""Access keys, console passwords and the account's password policy.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html
"""

from __future__ import annotations

from msgspec.structs import replace

from coffeeshop.account import errors, ids
from coffeeshop.account.access import passwords, sessions
from coffeeshop.account.credentials import AccessKey, LoginProfile, PasswordPolicy, Use
from coffeeshop.account.iam_resources import User
from coffeeshop.account.instants import format_timestamp
from coffeeshop.account.model import Account, Act, Call, Reply
from coffeeshop.account.services import EMPTY_REPLY, Change, Operations
from coffeeshop.account.services.lookups import is_about_root, named_user
from coffeeshop.account.services.paging import list_page
from coffeeshop.account.values import JsonObject
from coffeeshop.policy.model import Standing

MAX_ACCESS_KEYS = 2


OPERATIONS = Operations()


# ----------------------------------------------------------------- access keys
def _key_owner(account: Account, call: Call, standing: Standing) -> tuple[str, str]:
    """Return the unique id and name of the user whose keys are meant.

    The root user means its own keys when it names nobody.
    """
    if is_about_root(call, standing):
        return account.id, "root"
    user = named_user(account, call)
    return user.id, user.name


def _key_shape(key: AccessKey, name: str) -> JsonObject:
    """Return an access key without its secret. Root's keys have no user name."""
    if name == "root":
        named: JsonObject = {}
    else:
        named = {"UserName": name}
    return {
        **named,
        "AccessKeyId": key.id,
        "Status": key.status,
        "CreateDate": format_timestamp(key.created),
    }


@OPERATIONS.add_with_standing("CreateAccessKey")
def create_access_key(account: Account, act: Act, standing: Standing) -> Change:
    """Create an access key. Only this answer shows its secret.

    Inactive keys count against the quota.
    """
    owner, name = _key_owner(account, act.call, standing)
    errors.check_quota(account.keys_of(owner), MAX_ACCESS_KEYS, "AccessKeysPerUser")
    account, key = sessions.new_key(account, owner, name, act.at)
    body = {
        "AccessKey": {
            **_key_shape(key, name),
            "SecretAccessKey": ids.secret_key(account, key.id),
        }
    }
    return account, Reply(body)


@OPERATIONS.add_with_standing("ListAccessKeys")
def list_access_keys(account: Account, act: Act, standing: Standing) -> Change:
    owner, name = _key_owner(account, act.call, standing)
    keys = {f"{n}": key for n, key in enumerate(account.keys_of(owner))}
    page = list_page(
        act.call, "AccessKeyMetadata", keys, lambda n: _key_shape(keys[n], name)
    )
    return account, page


def _named_key(account: Account, call: Call, standing: Standing) -> AccessKey:
    """Return the access key that a call names. Raise NoSuchEntity if the user doesn't have it."""
    owner, _ = _key_owner(account, call, standing)
    id = call.text("AccessKeyId")
    if access_key := next((key for key in account.keys_of(owner) if key.id == id), None):
        return access_key
    raise errors.no_such_entity("key", id)


def _with_key(account: Account, key: AccessKey) -> Account:
    return replace(account, credentials=account.credentials.put(key.id, key))


@OPERATIONS.add_with_standing("UpdateAccessKey")
def update_access_key(account: Account, act: Act, standing: Standing) -> Change:
    """Activate or deactivate an access key."""
    key = _named_key(account, act.call, standing)
    status = act.call.text("Status")
    if status == "Expired":
        # The code seen, the text uncertain.
        raise errors.service_error("InvalidInput", "Status Expired is not supported.")
    key = replace(key, status="Active" if status == "Active" else "Inactive")
    account = _with_key(account, key)
    return account, EMPTY_REPLY


@OPERATIONS.add_with_standing("DeleteAccessKey")
def delete_access_key(account: Account, act: Act, standing: Standing) -> Change:
    """Delete an access key for good.

    The account still knows its id, since settings may hold it.
    """
    key = _named_key(account, act.call, standing)
    key = replace(key, status="Deleted")
    account = _with_key(account, key)
    return account, EMPTY_REPLY


@OPERATIONS.add_with_standing("GetAccessKeyLastUsed")
def get_access_key_last_used(account: Account, act: Act, standing: Standing) -> Change:
    """Return the last use of an access key. An unknown key gives AccessDenied, as AWS answers."""
    id = act.call.text("AccessKeyId")
    key = account.credentials.get(id)
    if not isinstance(key, AccessKey) or key.status == "Deleted":
        refusal = (
            "is not authorized to perform iam:GetAccessKeyLastUsed on resource: access key"
        )
        # AWS writes no colon after "perform" here (seen).
        raise errors.access_denied(f"User: {standing.principal.arn} {refusal} {id}")
    owner = account.entity_by_id(key.owner)
    last = last_use(account, id)
    if last:
        place: JsonObject = {"ServiceName": last.service, "Region": last.region}
    else:
        place = {"ServiceName": "N/A", "Region": "N/A"}
    date: JsonObject = {}
    if last:
        date = {"LastUsedDate": format_timestamp(last.at)}
    name: JsonObject = {}
    if owner:
        name = {"UserName": owner.name}
    body = {**name, "AccessKeyLastUsed": {**date, **place}}
    return account, Reply(body)


def last_use(account: Account, id: str) -> Use | None:
    """Return the last use of a credential."""
    return account.usage.get(id, {}).get("")


# ------------------------------------------------------------------- passwords
def _named_login(account: Account, call: Call) -> tuple[User, LoginProfile]:
    """Return the user that a call names, and their console password. Raise NoSuchEntity if they have none."""
    user = named_user(account, call)
    if user.login is None:
        raise errors.no_such_entity("login", user.name)
    return user, user.login


def _login_profile_shape(user: User, login: LoginProfile) -> JsonObject:
    """Return a user's console password as AWS shows it, without the password."""
    return {
        "UserName": user.name,
        "CreateDate": format_timestamp(login.created),
        "PasswordResetRequired": login.reset_required,
    }


@OPERATIONS.add("CreateLoginProfile")
def create_login_profile(account: Account, act: Act) -> Change:
    """Give a user a console password. They must not have one."""
    call = act.call
    user = named_user(account, call)
    if user.login is not None:
        raise errors.entity_already_exists("login", user.name)
    if "Password" not in call.parameters:
        raise errors.validation_error("The Password parameter is required.")  # uncertain
    new = passwords.with_password(
        account, user, call.text("Password"), act.at, _requires_reset(call)
    )
    assert new.login is not None, "passwords.with_password sets it"
    account_after = account.put(new)
    body = {"LoginProfile": _login_profile_shape(new, new.login)}
    return account_after, Reply(body)


def _requires_reset(call: Call) -> bool:
    return call.parameters.get("PasswordResetRequired") is True


@OPERATIONS.add("GetLoginProfile")
def get_login_profile(account: Account, act: Act) -> Change:
    body = {"LoginProfile": _login_profile_shape(*_named_login(account, act.call))}
    return account, Reply(body)


@OPERATIONS.add("UpdateLoginProfile")
def update_login_profile(account: Account, act: Act) -> Change:
    """Change a user's password, or only whether they must change it when they next sign in."""
    user, login = _named_login(account, act.call)
    if password := act.call.text("Password"):
        account = account.put(
            passwords.with_password(
                account, user, password, act.at, _requires_reset(act.call)
            )
        )
        return account, EMPTY_REPLY
    if "PasswordResetRequired" in act.call.parameters:
        reset = _requires_reset(act.call)
    else:
        reset = login.reset_required
    user = replace(user, login=replace(login, reset_required=reset))
    account = account.put(user)
    return account, EMPTY_REPLY


@OPERATIONS.add("DeleteLoginProfile")
def delete_login_profile(account: Account, act: Act) -> Change:
    """Delete a user's password. Live console sessions last until they expire."""
    user, _ = _named_login(account, act.call)
    user = replace(user, login=None)
    account = account.put(user)
    return account, EMPTY_REPLY


@OPERATIONS.add_with_standing("ChangePassword")
def change_password(account: Account, act: Act, standing: Standing) -> Change:
    """Change the caller's own password. They must give the old one."""
    if standing.principal.kind != "user":
        # uncertain
        raise errors.service_error(
            "InvalidUserType", "Only IAM Users can change their own password"
        )
    user, _ = _named_login(account, act.call)
    old = act.call.text("OldPassword")
    new = act.call.text("NewPassword")
    rules = account.password_policy
    is_reused = old == new and not (rules and rules.reuse)
    if not passwords.password_matches(account, user.id, user.login, old) or is_reused:
        raise errors.access_denied("The old password was incorrect.")  # uncertain
    account = account.put(passwords.with_password(account, user, new, act.at))
    return account, EMPTY_REPLY


# --------------------------------------------------------------- password policy
PASSWORD_POLICY_FIELDS = {
    "MinimumPasswordLength": "minimum_length",
    "RequireSymbols": "symbols",
    "RequireNumbers": "numbers",
    "RequireUppercaseCharacters": "uppercase",
    "RequireLowercaseCharacters": "lowercase",
    "AllowUsersToChangePassword": "users_may_change",
    "MaxPasswordAge": "max_age",
    "PasswordReusePrevention": "reuse",
    "HardExpiry": "hard_expiry",
}


@OPERATIONS.add("UpdateAccountPasswordPolicy")
def update_password_policy(account: Account, act: Act) -> Change:
    """Replace the password policy.

    Settings left out go back to their default (length: 6).
    """
    settings = {
        PASSWORD_POLICY_FIELDS[name]: value for name, value in act.call.parameters.items()
    }
    account = replace(account, password_policy=replace(PasswordPolicy(), **settings))
    return account, EMPTY_REPLY


@OPERATIONS.add("GetAccountPasswordPolicy")
def get_password_policy(account: Account, act: Act) -> Change:
    """Return the account's password policy. Members that AWS omits if they aren't set are left out."""
    if (policy := account.password_policy) is None:
        raise errors.no_such_entity("password policy", account.id)
    shape: JsonObject = {
        name: getattr(policy, field)
        for name, field in PASSWORD_POLICY_FIELDS.items()
        if name not in OPTIONAL_MEMBERS or getattr(policy, field)
    }
    body = {"PasswordPolicy": {**shape, "ExpirePasswords": policy.max_age > 0}}
    return account, Reply(body)


# Members that AWS shows only if they are set.
OPTIONAL_MEMBERS = {"MaxPasswordAge", "PasswordReusePrevention", "HardExpiry"}


@OPERATIONS.add("DeleteAccountPasswordPolicy")
def delete_password_policy(account: Account, act: Act) -> Change:
    if account.password_policy is None:
        raise errors.no_such_entity("deleted password policy", "PasswordPolicy")
    account = replace(account, password_policy=None)
    return account, EMPTY_REPLY
