import json
from collections.abc import Mapping

import pytest

from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.evaluation.explain import (
    NearestMiss,
    denied_sessions_phrase,
    explain_decision,
    layer_matches,
    message,
    missing_keys,
    nearest_miss,
)
from coffeeshop.policy.language.parse import parse
from coffeeshop.policy.model import (
    Decision,
    ExplicitlyDenied,
    ImplicitlyDenied,
    Kind,
    Layer,
    Policy,
    Principal,
    Request,
    Standing,
)
from tests.policy.standings import CASEY
from tests.tables import each_row

ACCOUNT, PARTNER = "111122223333", "444455556666"
GUARD = f"arn:aws:iam::{ACCOUNT}:policy/Guard"
BUCKET, OBJECT = "arn:aws:s3:::receipts", "arn:aws:s3:::receipts/1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/Cashier"
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:orders"
ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
DENY = {"Effect": "Deny", "Action": "*", "Resource": "*"}
SILENT = {"Effect": "Allow", "Action": "s3:List*", "Resource": "*"}
ELSEWHERE = {"Effect": "Allow", "Action": ["ec2:*", "sqs:SendMessage"], "Resource": "*"}


def policy(
    *statements: Mapping[str, object], kind: Kind = Kind.IDENTITY, name: str = "till"
) -> Policy:
    return parse(json.dumps({"Version": "2012-10-17", "Statement": statements}), kind, name)


def layer(
    kind: Kind, *statements: Mapping[str, object], name: str = "till", on: str = "*"
) -> Layer:
    who = {"Principal": "*"} if kind in (Kind.RESOURCE, Kind.RCP, Kind.TRUST) else {}
    return Layer(
        kind,
        (
            policy(
                *({**who, **statement} for statement in statements), kind=kind, name=name
            ),
        ),
        on,
    )


def decide(
    action: str,
    resource: str,
    *layers: Layer,
    who: Principal = CASEY,
    account: str = "",
    **context: str,
) -> Decision:
    keys = {key.replace("_", ":", 1): (value,) for key, value in context.items()}
    return authorize(Standing(who, layers), Request(action, resource, keys, account))


def text(decision: Decision, resource: str | None = None) -> str:
    assert isinstance(decision, ExplicitlyDenied | ImplicitlyDenied)
    return message(decision, resource).removeprefix(
        f"User: {CASEY.arn} is not authorized to perform: "
    )


def miss(decision: Decision) -> NearestMiss:
    found = nearest_miss(decision)
    assert found is not None
    return found


# ------------------------------------------------------------------ AWS's texts
def test_the_whole_text_of_an_implicit_deny() -> None:
    decision = decide("sqs:SendMessage", QUEUE, layer(Kind.IDENTITY, SILENT))
    assert isinstance(decision, ImplicitlyDenied)
    assert message(decision) == (
        f"User: arn:aws:iam::{ACCOUNT}:user/casey is not authorized to perform: sqs:SendMessage on resource: {QUEUE} "
        "because no identity-based policy allows the sqs:SendMessage action"
    )


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (
            Kind.BOUNDARY,
            "because no permissions boundary allows the sqs:SendMessage action",
        ),
        (Kind.SESSION, "because no session policy allows the sqs:SendMessage action"),
        (Kind.SCP, "because no service control policy allows the sqs:SendMessage action"),
    ],
)
def test_a_silent_cap_is_named(kind: Kind, words: str) -> None:
    decision = decide(
        "sqs:SendMessage", QUEUE, layer(Kind.IDENTITY, ALL), layer(kind, SILENT)
    )
    assert text(decision) == f"sqs:SendMessage on resource: {QUEUE} {words}"


def test_a_silent_resource_control_policy_has_no_words() -> None:
    decision = decide(
        "sqs:SendMessage", QUEUE, layer(Kind.IDENTITY, ALL), layer(Kind.RCP, SILENT)
    )
    assert text(decision) == f"sqs:SendMessage on resource: {QUEUE}"


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Kind.IDENTITY, "with an explicit deny in an identity-based policy"),
        (Kind.RESOURCE, "with an explicit deny in a resource-based policy"),
        (Kind.BOUNDARY, "with an explicit deny in a permissions boundary"),
        (Kind.SESSION, "with an explicit deny in a session policy"),
        (Kind.SCP, "with an explicit deny in a service control policy"),
        (Kind.RCP, "with an explicit deny in a resource control policy"),
    ],
)
def test_an_explicit_deny_names_its_kind_of_policy(kind: Kind, words: str) -> None:
    decision = decide(
        "sqs:SendMessage", QUEUE, layer(Kind.IDENTITY, ALL), layer(kind, DENY)
    )
    assert text(decision) == f"sqs:SendMessage on resource: {QUEUE} {words}"


def test_a_managed_policy_that_denies_is_named_by_its_arn() -> None:
    decision = decide("sqs:SendMessage", QUEUE, layer(Kind.IDENTITY, DENY, name=GUARD))
    assert text(decision).endswith(
        f"with an explicit deny in an identity-based policy: {GUARD}"
    )


def test_across_accounts_the_text_ends_after_the_resource() -> None:
    decision = decide("sqs:SendMessage", QUEUE, layer(Kind.IDENTITY, DENY), account=PARTNER)
    assert text(decision) == f"sqs:SendMessage on resource: {QUEUE}"


def test_taking_a_role_is_refused_without_a_reason() -> None:
    decision = decide("sts:AssumeRole", ROLE, layer(Kind.IDENTITY, SILENT))
    assert text(decision) == f"sts:AssumeRole on resource: {ROLE}"


def test_s3_puts_its_resource_in_quotes() -> None:
    decision = decide("s3:GetObject", OBJECT, layer(Kind.IDENTITY, SILENT))
    assert (
        text(decision)
        == f's3:GetObject on resource: "{OBJECT}" because no identity-based policy allows the s3:GetObject action'
    )


def test_what_the_service_prints_as_resource_is_a_parameter() -> None:
    decision = decide("iam:GetUser", "*", layer(Kind.IDENTITY, SILENT))
    because = "because no identity-based policy allows the iam:GetUser action"
    assert text(decision) == f"iam:GetUser {because}"
    assert text(decision, "user casey") == f"iam:GetUser on resource: user casey {because}"
    assert (
        text(
            decide("iam:GetUser", "arn:aws:iam::1:user/a", layer(Kind.IDENTITY, SILENT)), ""
        )
        == f"iam:GetUser {because}"
    )


def test_a_stranger_is_anonymous() -> None:
    decision = decide("s3:GetObject", OBJECT, who=Principal("", kind="anonymous"))
    assert text(decision).startswith(
        'User: anonymous is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::receipts/1"'
    )


# ----------------------------------------------------------------- nearest miss
def test_the_statement_that_fails_on_the_fewest_elements_is_nearest() -> None:
    far = {"Effect": "Allow", "Action": "sqs:*", "Resource": QUEUE}
    near = {"Sid": "Near", "Effect": "Allow", "Action": "s3:GetObject", "Resource": BUCKET}
    found = miss(decide("s3:GetObject", OBJECT, layer(Kind.IDENTITY, far, near)))
    assert found.matched.statement.sid == "Near"
    assert (found.element, found.wrote, found.asked, found.suggestion, found.failed) == (
        "resource",
        BUCKET,
        OBJECT,
        f"{BUCKET}/*",
        1,
    )


def test_a_statement_of_another_service_is_not_nearest_while_one_of_the_same_is_there() -> (
    None
):
    far = {
        "Sid": "Far",
        "Effect": "Allow",
        "Action": "s3:PutObject",
        "Resource": BUCKET,
        "Condition": {"Null": {"aws:team": "false"}},
    }
    decision = decide("s3:GetObject", OBJECT, layer(Kind.IDENTITY, ELSEWHERE, far))
    assert (miss(decision).matched.statement.sid, miss(decision).failed) == ("Far", 3)


@pytest.mark.parametrize(
    ("kind", "of"),
    [
        (Kind.IDENTITY, "an identity-based policy"),
        (Kind.BOUNDARY, "a permissions boundary"),
    ],
)
def test_where_no_statement_is_of_the_service_none_is_nearest_and_it_is_said(
    kind: Kind, of: str
) -> None:
    layers = [layer(kind, ELSEWHERE)] + [layer(Kind.IDENTITY, ALL)] * (
        kind is not Kind.IDENTITY
    )
    decision = decide("s3:GetObject", OBJECT, *layers)
    assert nearest_miss(decision) is None
    assert explain_decision(decision).endswith(
        f"(implicit deny). No Allow in {of} names an action of s3."
    )


def test_where_another_level_allows_it_the_silent_policies_are_named() -> None:
    here = layer(Kind.IDENTITY, ALL)
    above, at_unit = (
        layer(Kind.SCP, ALL, name="FullAWSAccess"),
        layer(Kind.SCP, ELSEWHERE, name="Only"),
    )
    decision = decide("s3:GetObject", OBJECT, here, above, at_unit)
    assert explain_decision(decision).endswith(
        "(implicit deny). No Allow in policy Only names an action of s3."
    )


@pytest.mark.parametrize(
    "actions", [{"Action": "*:Put*"}, {"Action": "S3:Put*"}, {"NotAction": "s3:*"}]
)
def test_a_statement_is_of_each_service_that_its_patterns_match_or_leave_out(
    actions: dict[str, str],
) -> None:
    written = {"Effect": "Allow", "Resource": BUCKET, **actions}
    decision = decide("s3:GetObject", OBJECT, layer(Kind.IDENTITY, ELSEWHERE, written))
    assert miss(decision).matched.statement.actions.values == tuple(actions.values())


def test_a_service_that_is_misspelled_is_the_one_that_was_meant() -> None:
    wrong = {"Effect": "Allow", "Action": "lamda:InvokeFunction", "Resource": "*"}
    found = miss(
        decide("lambda:InvokeFunction", "*", layer(Kind.IDENTITY, ELSEWHERE, wrong))
    )
    assert (found.element, found.suggestion) == ("unknown-action", "lambda:InvokeFunction")


def test_of_equals_the_statement_that_names_the_action_is_nearest_then_the_earlier() -> (
    None
):
    put = {"Sid": "Put", "Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}
    delete = {**put, "Sid": "Delete", "Action": "s3:DeleteObject"}
    get = {"Sid": "Get", "Effect": "Allow", "Action": "s3:GetObject", "Resource": BUCKET}

    def nearest(*statements: dict[str, str]) -> str:
        decision = decide("s3:GetObject", OBJECT, layer(Kind.IDENTITY, *statements))
        return miss(decision).matched.statement.sid

    assert nearest(put, get) == nearest(get, put) == "Get"
    assert (nearest(put, delete), nearest(delete, put)) == ("Put", "Delete")


def test_a_name_that_is_no_action_is_answered_by_the_action_that_was_meant() -> None:
    wrong = {
        "Effect": "Allow",
        "Action": ["s3:GetObject", "s3:ListObject"],
        "Resource": BUCKET,
    }
    found = miss(decide("s3:ListBucket", BUCKET, layer(Kind.IDENTITY, wrong)))
    assert (found.element, found.wrote, found.suggestion) == (
        "unknown-action",
        "s3:ListObject",
        "s3:ListBucket",
    )


def test_an_action_that_exists_is_no_slip() -> None:
    other = {
        "Effect": "Allow",
        "Action": ["s3:Put*", "s3:GetBucketAcl"],
        "Resource": BUCKET,
    }
    found = miss(decide("s3:GetBucketPolicy", BUCKET, layer(Kind.IDENTITY, other)))
    assert (found.element, found.wrote, found.suggestion) == (
        "action",
        "s3:GetBucketAcl",
        "",
    )


def test_the_objects_were_written_where_the_bucket_was_meant() -> None:
    found = miss(
        decide(
            "s3:ListBucket",
            BUCKET,
            layer(Kind.IDENTITY, {**ALL, "Resource": f"{BUCKET}/*"}),
        )
    )
    assert (found.element, found.suggestion) == ("resource", BUCKET)


def test_a_condition_says_what_it_asked_for_and_what_there_was() -> None:
    conditions = {
        "StringEquals": {"aws:username": "casey"},
        "StringNotEquals": {"aws:team": ["coffee", "tea"]},
    }
    asked = decide(
        "s3:GetObject",
        OBJECT,
        layer(Kind.IDENTITY, {**ALL, "Condition": conditions}),
        aws_username="casey",
        aws_team="tea",
    )
    found = miss(asked)
    assert (found.element, found.wrote, found.asked) == (
        "condition",
        "StringNotEquals aws:team coffee, tea",
        "tea",
    )
    absent = miss(
        decide(
            "s3:GetObject", OBJECT, layer(Kind.IDENTITY, {**ALL, "Condition": conditions})
        )
    )
    assert (absent.wrote, absent.asked, absent.failed) == (
        "StringEquals aws:username casey",
        "absent",
        1,
    )


def test_not_action_is_no_unknown_action() -> None:
    found = miss(
        decide(
            "s3:GetObject",
            OBJECT,
            layer(
                Kind.IDENTITY,
                {
                    "Effect": "Allow",
                    "NotAction": ["s3:ListObject", "s3:Get*"],
                    "Resource": "*",
                },
            ),
        )
    )
    assert (found.element, found.wrote) == ("action", "s3:Get*")


def test_within_the_account_the_resource_policy_may_be_nearest() -> None:
    named = {
        "Sid": "Door",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/robin"},
        "Action": "s3:GetObject",
        "Resource": OBJECT,
    }
    found = miss(
        decide(
            "s3:GetObject",
            OBJECT,
            layer(Kind.IDENTITY, {"Effect": "Allow", "Action": "sqs:*", "Resource": QUEUE}),
            layer(Kind.RESOURCE, named, on=BUCKET),
        )
    )
    assert (found.matched.statement.sid, found.element, found.asked) == (
        "Door",
        "principal",
        CASEY.arn,
    )


def test_a_principal_that_is_named_does_not_fail() -> None:
    named = {
        "Effect": "Allow",
        "Principal": {"AWS": CASEY.arn},
        "Action": "s3:PutObject",
        "Resource": OBJECT,
    }
    found = miss(decide("s3:GetObject", OBJECT, layer(Kind.RESOURCE, named, on=BUCKET)))
    assert (found.element, found.wrote, found.failed) == ("action", "s3:PutObject", 1)


def test_a_resource_policy_that_only_delegates_fails_on_its_principal() -> None:
    named = {
        "Effect": "Allow",
        "Principal": {"AWS": ACCOUNT},
        "Action": "s3:GetObject",
        "Resource": OBJECT,
    }
    found = miss(decide("s3:GetObject", OBJECT, layer(Kind.RESOURCE, named, on=BUCKET)))
    assert (found.element, found.wrote, found.failed) == ("principal", ACCOUNT, 1)


def test_across_accounts_only_the_silent_side_is_searched() -> None:
    mine, theirs = (
        layer(Kind.IDENTITY, ALL),
        layer(Kind.RESOURCE, {**ALL, "Principal": {"AWS": PARTNER}}, on=BUCKET),
    )
    found = miss(decide("s3:GetObject", OBJECT, mine, theirs, account="555566667777"))
    assert (found.matched.layer, found.element) == (theirs, "principal")
    assert (
        nearest_miss(decide("s3:GetObject", OBJECT, mine, account="555566667777")) is None
    )
    silent = miss(
        decide(
            "s3:GetObject",
            OBJECT,
            layer(Kind.IDENTITY, SILENT),
            layer(Kind.RESOURCE, ALL),
            account="555566667777",
        )
    )
    assert silent.matched.layer.kind is Kind.IDENTITY


def test_of_several_levels_only_the_silent_one_is_searched() -> None:
    levels = (layer(Kind.SCP, ALL), layer(Kind.SCP, SILENT, name="quiet"))
    found = miss(decide("s3:GetObject", OBJECT, layer(Kind.IDENTITY, ALL), *levels))
    assert (found.matched.policy.name, found.element) == ("quiet", "action")


def test_a_trust_policy_is_searched_where_it_is_silent() -> None:
    trust = {"Effect": "Allow", "Principal": {"AWS": PARTNER}, "Action": "sts:AssumeRole"}
    found = miss(
        decide(
            "sts:AssumeRole",
            ROLE,
            layer(Kind.IDENTITY, ALL),
            layer(Kind.TRUST, trust, on=ROLE),
        )
    )
    assert (found.matched.layer.kind, found.element, found.wrote) == (
        Kind.TRUST,
        "principal",
        PARTNER,
    )


def test_nothing_is_near_where_nothing_allows() -> None:
    assert (
        nearest_miss(
            decide(
                "s3:GetObject", OBJECT, layer(Kind.IDENTITY, {**DENY, "Resource": QUEUE})
            )
        )
        is None
    )
    assert nearest_miss(decide("s3:GetObject", OBJECT)) is None


def test_a_decision_that_is_no_implicit_deny_has_no_nearest_miss() -> None:
    assert nearest_miss(decide("s3:GetObject", OBJECT, layer(Kind.IDENTITY, ALL))) is None
    assert nearest_miss(decide("s3:GetObject", OBJECT, layer(Kind.IDENTITY, DENY))) is None


# ------------------------------------------------------------------ missing keys
def test_missing_keys_are_those_that_statements_about_the_request_ask_for() -> None:
    conditions = {
        "Bool": {"aws:SecureTransport": "true"},
        "StringLike": {"s3:prefix": "${aws:username}/*"},
    }
    about = {**ALL, "Action": "s3:*", "Condition": conditions}
    home = {
        **ALL,
        "Action": "s3:*",
        "Resource": "arn:aws:s3:::home/${aws:PrincipalTag/team}/*",
    }
    other_action = {
        **ALL,
        "Action": "sqs:*",
        "Condition": {"Bool": {"aws:ViaAWSService": "true"}},
    }
    other_resource = {
        **ALL,
        "Resource": QUEUE,
        "Condition": {"Bool": {"aws:ViaAWSService": "true"}},
    }
    twice = {**DENY, "Condition": {"Bool": {"AWS:securetransport": "false"}}}
    decision = decide(
        "s3:GetObject",
        OBJECT,
        layer(Kind.IDENTITY, about, home, other_action, other_resource, twice),
        s3_prefix="a",
    )
    assert set(missing_keys(decision)) == {
        "AWS:securetransport",
        "aws:username",
        "aws:PrincipalTag/team",
    }


def test_missing_keys_of_some_kinds_only() -> None:
    limited = {**ALL, "Condition": {"Bool": {"aws:SecureTransport": "true"}}}
    decision = decide(
        "s3:GetObject", OBJECT, layer(Kind.IDENTITY, ALL), layer(Kind.SCP, limited)
    )
    assert (missing_keys(decision), missing_keys(decision, {Kind.IDENTITY})) == (
        ("aws:SecureTransport",),
        (),
    )


def test_a_trust_policy_has_no_resource_that_could_ask_for_a_key() -> None:
    trust = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": "1"}},
    }
    assert missing_keys(
        decide("sts:AssumeRole", ROLE, layer(Kind.TRUST, trust, on=ROLE))
    ) == ("sts:ExternalId",)


def test_every_layer_that_bears_is_heard() -> None:
    decision = decide(
        "s3:GetObject",
        OBJECT,
        layer(Kind.IDENTITY, ALL, DENY),
        layer(Kind.SCP, SILENT),
        layer(Kind.RESOURCE, ALL, on=QUEUE),
    )
    assert [
        (one.layer.kind, len(one.denies), len(one.allows))
        for one in layer_matches(decision)
    ] == [
        (Kind.IDENTITY, 1, 1),
        (Kind.SCP, 0, 0),
    ]


# --------------------------------------------------------------------- our words
@each_row([
        (decide("s3:ListBucket", "*", who=Principal("arn:aws:iam::111122223333:root", "111122223333", kind="root")), "root requests s3:ListBucket: root needs no policy that allows it"),
        (
            decide("s3:ListBucket", "*", layer(Kind.SCP, ALL), who=Principal("arn:aws:iam::111122223333:root", "111122223333", kind="root")),
            "root requests s3:ListBucket: service control policies allow it, and root needs no other policy",
        ),
        (decide("sts:GetCallerIdentity", "*"), "sts:GetCallerIdentity is allowed: no policy needs to allow it"),
        (decide("s3:GetObject", OBJECT, layer(Kind.IDENTITY, SILENT, {**ALL, "Sid": "Bar"})), "statement “Bar” of policy “till” allows this s3:GetObject request"),
        (decide("s3:GetObject", OBJECT, layer(Kind.IDENTITY, SILENT, ALL, name="")), "statement 2 allows this s3:GetObject request"),
        (
            decide("s3:GetObject", OBJECT, layer(Kind.IDENTITY, ALL), layer(Kind.BOUNDARY, DENY, name=GUARD)),
            "statement 1 of policy “Guard” denies this s3:GetObject request, whatever else allows it (explicit deny in a permissions boundary)",
        ),
        (decide("s3:GetObject", OBJECT), "nothing allows this s3:GetObject request (implicit deny)."),
        (
            decide("s3:GetObject", OBJECT, layer(Kind.RESOURCE, {**ALL, "Principal": "*"}), account="222233334444"),
            "no policy in the account 111122223333 allows this s3:GetObject request (implicit deny).",
        ),
        (
            decide("s3:GetObject", OBJECT, layer(Kind.IDENTITY, {**ALL, "Action": "s3:Put*"})),
            "nothing allows this s3:GetObject request (implicit deny). Closest Allow: statement 1 of policy “till” allows s3:Put*.",
        ),
        (
            decide("s3:ListBucket", BUCKET, layer(Kind.IDENTITY, {**ALL, "Action": "s3:ListObject"})),
            "nothing allows this s3:ListBucket request (implicit deny). Closest Allow: statement 1 of policy “till” says s3:ListObject, which isn't an IAM action (did you mean s3:ListBucket?).",
        ),
        (
            decide("s3:GetObject", OBJECT, layer(Kind.IDENTITY, {**ALL, "Resource": BUCKET})),
            f"nothing allows this s3:GetObject request (implicit deny). Closest Allow: statement 1 of policy “till” allows it on {BUCKET}, not on {OBJECT}.",
        ),
        (
            decide("s3:GetObject", OBJECT, layer(Kind.IDENTITY, {"Effect": "Allow", "NotAction": ["s3:GetBucket*", "S3:*Object"], "Resource": "*"})),
            "nothing allows this s3:GetObject request (implicit deny). Closest Allow: statement 1 of policy “till” allows all but S3:*Object.",
        ),
        (
            decide("s3:GetObject", OBJECT, layer(Kind.IDENTITY, {"Effect": "Allow", "Action": "*", "NotResource": [BUCKET, f"{BUCKET}/*"]})),
            f"nothing allows this s3:GetObject request (implicit deny). Closest Allow: statement 1 of policy “till” allows it on all but {BUCKET}/*, not on {OBJECT}.",
        ),
        (
            decide("s3:GetObject", OBJECT, layer(Kind.IDENTITY, ALL), layer(Kind.SESSION, {**ALL, "Condition": {"Bool": {"aws:a": "true"}}})),
            "no session policy allows this s3:GetObject request (implicit deny). Closest Allow: statement 1 of policy “till” requires Bool aws:a true, and the request has no such key.",
        ),
        (
            decide("s3:GetObject", OBJECT, layer(Kind.IDENTITY, {**ALL, "Condition": {"Bool": {"aws:a": "true"}}}), aws_a="false"),
            "nothing allows this s3:GetObject request (implicit deny). Closest Allow: statement 1 of policy “till” requires Bool aws:a true, and the request has false.",
        ),
        (
            decide("sts:AssumeRole", ROLE, layer(Kind.TRUST, {"Effect": "Allow", "Principal": {"AWS": PARTNER}, "Action": "sts:AssumeRole"})),
            f"no role trust policy allows this sts:AssumeRole request (implicit deny). Closest Allow: statement 1 of policy “till” allows it to {PARTNER}.",
        ),
    ])  # fmt: skip
def test_a_decision_in_one_sentence(decision: Decision, said: str) -> None:
    assert explain_decision(decision) == said


def test_an_unknown_action_that_resembles_nothing_is_said_plainly() -> None:
    decision = decide(
        "s3:ListBucket",
        BUCKET,
        layer(Kind.IDENTITY, {**ALL, "Action": "s3:Qqqqqqqqqqqqqqqq"}),
    )
    assert (miss(decision).element, miss(decision).suggestion) == ("unknown-action", "")
    assert explain_decision(decision).endswith(
        "says s3:Qqqqqqqqqqqqqqqq, which isn't an IAM action."
    )


@pytest.mark.parametrize(("now", "passes"), [("14:09", True), ("14:12", False)])
def test_a_deny_of_sessions_that_begin_before_a_later_moment_is_said_to_pass(
    now: str, passes: bool
) -> None:
    document = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Deny",
            "Action": "*",
            "Resource": "*",
            "Condition": {"DateLessThan": {"aws:TokenIssueTime": "2026-03-02T14:11:00Z"}},
        },
    }
    policy = parse(json.dumps(document))
    assert isinstance(policy, Policy)
    context = {
        "aws:CurrentTime": (f"2026-03-02T{now}:00Z",),
        "aws:TokenIssueTime": ("2026-03-02T14:00:00Z",),
    }
    request = Request("s3:ListBucket", "arn:aws:s3:::b", context, ACCOUNT)
    decision = authorize(Standing(CASEY, (Layer(Kind.IDENTITY, (policy,)),)), request)
    said = explain_decision(decision)
    ending = "it doesn't apply to sessions that begin after 2026-03-02T14:11:00Z"
    assert said.endswith(ending) is passes
    phrase = " to sessions from before 2026-03-02T14:11:00Z"
    assert denied_sessions_phrase(decision) == (phrase if passes else "")
