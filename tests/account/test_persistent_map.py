"""The mapping that accounts are made of: what it holds, in which order, and that a changed copy leaves the old one alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coffeeshop.account import persistent_map as module
from coffeeshop.account.persistent_map import SortedMap

KEYS = st.one_of(st.text("abc", max_size=3), st.text(st.characters(), max_size=2))


@given(
    st.lists(st.tuples(KEYS, st.one_of(st.none(), st.integers())), max_size=60),
    st.sampled_from((2, 5, 32)),
)
def test_a_book_is_the_dict_of_its_changes_in_the_order_of_its_keys(
    changes: list[tuple[str, int | None]], leaf: int
):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "LEAF_SIZE", leaf)
        book, plain = SortedMap[int](), dict[str, int]()
        for key, value in changes:
            before, old = book, dict(plain)
            if value is None and key not in plain:
                with pytest.raises(KeyError):
                    book.drop(key)
            elif value is None:
                book = book.drop(key)
                del plain[key]
            else:
                book = book.put(key, value)
                plain[key] = value
            assert list(before.items()) == sorted(old.items())
        assert book == plain == dict(book)
        assert list(book) == sorted(plain)
        assert (len(book), list(book.items())) == (len(plain), sorted(plain.items()))
        assert list(book.values()) == [value for _, value in sorted(plain.items())]
        assert book == SortedMap(plain.items())
        assert all(
            key in book and book[key] == book.get(key) == plain[key] for key in plain
        )
        assert 3 not in book
        assert max(map(len, book.leaves())) <= leaf


@given(
    st.dictionaries(KEYS, st.integers(), min_size=1, max_size=60),
    KEYS,
    st.sampled_from((2, 5, 32)),
)
def test_a_book_of_other_values_is_the_dict_of_them_and_so_is_what_becomes_of_it(
    plain: dict[str, int], key: str, leaf: int
):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "LEAF_SIZE", leaf)
        book = SortedMap(plain.items())
        shown = {key: f"{key}={value}" for key, value in plain.items()}
        assert book.map_lazily("{}={}".format) == shown
        assert (
            book.map_lazily("{}={}".format)
            == book.map_lazily("{}={}".format)
            == SortedMap(shown.items())
        )
        assert book.map_lazily("{}={}".format).put(key, "new") == {**shown, key: "new"}
        first = min(shown)
        assert book.map_lazily("{}={}".format).drop(first) == {
            name: one for name, one in shown.items() if name != first
        }
        assert book == plain


def test_of_other_values_only_those_near_one_that_is_asked_for_are_made_and_those_once():
    made = list[str]()
    book = SortedMap((f"{n:04}", n) for n in range(3200)).map_lazily(
        lambda key, value: made.append(key) or value
    )
    assert not made
    assert [book["0700"], book.get("0700"), "0701" in book] == [700, 700, True]
    assert sorted(made) == [f"{n:04}" for n in range(700 // 32 * 32, 700 // 32 * 32 + 32)]


def test_a_book_shows_itself():
    assert repr(SortedMap([("a", 1)])) == "SortedMap({'a': 1})"
    assert SortedMap([("a", 1)]) != SortedMap([("a", 2)])


def test_a_mapped_book_knows_which_it_was_mapped_from_until_it_is_changed():
    book = SortedMap((f"{n:04}", n) for n in range(100))
    mapped = book.map_lazily(lambda key, value: str(value))
    assert book.origin is book
    assert mapped.origin is mapped.map_lazily(lambda key, value: f"{value}!").origin is book
    changed = mapped.put("0001", "one")
    assert changed.origin is changed
