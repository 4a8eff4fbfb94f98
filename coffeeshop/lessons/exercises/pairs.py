"""List the exercises of level 3: two ideas that affect each other."""

from __future__ import annotations

from msgspec import Struct

from coffeeshop.lessons.exercises.ideas import Idea
from coffeeshop.lessons.exercises.pairs_of_accounts import (
    outside_rule_part,
    service_bucket_part,
    shared_folder_part,
)
from coffeeshop.lessons.exercises.pairs_of_callers import (
    permission_set_part,
    workflow_part,
)
from coffeeshop.lessons.exercises.pairs_of_evidence import (
    session_part,
    shared_key_part,
)
from coffeeshop.lessons.exercises.pairs_of_identities import (
    both_sides_part,
    function_role_part,
    leaver_session_part,
    partner_bucket_part,
    stock_take_part,
)
from coffeeshop.lessons.exercises.pairs_of_policies import (
    code_for_a_deny_part,
    limited_tag_part,
    own_folder_part,
    rule_above_part,
)


class Pair(Struct, frozen=True):
    """Ideas that affect each other, by their topics."""

    topics: tuple[str, ...]
    idea: Idea


IDEA_PAIRS = (
    Pair(
        ("groups", "conditions", "resources", "actions"),
        Idea(
            "One policy, a folder for each member",
            "Write one group policy that gives each member their own folder",
            3,
            own_folder_part,
        ),
    ),
    Pair(
        ("denies", "mfa"),
        Idea(
            "An exception that needs a code",
            "Leave one deletion out of a Deny, but only with an MFA code",
            6,
            code_for_a_deny_part,
        ),
    ),
    Pair(
        ("roles", "trust"),
        Idea(
            "The role that changes hands",
            "Change who can assume a role, and what it can do",
            5,
            both_sides_part,
        ),
    ),
    Pair(
        ("boundaries", "tags"),
        Idea(
            "A limit above a tag",
            "Widen a boundary where a tag decides",
            7,
            limited_tag_part,
        ),
    ),
    Pair(
        ("scps", "actions"),
        Idea(
            "An SCP above a policy",
            "Let an SCP allow one more action",
            7,
            rule_above_part,
        ),
    ),
    Pair(
        ("partners", "denies"),
        Idea(
            "A partner and a closed bucket",
            "Let a partner's role in, and leave it out of a bucket's Deny",
            7,
            partner_bucket_part,
        ),
    ),
    Pair(
        ("partners", "resources"),
        Idea(
            "One folder for a partner",
            "Share a folder of a bucket with another account's role, from both sides",
            9,
            shared_folder_part,
        ),
    ),
    Pair(
        ("partners", "conditions"),
        Idea(
            "Whose trail is it?",
            "Let a service write only for your own resource",
            9,
            service_bucket_part,
        ),
    ),
    Pair(
        ("trust", "conditions"),
        Idea(
            "A workflow without a key",
            "Let one repository's workflows in with their own tokens",
            9,
            workflow_part,
        ),
    ),
    Pair(
        ("groups", "actions"),
        Idea(
            "The permission set that grew",
            "Narrow a permission set, provision it, and assign it only to a group",
            9,
            permission_set_part,
        ),
    ),
    Pair(
        ("scps", "partners"),
        Idea(
            "A partner outside the wall",
            "Let a partner through a resource control policy (RCP)",
            9,
            outside_rule_part,
        ),
    ),
    Pair(
        ("passing", "roles"),
        Idea(
            "A role for one function",
            "Create a function's role, and let a user pass only that role",
            7,
            function_role_part,
        ),
    ),
    Pair(
        ("leavers", "keys"),
        Idea(
            "The session that stayed",
            "Remove a leaver, and stop the leaver's session in a role",
            8,
            leaver_session_part,
        ),
    ),
    Pair(
        ("investigation", "usage"),
        Idea(
            "Stock-take of one group",
            "Remove unused credentials and unused permissions, and keep the work",
            8,
            stock_take_part,
        ),
    ),
    Pair(
        ("findings", "encryption"),
        Idea(
            "A bucket and its key",
            "End a role's access to a bucket and to its key, by Access Analyzer's findings",
            9,
            shared_key_part,
        ),
    ),
    Pair(
        ("events", "trust"),
        Idea(
            "Behind the session's name",
            "Follow a session back to the user, and change who can assume the role",
            10,
            session_part,
        ),
    ),
)
