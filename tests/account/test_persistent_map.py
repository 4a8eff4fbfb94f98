"""The mapping that accounts are made of: what it holds, in which order, and that a changed copy leaves the old one alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coffeeshop.account import persistent_map as module
from coffeeshop.account.persistent_map import SortedMap

KEYS = st.one_of(st.text("abc", max_size=3), st.text(st.characters(), max_size=2))


@given(st.lists(st.tuples(KEYS, st.one_of(st.none(), st.integers())), max_size=60), st.sampled_from((2, 5, 32)))
def test_a_book_is_the_dict_of_its_changes_in_the_order_of_its_keys(changes: list[tuple[str, int | None]], leaf: int):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "LEAF", leaf)
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
        assert all(key in book and book[key] == book.get(key) == plain[key] for key in plain)
        assert 3 not in book
        assert max(map(len, book.leaves())) <= leaf


def test_a_book_shows_itself():
    assert repr(SortedMap([("a", 1)])) == "SortedMap({'a': 1})"
    assert SortedMap([("a", 1)]) != SortedMap([("a", 2)])
