"""A platform changes its keys now and then: a new one counts soon, and a withdrawn one no longer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from joserfc.jwk import KeySet, RSAKey

from coffeeshop.lti.platform import Platform
from coffeeshop.lti.platform_keys import FETCH_PAUSE, KEY_SECONDS, PlatformKeys
from coffeeshop.published_keys import KeysError
from tests.lti.simulated_platform import KEY, signed

NEW = RSAKey.generate_key(2048, {"kid": "platform-2"}, auto_kid=False)


def publish(path: Path, *keys: RSAKey) -> None:
    path.write_text(json.dumps(KeySet([*keys]).as_dict(private=False)))


def platform_with(path: Path) -> Platform:
    return Platform("https://x.example", "7", ("1",), "", "", str(path))


def test_a_new_key_counts_when_it_is_published_without_a_fetch_for_each_forgery(
    tmp_path: Path,
):
    path = tmp_path / "jwks.json"
    platform, keys = platform_with(path), PlatformKeys()
    publish(path, KEY)
    token = signed({"sub": "a"}, NEW, kid="platform-2")
    assert keys.is_signed_by(platform, signed({"sub": "a"}), 0)
    assert not keys.is_signed_by(platform, token, 1)
    publish(path, KEY, NEW)
    assert not keys.is_signed_by(platform, token, FETCH_PAUSE - 1)
    assert keys.is_signed_by(platform, token, FETCH_PAUSE)


def test_a_key_that_was_withdrawn_counts_for_an_hour_at_most(tmp_path: Path):
    path = tmp_path / "jwks.json"
    platform, keys = platform_with(path), PlatformKeys()
    publish(path, KEY)
    token = signed({"sub": "a"})
    assert keys.is_signed_by(platform, token, 0)
    publish(path, NEW)
    assert keys.is_signed_by(platform, token, KEY_SECONDS - 1)
    assert not keys.is_signed_by(platform, token, KEY_SECONDS)


def test_keys_that_can_t_be_had_are_asked_for_again_after_a_pause(tmp_path: Path):
    path = tmp_path / "jwks.json"
    platform, keys = platform_with(path), PlatformKeys()
    token = signed({"sub": "a"})
    for text in ("", "{", '{"keys": 7}'):
        path.write_text(text)
        for at in (0, 1):
            with pytest.raises(KeysError):
                PlatformKeys().is_signed_by(platform, token, at)
    path.unlink()
    with pytest.raises(KeysError):
        keys.is_signed_by(platform, token, 0)
    publish(path, KEY)
    with pytest.raises(KeysError):
        keys.is_signed_by(platform, token, 1)
    assert keys.is_signed_by(platform, token, FETCH_PAUSE)
