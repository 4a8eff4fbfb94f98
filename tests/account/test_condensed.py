"""What came of very many acts: told as if all of it were held, while of long ago the acts alone are."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coffeeshop.account import condensed as module
from coffeeshop.account.access.sessions import new_key
from coffeeshop.account.condensed import Condensed
from coffeeshop.account.door import replay
from coffeeshop.account.ids import new_account
from coffeeshop.account.model import Account, Act, Call, Key
from tests.account.shop import AT, EMAIL, ID, PASSWORD

NAMES = st.lists(st.sampled_from("abc"), max_size=30)


def begun() -> tuple[Account, Key]:
    fresh = new_account(ID, b"seed", AT, EMAIL, PASSWORD, "shop")
    account, key = new_key(fresh, ID, "root", AT)
    return account, Key(key.id)


def hired(caller: Key, names: list[str]) -> list[Act]:
    """Acts that succeed and are refused by turns, and leave another account each."""
    calls = [Call("iam", "CreateUser", {"UserName": name}) for name in names]
    return [Act(AT + timedelta(minutes=n), caller, call) for n, call in enumerate(calls)]


def _is_of_a(act: Act) -> bool:
    return act.call.text("UserName") == "a"


@given(NAMES, st.integers(1, 7), st.integers(1, 5), st.data())
def test_it_tells_what_is_told_where_all_is_held(
    names: list[str], length: int, together: int, data: st.DataObject
):
    account, caller = begun()
    acts = hired(caller, names)
    told = replay(account, acts)
    at = data.draw(st.integers(0, len(acts)))
    cut = data.draw(st.slices(len(acts)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "STRETCH_LENGTH", length)
        found = Condensed(account)
        for n in range(0, len(told), together):
            found += told[n : n + together]
        for one, all in (
            (found, told),
            (Condensed(account, told), told),
            (found.first_outcomes(at), told[:at]),
        ):
            assert (len(one), tuple(one), one.acts) == (
                len(all),
                all,
                tuple(act.act for act in all),
            )
            assert tuple(reversed(one)) == all[::-1]
            assert [one[n] for n in range(-len(all), len(all))] == [*all, *all]
            assert [*one.filter_outcomes(_is_of_a)] == [
                outcome for outcome in all if _is_of_a(outcome.act)
            ]
            with pytest.raises(IndexError):
                one[len(all)]
        assert found[cut] == told[cut]
        assert tuple(found.first_outcomes(at) + told[at:]) == told


def test_of_long_ago_the_acts_alone_are_held():
    account, caller = begun()
    told = replay(
        account, hired(caller, [f"user-{n}" for n in range(4 * module.STRETCH_LENGTH)])
    )
    found = Condensed(account)
    for outcome in told:
        found += (outcome,)
    held = len(found._last)
    assert module.STRETCH_LENGTH <= held < 2 * module.STRETCH_LENGTH
    assert all(one is other for one, other in zip(found._last, told[-held:], strict=True))
    assert sum(len(stretch.acts) for stretch in found._old) == len(told) - held
