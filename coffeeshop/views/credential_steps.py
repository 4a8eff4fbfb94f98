"""The Next box's steps about a credential: delete an access key, or give an MFA device."""

from __future__ import annotations

from coffeeshop.account.iam_resources import User
from coffeeshop.account.model import Account
from coffeeshop.views.deed import Deed
from coffeeshop.views.step import Step, list_step, press


def access_key(id: str, of: str, cause: str) -> Step:
    """Return the suggestion to delete the access key `id` of the user `of` ("root": the account's owner)."""
    deed = press("key", "DeleteAccessKey", "deletes {it}{of}")
    named = {"AccessKeyId": id}
    return list_step(
        cause, "users", of, deed, named, row_id=f"key:{id}", row_name=id, row_noun="key"
    )


def mfa_device_step(account: Account, user: User | None, cause: str) -> Step:
    """Return the suggestion to give an MFA device to a user (None: root). An unused device is enrolled if there is one."""
    line = next((d.serial for d in account.devices.values() if not d.owner), "")
    name = user.name if user else "owner"
    named = {
        "VirtualMFADeviceName": name,
        "SerialNumber": line or f"arn:aws:iam::{account.id}:mfa/{name}",
    }
    enrols = ("iam", "EnableMFADevice") if user else ("console", "EnrollRootMfa")
    operations = (enrols,) if line else (("iam", "CreateVirtualMFADevice"), enrols)
    deed = Deed("⏎", "ask to give one", operations, letter="m")
    return list_step(cause, "users", user.name if user else "root", deed, named)
