"""The codes of devices, by what the RFCs print."""

from __future__ import annotations

from base64 import b32encode
from datetime import UTC, datetime, timedelta

from coffeeshop.account.access.totp import CODE_SECONDS, device_code
from coffeeshop.account.credentials import MfaDevice
from tests.tables import each_row

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# By count (RFC 4226, appendix D), and by second (RFC 6238, appendix B: its last six digits).
RFC_4226 = [
    "755224",
    "287082",
    "359152",
    "969429",
    "338314",
    "254676",
    "287922",
    "162583",
    "399871",
    "520489",
]
RFC_6238 = {
    59: "287082",
    1111111109: "081804",
    1111111111: "050471",
    1234567890: "005924",
    2000000000: "279037",
}


def device(seed: bytes) -> MfaDevice:
    return MfaDevice(
        "arn:aws:iam::111111111111:mfa/m", b32encode(seed).decode().rstrip("="), EPOCH
    )


@each_row([*((CODE_SECONDS * n, c) for n, c in enumerate(RFC_4226)), *RFC_6238.items()])
def test_a_device_shows_what_the_rfcs_print(seconds: int, shown: int) -> None:
    assert (
        device_code(device(b"12345678901234567890"), EPOCH + timedelta(seconds=seconds))
        == shown
    )
