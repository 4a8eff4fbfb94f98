"""What the shop says of several jobs that change at once."""

from coffeeshop.shop.mark import Mode
from coffeeshop.shop.want import Ticket, Want
from coffeeshop.views.reactions import reaction_line


def stopped(says: str) -> Ticket:
    """A job of Indra's, who has no credential."""
    want = Want(says, Mode.MUST, "indra", says)
    return Ticket(want, missing="indra has no password and no active access key")


def test_two_jobs_that_stop_for_the_same_reason_are_named_once_each():
    said = reaction_line([stopped("Indra looks up stock"), stopped("Indra updates stock")])
    assert said == (
        "Indra is turned away: indra has no password and no active access key. It concerns "
        "2 jobs: “Indra looks up stock” and “Indra updates stock”."
    )
