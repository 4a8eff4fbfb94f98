"""The codes of MFA devices: what a device shows, and what a code that was used leaves behind.

A device shows an HOTP (RFC 4226) of its seed and of the step of time (RFC 6238).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

from msgspec.structs import replace

from coffeeshop.account import errors
from coffeeshop.account.credentials import MfaDevice
from coffeeshop.account.model import Account

STEP = 30  # seconds that a code shows


def device_code(device: MfaDevice, at: datetime, step: int = 0) -> str:
    """Returns the code that the device itself shows `step` steps of 30 seconds after `at` (RFC 6238)."""
    return _shown(device.seed, _step(at) + step)


@lru_cache(maxsize=1024)
def _shown(seed: str, step: int) -> str:
    from pyotp.hotp import HOTP  # most plays show no code

    return HOTP(seed).at(step)


def _step(at: datetime) -> int:
    return int(at.timestamp()) // STEP


def spend_code(
    account: Account, device: MfaDevice, given: str, at: datetime
) -> Account | None:
    """Returns the account after that code opened something; None if it is wrong, out of step or used.

    A code may be a step early or late, around the device's drift, and works once.
    """
    now = _step(at) + device.drift
    for step in (now - 1, now, now + 1):
        if step not in device.used and device.seed and _shown(device.seed, step) == given:
            return replace(
                account,
                devices=account.devices.put(device.serial, _with_used(device, step)),
            )
    return None


def resync_device(
    device: MfaDevice, first: str, second: str, at: datetime, reach: range
) -> MfaDevice:
    """Returns the device with its drift set by two consecutive codes, the second within `reach` steps of the stored one.

    Both must be newer than any code that was accepted before. Raises InvalidAuthenticationCode otherwise.
    """
    now = _step(at) + device.drift
    oldest = max(device.used, default=-1)
    nearest_first = sorted(
        (now + offset for offset in reach), key=lambda step: abs(step - now)
    )
    for step in nearest_first:
        if (
            step - 1 > oldest
            and _shown(device.seed, step) == second
            and _shown(device.seed, step - 1) == first
        ):
            drift = step - _step(at)
            return replace(
                _with_used(device, step - 1, step), drift=0 if abs(drift) <= 1 else drift
            )
    raise errors.service_error(
        "InvalidAuthenticationCode", "Authentication code for device is not valid."
    )


def _with_used(device: MfaDevice, *steps: int) -> MfaDevice:
    return replace(device, used=(*device.used, *steps))


def enabled_device(account: Account, owner: str, serial: str) -> MfaDevice | None:
    """Returns that device, if it is enabled for this unique id."""
    found = account.devices.get(serial)
    return found if found and found.owner == owner else None


def spend_code_of_any(
    account: Account, devices: Iterable[MfaDevice], given: str, at: datetime
) -> Account | None:
    """Returns the account after the first of these devices whose code this is; None if it is nobody's."""
    for device in devices:
        after = spend_code(account, device, given, at)
        if after is not None:
            return after
    return None
