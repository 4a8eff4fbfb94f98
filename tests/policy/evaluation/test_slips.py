"""What a statement names by mistake: the same place in another form, or with letters exchanged."""

from __future__ import annotations

import pytest

from coffeeshop.policy.evaluation.slips import arn_in_other_form
from coffeeshop.policy.model import Element

RECEIPTS = "arn:aws:s3:::receipts"


@pytest.mark.parametrize("name", ["reciepts", "receipt", "receiptsss", "recipts"])
def test_a_name_with_one_or_two_letters_wrong_is_a_slip(name: str):
    wrote = f"arn:aws:s3:::{name}"
    assert arn_in_other_form(Element((wrote,)), RECEIPTS) == wrote


@pytest.mark.parametrize("name", ["receixxx", "recei", "receiptssss", "payroll"])
def test_a_name_with_three_letters_wrong_is_another_name(name: str):
    assert arn_in_other_form(Element((f"arn:aws:s3:::{name}",)), RECEIPTS) == ""


@pytest.mark.parametrize(
    ("wrote", "resource"), [("tills", "tilis"), ("till-1234", "till-1235")]
)
def test_a_short_name_or_one_with_another_number_is_another_name(wrote: str, resource: str):
    place = Element((f"arn:aws:s3:::{wrote}",))
    assert arn_in_other_form(place, f"arn:aws:s3:::{resource}") == ""
