"""Policy documents at the door: AWS tells the first stage that fails, in these words."""

import json
from shlex import quote

import pytest

from tests.account.shop import ID, Shop, allow, policy, role, statement, trust, user
from tests.tables import each_row

S3 = "arn:aws:s3:::coffeeshop-receipts"
SYNTAX = "Syntax errors in policy."
LEGACY = "The policy failed legacy parsing"
VERSION = "Policy document must be version 2012-10-17 or greater."
IDENTITY = [
    ("{", SYNTAX),
    ("[]", SYNTAX),
    ('{"Version": "2012-10-17"}', SYNTAX),
    ('{"Version": "2012-10-18", "Statement": []}', SYNTAX),
    (policy(statement("s3:*", Bogus="x")), SYNTAX),
    (policy(statement("s3:*", NotAction="iam:*")), SYNTAX),
    (policy(statement(3)), SYNTAX),
    (policy(statement("s3:*", Condition={"StringEqual": {"a": "b"}})), SYNTAX),
    (policy(statement("s3:*", Principal="*")), "Policy document should not specify a principal."),
    (policy(statement("s3:*", Sid="no blanks")), "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"),
    (json.dumps({"Statement": [statement("s3:*")]}), VERSION),
    (json.dumps({"Statement": [statement("s3:*", Principal="*")]}), VERSION),
    (policy({"Effect": "Allow", "Action": "s3:*", "Principal": "*"}), "Policy document should not specify a principal."),
    (json.dumps({"Version": "2008-10-17", "Statement": [statement("s3:*")]}), VERSION),
    (policy(statement("s3:*", effect="allow")), LEGACY),
    (policy(statement("s3:*", Condition={"DateLessThan": {"aws:CurrentTime": "noon"}})), LEGACY),
    (policy(statement("s3:*", effect="denY")), LEGACY),
    (policy(statement("s3:*", effect="Permit")), SYNTAX),
    (policy(statement("s3:*", "arn:aws:s3::b")), LEGACY),
    (policy(statement("s3:*", "arn:aws::::b")), LEGACY),
    (policy(statement("s3:*", "arn:mars:s3:::b", Condition={"DateLessThan": {"aws:CurrentTime": "noon"}})), LEGACY),
    (policy(statement("s3:*", Sid="a"), statement("s3:*", Sid="a")), "Statement IDs (SID) in a single policy must be unique."),
    (policy(statement([])), "Policy statement must contain actions."),
    (policy({"Effect": "Allow", "Resource": "*"}), "Policy statement must contain actions."),
    (policy(statement("s3:*", "coffeeshop-receipts")), 'Resource coffeeshop-receipts must be in ARN format or "*".'),
    (policy(statement("s3:*", "arn:mars:s3:::x")), 'Partition "mars" is not valid for resource "arn:mars:s3:::x".'),
    (policy(statement("s3:*", "aws:s3:::b")), 'Partition "s3" is not valid for resource "arn:s3:::b:*".'),
    (policy(statement("s3:*", "a:bean")), 'Partition "bean" is not valid for resource "arn:bean:*:*:*:*".'),
    (policy(statement("s3:*", "a:b:c:d:e:f:g")), 'Partition "b" is not valid for resource "arn:b:c:d:e:f:g".'),
    (policy(statement("s3:*", "arn:aws!")).replace("arn:", r"arn\u003a"), 'Partition "aws!" is not valid for resource "arn:aws!:*:*:*:*".'),
    (policy(statement("s3:*", 'the "till"')), 'Resource the "till" must be in ARN format or "*".'),
    (policy(statement("s3:*", "arn:aws:s3:us-east-1::b")), "Resource arn:aws:s3:us-east-1::b can not contain region information."),
    (policy(statement("s3:*", "arn:aws")), "Resource vendor must be fully qualified and cannot contain regexes."),
    (policy(statement("s3:*", "arn:aws:s*:::x")), "Resource vendor must be fully qualified and cannot contain regexes."),
    (policy(statement("iam:*", f"arn:aws:iam:us-east-1:{ID}:user/x")), f"IAM resource arn:aws:iam:us-east-1:{ID}:user/x cannot contain region information."),
    (policy(statement("iam:*", f"arn:aws:iam::{ID}:people/x")), 'IAM resource path must either be "*" or start with user/, federated-user/, role/, group/, instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/.'),
    (policy(statement("ListBucket")), "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."),
    (policy(statement("s3:List:Bucket")), "Actions/Condition can contain only one colon."),
    (policy(statement("s 3:ListBucket")), "Vendor s 3 is not valid"),
    (policy({"Effect": "Allow", "Action": "s3:*"}), "Policy statement must contain resources."),
    (policy(statement("s3:*", []), statement([])), "Policy statement must contain actions."),
]  # fmt: skip


@each_row(IDENTITY)
def test_an_identity_policy_is_refused_in_awss_words(document: str, text: str):
    shop = Shop()
    told = shop.refused(
        f"iam create-policy --policy-name p --policy-document {quote(document)}"
    )
    assert told == ("MalformedPolicyDocument", text)


INLINE = "iam put-user-policy --user-name casey --policy-name p --policy-document"
OWN = json.dumps([statement("s3:ListBucket", "arn:aws:s3:::coffeeshop-${aws:username}")])


@pytest.mark.parametrize("version", ["", '"Version": "2008-10-17", '])
def test_an_inline_policy_of_2008_is_taken_and_its_variables_are_plain_text(version: str):
    """Recorded of AWS SAM's own templates: inline policies need no Version."""
    shop = Shop()
    shop.hire("casey", policy(statement("sts:GetCallerIdentity")))
    shop("s3api create-bucket --bucket coffeeshop-casey")
    listing = "s3api list-objects-v2 --bucket coffeeshop-casey"
    shop(f"{INLINE} " + quote(f'{{{version}"Statement": {OWN}}}'))
    assert shop.refused(listing, "casey")[0] == "AccessDenied"
    shop(f"{INLINE} {quote(policy(*json.loads(OWN)))}")
    shop(listing, "casey")


def test_a_session_policy_needs_no_version_but_whole_arns():
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html: incomplete ARNs are malformed there."""
    shop = Shop()
    shop.hire("casey", allow("sts:GetFederationToken"))
    federation = "sts get-federation-token --name bo --policy"
    unversioned = json.dumps({"Statement": [statement("s3:*")]})
    shop(f"{federation} {quote(unversioned)}", "casey")
    short = policy(statement("sqs:*", "arn:aws:sqs"))
    assert shop.refused(f"{federation} {quote(short)}", "casey") == (
        "MalformedPolicyDocument",
        LEGACY,
    )


def test_an_incomplete_arn_is_completed_in_an_inline_and_in_a_managed_policy():
    """`"Resource": "arn:aws:fdsasf"` is recorded as taken, moto's AWS-verified policy documents."""
    shop = Shop()
    shop.hire(
        "casey",
        policy(
            statement("s3:ListBucket", "arn:aws:s3"),
            statement("nobody:Knows", "arn:aws:fdsasf"),
        ),
    )
    shop("s3api create-bucket --bucket coffeeshop-receipts")
    shop("s3api list-objects-v2 --bucket coffeeshop-receipts", "casey")
    shop(
        f"iam create-policy --policy-name q --policy-document {quote(policy(statement('sqs:*', 'arn:aws:sqs:*')))}"
    )
    deny = policy(statement("s3:ListBucket", "arn:aws:s3:*", effect="Deny"))
    shop(
        f"iam put-user-policy --user-name casey --policy-name no --policy-document {quote(deny)}"
    )
    assert (
        shop.refused("s3api list-objects-v2 --bucket coffeeshop-receipts", "casey")[0]
        == "AccessDenied"
    )


def test_an_action_that_does_not_exist_is_accepted_and_opens_nothing():
    shop = Shop()
    shop.hire("casey", allow("s3:ListObject", S3))
    shop("s3api create-bucket --bucket coffeeshop-receipts")
    assert (
        shop.refused("s3api list-objects-v2 --bucket coffeeshop-receipts", "casey")[0]
        == "AccessDenied"
    )


def test_what_only_looks_wrong_is_accepted_in_an_identity_policy():
    """Recorded of AWS: vendors with dots, services that are none, conditions without keys, an Id, an empty Sid."""
    shop = Shop()
    more = [
        statement("s3.s:ListBucket"),
        statement("nobody:Knows", "arn:aws:nothing:eu-west-1::x"),
    ]
    more += [
        statement("s3:*", Condition={"a": {}}),
        statement("s3:*", Condition={"x": {}, "y": {}}),
    ]
    more += [
        statement("s3:*", Condition={"DateGreaterThan": {"a": date}})
        for date in ("01T", "2016-12-13t2:00:00.593194+23")
    ]
    more += [
        statement("s3:*", Condition={f"{each}:Null": {"a": "true"}})
        for each in ("ForAllValues", "ForAnyValue")
    ]
    more += [
        statement(
            "s3:*",
            "arn:aws:s3:eu-west-1:1:accesspoint/a",
            Sid="",
            Condition={"DateGreaterThan": {}},
        )
    ]
    document = json.dumps({"Version": "2012-10-17", "Id": "x", "Statement": more})
    shop(f"iam create-policy --policy-name p --policy-document {quote(document)}")


def named(principal: object, **more: object) -> str:
    return policy(
        {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more}
    )


TRUST = [
    ("{", "This policy contains invalid Json"),
    ('{"probe": "x"}', "Unknown field probe"),
    ("{}", "Missing required field Statement"),
    ('{"Version": "2013-10-17", "Statement": []}', "The policy must contain a valid version string"),
    (policy(), "Could not parse the policy: Statement is empty!"),
    (named("*", Effect="allow"), "Invalid effect: allow"),
    (named({}), "Missing required field Principal cannot be empty!"),
    (named({"AWS": []}), "Invalid principal in policy: com.amazon.balsa.error.InvalidPolicyException: The passed in policy has a statement with no principals!"),
    (named("casey"), "Syntax error at position (1,74)"),
    (named("*", Effect="allow").replace("allow", r"\u0061llow"), "Invalid effect: allow"),
    (named("*", Action="AssumeRole"), "AssumeRole policy may only specify STS AssumeRole actions."),
    (named({"Service": "lamda"}), 'Invalid principal in policy: "SERVICE":"lamda"'),
    (named({"Service": ["ec2.amazonaws.com", "*"]}), 'Invalid principal in policy: "SERVICE":"*"'),
    (named("*", Action=3), "Syntax error at position (1,89)"),
    (named("*", NotAction="sts:*"), "Syntax error at position (1,120)"),
    (policy({"Effect": "Allow", "NotPrincipal": {"AWS": "*"}, "Action": "sts:AssumeRole"}), "Allow with NotPrincipal is not allowed."),
    (policy({"Effect": "Deny", "NotPrincipal": {"AWS": "*"}, "Action": "sts:AssumeRole"}), "AssumeRole policy must not contain NotPrincipal field."),
    (policy(*[{"Sid": "a", **statement("sts:AssumeRole", Principal="*")}] * 2).replace('"Resource": "*", ', ""), "The Statement Ids in the policy are not unique"),
    (trust(user("casey"), Resource="*"), "Has prohibited field Resource"),
    (trust(user("casey"), NotResource="*"), "Has prohibited field NotResource"),
    (trust(user("casey")).replace("sts:AssumeRole", "s3:GetObject"), "AssumeRole policy may only specify STS AssumeRole actions."),
    (trust(user("nobody")), f'Invalid principal in policy: "AWS":"{user("nobody")}"'),
    (trust(f"arn:aws:iam::{ID}:group/G"), f'Invalid principal in policy: "AWS":"arn:aws:iam::{ID}:group/G"'),
    (trust("AIDAWHOEVERTHATWAS2345"), 'Invalid principal in policy: "AWS":"AIDAWHOEVERTHATWAS2345"'),
    (policy({"Effect": "Allow", "Action": "sts:AssumeRole"}), "Missing required field Principal"),
    (named("*"), 'AssumeRolepolicy contained an invalid principal: "STAR":"*".'),  # aws/aws-cdk#5732
]  # fmt: skip


@each_row(TRUST)
def test_a_trust_policy_is_refused_in_awss_words(document: str, text: str):
    shop = Shop()
    shop("iam create-user --user-name casey")
    shop("iam create-group --group-name G")
    told = shop.refused(
        f"iam create-role --role-name R --assume-role-policy-document {quote(document)}"
    )
    assert told == ("MalformedPolicyDocument", text)


def test_a_trust_policy_may_name_a_living_unique_id_a_session_and_strangers_unseen():
    shop = Shop()
    shop("iam create-user --user-name casey")
    shop.role(
        "R",
        trust(
            shop.account.users["casey"].id,
            f"arn:aws:iam::{ID}:root",
            "arn:aws:iam::444455556666:role/Courier",
            "777788889999",
        ),
    )
    shop.role("S", trust(role("R"), service="ec2.amazonaws.com"))
    assert (
        shop.refused(
            f"iam update-assume-role-policy --role-name S --policy-document {quote(trust(role('none')))}"
        )[0]
        == "MalformedPolicyDocument"
    )


@pytest.mark.parametrize(
    "service",
    [
        "lambda.amazonaws.com",
        "ec2.amazonaws.com.cn",
        "alexa-appkit.amazon.com",
        "eks.aws.internal",
    ],
)
def test_a_trust_policy_may_name_any_service_by_its_domain(service: str):
    """https://developer.amazon.com/docs/custom-skills/host-a-custom-skill-as-an-aws-lambda-function.html"""
    Shop().role("R", trust(service=service))


def test_a_trust_policy_has_2048_characters_at_most():
    shop = Shop()

    def line(pad: int) -> str:
        document = trust(
            f"arn:aws:iam::{ID}:root",
            Condition={"StringEquals": {"sts:ExternalId": "x" * pad}},
        )
        return (
            f"iam create-role --role-name R --assume-role-policy-document {quote(document)}"
        )

    pad = 2048 - len(
        "".join(
            trust(
                f"arn:aws:iam::{ID}:root",
                Condition={"StringEquals": {"sts:ExternalId": ""}},
            ).split()
        )
    )
    assert shop.refused(line(pad + 1)) == (
        "LimitExceeded",
        "Cannot exceed quota for ACLSizePerRole: 2048",
    )
    shop(line(pad))


def bucket(action: object, resource: object, **more: object) -> str:
    return policy(statement(action, resource, **{"Principal": "*", **more}))


BUCKET = [
    ("policy.json", "Policies must be valid JSON and the first byte must be '{'"),
    ("{", "This policy contains invalid Json"),
    (policy(), "Could not parse the policy: Statement is empty!"),
    (bucket("s3:GetObject", f"{S3}/*", Effect="allow"), "Invalid effect: allow"),
    (bucket("s3:GetObject", f"{S3}/*", Principal={"Service": "cloudfront"}), "Invalid principal in policy"),
    (bucket("s3:GetObject", f"{S3}/*", NotAction="s3:PutObject"), "Invalid policy syntax."),
    (policy(statement("s3:GetObject", f"{S3}/*", NotPrincipal={"AWS": f"arn:aws:iam::{ID}:root"})), "Allow with NotPrincipal is not allowed."),
    (bucket("s3:GetObject", "aws:s3:::coffeeshop-receipts/*"), "Policy has invalid resource"),
    (policy(statement("s3:GetObject", f"{S3}/*")), "Missing required field Principal"),
    (bucket("s3:GetObject", f"{S3}/*", Bogus="x"), "Unknown field Bogus"),
    (bucket("s3:GetObject", f"{S3}/*", Principal={"AWS": f"arn:aws:iam::{ID}:group/G"}), "Invalid principal in policy"),
    (bucket("s3:GetObject", f"{S3}/*", Principal={"AWS": user("nobody")}), "Invalid principal in policy"),
    (bucket("s3:GetObject", "arn:aws:s3:::another/*"), "Policy has invalid resource"),
    (bucket("s3:ListObject", S3), "Policy has invalid action"),
    (bucket("s3:GetObject", S3), "Action does not apply to any resource(s) in statement"),
    (bucket("s3:ListBucket", f"{S3}/*"), "Action does not apply to any resource(s) in statement"),
]  # fmt: skip


@each_row(BUCKET)
def test_a_bucket_policy_is_refused_in_s3s_words(document: str, text: str):
    shop = Shop()
    shop("s3api create-bucket --bucket coffeeshop-receipts")
    assert shop.refused(
        f"s3api put-bucket-policy --bucket coffeeshop-receipts --policy {quote(document)}"
    ) == (
        "MalformedPolicy",
        text,
    )


@pytest.mark.parametrize(
    "document",
    [
        bucket("s3:*", [S3, f"{S3}/*"]),
        bucket(["s3:ListBucket", "s3:GetObject"], [S3, f"{S3}/*"]),
        bucket("s3:GetObject", f"{S3}/2026/*"),
        bucket("s3:ListBucket", f"{S3}*"),
        policy(
            {
                "Effect": "Deny",
                "Principal": "*",
                "NotAction": "s3:GetObject",
                "Resource": S3,
            }
        ),
        json.dumps({"Statement": statement("s3:GetObject", f"{S3}/*", Principal="*")}),
    ],
)
def test_a_bucket_policy_that_applies_is_kept(document: str):
    shop = Shop()
    shop("s3api create-bucket --bucket coffeeshop-receipts")
    shop("s3api delete-public-access-block --bucket coffeeshop-receipts")
    shop(f"s3api put-bucket-policy --bucket coffeeshop-receipts --policy {quote(document)}")
    assert (
        shop("s3api get-bucket-policy --bucket coffeeshop-receipts")["Policy"] == document
    )
