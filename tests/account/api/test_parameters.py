"""The parameter check: every fault of a call at once, in AWS's words."""

import pytest

from coffeeshop.account.api.default_values import is_requested
from coffeeshop.account.api.operations import OPERATIONS
from coffeeshop.account.api.parameters import check_parameters, parameter_faults
from coffeeshop.account.api.patterns import matches_pattern
from coffeeshop.account.model import ServiceError
from coffeeshop.account.values import Json
from tests.tables import each_row


def refusal(service: str, operation: str, **parameters: Json) -> str:
    with pytest.raises(ServiceError) as caught:
        check_parameters(OPERATIONS[service, operation], parameters)
    assert caught.value.status == (501 if caught.value.code == "NotSimulated" else 400)
    return f"{caught.value.code}: {caught.value.message}"


def test_a_call_that_fits_its_row_passes():
    tags = ({"Key": "team", "Value": "till"},)
    check_parameters(
        OPERATIONS["iam", "CreateUser"],
        {"UserName": "casey", "Path": "/staff/", "Tags": tags},
    )
    check_parameters(OPERATIONS["iam", "ListUsers"], {"MaxItems": 10})
    check_parameters(
        OPERATIONS["iam", "UntagUser"], {"UserName": "casey", "TagKeys": ("team",)}
    )
    check_parameters(
        OPERATIONS["dynamodb", "PutItem"],
        {"TableName": "menu", "Item": {"id": {"S": "1"}, "hot": {"BOOL": True}}},
    )
    check_parameters(OPERATIONS["console", "SignOut"], {})


def test_a_missing_parameter_must_not_be_null():
    assert refusal("iam", "CreateUser") == (
        "ValidationError: 1 validation error detected: "
        "Value at 'userName' failed to satisfy constraint: Member must not be null"
    )


def test_sts_repeats_the_value():
    assert refusal("sts", "GetSessionToken", TokenCode="1111111") == (
        "ValidationError: 1 validation error detected: "
        "Value '1111111' at 'tokenCode' failed to satisfy constraint: Member must have length less than or equal to 6"
    )
    assert "Value '[k, ]' at 'transitiveTagKeys' failed" in refusal(
        "sts",
        "AssumeRole",
        RoleArn="r" * 20,
        RoleSessionName="casey",
        TransitiveTagKeys=("k", ""),
    )
    assert "Value null at 'roleArn'" in refusal(
        "sts", "AssumeRole", RoleSessionName="casey"
    )


def test_iam_tells_a_number_out_of_its_range():
    assert refusal("iam", "ListUsers", MaxItems=1001) == (
        "ValidationError: 1 validation error detected: "
        "Value at 'maxItems' failed to satisfy constraint: Member must have value less than or equal to 1000"
    )
    assert "Member must have value greater than or equal to 1" in refusal(
        "iam", "ListUsers", MaxItems=0
    )


def test_all_faults_come_at_once_and_counted():
    text = refusal("iam", "CreateAccessKey", UserName="") + refusal(
        "iam", "CreateRole", RoleName="x" * 65, MaxSessionDuration=60
    )
    assert "1 validation error detected: Value at 'userName'" in text
    assert "3 validation errors detected: " in text
    for place in ("roleName", "assumeRolePolicyDocument", "maxSessionDuration"):
        assert f"Value at '{place}' failed" in text


def test_an_enum_names_its_values_and_a_list_of_enums_says_it_of_the_list():
    assert (
        "'status' failed to satisfy constraint: Member must satisfy enum value set: [Active, Inactive"
        in refusal("iam", "UpdateAccessKey", AccessKeyId="A" * 20, Status="Off")
    )
    assert (
        "Value at 'filter' failed to satisfy constraint: "
        "Member must satisfy constraint: [Member must satisfy enum value set: [User, Role, Group"
    ) in refusal("iam", "GetAccountAuthorizationDetails", Filter=("Users",))


def test_a_list_of_strings_tells_all_that_its_elements_must_be():
    assert refusal("iam", "UntagUser", UserName="casey", TagKeys=("", "team")).endswith(
        "Value at 'tagKeys' failed to satisfy constraint: Member must satisfy constraint: "
        "[Member must have length less than or equal to 128, Member must have length greater than or equal to 1, "
        r"Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+]"
    )


def test_a_name_of_wrong_characters_has_a_sentence_of_its_own():
    assert refusal("iam", "CreateUser", UserName="casey[/]") == (
        "ValidationError: The specified value for userName is invalid. "
        "It must contain only alphanumeric characters and/or the following: +=,.@_-"
    )
    assert refusal("iam", "CreateUser", UserName="casey", Path="//") == (
        "ValidationError: The specified value for path is invalid. "
        "It must begin and end with / and contain only alphanumeric characters and/or / characters."
    )


def test_counted_faults_are_told_before_misspelt_names():
    assert refusal("iam", "CreateRole", RoleName="a b") == (
        "ValidationError: 1 validation error detected: "
        "Value at 'assumeRolePolicyDocument' failed to satisfy constraint: Member must not be null"
    )


def test_two_slashes_alone_are_refused_and_between_names_accepted():
    check_parameters(
        OPERATIONS["iam", "CreateUser"], {"UserName": "casey", "Path": "/a//b/"}
    )
    check_parameters(OPERATIONS["iam", "CreateUser"], {"UserName": "casey", "Path": "/"})


def test_a_fault_inside_a_structure_names_its_place():
    tags: Json = ({"Key": "team", "Value": "till"}, {"Key": "x" * 129})
    assert refusal("iam", "TagUser", UserName="casey", Tags=tags).split(": ", 2)[2] == (
        "Value at 'tags.2.member.key' failed to satisfy constraint: Member must have length less than or equal to 128; "
        "Value at 'tags.2.member.value' failed to satisfy constraint: Member must not be null"
    )


def test_a_fault_inside_a_map_names_its_key():
    assert (
        "at 'item.id.member.bOOL' failed to satisfy constraint: Member must be of type boolean"
        in refusal("dynamodb", "PutItem", TableName="menu", Item={"id": {"BOOL": "yes"}})
    )


@pytest.mark.parametrize(
    ("parameters", "type"),
    [
        ({"UserName": 7}, "string"),
        ({"UserName": "casey", "Tags": "team"}, "list"),
        ({"UserName": b"casey"}, "string"),
    ],
)
def test_a_value_of_another_type_is_a_fault(parameters: dict[str, Json], type: str):
    assert f"Member must be of type {type}" in refusal("iam", "CreateUser", **parameters)


def test_a_number_is_no_boolean_and_a_boolean_no_number():
    assert "must be of type boolean" in refusal(
        "iam", "UpdateAccountPasswordPolicy", RequireSymbols=1
    )
    assert "must be of type integer" in refusal("iam", "ListUsers", MaxItems=True)
    assert "[Member must be of type string]" in refusal(
        "dynamodb", "PutItem", TableName="menu", Item={"id": {"SS": (1,)}}
    )


def test_an_unknown_parameter_is_a_fault_that_names_the_known_ones():
    assert refusal("iam", "GetUser", Username="casey").endswith(
        "Value at 'Username' failed to satisfy constraint: Unknown parameter, must be one of: UserName"
    )


def test_a_parameter_that_is_left_out_is_refused_by_name_also_inside_another():
    assert refusal("s3", "CreateBucket", Bucket="menus", ACL="public-read") == (
        "NotSimulated: The parameter ACL of s3:CreateBucket is not simulated in this account."
    )
    assert refusal(
        "lambda",
        "CreateFunction",
        FunctionName="x",
        Role="arn:aws:iam::111122223333:role/x",
        Code={"S3Key": "x"},
    ).endswith(
        "The parameter code.S3Key of lambda:CreateFunction is not simulated in this account."
    )


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\x7f", "\x9b", "\ud800"])
def test_control_characters_are_refused(character: str):
    assert "Member must not contain control characters" in refusal(
        "iam", "CreateUser", UserName=f"ca{character}sey"
    )


def test_tab_and_line_ends_belong_to_documents():
    text = '{\r\n\t"Version": "2012-10-17"\n}'
    assert not tuple(
        parameter_faults(
            OPERATIONS["iam", "CreatePolicy"],
            {"PolicyName": "till", "PolicyDocument": text},
        )
    )


def test_dynamodb_and_lambda_have_a_code_of_their_own():
    assert refusal("dynamodb", "DescribeTable").startswith("ValidationException: ")
    assert refusal("lambda", "GetFunction").startswith("ValidationException: ")


TAG = r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+"


@each_row(
    [
        (r"[\w+=,.@-]+", "casey", True),
        (r"[\w+=,.@-]+", "Zoë", False),  # AWS's \w is ASCII
        (TAG, "Zoë 4", True),
        (TAG, "日本", True),
        (TAG, "\u2003", True),  # a wide space is of \p{Z}
        (TAG, "#", False),
        (TAG, "☕", False),  # a symbol
        (TAG, "\ue000", False),  # private use
        (TAG, "", False),
        (r"[\p{M}\p{P}\p{S}]*", "!«+€\u0301", True),
        (r"[\u0020-\uD7FF\u10000-\u10FFFF]+", "a\U0001f600", True),
    ]
)
def test_patterns_mean_what_java_reads_in_them(pattern: str, value: str, fits: bool):
    assert matches_pattern(pattern, value) is fits


def test_every_pattern_of_the_table_is_readable():
    for row in OPERATIONS.values():
        for member in row.members:
            if member.shape.pattern:
                assert matches_pattern(member.shape.pattern, "\x00") in {True, False}


@each_row(
    [
        ("ACL", "private", False),
        ("ACL", "public-read", True),
        ("StorageClass", "STANDARD", False),
        ("Architectures", ["x86_64"], False),
        ("Architectures", ["arm64"], True),
        ("DryRun", "false", False),
        ("DryRun", True, True),
        ("Layers", [], False),
        ("Metadata", {"a": "b"}, True),
    ]
)
def test_a_value_that_aws_takes_anyway_asks_for_nothing(
    name: str, value: object, asks: bool
):
    assert is_requested(name, value) is asks
