"""The whole article, lived from a script (article.sh)."""

from datetime import timedelta
from pathlib import Path

from coffeeshop.account import sessions
from coffeeshop.account.command import read
from coffeeshop.account.ids import opened
from coffeeshop.account.model import Act, ServiceError, Session
from coffeeshop.account.service import handle, replay
from tests.account.shop import AT, EMAIL, ID, PASSWORD

SCRIPT = Path(__file__).with_name("article.sh")


def test_the_article_can_be_lived_line_by_line():
    fresh = opened(ID, b"article", AT, EMAIL, PASSWORD)
    account, at, acts = fresh, AT, list[Act]()
    for line in SCRIPT.read_text("utf-8").splitlines():
        command, _, wanted = line.partition("   # ")
        if not command or command.startswith("#"):
            continue
        at += timedelta(minutes=1)
        if "OWNER" in command:  # root's phone, which no user name stands for
            command = command.replace("OWNER", sessions.code(account.devices[f"arn:aws:iam::{ID}:mfa/owner"], at))
        act = read(command, account, at, {})
        assert isinstance(act, Act), (line, act)
        outcome = handle(account, act)
        refused = outcome.answer.code if isinstance(outcome.answer, ServiceError) else ""
        assert refused == wanted, (line, outcome.answer)
        account, acts = outcome.account, [*acts, act]
    assert replay(fresh, acts)[-1].account == account
    assert account.users["bo"].login is not None
    assert any(
        isinstance(held, Session) and held.profile == "bo@console" and held.mfa == at
        for held in account.credentials.values()
    )
    assert set(account.tables["Register"].items) == {'{"S": "1"}'}
