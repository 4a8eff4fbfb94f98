"""Who can be signed in as, by what this play itself gave them; and on whom a policy hangs."""

from __future__ import annotations

from datetime import timedelta

from coffeeshop.account.command.write import write_line
from coffeeshop.account.model import Call
from coffeeshop.lessons.grading.trial import run_all_wants
from coffeeshop.lessons.play.script import run_play
from coffeeshop.shop.mark import Mode
from coffeeshop.views.identity import (
    Identity,
    advice,
    identity,
    sign_in_parameters,
    signs_in_again,
    users_able_to_sign_in,
)
from coffeeshop.views.rows import lines
from coffeeshop.views.tickets import explain_ticket
from tests.views.plays import played

PASSWORD = "aws iam create-login-profile --user-name sam --password "


def test_whoever_gave_a_password_can_sign_in_with_it_and_a_refused_one_counts_for_nothing() -> (
    None
):
    given = played(
        "10", f"{PASSWORD}coffee\n{PASSWORD}'Coffee-beans-1'\n{PASSWORD}'Coffee-beans-2'"
    )
    assert users_able_to_sign_in(given) == ("sam",)
    assert sign_in_parameters(given, "sam") == {
        "UserName": "sam",
        "Password": "Coffee-beans-1",
    }


def test_a_password_of_the_world_or_one_that_was_taken_away_is_offered_to_nobody() -> None:
    assert users_able_to_sign_in(played("10")) == ()
    taken = played(
        "10", f"{PASSWORD}'Coffee-beans-1'\naws iam delete-login-profile --user-name sam"
    )
    assert users_able_to_sign_in(taken) == ()


def test_of_policies_that_are_called_alike_the_one_that_decided_is_told_by_whom_it_hangs_on() -> (
    None
):
    play = played("10")
    shred = next(ticket for ticket in run_all_wants(play) if ticket.want.mode is Mode.NEVER)
    assert "That policy is attached to user robin." in lines(explain_ticket(shred))
    works = next(
        ticket
        for ticket in run_all_wants(played("10", "solution"))
        if ticket.want.who == "casey"
    )
    assert "That policy is attached to group Cashiers." in lines(explain_ticket(works))


OVER = Identity("root@console", "root", root=True, ended="session ended")


def test_the_owner_signs_in_again_with_the_shops_email_and_password() -> None:
    house = {"RootEmail": "owner@coffeeshop.example", "Password": "House-blend-1"}
    assert signs_in_again(played("01", ""), OVER) == house


def test_a_user_who_is_called_root_signs_in_as_that_user() -> None:
    gives = PASSWORD.replace("sam", "root")
    given = played("10", f"aws iam create-user --user-name root\n{gives}'Coffee-beans-1'")
    assert sign_in_parameters(given, "root") == {
        "UserName": "root",
        "Password": "Coffee-beans-1",
    }
    mine = Identity("root@console", "root", ended="session ended")
    assert signs_in_again(given, mine) == sign_in_parameters(given, "root")


def test_a_user_of_another_account_signs_in_again_there() -> None:
    play = played("37")
    for profile in ("lena@console", "ada@console"):
        later = play.at(play.now + timedelta(hours=13))
        ended = identity(later.account, profile, later.now)
        assert ended.ended
        parameters = signs_in_again(later, ended)
        assert ("AccountId" in parameters) == (profile == "lena@console")
        code = parameters.pop("MfaCode", "")
        ending = f" --mfa-code {code}" if code else ""
        line = f"{write_line(Call('console', 'SignIn', parameters))}{ending}"
        renewed = run_play(play.scenario, line)
        assert renewed.last is not None
        assert renewed.last.has_succeeded
        assert not identity(renewed.account, profile, renewed.now).ended


def test_a_refused_sign_in_names_the_account_where_the_user_is() -> None:
    outcomes = played(
        "37", "console sign-in --user-name lena --password Sea-salt-at-6"
    ).outcomes
    assert "add `--account-id 222233334444`" in advice(outcomes)
    unknown = played("37", "console sign-in --user-name pia --password Sea-salt-at-6")
    assert "account" not in advice(unknown.outcomes)
