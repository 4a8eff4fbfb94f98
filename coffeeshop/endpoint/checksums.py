"""Compute the checksums of a body that S3's clients state or ask for.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
"""

from __future__ import annotations

import hashlib
import zlib
from base64 import b64encode
from collections.abc import Callable, Mapping
from functools import cache

CHECKSUM_HEADER_PREFIX = "x-amz-checksum-"


@cache
def _crc_table(polynomial: int) -> tuple[int, ...]:
    """Return the CRC register after each byte value. The polynomial has its lowest bit first."""
    registers: list[int] = []
    for register in range(256):
        for _ in range(8):
            register = register >> 1 ^ (polynomial if register & 1 else 0)
        registers.append(register)
    return tuple(registers)


def _crc_function(polynomial: int, bits: int) -> Callable[[bytes], bytes]:
    """Return a CRC function of so many bits. Its register starts with all bits set and is inverted at the end."""
    ones = (1 << bits) - 1

    def check(body: bytes) -> bytes:
        table = _crc_table(polynomial)
        register = ones
        for byte in body:
            register = table[(register ^ byte) & 255] ^ register >> 8
        return (register ^ ones).to_bytes(bits // 8, "big")

    return check


CHECKSUMS: Mapping[str, Callable[[bytes], bytes]] = {
    "crc32": lambda body: zlib.crc32(body).to_bytes(4, "big"),
    "crc32c": _crc_function(0x82F63B78, 32),
    "crc64nvme": _crc_function(0x9A6C9329AC4BC9B5, 64),
    "sha1": lambda body: hashlib.sha1(body, usedforsecurity=False).digest(),
    "sha256": lambda body: hashlib.sha256(body).digest(),
    "sha512": lambda body: hashlib.sha512(body).digest(),
    "md5": lambda body: hashlib.md5(body, usedforsecurity=False).digest(),
}


def checksum(name: str, body: bytes) -> str:
    """Return a checksum of CHECKSUMS in base64, as in a header."""
    return b64encode(CHECKSUMS[name](body)).decode()


def stated_checksums(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the checksums in headers or in trailers, by name. Unknown kinds are left out."""
    checksums = {
        name.removeprefix(CHECKSUM_HEADER_PREFIX): value
        for name, value in headers.items()
        if name.startswith(CHECKSUM_HEADER_PREFIX)
    }
    return {name: value for name, value in checksums.items() if name in CHECKSUMS}
