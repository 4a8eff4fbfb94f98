"""What a refusal's text leaves out, and where to find it."""

from __future__ import annotations

from collections.abc import Iterator

from coffeeshop.policy.denial.model import (
    Denial,
    PolicyKind,
    PrincipalKind,
    Topic,
)
from coffeeshop.views.diagnosis.facts import WITH_TOKEN, is_cross_account


def places_to_look_up(denial: Denial) -> Iterator[str]:
    """Yield where AWS keeps more about this refusal, by the IDs that its text gives."""
    if denial.authorization_id:
        yield (
            f"Run `aws iam-toolbox get-request-authorization-details --authorization-id "
            f"{denial.authorization_id}` within a day. It lists the policies and statements "
            f"that matched. You need iam:GetRequestAuthorizationDetails."
        )
    if denial.encoded:
        yield (
            f"The message is encoded. Run `aws sts decode-authorization-message "
            f"--encoded-message {_short(denial.encoded)}` with credentials of the same "
            f"account, and give its answer to this command. You need "
            f"sts:DecodeAuthorizationMessage."
        )
    if denial.request_id and denial.policy_kind is PolicyKind.UNKNOWN:
        yield f"Search CloudTrail for the request ID {denial.request_id}."


def missing_facts(denial: Denial) -> Iterator[str]:
    """Yield what the text doesn't say, and how to find it out."""
    if denial.topic in (Topic.OTHER_SYSTEM, Topic.CREDENTIALS, Topic.OPT_IN):
        return
    if denial.topic is Topic.EC2_OPERATION and not denial.action and not denial.encoded:
        yield (
            "Which action: CloudTrail shows it as eventName. For EC2, the event often has an encoded "
            "message. `aws sts decode-authorization-message` decodes it."
        )
    if (
        denial.principal.kind is PrincipalKind.UNKNOWN
        and denial.topic is not Topic.ROLE_NOT_ASSUMED
    ):
        yield _caller_sentence(denial)
    if not denial.action and denial.topic is not Topic.EC2_OPERATION:
        yield (
            "Which action: read eventSource and eventName in the CloudTrail event. A "
            "program's debug log also names the operation."
        )
    if denial.policy_kind is PolicyKind.UNKNOWN and denial.topic is not Topic.DECODED:
        yield _finding_sentence(denial)


def _caller_sentence(denial: Denial) -> str:
    """Return how to find out who called."""
    if denial.action.lower().startswith(WITH_TOKEN):
        return (
            "Who: read the token's claims (iss, aud and sub), or userIdentity in the "
            "CloudTrail event."
        )
    return (
        "Who: run `aws sts get-caller-identity` with the same credentials, or read "
        "userIdentity in the CloudTrail event."
    )


def _finding_sentence(denial: Denial) -> str:
    """Return how to find out which kind of policy decided."""
    sentence = (
        "Which policy: the errorMessage of the CloudTrail event often says more than the "
        "error itself."
    )
    if denial.service == "s3":
        sentence += (
            " CloudTrail records calls on objects only if data events are turned on."
        )
    if denial.principal.kind is not PrincipalKind.ANONYMOUS:
        sentence += " IAM's policy simulator tests the policies of a user or role."
    if is_cross_account(denial):
        sentence += " Across accounts, AWS hides the reason."
    if denial.principal.kind in (
        PrincipalKind.USER,
        PrincipalKind.SESSION,
        PrincipalKind.ROLE,
    ):
        sentence += (
            " If it worked before, last accessed information in IAM shows until when."
        )
    return sentence


def _short(encoded: str) -> str:
    """Return the beginning of an encoded message. The whole would fill the screen."""
    return encoded if len(encoded) <= 24 else f"{encoded[:20]}…"
