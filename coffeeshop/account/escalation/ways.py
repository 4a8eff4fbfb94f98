"""List the ways of privilege escalation, by which a credential gets another one or more permissions."""

from __future__ import annotations

from collections.abc import Mapping

from coffeeshop.account.escalation import assume_role, edit_permissions, hire, pass_role
from coffeeshop.account.escalation.attacker import Way

ESCALATION_WAYS: Mapping[str, Way] = {
    "assume": assume_role.moves,
    "pass": pass_role.moves,
    "edit": edit_permissions.moves,
    "hire": hire.moves,
}
