"""Compute the codes of MFA devices, and note their use.

A device shows an HOTP (RFC 4226) of its seed and of the time step (RFC 6238).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

from msgspec.structs import replace

from coffeeshop.account import errors
from coffeeshop.account.credentials import MfaDevice
from coffeeshop.account.model import Account

CODE_SECONDS = 30  # seconds that a code shows


def device_code(device: MfaDevice, at: datetime, step: int = 0) -> str:
    """Return the code that the device shows `step` steps of 30 seconds after `at` (RFC 6238)."""
    return _code_at_step(device.seed, _time_step(at) + step)


@lru_cache(maxsize=1024)
def _code_at_step(seed: str, step: int) -> str:
    """Return the six-digit code of a device with this seed at a step of 30 seconds."""
    from pyotp.hotp import HOTP  # most plays show no code

    return HOTP(seed).at(step)


def _time_step(at: datetime) -> int:
    """Return the number of the step of 30 seconds in which a time lies."""
    return int(at.timestamp()) // CODE_SECONDS


def spend_code(
    account: Account, device: MfaDevice, code: str, at: datetime
) -> Account | None:
    """Return the account after this code was used, or None if the code is wrong, out of step or used before.

    A code can be a step early or late, around the device's drift, and works once.
    """
    present = _time_step(at) + device.drift
    for step in (present - 1, present, present + 1):
        if step in device.used or not device.seed:
            continue
        if _code_at_step(device.seed, step) == code:
            devices = account.devices.put(device.serial, _with_used(device, step))
            return replace(account, devices=devices)
    return None


def resync_device(
    device: MfaDevice, first: str, second: str, at: datetime, reach: range
) -> MfaDevice:
    """Return the device with its drift set by two consecutive codes, the second within `reach` steps of the stored one.

    Both must be newer than any code that was accepted before. Raise InvalidAuthenticationCode otherwise.
    """
    present = _time_step(at) + device.drift
    newest_used = max(device.used, default=-1)
    for offset in sorted(reach, key=abs):
        step = present + offset
        if step - 1 <= newest_used:
            continue
        codes = (_code_at_step(device.seed, step - 1), _code_at_step(device.seed, step))
        if codes == (first, second):
            drift = step - _time_step(at)
            small = abs(drift) <= 1  # a code can be off by a step in any case
            return replace(_with_used(device, step - 1, step), drift=0 if small else drift)
    raise errors.service_error(
        "InvalidAuthenticationCode", "Authentication code for device is not valid."
    )


def _with_used(device: MfaDevice, *steps: int) -> MfaDevice:
    """Return the device with the codes of these steps marked as used: each is accepted once."""
    return replace(device, used=(*device.used, *steps))


def enabled_device(account: Account, owner: str, serial: str) -> MfaDevice | None:
    """Return that device, if it is enabled for this unique id."""
    device = account.devices.get(serial)
    if device and device.owner == owner:
        return device
    return None


def spend_code_of_any(
    account: Account, devices: Iterable[MfaDevice], code: str, at: datetime
) -> Account | None:
    """Return the account after the first of these devices that accepts this code used it, or None."""
    for device in devices:
        after = spend_code(account, device, code, at)
        if after is not None:
            return after
    return None
