"""Tokens of outside issuers, and the sessions that they open in roles."""

import json
from datetime import timedelta

import pytest
from msgspec.structs import replace

from coffeeshop.account.access.standing import build_standing
from coffeeshop.account.access.web_identity import issue_token, read_claims, sign_claims
from coffeeshop.account.command import read_act
from coffeeshop.account.door import handle
from coffeeshop.account.events.cloudtrail_event import cloudtrail_event
from coffeeshop.account.ids import new_account
from coffeeshop.account.model import (
    Account,
    Act,
    Call,
    Key,
    Nobody,
    Outcome,
    Reply,
    ServiceError,
    Workload,
)
from coffeeshop.account.persistent_map import SortedMap
from coffeeshop.account.values import Json
from coffeeshop.policy.model import Standing
from tests.account.shop import AT, HUB, ID, ISSUER, Shop, allow, policy, role
from tests.tables import each_row

HOST = ISSUER.removeprefix("https://")
SUBJECT = "repo:coffeeshop/menu:ref:refs/heads/main"
WORKFLOW = Workload(
    ISSUER,
    {
        "sub": SUBJECT,
        "aud": "sts.amazonaws.com",
        "repository": "coffeeshop/menu",
        "ref": "refs/heads/main",
        "environment": "shop",
    },
)
DENIED = "Not authorized to perform sts:AssumeRoleWithWebIdentity"
UNVERIFIED = "Couldn't retrieve verification key from your identity provider"


def trust_in(conditions: object, provider: str = HUB, *actions: str) -> str:
    """Return a trust policy for identities of a provider."""
    return policy(
        {
            "Effect": "Allow",
            "Principal": {"Federated": provider},
            "Action": ["sts:AssumeRoleWithWebIdentity", *actions],
            "Condition": conditions,
        }
    )


def only_on(**claims: str) -> dict[str, object]:
    """Return a Condition block that requires these claims, and a subject of the shop's."""
    rows = {f"{HOST}:{name}": value for name, value in claims.items()}
    return {"StringEquals": rows, "StringLike": {f"{HOST}:sub": "repo:coffeeshop/*"}}


def bakery(conditions: object = None, *actions: str) -> Shop:
    """A shop with GitHub as provider, and a role Deploy that its workflow can assume."""
    shop = Shop()
    shop(
        f"iam create-open-id-connect-provider --url {ISSUER} --client-id-list sts.amazonaws.com"
    )
    conditions = conditions or {"StringEquals": {f"{HOST}:sub": SUBJECT}}
    shop.role("Deploy", trust_in(conditions, HUB, *actions), allow("s3:*"))
    return shop


def exchange(shop: Shop, token: str, **parameters: Json) -> Outcome:
    """Return the outcome of exchanging a token for a session of the role Deploy."""
    call = Call(
        "sts",
        "AssumeRoleWithWebIdentity",
        {
            "RoleArn": role("Deploy"),
            "RoleSessionName": "menu",
            "WebIdentityToken": token,
            **parameters,
        },
    )
    return shop.do(Act(shop.at, Nobody(), call))


def token_with(shop: Shop, **claims: Json) -> str:
    """Return a token of the workflow, with some claims changed."""
    workload = replace(WORKFLOW, claims={**WORKFLOW.claims, **claims})
    return issue_token(shop.account, workload, shop.at)


def refusal_of(outcome: Outcome) -> tuple[str, str]:
    """Return the code and the beginning of the text of a refusal."""
    assert isinstance(outcome.answer, ServiceError), outcome.answer
    return outcome.answer.code, outcome.answer.message


def session_standing(shop: Shop, outcome: Outcome) -> Standing:
    """Return the standing of the session that an exchange opened."""
    assert isinstance(outcome.answer, Reply), outcome.answer
    credentials = outcome.answer.body["Credentials"]
    assert isinstance(credentials, dict)
    standing = build_standing(shop.account, Key(str(credentials["AccessKeyId"])), shop.at)
    assert isinstance(standing, Standing)
    return standing


def test_a_token_of_the_trusted_subject_opens_a_session_of_the_role():
    shop = bakery()
    body = exchange(shop, token_with(shop)).answer
    assert isinstance(body, Reply)
    assert body.body["Provider"] == HUB
    assert body.body["Audience"] == "sts.amazonaws.com"
    assert body.body["SubjectFromWebIdentityToken"] == SUBJECT
    assert shop("sts get-caller-identity", "menu")["Arn"] == (
        f"arn:aws:sts::{ID}:assumed-role/Deploy/menu"
    )


def test_the_same_workload_gets_the_same_token_at_the_same_time():
    shop = bakery()
    assert token_with(shop) == token_with(shop)
    assert token_with(shop) != token_with(bakery().later(seconds=1))


@each_row(
    [
        ({"sub": "repo:somebody/menu:ref:refs/heads/main"}, "AccessDenied", DENIED),
        ({"sub": "repo:coffeeshop/menu:pull_request"}, "AccessDenied", DENIED),
        ({"aud": "somebody"}, "InvalidIdentityToken", "Incorrect token audience"),
        ({"aud": ["x", 3]}, "InvalidIdentityToken", "Incorrect token audience"),
        (
            {"iss": "https://gitlab.com"},
            "InvalidIdentityToken",
            "No OpenIDConnect provider found in your account for https://gitlab.com",
        ),
        (
            {"iss": f"http://{HOST}"},
            "InvalidIdentityToken",
            f"No OpenIDConnect provider found in your account for http://{HOST}",
        ),
        ({"sub": 7}, "InvalidIdentityToken", "The ID Token provided is not a valid JWT"),
        (
            {"sub": None},
            "InvalidIdentityToken",
            "The ID Token provided is not a valid JWT",
        ),
    ]
)
def test_a_token_with_another_claim_is_refused(
    claims: dict[str, Json], code: str, text: str
):
    shop = bakery()
    found_code, found_text = refusal_of(exchange(shop, token_with(shop, **claims)))
    assert (found_code, found_text[: len(text)]) == (code, text)


def test_a_token_is_good_for_ten_minutes():
    shop = bakery()
    token = token_with(shop)
    shop.later(seconds=599)
    assert exchange(shop, token).has_succeeded
    shop.later(seconds=1)
    now = int(shop.at.timestamp())
    assert refusal_of(exchange(shop, token)) == (
        "ExpiredTokenException",
        f"Token expired: current date/time {now} must be before the expiration date/time {now}",
    )


def test_a_token_of_the_future_is_refused_and_one_of_a_clock_that_is_ahead_is_not():
    shop = bakery()
    ahead = issue_token(shop.account, WORKFLOW, shop.at + timedelta(minutes=4))
    later = issue_token(shop.account, WORKFLOW, shop.at + timedelta(hours=1))
    assert exchange(shop, ahead).has_succeeded
    assert refusal_of(exchange(shop, later))[0] == "InvalidIdentityToken"


def test_a_changed_token_and_one_of_another_account_are_refused():
    shop = bakery()
    header, claims, signature = token_with(shop).split(".")
    elsewhere = new_account(ID, b"another", AT, "x@y.example", "pw")
    for token in (
        issue_token(elsewhere, WORKFLOW, shop.at),
        f"{header}.{claims}.",
        f"{header}.{claims}x.{signature}",
        f"{header}.{token_with(shop, sub='repo:x/y').split('.')[1]}.{signature}",
    ):
        code, text = refusal_of(exchange(shop, token))
        assert code == "InvalidIdentityToken"
        assert text.startswith((UNVERIFIED, "The ID Token"))


@pytest.mark.parametrize(
    "token",
    [
        "none",
        "a.b.c",
        "....",
        "e30.e30.e30",
        f"e30.{'W' * 9000}.x",
        "eyJhbGciOiJub25lIn0.W10.x",
        "\u20ac.\u20ac.\u20ac",
    ],
)
def test_what_is_no_token_is_refused_without_a_crash(token: str):
    assert read_claims(token) is None
    assert refusal_of(exchange(bakery(), token))[0] == "InvalidIdentityToken"


def test_numbers_beyond_all_dates_are_no_times():
    shop = bakery()
    for exp in (10**400, -1, "1", True, [1], 1e999):
        claims = {**WORKFLOW.claims, "iss": ISSUER, "iat": 1, "exp": exp}
        token = sign_claims(shop.account, claims)
        assert not exchange(shop, token).has_succeeded


def test_claims_of_github_that_aws_supports_can_be_required():
    conditions = only_on(repository="coffeeshop/menu", environment="shop")
    shop = bakery(conditions)
    assert exchange(shop, token_with(shop)).has_succeeded
    other = token_with(shop, environment="test")
    assert refusal_of(exchange(shop, other)) == ("AccessDenied", DENIED)


def test_a_claim_that_aws_does_not_support_is_no_condition_key():
    shop = bakery(only_on(run_id="7"))
    assert refusal_of(exchange(shop, token_with(shop, run_id="7")))[0] == "AccessDenied"


def test_the_session_name_can_be_required():
    named = {
        "StringEquals": {f"{HOST}:sub": SUBJECT, "sts:RoleSessionName": "menu"},
    }
    shop = bakery(named)
    assert exchange(shop, token_with(shop)).has_succeeded
    refused = exchange(shop, token_with(shop), RoleSessionName="other")
    assert refusal_of(refused)[0] == "AccessDenied"


def test_a_session_keeps_its_provider_its_audience_and_its_subject():
    shop = bakery()
    standing = session_standing(shop, exchange(shop, token_with(shop)))
    assert standing.fixed["aws:FederatedProvider"] == (HUB,)
    assert standing.fixed[f"{HOST}:sub"] == (SUBJECT,)
    assert standing.fixed[f"{HOST}:aud"] == ("sts.amazonaws.com",)
    assert f"{HOST}:repository" not in standing.fixed
    assert standing.fixed["aws:PrincipalArn"] == (role("Deploy"),)


def test_an_authorized_party_counts_as_the_audience():
    shop = bakery()
    token = token_with(shop, aud="somebody", azp="sts.amazonaws.com")
    assert exchange(shop, token).has_succeeded
    other = token_with(shop, aud="sts.amazonaws.com", azp="somebody")
    assert refusal_of(exchange(shop, other))[1] == "Incorrect token audience"


def test_an_issuer_sets_session_tags_only_if_the_trust_policy_allows_tagging():
    claim = {
        "https://aws.amazon.com/tags": {
            "principal_tags": {"branch": ["north"]},
            "transitive_tag_keys": ["branch", "none"],
        },
        "https://aws.amazon.com/source_identity": "octocat",
    }
    shop = bakery()
    assert refusal_of(exchange(shop, token_with(shop, **claim)))[0] == "AccessDenied"
    shop = bakery(None, "sts:TagSession", "sts:SetSourceIdentity")
    outcome = exchange(shop, token_with(shop, **claim))
    standing = session_standing(shop, outcome)
    assert standing.fixed["aws:PrincipalTag/branch"] == ("north",)
    assert standing.fixed["aws:SourceIdentity"] == ("octocat",)


def test_google_needs_no_provider_in_the_account():
    shop = Shop()
    conditions = {"StringEquals": {"accounts.google.com:aud": "app"}}
    shop.role("Deploy", trust_in(conditions, "accounts.google.com"))
    workload = Workload("https://accounts.google.com", {"sub": "123456", "aud": "app"})
    outcome = exchange(shop, issue_token(shop.account, workload, shop.at))
    standing = session_standing(shop, outcome)
    assert standing.fixed["aws:FederatedProvider"] == ("accounts.google.com",)


def test_the_call_is_nobodys_whatever_credential_comes_with_it():
    shop = bakery()
    call = Call(
        "sts",
        "AssumeRoleWithWebIdentity",
        {
            "RoleArn": role("Deploy"),
            "RoleSessionName": "menu",
            "WebIdentityToken": token_with(shop),
        },
    )
    root = next(iter(shop.account.credentials))
    for caller in (Key(root), Key("AKIANOBODYKNOWSTHIS1"), Nobody()):
        outcome = handle(shop.account, Act(shop.at, caller, call))
        assert outcome.has_succeeded
        assert outcome.account.usage == shop.account.usage


def test_the_account_of_the_role_answers():
    shop = bakery()
    other: Account = new_account("444455556666", b"other", AT, "o@other.example", "pw")
    front = replace(other, others=shop.account.others.put(ID, shop.account))
    call = Call(
        "sts",
        "AssumeRoleWithWebIdentity",
        {
            "RoleArn": role("Deploy"),
            "RoleSessionName": "menu",
            "WebIdentityToken": token_with(shop),
        },
    )
    assert handle(front, Act(shop.at, Nobody(), call)).has_succeeded


def test_cloudtrail_records_the_subject_and_never_the_token():
    shop = bakery()
    token = token_with(shop)
    event = cloudtrail_event(exchange(shop, token))
    assert event["userIdentity"] == {
        "type": "WebIdentityUser",
        "principalId": f"{HUB}:sts.amazonaws.com:{SUBJECT}",
        "userName": SUBJECT,
        "identityProvider": HUB,
    }
    assert event["requestParameters"] == {
        "roleArn": role("Deploy"),
        "roleSessionName": "menu",
    }
    assert token not in json.dumps(event)
    shop("s3api list-buckets", "menu")
    identity = cloudtrail_event(shop.outcomes[-1])["userIdentity"]
    assert isinstance(identity, dict)
    context = identity["sessionContext"]
    assert isinstance(context, dict)
    assert context["webIdFederationData"] == {"federatedProvider": HUB, "attributes": {}}


def test_a_trust_in_github_without_a_subject_is_refused_as_aws_does():
    shop = bakery()
    document = trust_in({"StringEquals": {f"{HOST}:aud": "sts.amazonaws.com"}})
    outcome = shop.call(
        "iam", "UpdateAssumeRolePolicy", RoleName="Deploy", PolicyDocument=document
    )
    code, text = refusal_of(outcome)
    assert code == "MalformedPolicyDocument"
    assert f"{HOST}:sub" in text
    by_workflow = {"StringLike": {f"{HOST}:job_workflow_ref": "coffeeshop/*"}}
    outcome = shop.call(
        "iam",
        "UpdateAssumeRolePolicy",
        RoleName="Deploy",
        PolicyDocument=trust_in(by_workflow),
    )
    assert outcome.has_succeeded


def test_a_deleted_provider_lets_nobody_in():
    shop = bakery()
    shop(f"iam delete-open-id-connect-provider --open-id-connect-provider-arn {HUB}")
    text = refusal_of(exchange(shop, token_with(shop)))[1]
    assert text.startswith("No OpenIDConnect provider found in your account")


def test_a_line_of_a_workload_reads_the_token_of_that_moment():
    shop = bakery()
    shop.set(workloads=SortedMap({"menu": WORKFLOW}.items()))
    line = (
        f"aws sts assume-role-with-web-identity --role-arn {role('Deploy')} "
        "--role-session-name menu --web-identity-token file://tokens/menu"
    )
    files = {"tokens/menu": b"@token:menu", "tokens/x": b"@token:x"}
    for _ in range(2):
        shop.later(hours=3)
        act = read_act(line, shop.account, shop.at, files, "nobody")
        assert isinstance(act, Act), act
        assert act.caller == Nobody()
        assert shop.do(act).has_succeeded
    problems = read_act(line.replace("/menu", "/x"), shop.account, shop.at, files)
    assert isinstance(problems, tuple)
    assert "there is no workload x" in str(problems[0])
