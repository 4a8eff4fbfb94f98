"""Digests without OpenSSL are those of hashlib and hmac, and a play needs no other."""

from __future__ import annotations

import hashlib
import hmac
import subprocess
import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from coffeeshop import digests


@given(st.binary(max_size=200))
def test_a_digest_is_that_of_hashlib(data: bytes) -> None:
    for name in ("md5", "sha1", "sha256"):
        ours = getattr(digests, name)(data)
        assert ours.hexdigest() == hashlib.new(name, data).hexdigest()


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_a_keyed_digest_is_that_of_hmac(key: bytes, message: bytes) -> None:
    assert digests.keyed_digest(key, message) == hmac.digest(key, message, "sha256")
    sha1 = digests.keyed_digest(key, message, digests.sha1)
    assert sha1 == hmac.digest(key, message, "sha1")


def test_a_play_begins_without_openssl_and_without_markdown(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom pathlib import Path\n"
        "from coffeeshop.lessons.play.progress import Progress\n"
        "from coffeeshop.lessons.sitting.player import Player\n"
        f"player = Player(Progress(Path({str(tmp_path / 'kim.sqlite3')!r})))\n"
        "player.open('05')\nplayer.type('aws iam create-group --group-name night')\n"
        "player.playing.tickets\n"
        "print(*{'hashlib', 'hmac', '_hashlib', 'markdown_it'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []
