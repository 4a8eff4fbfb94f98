"""What the door carries out: the functions of all modules that it looks operations up in."""

from collections.abc import Mapping
from importlib import import_module

from coffeeshop.account.door import SERVICE_MODULES
from coffeeshop.account.services import Apply

DOES: Mapping[str, Mapping[str, Apply]] = {
    service: {
        operation: apply
        for name in names
        for operation, apply in import_module(
            f"coffeeshop.account.services.{name}"
        ).OPERATIONS.items()
    }
    for service, names in SERVICE_MODULES.items()
}
