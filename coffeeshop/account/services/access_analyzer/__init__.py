"""IAM Access Analyzer: checks of policies, analyzers, and findings about external and unused access.

https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

from collections.abc import Mapping

from coffeeshop.account.services import Apply
from coffeeshop.account.services.access_analyzer import (
    analyzers,
    archive_rules,
    findings,
    policy_checks,
)

OPERATIONS: Mapping[str, Apply] = {
    **policy_checks.OPERATIONS,
    **analyzers.OPERATIONS,
    **archive_rules.OPERATIONS,
    **findings.OPERATIONS,
}
