"""The mapping that accounts are made of: what it holds, and that a changed copy leaves the old one alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coffeeshop.account.book import Book

KEYS = st.text(st.characters(), max_size=3)


@given(st.lists(st.tuples(KEYS, st.one_of(st.none(), st.integers()))))
def test_a_book_is_the_dict_of_its_changes(changes: list[tuple[str, int | None]]):
    book, plain = Book[int](), dict[str, int]()
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
        assert dict(before) == old
    assert dict(book) == plain == book
    assert (len(book), sorted(book), sorted(book.values()), sorted(book.items())) == (
        len(plain),
        sorted(plain),
        sorted(plain.values()),
        sorted(plain.items()),
    )
    assert book == Book(plain.items())
    assert all(key in book for key in plain)
    assert 3 not in book


def test_a_book_shows_itself():
    assert repr(Book([("a", 1)])) == "Book({'a': 1})"
    assert Book([("a", 1)]) != Book([("a", 2)])
