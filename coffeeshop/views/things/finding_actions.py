"""The menu actions of IAM Access Analyzer's analyzers and findings."""

from __future__ import annotations

from collections.abc import Mapping

from coffeeshop.views.deed import Deed
from coffeeshop.views.things.item import Noun

MAKES_ANALYZER = Deed(
    "n",
    "Create an analyzer",
    (("access-analyzer", "CreateAnalyzer"),),
    note="ACCOUNT finds resources that someone outside can use. ACCOUNT_UNUSED_ACCESS finds access that no one used for 90 days.",
)

FINDING_ACTIONS: Mapping[Noun, tuple[Deed, ...]] = {
    "analyzer": (
        Deed(
            "a",
            "Add an archive rule",
            (("access-analyzer", "CreateArchiveRule"),),
            note="It archives new findings that fit its filter.",
        ),
        Deed(
            "d",
            "Delete this analyzer",
            (("access-analyzer", "DeleteAnalyzer"),),
            note="Its findings and archive rules are deleted with it.",
        ),
    ),
    "archive-rule": (
        Deed(
            "v",
            "Apply it to the findings of today",
            (("access-analyzer", "ApplyArchiveRule"),),
        ),
        Deed("d", "Delete it", (("access-analyzer", "DeleteArchiveRule"),)),
    ),
    "finding": (
        Deed(
            "o",
            "Archive it",
            (("access-analyzer", "UpdateFindings"),),
            given={"status": "ARCHIVED"},
            note="Archive a finding if the access is intended. If it isn't, change the policy, and the finding goes away.",
        ),
    ),
    "archived-finding": (
        Deed(
            "o",
            "Make it active again",
            (("access-analyzer", "UpdateFindings"),),
            given={"status": "ACTIVE"},
        ),
    ),
}
