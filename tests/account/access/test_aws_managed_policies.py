import json
from datetime import UTC, datetime

from coffeeshop.account.access.aws_managed_policies import (
    all_managed_documents,
    common_managed_documents,
    find_managed_document,
)
from coffeeshop.policy.language.stored_document import parse_stored
from coffeeshop.policy.model import Kind


def test_a_managed_policy_has_the_name_path_version_and_dates_that_aws_gives_it():
    found = find_managed_document("arn:aws:iam::aws:policy/job-function/ViewOnlyAccess")
    assert found is not None
    assert (found.name, found.path, found.default) == (
        "ViewOnlyAccess",
        "/job-function/",
        "v46",
    )
    assert found.created == datetime(2016, 11, 10, 17, 20, 15, tzinfo=UTC)
    assert found.updated > found.created


def test_a_managed_policy_without_a_path_hangs_on_the_slash():
    found = find_managed_document("arn:aws:iam::aws:policy/AdministratorAccess")
    assert found is not None
    assert (found.name, found.path) == ("AdministratorAccess", "/")
    assert json.loads(found.text) == {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
    }


def test_an_arn_outside_the_list_is_unknown():
    assert find_managed_document("arn:aws:iam::aws:policy/AmazonCoffeeFullAccess") is None


def test_all_managed_policies_stand_in_one_order_and_each_is_found_by_its_arn():
    every = all_managed_documents()
    assert [policy.name for policy in every][:3] == [
        "AdministratorAccess",
        "PowerUserAccess",
        "ReadOnlyAccess",
    ]
    assert len({policy.arn for policy in every}) == len(every) == 1582
    assert every[: len(common_managed_documents())] == common_managed_documents()
    assert all(find_managed_document(policy.arn) == policy for policy in every)


def test_a_policy_that_few_use_is_known_by_its_path_too():
    name = "AWSLambdaVPCAccessExecutionRole"
    found = find_managed_document(f"arn:aws:iam::aws:policy/service-role/{name}")
    assert found is not None
    assert (found.name, found.path, found.default) == (name, "/service-role/", "v3")
    assert find_managed_document(f"arn:aws:iam::aws:policy/{name}") is None


def test_nothing_in_a_document_of_awss_is_unclear():
    for policy in all_managed_documents():
        _, problems = parse_stored(policy.text, Kind.IDENTITY, policy.arn)
        assert not problems, policy.arn


def test_every_managed_document_is_a_policy_of_the_current_version():
    for policy in all_managed_documents():
        document = json.loads(policy.text)
        assert document["Version"] == "2012-10-17", policy.name
        assert list(document) == ["Version", "Statement"], policy.name
