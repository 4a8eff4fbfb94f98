"""Who can be signed in as, by what this play itself gave them."""

from __future__ import annotations

from coffeeshop.views.identity import able_to_sign_in, signs_in
from tests.views.plays import played

PASSWORD = "aws iam create-login-profile --user-name sam --password "


def test_whoever_gave_a_password_can_sign_in_with_it_and_a_refused_one_counts_for_nothing() -> None:
    given = played("10", f"{PASSWORD}coffee\n{PASSWORD}'Coffee-beans-1'\n{PASSWORD}'Coffee-beans-2'")
    assert able_to_sign_in(given) == ("sam",)
    assert signs_in(given, "sam") == {"UserName": "sam", "Password": "Coffee-beans-1"}


def test_a_password_of_the_world_or_one_that_was_taken_away_is_offered_to_nobody() -> None:
    assert able_to_sign_in(played("10")) == ()
    taken = played("10", f"{PASSWORD}'Coffee-beans-1'\naws iam delete-login-profile --user-name sam")
    assert able_to_sign_in(taken) == ()
