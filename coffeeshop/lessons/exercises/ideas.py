"""List the ideas from which exercises are drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from coffeeshop.lessons.exercises.of_evidence import (
    encryption_part,
    events_part,
    findings_part,
)
from coffeeshop.lessons.exercises.of_guardrails import (
    account_rule_part,
    limit_part,
    partner_part,
    passing_part,
    tag_part,
)
from coffeeshop.lessons.exercises.of_identities import (
    copies_part,
    handshake_part,
    stations_part,
)
from coffeeshop.lessons.exercises.of_policies import (
    drawer_part,
    exception_part,
    folder_part,
    mfa_code_part,
    star_part,
)
from coffeeshop.lessons.exercises.of_trouble import (
    leaked_key_part,
    leaver_part,
    unused_credentials_part,
    usage_part,
)
from coffeeshop.lessons.exercises.part import Kit, Part


class Idea(Struct, frozen=True):
    """An idea: the title, objective and chapter of an exercise about it, and the function that makes its part."""

    title: str
    objective: str
    chapter: int
    make: Callable[[Kit], Part]
    first_title: str = ""  # in the first edition, if it was another one
    first_objective: str = ""


IDEAS: Mapping[str, Idea] = {
    "actions": Idea("A star too many", "Name the actions that a job uses", 2, star_part),
    "resources": Idea(
        "Bucket and files",
        "Name the resource that an action acts on",
        2,
        drawer_part,
        first_objective="Say on what an action acts",
    ),
    "conditions": Idea(
        "One folder of many",
        "Limit requests with a condition",
        2,
        folder_part,
        first_objective="Let a condition look at the request",
    ),
    "groups": Idea(
        "Copies that drifted apart",
        "Give a permission once, to a group",
        3,
        copies_part,
        first_objective="Grant once, to a group",
    ),
    "denies": Idea(
        "The exception",
        "Leave an exception out of a Deny",
        4,
        exception_part,
        first_objective="Leave an exception out of a deny",
    ),
    "roles": Idea(
        "A role for each task",
        "One role for each task",
        5,
        stations_part,
        first_title="An apron for each task",
    ),
    "trust": Idea(
        "Both sides of a role",
        "Let one person, and no one else, assume a role",
        5,
        handshake_part,
        first_title="Both hands",
        first_objective="Let one person, and nobody else, wear a role",
    ),
    "mfa": Idea(
        "A code for one action",
        "Require a code where it matters",
        6,
        mfa_code_part,
        first_title="A code for one deed",
        first_objective="Ask for a code where it matters",
    ),
    "boundaries": Idea(
        "The limit that was too tight", "Widen a permissions boundary", 7, limit_part
    ),
    "tags": Idea(
        "Tag against tag", "Compare the caller's tag with the file's", 7, tag_part
    ),
    "scps": Idea(
        "Rules of every shop", "Limit whole accounts with an SCP", 7, account_rule_part
    ),
    "partners": Idea(
        "A partner's role",
        "Let a partner's role in, but only when it works for you",
        7,
        partner_part,
    ),
    "passing": Idea(
        "The role of a function", "Limit which role someone can pass", 7, passing_part
    ),
    "keys": Idea(
        "The key on a public page", "Stop a leaked key and its sessions", 8, leaked_key_part
    ),
    "leavers": Idea(
        "Someone leaves", "Remove a user, and every policy that names them", 8, leaver_part
    ),
    "investigation": Idea(
        "Who still uses what",
        "Find credentials that no one uses, and remove them",
        8,
        unused_credentials_part,
    ),
    "usage": Idea(
        "Grown over years", "Reduce a policy to what people use and need", 8, usage_part
    ),
    "encryption": Idea(
        "The key to the files",
        "Let a group use the one KMS key that its work needs",
        9,
        encryption_part,
    ),
    "findings": Idea(
        "Who gets in from outside",
        "Remove the access behind Access Analyzer's findings, and keep a partner's",
        9,
        findings_part,
    ),
    "events": Idea(
        "Who changed the group?",
        "Find out from CloudTrail who made a change, and undo it",
        10,
        events_part,
    ),
}
