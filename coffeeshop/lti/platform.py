"""Describe a learning platform, such as a school's Canvas or Moodle, as the teacher registered it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct, structs

from coffeeshop.exchange import MAX_ANSWER_BYTES, Address, split_address
from coffeeshop.files import read_file
from coffeeshop.policy.problem import Level, Place, Problem, Problems
from coffeeshop.published_keys import KeysError, import_keys

MAX_ADDRESS_LENGTH = 2000  # characters of an id or an address
HOST_PATTERN = re.compile(
    r"[A-Za-z0-9.:_-]+"
)  # nothing that ends a header's list of origins
MAX_LIST_LENGTH = 50  # deployments, or origins of frames
COPY_FIX = "copy the value from your learning platform"


class Platform(Struct, frozen=True):
    """A learning platform.

    `issuer` and `client_id` tell it apart. `deployments` are the ids under which it may use this tool. `auth` and `token`
    are addresses for a login and for access tokens. `keys` is the address of its JWKS document, or a file. `audience` is
    what a request for a token is addressed to, or "" for `token`. `frames` are the origins of pages that can show the tool.
    `site` is the address that the teacher typed for a Canvas or a Moodle, or "".
    """

    issuer: str
    client_id: str
    deployments: tuple[str, ...]
    auth: str
    token: str
    keys: str
    audience: str = ""
    frames: tuple[str, ...] = ()
    site: str = ""

    def is_called(self, address: str) -> bool:
        """Return whether a teacher may mean this platform by an address: its own, its issuer, or the origin of its pages."""
        names = (self.site, self.issuer, *self.frame_origins)
        return address.rstrip("/").lower() in {name.rstrip("/").lower() for name in names}

    @property
    def keys_address(self) -> Address | None:
        """Return where the keys are published, or None if they are in a file."""
        return split_address(self.keys) if "://" in self.keys else None

    @property
    def frame_origins(self) -> tuple[str, ...]:
        """Return the origins of pages that can show the tool: those named, or else the platform's own."""
        return self.frames or tuple(
            dict.fromkeys(filter(None, map(origin_of, (self.issuer, self.auth))))
        )

    def may_ask(self, address: Address | None) -> bool:
        """Return whether a service's address can be asked with this platform's tokens.

        A platform elsewhere can't send us to a server on this machine.
        """
        token = split_address(self.token)
        if address is None or token is None:
            return False
        return address.scheme == "https" or (address.is_local and token.is_local)


def origin_of(text: str) -> str:
    """Return the origin of an http or https address, such as https://school.example, or ""."""
    address = split_address(text)
    if address is None or address.scheme not in ("http", "https"):
        return ""
    if not HOST_PATTERN.fullmatch(address.host):
        return ""
    host = f"[{address.host}]" if ":" in address.host else address.host
    port = f":{address.port}" if address.port else ""
    return f"{address.scheme}://{host}{port}"


def check_platform(platform: Platform) -> Platform:
    """Return a platform with the absolute path of its keys. Raise Problems with everything that can't be right."""
    problems = [*_platform_problems(platform)]
    if problems:
        raise Problems(*problems)
    if "://" in platform.keys:
        return platform
    path = Path(platform.keys).absolute()
    try:
        import_keys(read_file(path, MAX_ANSWER_BYTES))
    except KeysError as error:
        raise Problems(_problem(f"{path}: {error}", COPY_FIX)) from None
    return structs.replace(platform, keys=str(path))


def _platform_problems(platform: Platform) -> Iterator[Problem]:
    """Yield what can't be right about a platform."""
    deployments = (("--deployment", id) for id in platform.deployments)
    ids = (("--issuer", platform.issuer), ("--client", platform.client_id), *deployments)
    for option, text in ids:
        if not _is_id(text):
            yield _problem(f"{option} {text[:80]!a} isn't an id from a platform", COPY_FIX)
    if not 0 < len(platform.deployments) <= MAX_LIST_LENGTH:
        yield _problem(f"a platform has 1 to {MAX_LIST_LENGTH} deployments", COPY_FIX)
    addresses = {"--auth": platform.auth, "--token": platform.token}
    if "://" in platform.keys:
        addresses["--keys"] = platform.keys
    for option, text in addresses.items():
        address = split_address(text)
        if address is None or not address.is_private or len(text) > MAX_ADDRESS_LENGTH:
            yield _problem(f"{option} {text[:80]!a} isn't an https address", COPY_FIX)
    for frame in platform.frames:
        if frame != origin_of(frame) or len(frame) > MAX_ADDRESS_LENGTH:
            mend = "write it as https://school.example, without a path"
            yield _problem(f"--frame {frame[:80]!a} isn't the address of a site", mend)
    if len(platform.frames) > MAX_LIST_LENGTH:
        yield _problem(
            f"a platform has at most {MAX_LIST_LENGTH} frames", "leave out some of them"
        )


def _is_id(text: str) -> bool:
    """Return whether a text can be a platform's id."""
    return 0 < len(text) <= MAX_ADDRESS_LENGTH and text.isascii() and text.isprintable()


def _problem(text: str, fix: str) -> Problem:
    """Return an error about a platform."""
    return Problem(Level.ERROR, "no-platform", Place(), text, fix)
