"""Each recorded answer is like ours, or it is said why not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from coffeeshop.account.api.operations import OPERATIONS
from coffeeshop.account.model import ServiceError
from tests.recorded.answers import form, replay, sessions
from tests.tables import each_row


@each_row(
    ((session,) for session in sessions()),
    lambda session: session["name"].rpartition("::")[2],
)
def test_our_answers_have_the_form_of_the_recorded_ones(session: Mapping[str, Any]):
    for compared in replay(session):
        ours = compared.answer
        if isinstance(ours, ServiceError):
            shown: Any = [ours.code, ours.message, ours.status]
        else:
            shown = form(ours.body)
        is_explained = bool(compared.differs)
        assert compared.is_alike != is_explained, (
            compared.call,
            shown,
        )


def test_each_session_tells_where_and_when_it_was_recorded():
    for session in sessions():
        assert session["source"]
        assert session["licence"]
        assert session["recorded"]
        assert any("answer" in call for call in session["calls"]) or session.get("left")


def test_an_example_is_left_only_if_its_operation_is_not_simulated():
    simulated_names = [
        name
        for session in sessions()
        if session["source"] == "aws/aws-cli awscli/examples"
        for name in session.get("left", {})
        if (row := OPERATIONS.get(tuple(name.split(":")))) and row.simulated
    ]
    assert simulated_names == []
