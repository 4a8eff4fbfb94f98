"""What a finding says of things that had to stay as they were."""

from __future__ import annotations

from coffeeshop.lessons.grading.fixtures import tampering_findings
from coffeeshop.lessons.model import Check, Offence


def test_a_finding_names_three_of_the_pieces_that_changed_and_no_more():
    pieces = [Offence("", f"{n}.json is gone") for n in "12345"]
    check = Check("fixture:bucket/receipts", "", passed=False, evidence=(*pieces,))
    (finding,) = tampering_findings([check])
    told = " ".join((finding.what, finding.why, *finding.hints))
    assert [n for n in "12345" if f"{n}.json" in told] == ["1", "2", "3"]
