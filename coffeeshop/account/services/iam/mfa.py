"""MFA devices: apps (virtual devices), hardware tokens and security keys.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa.html
"""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from urllib.parse import quote

from msgspec.structs import replace

from coffeeshop.account import errors, ids
from coffeeshop.account.access import totp
from coffeeshop.account.credentials import MfaDevice
from coffeeshop.account.iam_resources import User
from coffeeshop.account.instants import format_timestamp
from coffeeshop.account.model import Account, Act, Call, Reply
from coffeeshop.account.services import EMPTY_REPLY, Change, Operations
from coffeeshop.account.services.lookups import is_about_root, named_user
from coffeeshop.account.services.paging import list_page
from coffeeshop.account.services.tagging import add_iam_tags
from coffeeshop.account.values import Deferred, JsonObject
from coffeeshop.policy.model import Standing

MAX_DEVICES = 8
# How many time steps from now the second of two codes may be (our choice).
ENROLMENT_STEPS = range(-10, 2)
RESYNC_STEPS = range(-998, 1001)
MFA_REQUIRED = "To complete this action, please ensure that you are authenticated with an MFA device that is enabled for this user."


OPERATIONS = Operations()


@OPERATIONS.add("CreateVirtualMFADevice")
def create_virtual_device(account: Account, act: Act) -> Change:
    """Create a virtual MFA device. Only this answer shows its seed."""
    call = act.call
    serial = ids.arn(
        account,
        "mfa",
        f"{call.text('Path', '/').lstrip('/')}{call.text('VirtualMFADeviceName')}",
    )
    if serial in account.devices:
        raise errors.entity_already_exists("device", serial)
    birth = _birth_count(account, serial) + 1
    device = replace(
        next_virtual_device(account, serial, act.at),
        tags=add_iam_tags({}, call, case_sensitive=True),
    )
    account = replace(account, births=account.births.put(f"mfa/{serial}", birth))
    secrets = {"SerialNumber": serial, "Base32StringSeed": device.seed.encode()}
    name = call.text("VirtualMFADeviceName")
    # It takes longer than the call.
    picture = Deferred(
        secrets, QRCodePNG=lambda: _qr_code_png(otpauth_uri(account, device, name))
    )
    account_after = _with_device(account, device)
    body = {"VirtualMFADevice": picture}
    return account_after, Reply(body)


def _qr_code_png(text: str) -> bytes:
    """Return the PNG of a text's QR code."""
    import segno  # most plays show none

    file = BytesIO()
    segno.make(text, micro=False).save(file, kind="png", scale=4)
    return file.getvalue()


def _birth_count(account: Account, serial: str) -> int:
    return account.births.get(f"mfa/{serial}", 0)


def next_virtual_device(account: Account, serial: str, at: datetime) -> MfaDevice:
    """Return the virtual device that CreateVirtualMFADevice would create with this serial."""
    return MfaDevice(
        serial, ids.mfa_seed(account, serial, _birth_count(account, serial) + 1), at
    )


def otpauth_uri(account: Account, device: MfaDevice, name: str) -> str:
    """Return the URI in the QR code. It names Coffeeshop as the issuer, never AWS."""
    return f"otpauth://totp/Coffeeshop:{quote(name)}@{account.id}?secret={device.seed}&issuer=Coffeeshop"


def _with_device(account: Account, device: MfaDevice) -> Account:
    return replace(account, devices=account.devices.put(device.serial, device))


@OPERATIONS.add_with_standing("EnableMFADevice")
def enable_device(account: Account, act: Act, standing: Standing) -> Change:
    user = named_user(account, act.call)
    require_mfa_for_own(account, user, standing)
    account = enable_for_owner(account, user.id, user.name, act)
    return account, EMPTY_REPLY


def enable_for_owner(account: Account, owner: str, name: str, act: Act) -> Account:
    """Return the account with a device enabled for its owner, by two consecutive codes.

    The owner is a user's unique id, or the account's id for the root user.
    """
    serial = act.call.text("SerialNumber")
    device = account.devices.get(serial)
    if device is None or not device.seed:
        raise errors.no_such_entity("device", serial)
    if device.owner == owner:
        raise errors.entity_already_exists("own device", name)
    if device.owner:
        raise errors.entity_already_exists("used device", serial)
    errors.check_quota(account.devices_of(owner), MAX_DEVICES, "MFADevicesPerUser")
    first = act.call.text("AuthenticationCode1")
    second = act.call.text("AuthenticationCode2")
    device = replace(device, drift=0)
    paired = totp.resync_device(device, first, second, act.at, ENROLMENT_STEPS)
    paired = replace(paired, owner=owner, enabled=act.at)
    return _with_device(account, paired)


def require_mfa_for_own(account: Account, user: User, standing: Standing) -> None:
    """Raise AccessDenied if a user changes their own devices without MFA.

    It applies to users who have a device already, whatever their policies say.
    """
    is_own = standing.principal.id == user.id
    if (
        is_own
        and account.devices_of(user.id)
        and standing.fixed.get("aws:MultiFactorAuthPresent") != ("true",)
    ):
        raise errors.access_denied(MFA_REQUIRED)


def _own_device(account: Account, user: User, call: Call) -> MfaDevice:
    """Return the named device of a user. Raise NoSuchEntity if there is none, or if it isn't theirs."""
    serial = call.text("SerialNumber")
    device = totp.enabled_device(account, user.id, serial)
    if device is None:
        is_there = serial in account.devices
        raise errors.no_such_entity("own device" if is_there else "device", serial)
    return device


@OPERATIONS.add("ResyncMFADevice")
def resync_device(account: Account, act: Act) -> Change:
    """Synchronize a virtual or hardware MFA device again with two consecutive codes.

    Security keys show no codes, so they can't be synchronized.
    """
    call = act.call
    user = named_user(account, call)
    device = _own_device(account, user, call)
    if not device.seed:
        raise errors.no_such_entity("own device", device.serial)
    account = _with_device(
        account,
        totp.resync_device(
            device,
            call.text("AuthenticationCode1"),
            call.text("AuthenticationCode2"),
            act.at,
            RESYNC_STEPS,
        ),
    )
    return account, EMPTY_REPLY


@OPERATIONS.add_with_standing("DeactivateMFADevice")
def deactivate_device(account: Account, act: Act, standing: Standing) -> Change:
    user = named_user(account, act.call)
    require_mfa_for_own(account, user, standing)
    account = disable_device(account, _own_device(account, user, act.call))
    return account, EMPTY_REPLY


def disable_device(account: Account, device: MfaDevice) -> Account:
    """Return the account with a device disabled. A security key is gone then."""
    if not device.seed:
        return replace(account, devices=account.devices.drop(device.serial))
    device = replace(device, owner="", enabled=None, drift=0)
    return _with_device(account, device)


@OPERATIONS.add("DeleteVirtualMFADevice")
def delete_virtual_device(account: Account, act: Act) -> Change:
    """Delete a virtual MFA device. It must have been deactivated first."""
    serial = act.call.text("SerialNumber")
    device = account.devices.get(serial)
    if device is None or ":mfa/" not in serial:
        raise errors.no_such_entity("device", serial)
    if device.owner:
        raise errors.delete_conflict("MFA VirtualDevice in use. Must deactivate first.")
    account = replace(account, devices=account.devices.drop(serial))
    return account, EMPTY_REPLY


def _device_shape(device: MfaDevice, name: str) -> JsonObject:
    """Return a device as ListMFADevices shows it."""
    return {
        "UserName": name,
        "SerialNumber": device.serial,
        "EnableDate": format_timestamp(device.enabled or device.created),
    }


@OPERATIONS.add_with_standing("ListMFADevices")
def list_devices(account: Account, act: Act, standing: Standing) -> Change:
    """List the MFA devices of a user, or of root if root names no user."""
    if is_about_root(act.call, standing):
        devices = {
            device.serial: _device_shape(device, "root")
            for device in account.devices_of(account.id)
        }
    else:
        user = named_user(account, act.call)
        devices = {
            device.serial: _device_shape(device, user.name)
            for device in account.devices_of(user.id)
        }
    page = list_page(act.call, "MFADevices", devices, lambda serial: devices[serial])
    return account, page


@OPERATIONS.add_with_standing("GetMFADevice")
def get_device(account: Account, act: Act, standing: Standing) -> Change:
    """Return a security key. Devices that show codes are refused."""
    serial = act.call.text("SerialNumber")
    if is_about_root(act.call, standing):
        owner = account.id
        name = "root"
    else:
        user = named_user(account, act.call)
        owner = user.id
        name = user.name
    device = totp.enabled_device(account, owner, serial)
    if device is None:
        raise errors.no_such_entity("own device", serial)
    if device.seed:
        # uncertain
        raise errors.validation_error(
            "The specified serial number is not that of a FIDO security key."
        )
    return account, Reply(_device_shape(device, name))


@OPERATIONS.add("ListVirtualMFADevices")
def list_virtual_devices(account: Account, act: Act) -> Change:
    """List virtual devices, without their seeds."""
    status = act.call.text("AssignmentStatus", "Any")
    devices = {
        device.serial: device
        for device in account.devices.values()
        if ":mfa/" in device.serial and status in {"Any", _assignment_status(device)}
    }
    page = list_page(
        act.call,
        "VirtualMFADevices",
        devices,
        lambda serial: _virtual_device_shape(account, devices[serial]),
    )
    return account, page


def _assignment_status(device: MfaDevice) -> str:
    if device.owner:
        return "Assigned"
    return "Unassigned"


def _virtual_device_shape(account: Account, device: MfaDevice) -> JsonObject:
    """Return a device as ListVirtualMFADevices shows it, with its user or root if it is enabled."""
    if not device.owner:
        return {"SerialNumber": device.serial}
    enabled: JsonObject = {"EnableDate": format_timestamp(device.enabled or device.created)}
    holder = account.entity_by_id(device.owner)
    owner: JsonObject = {
        "UserId": account.id,
        "Arn": account.root_arn,
        "CreateDate": format_timestamp(account.created),
    }
    if isinstance(holder, User):
        created = format_timestamp(holder.created)
        owner = {
            "Path": holder.path,
            "UserName": holder.name,
            "UserId": holder.id,
            "Arn": account.arn(holder),
            "CreateDate": created,
        }
    return {"SerialNumber": device.serial, "User": owner, **enabled}
