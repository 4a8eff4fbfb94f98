"""How far a credential reaches counts what its holder can choose to say in a request."""

from __future__ import annotations

from coffeeshop.account.access.sessions import mint_credential
from coffeeshop.policy.catalog import AccessLevel
from coffeeshop.shop.radius import NO_WAYS, find_blast_radius
from coffeeshop.shop.things import Thing
from tests.views.plays import played


def test_a_credential_reaches_what_its_holder_can_ask_for_with_a_boundary():
    play = played("22", "solution")
    user = play.account.users["mina"]
    account, key = mint_credential(play.account, play.account.arn(user), "key", play.now)
    found = find_blast_radius(account, [key], play.now, NO_WAYS)
    assert {(one.thing, one.level) for one in found.reached} == {
        (Thing("user"), AccessLevel.WRITE),
        (Thing("user"), AccessLevel.PERMISSIONS),
    }
