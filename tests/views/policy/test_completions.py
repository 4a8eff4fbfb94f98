"""What F9 leaves out: a name that stands in the element already."""

from __future__ import annotations

import json

import pytest

from coffeeshop.views.policy.completions import (
    has_proposals,
    proposed_names,
    unwritten_proposals,
)
from tests.views.plays import played

TEXT = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["s3:GetObject", "s3:ListBucket"],
                "Resource": "arn:aws:s3:::b/*",
            },
            {
                "Effect": "Allow",
                "Principal": {"AWS": "111122223333"},
                "Action": "s3:PutObject",
                "Resource": "*",
            },
        ],
    }
)


@pytest.mark.parametrize(
    ("element", "within", "there"),
    [
        ("Action", "s3:GetObject", {"s3:GetObject", "s3:ListBucket"}),
        ("Action", "s3:PutObject", {"s3:PutObject"}),
        ("Resource", "b/*", {"arn:aws:s3:::b/*"}),
        ("AWS", "1111", {"111122223333"}),
    ],
)
def test_what_stands_in_an_element_is_not_proposed_for_it_again(
    element: str, within: str, there: set[str]
) -> None:
    proposals = (
        "s3:GetObject",
        "s3:ListBucket",
        "s3:PutObject",
        "arn:aws:s3:::b/*",
        "111122223333",
        "x",
    )
    assert {*proposals} - {
        *unwritten_proposals(proposals, element, TEXT, TEXT.index(within))
    } == there


def test_in_a_text_that_cannot_be_read_everything_is_proposed() -> None:
    assert unwritten_proposals(
        ("s3:GetObject",), "Action", '{"Action": "s3:GetObject"', 5
    ) == ("s3:GetObject",)


GITHUB = "token.actions.githubusercontent.com"
MAKES_GITHUB = f"aws iam create-open-id-connect-provider --url https://{GITHUB} --client-id-list mill\n"


def test_a_federated_principal_and_its_conditions_are_proposed_from_the_account() -> None:
    account = played("33", MAKES_GITHUB).account
    arn = f"arn:aws:iam::111122223333:oidc-provider/{GITHUB}"
    assert proposed_names(account, "Federated", "") == (arn,)
    assert proposed_names(account, f"{GITHUB}:aud", "") == ("mill",)
    assert proposed_names(played("33").account, "Federated", "") == ()


def test_the_subject_of_an_issuer_is_proposed_in_its_form_and_never_as_the_answer() -> None:
    account = played("33", MAKES_GITHUB).account
    whole, branch = proposed_names(account, f"{GITHUB}:sub", "")
    assert whole == "repo:YOUR-ORGANIZATION/YOUR-REPOSITORY:*"
    assert branch == "repo:YOUR-ORGANIZATION/YOUR-REPOSITORY:ref:refs/heads/main"
    gitlab = proposed_names(account, "gitlab.com:sub", "")
    assert gitlab[0] == "project_path:YOUR-GROUP/YOUR-PROJECT:*"
    assert "coffeeshop" not in "".join((*gitlab, whole, branch))


def test_what_f9_is_said_to_propose_is_what_it_proposes() -> None:
    account = played("33", MAKES_GITHUB).account
    for element in ("Action", "Resource", "AWS", "Service", "Federated", f"{GITHUB}:sub"):
        assert has_proposals(account, element) == bool(proposed_names(account, element, ""))
        assert has_proposals(account, element)
    for element in ("Sid", "Version", "s3:prefix", ""):
        assert not has_proposals(account, element)
