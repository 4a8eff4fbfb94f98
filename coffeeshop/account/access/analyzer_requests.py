"""The requests of IAM Access Analyzer's operations: on an analyzer, on an archive rule, or on no resource.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsiamaccessanalyzer.html
"""

from __future__ import annotations

from collections.abc import Iterator

from coffeeshop.account import ids
from coffeeshop.account.access.data_requests import request_tags, resource_tags
from coffeeshop.account.model import Account, Call
from coffeeshop.policy.model import Request

# Operations that ask for another action than their own.
OTHER_ACTIONS = {"GetFindingV2": "GetFinding", "ListFindingsV2": "ListFindings"}
# Operations on no resource.
WITHOUT_RESOURCE = {
    *("ValidatePolicy", "CheckNoNewAccess", "CheckAccessNotGranted"),
    *("CheckNoPublicAccess", "ListAnalyzers"),
}
# Operations on an archive rule.
ON_RULE = {
    *("CreateArchiveRule", "GetArchiveRule", "UpdateArchiveRule", "DeleteArchiveRule"),
}


def analyzer_name(call: Call) -> str:
    """Return the name of a call's analyzer, given as a name or an ARN."""
    arn = call.text("analyzerArn") or call.text("resourceArn")
    return call.text("analyzerName") or arn.rpartition(":analyzer/")[2]


def analyzer_requests(account: Account, call: Call) -> Iterator[Request]:
    """Yield a call's action on its analyzer or archive rule."""
    action = f"access-analyzer:{OTHER_ACTIONS.get(call.operation, call.operation)}"
    if call.operation in WITHOUT_RESOURCE:
        yield Request(action, "*")
        return
    name = analyzer_name(call)
    arn = ids.arn(account, "analyzer", name)
    if call.operation in ON_RULE:
        yield Request(action, f"{arn}/archive-rule/{call.text('ruleName')}")
        return
    analyzer = account.analyzers.get(name)
    tags = resource_tags(analyzer.tags if analyzer else {}, "aws:")
    yield Request(action, arn, {**tags, **request_tags(call)})
