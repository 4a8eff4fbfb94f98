"""Every world there is, as it begins and as its solution leaves it: what is exported is imported, and decides the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from coffeeshop.account.access.sessions import mint_credential
from coffeeshop.account.access.standing import build_standing
from coffeeshop.account.model import Account
from coffeeshop.account.records import authorization_details
from coffeeshop.lessons.model import Play
from coffeeshop.lessons.play.script import run_play
from coffeeshop.lessons.scenario.find import folders
from coffeeshop.lessons.scenario.load import load
from coffeeshop.policy.model import Kind, Layer, Standing
from tests.examples import some

ARTICLE = Path(__file__).parents[2] / "account" / "article"


def rights(account: Account, name: str, play: Play) -> set[Layer]:
    """Every policy that bears on a user, save those of buckets, queues and functions, which no details hold."""
    account, key = mint_credential(
        account, account.arn(account.users[name]), "key", play.now
    )
    who = build_standing(account, key, play.now)
    assert isinstance(who, Standing)
    return {
        layer
        for layer in who.layers
        if layer.kind not in {Kind.RESOURCE, Kind.SCP, Kind.RCP}
    }


EXPORTED = [*some(folders(), 8, lambda folder: folder.name), ARTICLE]


@pytest.mark.parametrize("folder", EXPORTED, ids=lambda folder: folder.name)
def test_what_is_exported_is_imported_and_decides_the_same(folder: Path):
    scenario = load(folder)
    played = run_play(scenario, scenario.solution)
    for play in (Play(scenario), played):
        text = authorization_details.export_details(play.account)
        again, told = authorization_details.import_details(text, b"another", play.now)
        assert (told, authorization_details.export_details(again)) == ((), text)
        for name in play.account.users:
            assert rights(again, name, play) == rights(play.account, name, play)
