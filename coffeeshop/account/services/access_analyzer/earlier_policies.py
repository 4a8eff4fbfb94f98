"""Look up in the event history since when a resource has the policies that it has."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from coffeeshop.account.model import Account
from coffeeshop.account.resources import Analyzer
from coffeeshop.account.services.access_analyzer.analyzed_resources import (
    AnalyzedResource,
    resource_of,
)


class PolicyState(Struct, frozen=True):
    """A resource as it was between two changes of its policies. None: it didn't exist."""

    since: datetime
    resource: AnalyzedResource | None


def policy_states(
    account: Account, analyzer: Analyzer, resource: AnalyzedResource
) -> Iterator[PolicyState]:
    """Yield what a resource's policy was since the analyzer was created, the present state first.

    Each event keeps the account after its call. So a state began with its earliest event.
    """
    state: AnalyzedResource | None = resource
    since: datetime | None = None
    for event in account.event_history.newest_first():
        if event.act.at < analyzer.created:
            break
        earlier = resource_of(event.account, resource.owner, resource.arn)
        if earlier != state:
            yield PolicyState(since or event.act.at, state)
            state = earlier
        since = event.act.at
    made = state.made if state else analyzer.created
    yield PolicyState(max(made, analyzer.created), state)
