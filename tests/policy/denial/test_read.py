"""The reader of AWS's refusals: real texts, forms that AWS documents, and hostile texts."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coffeeshop.policy.denial.model import Denial, Effect, PolicyKind, PrincipalKind, Topic
from coffeeshop.policy.denial.read import find_denials
from coffeeshop.policy.denial.services import infer_action
from tests.policy.denial.cases import Case, read_cases, read_facts, share_of_right
from tests.tables import each_row

DEVELOP = read_cases("develop")
ADA = "arn:aws:iam::111122223333:user/ada"
SENTENCE = f"User: {ADA} is not authorized to perform: s3:GetObject on resource: "
OBJECT = "arn:aws:s3:::receipts/monday"


def only_denial(text: str) -> Denial:
    [denial] = find_denials(text)
    return denial


@each_row(((case,) for case in DEVELOP), lambda case: f"{case.source}: {case.text}")
def test_a_real_text_is_read_as_a_person_reads_it(case: Case):
    denials = find_denials(case.text)
    assert len(denials) == case.refusals
    assert read_facts(denials[0]) == case.says


KINDS = {
    "identity-based policy": PolicyKind.IDENTITY,
    "resource-based policy": PolicyKind.RESOURCE,
    "permissions boundary": PolicyKind.BOUNDARY,
    "session policy": PolicyKind.SESSION,
    "service control policy": PolicyKind.SCP,
    "resource control policy": PolicyKind.RCP,
    "VPC endpoint policy": PolicyKind.VPC_ENDPOINT,
}


@pytest.mark.parametrize("words", KINDS)
def test_each_kind_of_policy_is_told_from_the_others(words: str):
    silent = only_denial(
        f'{SENTENCE}"{OBJECT}" because no {words} allows the s3:GetObject action'
    )
    denying = only_denial(f'{SENTENCE}"{OBJECT}" with an explicit deny in a {words}')
    assert (silent.policy_kind, silent.effect) == (KINDS[words], Effect.IMPLICIT)
    assert (denying.policy_kind, denying.effect) == (KINDS[words], Effect.EXPLICIT)
    assert silent.resource == denying.resource == OBJECT


def test_a_policy_that_aws_names_by_its_arn_is_kept():
    arn = "arn:aws:organizations::111122223333:policy/o-abc/service_control_policy/p-123"
    denial = only_denial(
        f"{SENTENCE}{OBJECT} with an explicit deny in a service control policy: {arn}"
    )
    assert (denial.policy, denial.policy_kind) == (arn, PolicyKind.SCP)


@each_row([
        (ADA, PrincipalKind.USER, "ada", ""),
        ("arn:aws:iam::111122223333:user/staff/ada", PrincipalKind.USER, "ada", ""),
        ("arn:aws:iam::111122223333:root", PrincipalKind.ROOT, "root", ""),
        ("arn:aws-cn:sts::111122223333:assumed-role/Till/bo@x.com", PrincipalKind.SESSION, "Till", "bo@x.com"),
        ("arn:aws:sts::111122223333:federated-user/kim", PrincipalKind.FEDERATED, "kim", ""),
        ("arn:aws-us-gov:iam::111122223333:role/path/Till", PrincipalKind.ROLE, "Till", ""),
        ("lambda.amazonaws.com", PrincipalKind.SERVICE, "lambda.amazonaws.com", ""),
        ("AROAEXAMPLEID12345:bo", PrincipalKind.SESSION, "", "bo"),
    ])  # fmt: skip
def test_each_kind_of_principal_is_told_from_the_others(
    arn: str, kind: PrincipalKind, name: str, session: str
):
    principal = only_denial(
        f"User: {arn} is not authorized to perform: s3:ListBucket"
    ).principal
    assert (principal.kind, principal.name, principal.session) == (kind, name, session)


WRAPPINGS = [
    "An error occurred (AccessDenied) when calling the GetObject operation: {}",
    "aws: [ERROR]: An error occurred (AccessDenied) when calling the GetObject operation: {}",
    "software.amazon.awssdk.services.s3.model.S3Exception: {} (Service: S3, Status Code: 403, Request ID: 7BMJM8PWV1J1FNEH, Extended Request ID: x/y=)",
    "operation error S3: GetObject, https response error StatusCode: 403, RequestID: 7BMJM8PWV1J1FNEH, HostID: x/y=, api error AccessDenied: {}",
    "AccessDenied: {}\n\tstatus code: 403, request id: 7BMJM8PWV1J1FNEH, host id: x/y=",
    "╷\n│ Error: reading S3 object: AccessDenied: {}\n│ \tstatus code: 403, request id: 7BMJM8PWV1J1FNEH\n╵",
    'Resource handler returned message: "{} (Service: S3, Status Code: 403, Request ID: 7BMJM8PWV1J1FNEH)" (RequestToken: 1, HandlerErrorCode: AccessDenied)',
    "<Error><Code>AccessDenied</Code><Message>{}</Message><RequestId>7BMJM8PWV1J1FNEH</RequestId></Error>",
    "\x1b[31mfatal error: {}\x1b[0m",
    "<html><body><h1>403</h1><p>{}</p></body></html>",
]  # fmt: skip


@each_row((wrapping,) for wrapping in WRAPPINGS)
def test_the_wrapping_of_a_tool_changes_no_fact(wrapping: str):
    sentence = f'{SENTENCE}"{OBJECT}" because no identity-based policy allows the s3:GetObject action'
    assert read_facts(only_denial(wrapping.format(sentence))) == read_facts(
        only_denial(sentence)
    )


def test_json_within_json_changes_no_fact():
    sentence = f'{SENTENCE}"{OBJECT}" with an explicit deny in a resource-based policy'
    body = json.dumps({"__type": "AccessDeniedException", "Message": sentence})
    twice = json.dumps({"body": json.dumps({"error": body})})
    assert read_facts(only_denial(body)) == read_facts(only_denial(sentence))
    assert read_facts(only_denial(twice)) == read_facts(only_denial(sentence))


@pytest.mark.parametrize("width", [40, 60, 80, 100])
def test_a_terminal_that_breaks_lines_at_words_changes_no_fact(width: int):
    words = f'{SENTENCE}"{OBJECT}" because no identity-based policy allows the s3:GetObject action'.split()
    lines = [""]
    for word in words:
        if len(lines[-1]) + len(word) > width:
            lines.append("")
        lines[-1] += f"{word} "
    assert read_facts(only_denial("\n".join(lines))) == read_facts(
        only_denial(" ".join(words))
    )


def test_a_log_has_each_refusal_once_and_counts_repeats():
    first = f"{SENTENCE}{OBJECT}"
    second = first.replace("s3:GetObject", "s3:PutObject")
    denials = find_denials(f"{first}\n2026-11-30 INFO fine\n{second}\n{first}\n")
    assert [(denial.action, denial.times) for denial in denials] == [
        ("s3:GetObject", 2),
        ("s3:PutObject", 1),
    ]


def test_a_repeat_in_fewer_words_joins_its_refusal_and_counts_as_no_second_one():
    [denial] = find_denials(f"{SENTENCE}{OBJECT}\nAccessDenied: Access Denied\n")
    assert (denial.action, denial.times) == ("s3:GetObject", 1)


def test_an_operation_of_several_unlikely_services_tells_no_action():
    assert infer_action("", "CreateFleet") == "ec2:CreateFleet"
    assert infer_action("", "CreateEnvironment") == ""


def test_an_operation_tells_the_action_that_it_needs_and_says_so():
    denial = only_denial(
        "An error occurred (AccessDenied) when calling the ListObjectsV2 operation: Access Denied"
    )
    assert (denial.action, denial.is_action_inferred, denial.topic) == (
        "s3:ListBucket",
        True,
        Topic.BARE,
    )


def test_an_action_that_the_call_also_needs_is_kept_apart():
    denial = only_denial(
        f"User: {ADA} is not authorized to perform: ec2:CreateVpcEndpoint on resource: arn:aws:ec2:eu-west-2:1:vpc-endpoint/* "
        "because no identity-based policy allows the vpce:AllowMultiRegion action"
    )
    assert (denial.action, denial.needed_action) == (
        "ec2:CreateVpcEndpoint",
        "vpce:AllowMultiRegion",
    )


def test_an_encoded_message_is_kept_to_be_decoded():
    denial = only_denial(
        "An error occurred (UnauthorizedOperation) when calling the RunInstances operation: You are not "
        "authorized to perform this operation. Encoded authorization failure message: sPwGqJ6vBHg1vPHLcn4g_CP-o5jOulH90"
    )
    assert denial.encoded == "sPwGqJ6vBHg1vPHLcn4g_CP-o5jOulH90"
    assert (denial.action, denial.topic) == ("ec2:RunInstances", Topic.EC2_OPERATION)


def test_a_cloudtrail_event_tells_who_asked_for_what():
    event = {
        "userIdentity": {"type": "IAMUser", "arn": ADA, "accountId": "111122223333"},
        "eventSource": "s3.amazonaws.com",
        "eventName": "GetObject",
        "errorCode": "AccessDenied",
        "errorMessage": "Access Denied",
        "requestParameters": {"bucketName": "receipts", "key": "monday"},
    }
    denial = only_denial(json.dumps(event))
    assert (denial.principal.name, denial.action, denial.resource) == (
        "ada",
        "s3:GetObject",
        OBJECT,
    )


@each_row((text,) for text in ["", " ", "hello", "The bucket was created.", "404 Not Found: NoSuchKey", "{}", "[]", "<xml/>"])  # fmt: skip
def test_a_text_without_a_refusal_has_none(text: str):
    assert find_denials(text) == ()


PIECES = st.sampled_from(
    [
        *("User: ", ADA, " is not authorized to perform: ", "s3:GetObject", " on resource: ", OBJECT),
        *(" because no ", "identity-based policy", " allows the ", " with an explicit deny in a "),
        *("\n", '"', "\\", "<", ">", "(Service: ", "AccessDenied", "Access Denied", "{", "}", ":"),
        *("An error occurred (", ") when calling the ", " operation: ", "arn:", "\x1b[31m", "\u202e"),
        *("Encoded authorization failure message: ", '"explicitDeny": true', '"allowed": false'),
        *('"userIdentity": {', '"eventName": "', "<Code>", "</Code>", "&#x41;", "\\u0041", "\ud800"),
    ]
)  # fmt: skip


@given(st.one_of(st.text(), st.lists(PIECES).map("".join)))
def test_no_text_raises_an_error(text: str):
    for denial in find_denials(text):
        assert denial.times >= 1


def test_texts_that_were_kept_apart_are_read_right_too():
    """AWS's texts vary without end, so a few may be wrong."""
    assert share_of_right(read_cases("measure")) >= 0.95


def test_the_form_of_the_console_says_the_same_as_the_sentence():
    form = (
        f"Access denied\nUser: {ADA}\nService: s3\nAction: GetObject\n"
        f"On resource(s): {OBJECT}\nContext: no identity-based policy allows the action"
    )
    usual = f"{SENTENCE}{OBJECT} because no identity-based policy allows the s3:GetObject action"
    assert read_facts(only_denial(form)) == read_facts(only_denial(usual))


def test_a_decoded_message_says_who_what_and_whether_something_denied():
    decoded = {
        "allowed": False,
        "explicitDeny": True,
        "context": {
            "principal": {"id": "AIDA", "arn": ADA},
            "action": "ec2:RunInstances",
            "resource": "arn:aws:ec2:eu-west-1:111122223333:instance/*",
        },
    }
    cli = json.dumps({"DecodedMessage": json.dumps(decoded)})
    assert read_facts(only_denial(cli)) == [
        *("IAM user", "111122223333", "ada", "", "ec2:RunInstances"),
        *("arn:aws:ec2:eu-west-1:111122223333:instance/*", "unknown", "explicit"),
    ]


@pytest.mark.parametrize("width", [40, 57, 80])
def test_a_terminal_that_breaks_lines_within_words_changes_no_fact(width: int):
    usual = f'{SENTENCE}"{OBJECT}" because no identity-based policy allows the s3:GetObject action'
    cut = "\n".join(usual[at : at + width] for at in range(0, len(usual), width))
    assert read_facts(only_denial(cut)) == read_facts(only_denial(usual))


def test_an_authorization_id_is_kept_to_be_looked_up():
    denial = only_denial(
        f"{SENTENCE}{OBJECT} with an explicit deny in an identity-based policy: "
        f"arn:aws:iam::111122223333:policy/No. Go to "
        f"https://eu-west-1.console.aws.amazon.com/iam/home?region=eu-west-1"
        f"#/authorization-details/0a1b2c3d4e5f for complete details"
    )
    assert denial.authorization_id == "0a1b2c3d4e5f"
    assert denial.policy == "arn:aws:iam::111122223333:policy/No"


SERVICES = [
    (
        "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.",
        Topic.KMS_CIPHERTEXT,
        "kms:Decrypt",
    ),
    (
        "Access to the resource https://sqs.eu-west-1.amazonaws.com/ is denied.",
        Topic.SQS_QUEUE,
        "",
    ),
    ("Not authorized to perform sts:AssumeRoleWithWebIdentity", Topic.SENTENCE, "sts:AssumeRoleWithWebIdentity"),
    ('{"Message":"User is not authorized to access this resource"}', Topic.API_GATEWAY, "execute-api:Invoke"),
    ("You don't have permissions to access this resource.", Topic.ORGANIZATIONS, ""),
    ("Roles may not be assumed by root accounts.", Topic.ROOT_ASSUMES, "sts:AssumeRole"),
    ("Insufficient Lake Formation permission(s) on orders", Topic.LAKE_FORMATION, ""),
    ("Cross-account pass role is not allowed.", Topic.CROSS_ACCOUNT_PASS, "iam:PassRole"),
    ("Not Authorized to access createTodo on type Mutation", Topic.GRAPHQL, "appsync:GraphQL"),
    ("Lambda does not have permission to access the ECR image.", Topic.IMAGE_PULL, "ecr:BatchGetImage"),
    ("mount.nfs4: access denied by server while mounting 127.0.0.1:/", Topic.MOUNT, "elasticfilesystem:ClientMount"),
    ("ECS was unable to assume the role 'arn:aws:iam::111122223333:role/task'", Topic.ROLE_NOT_ASSUMED, "sts:AssumeRole"),
    ("ERROR 1045 (28000): Access denied for user 'ada'@'10.0.0.1'", Topic.OTHER_SYSTEM, ""),
]  # fmt: skip


@each_row(SERVICES)
def test_a_service_that_refuses_in_its_own_words_is_understood(
    text: str, topic: Topic, action: str
):
    denial = only_denial(text)
    assert (denial.topic, denial.action) == (topic, action)


def test_block_public_access_is_told_from_the_bucket_policy():
    denial = only_denial(
        f"User: {ADA} is not authorized to perform: s3:PutBucketPolicy on resource: "
        f'"arn:aws:s3:::receipts" because public policies are blocked by the '
        f"BlockPublicPolicy block public access setting."
    )
    assert denial.policy_kind is PolicyKind.PUBLIC_ACCESS


@pytest.mark.parametrize(
    ("text", "action", "kind", "effect"),
    [
        (
            "AccessDenied ... s3:GetObject ... with an explicit deny in a service control policy",
            "s3:GetObject",
            PolicyKind.SCP,
            Effect.EXPLICIT,
        ),
        (
            "403 Forbidden: ec2:RunInstances because no identity-based policy allows it",
            "ec2:RunInstances",
            PolicyKind.IDENTITY,
            Effect.IMPLICIT,
        ),
        (
            "AccessDenied: sqs:SendMessage",
            "sqs:SendMessage",
            PolicyKind.UNKNOWN,
            Effect.UNKNOWN,
        ),
        ("AccessDenied at 12:Monday", "", PolicyKind.UNKNOWN, Effect.UNKNOWN),
    ],
)
def test_a_sentence_that_somebody_shortened_keeps_its_action_and_reason(
    text: str, action: str, kind: PolicyKind, effect: Effect
):
    [denial] = find_denials(text)
    assert (denial.action, denial.policy_kind, denial.effect) == (action, kind, effect)
