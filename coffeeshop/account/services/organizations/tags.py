"""Tags of the root, of units, accounts and policies.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_tagging.html
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from coffeeshop.account.model import Account, Act, Call
from coffeeshop.account.organization import ControlPolicy, MemberAccount, Organization, Unit
from coffeeshop.account.persistent_map import SortedMap
from coffeeshop.account.services import DONE, Change, Operations
from coffeeshop.account.services.organizations import lookups
from coffeeshop.account.services.paging import next_page
from coffeeshop.account.services.tagging import MOST_TAGS, bare, laid
from coffeeshop.account.values import Tags

BOOKS = {
    Unit: "units",
    MemberAccount: "members",
    ControlPolicy: "policies",
}  # where the organization holds them

OPERATIONS = Operations()


def laid_over(old: Tags, call: Call) -> Tags:
    """Returns the tags with those of the call laid over them. Raises InvalidInputException, ConstraintViolationException."""
    if len(call.tags) < len(call.rows("Tags")):
        raise lookups.unfit("DUPLICATE_TAG_KEY")
    new = laid(old, call.tags, "InvalidInputException", "INVALID_SYSTEM_TAGS_PARAMETER")
    if len(new) > MOST_TAGS:
        raise lookups.beyond("MAX_TAG_LIMIT_EXCEEDED")
    return new


def _asked(above: Organization, act: Act) -> Unit | MemberAccount | ControlPolicy:
    """Returns what ResourceId names. Raises TargetNotFoundException; AWS's own policies have no tags."""
    id = act.call.text("ResourceId")
    found = above.units.get(id) or above.members.get(id) or above.policies.get(id)
    if found is None:
        raise lookups.refused("TargetNotFoundException")
    return found


def _changed(
    account: Account,
    above: Organization,
    old: Unit | MemberAccount | ControlPolicy,
    tags: Tags,
) -> Change:
    name = BOOKS[type(old)]
    book: SortedMap[Any] = getattr(above, name)
    return account.with_organization(
        replace(above, **{name: book.put(old.id, replace(old, tags=tags))})
    ), DONE


@OPERATIONS.add("TagResource")
def tag(account: Account, act: Act) -> Change:
    above = lookups.managed(account)
    old = _asked(above, act)
    return _changed(account, above, old, laid_over(old.tags, act.call))


@OPERATIONS.add("UntagResource")
def untag(account: Account, act: Act) -> Change:
    above = lookups.managed(account)
    old = _asked(above, act)
    return _changed(account, above, old, bare(old.tags, act.call))


@OPERATIONS.add("ListTagsForResource")
def list_tags(account: Account, act: Act) -> Change:
    tags = _asked(lookups.managed(account), act).tags
    return account, next_page(
        act.call, "Tags", tags, lambda key: {"Key": key, "Value": tags[key]}
    )
