"""boto3 in the shop: every class of operation, typed errors, pages, waiters; and what it is told when a signature is bad."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from boto3.dynamodb.conditions import ConditionExpressionBuilder, Key
from boto3.dynamodb.types import TypeSerializer
from boto3.s3.transfer import TransferConfig
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError, WaiterError
from msgspec.structs import replace

from coffeeshop.endpoint.message import Request
from coffeeshop.lessons.sitting.answers import Refused
from tests.endpoint.shop import Shop, opened, text_of, wall

pytestmark = pytest.mark.slow
TRUST = {
    "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    ],
    "Version": "2012-10-17",
}


@pytest.fixture
def shop() -> Shop:
    return opened()


def code(error: ClientError) -> tuple[str, int]:
    return error.response["Error"]["Code"], error.response["ResponseMetadata"][
        "HTTPStatusCode"
    ]


def refused(call: Callable[[], object]) -> tuple[str, int]:
    """The code and status with which a call is refused."""
    with pytest.raises(ClientError) as found:
        call()
    return code(found.value)


# ---------------------------------------------------------------- what boto3 does
def test_identities_are_made_read_in_pages_and_deleted(shop: Shop):
    iam = shop.client("iam")
    for n in range(5):
        iam.create_user(UserName=f"new-{n}", Tags=[{"Key": "desk", "Value": f"é+{n}"}])
    names = [
        u["UserName"]
        for page in iam.get_paginator("list_users").paginate(
            PaginationConfig={"PageSize": 2}
        )
        for u in page["Users"]
    ]
    assert names == ["ada", "casey", *(f"new-{n}" for n in range(5))]
    assert iam.list_user_tags(UserName="new-3")["Tags"] == [{"Key": "desk", "Value": "é+3"}]
    iam.delete_user(UserName="new-0")
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_user(UserName="new-0")
    with pytest.raises(iam.exceptions.EntityAlreadyExistsException):
        iam.create_user(UserName="new-1")


def test_a_policy_comes_back_as_the_document_it_was(shop: Shop):
    iam = shop.client("iam")
    iam.create_role(RoleName="till", AssumeRolePolicyDocument=json.dumps(TRUST))
    assert iam.get_role(RoleName="till")["Role"]["AssumeRolePolicyDocument"] == TRUST
    iam.get_waiter("role_exists").wait(
        RoleName="till", WaiterConfig={"Delay": 0, "MaxAttempts": 1}
    )
    with pytest.raises(WaiterError):
        iam.get_waiter("user_exists").wait(
            UserName="nobody", WaiterConfig={"Delay": 0, "MaxAttempts": 1}
        )


def test_a_role_session_works_until_it_expires_by_the_wall(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
):
    shop.client("iam").create_role(
        RoleName="till", AssumeRolePolicyDocument=json.dumps(TRUST)
    )
    given = shop.client("sts").assume_role(
        RoleArn="arn:aws:iam::111122223333:role/till", RoleSessionName="one"
    )["Credentials"]
    assert timedelta(minutes=55) < given["Expiration"] - wall() <= timedelta(minutes=61)
    keys = {
        "aws_access_key_id": given["AccessKeyId"],
        "aws_secret_access_key": given["SecretAccessKey"],
        "aws_session_token": given["SessionToken"],
    }
    who = shop.client("sts", keys=keys).get_caller_identity()
    assert who["Arn"] == "arn:aws:sts::111122223333:assumed-role/till/one"
    later = timedelta(minutes=62)
    shop.skew = later
    monkeypatch.setattr(
        "botocore.auth.get_current_datetime",
        lambda *_, **__: (wall() + later).replace(tzinfo=None),
    )
    assert refused(shop.client("sts", keys=keys).get_caller_identity) == (
        "ExpiredToken",
        403,
    )


def test_objects_go_in_and_come_out_with_checksums_and_odd_names(shop: Shop):
    s3 = shop.client("s3")
    s3.create_bucket(Bucket="new-bucket")
    key, body = "a b/ü+&?#%/..//x.txt", bytes(range(256))
    for algorithm in ("CRC32", "SHA1", "SHA256"):
        put = s3.put_object(
            Bucket="new-bucket",
            Key=key,
            Body=body,
            ChecksumAlgorithm=algorithm,
            ContentType="image/x",
        )
        assert put[f"Checksum{algorithm}"]
    got = s3.get_object(Bucket="new-bucket", Key=key)
    assert (got["Body"].read(), got["ContentType"], got["ContentLength"]) == (
        body,
        "image/x",
        256,
    )
    assert [o["Key"] for o in s3.list_objects_v2(Bucket="new-bucket")["Contents"]] == [key]
    assert s3.head_object(Bucket="new-bucket", Key=key)["ContentLength"] == 256
    assert s3.get_bucket_location(Bucket="new-bucket")["LocationConstraint"] is None
    assert refused(lambda: s3.head_object(Bucket="new-bucket", Key="none")) == ("404", 404)
    assert refused(lambda: s3.get_object(Bucket="new-bucket", Key="none")) == (
        "NoSuchKey",
        404,
    )
    with pytest.raises(s3.exceptions.NoSuchBucket):
        s3.list_objects_v2(Bucket="no-such-bucket")
    source = {"Bucket": "new-bucket", "Key": key}
    s3.copy_object(
        Bucket="new-bucket", Key="copy", CopySource=source, AnnotationDirective="COPY"
    )
    assert s3.get_object(Bucket="new-bucket", Key="copy")["Body"].read() == body
    assert (
        len(
            s3.delete_objects(Bucket="new-bucket", Delete={"Objects": [{"Key": "copy"}]})[
                "Deleted"
            ]
        )
        == 1
    )
    s3.put_object_tagging(
        Bucket="new-bucket", Key=key, Tagging={"TagSet": [{"Key": "a", "Value": "b"}]}
    )
    assert s3.get_object_tagging(Bucket="new-bucket", Key=key)["TagSet"] == [
        {"Key": "a", "Value": "b"}
    ]


def test_a_list_of_objects_comes_in_pages(shop: Shop):
    s3 = shop.client("s3")
    s3.create_bucket(Bucket="new-bucket")
    for n in range(5):
        s3.put_object(Bucket="new-bucket", Key=f"day {n}/é", Body=b"")
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket="new-bucket", PaginationConfig={"PageSize": 2}
    )
    assert [o["Key"] for page in pages for o in page["Contents"]] == [
        f"day {n}/é" for n in range(5)
    ]
    folders = s3.list_objects_v2(Bucket="new-bucket", Delimiter="/")["CommonPrefixes"]
    assert [folder["Prefix"] for folder in folders] == [f"day {n}/" for n in range(5)]


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_an_address_that_was_signed_beforehand_opens_until_it_ends(
    shop: Shop, version: str
):
    s3 = shop.client("s3")
    s3.create_bucket(Bucket="new-bucket")
    s3.put_object(Bucket="new-bucket", Key="a b.txt", Body=b"hello")
    signer = shop.client("s3", config=Config(signature_version=version))
    url = signer.generate_presigned_url(
        "get_object", Params={"Bucket": "new-bucket", "Key": "a b.txt"}, ExpiresIn=60
    )
    assert fetched(shop, url) == (200, "hello")
    status, said = fetched(shop, url.replace("a%20b", "b"))
    assert (status, "SignatureDoesNotMatch" in said) == (403, True)
    shop.skew = timedelta(seconds=61)
    status, said = fetched(shop, url)
    assert (status, "Request has expired" in said) == (403, True)


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_a_bucket_may_be_named_by_the_host(shop: Shop, version: str):
    shop.client("s3").create_bucket(Bucket="new.bucket")
    config = Config(s3={"addressing_style": "virtual"})
    for host in ("localhost:4517", "s3.eu-west-1.amazonaws.com"):
        s3 = shop.client("s3", endpoint_url=f"http://{host}", config=config)
        s3.put_object(Bucket="new.bucket", Key="a b.txt", Body=b"hello")
        assert (shop.sent[-1].path, shop.sent[-1].header("host")) == (
            "/a%20b.txt",
            f"new.bucket.{host}",
        )
        assert s3.list_objects_v2(Bucket="new.bucket")["KeyCount"] == 1
        signer = shop.client(
            "s3",
            endpoint_url=f"http://{host}",
            config=config.merge(Config(signature_version=version)),
        )
        asked = {"Bucket": "new.bucket", "Key": "a b.txt"}
        assert fetched(shop, signer.generate_presigned_url("get_object", Params=asked)) == (
            200,
            "hello",
        )


def fetched(shop: Shop, url: str) -> tuple[int, str]:
    parts = urlsplit(url)
    response = shop.endpoint.answer(
        Request("GET", parts.path, parts.query, {"host": parts.netloc})
    )
    return response.status, text_of(response)


def test_a_query_pages_through_sort_keys(shop: Shop):
    items = shop.client("dynamodb")
    attributes = {"till": "S", "at": "N"}
    items.create_table(
        TableName="Sales",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[
            {"AttributeName": "till", "KeyType": "HASH"},
            {"AttributeName": "at", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": type}
            for name, type in attributes.items()
        ],
    )
    for at in (10, 9, 2, 100):
        item = {"till": {"S": "A"}, "at": {"N": str(at)}}
        items.put_item(TableName="Sales", Item=item)
    condition = Key("till").eq("A") & Key("at").between(2, 10)
    built = ConditionExpressionBuilder().build_expression(condition, True)
    serialize = TypeSerializer().serialize
    pages = items.get_paginator("query").paginate(
        TableName="Sales",
        KeyConditionExpression=built.condition_expression,
        ExpressionAttributeNames=built.attribute_name_placeholders,
        ExpressionAttributeValues={
            name: serialize(value)
            for name, value in built.attribute_value_placeholders.items()
        },
        ScanIndexForward=False,
        PaginationConfig={"PageSize": 2},
    )
    assert [[item["at"]["N"] for item in page["Items"]] for page in pages] == [
        ["10", "9"],
        ["2"],
    ]
    with pytest.raises(items.exceptions.ClientError) as found:
        items.query(
            TableName="Sales",
            KeyConditionExpression="at = :n",
            ExpressionAttributeValues={":n": {"N": "9"}},
        )
    assert code(found.value) == ("ValidationException", 400)


def test_items_and_messages_and_functions_and_instances(shop: Shop):
    items = shop.client("dynamodb")
    schema = {
        "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}],
    }
    items.create_table(TableName="New", BillingMode="PAY_PER_REQUEST", **schema)
    items.get_waiter("table_exists").wait(
        TableName="New", WaiterConfig={"Delay": 0, "MaxAttempts": 1}
    )
    item = {
        "k": {"S": "é"},
        "b": {"B": b"\x00\xff"},
        "n": {"N": "1.5"},
        "l": {"L": [{"BOOL": True}, {"NULL": True}]},
    }
    items.put_item(TableName="New", Item=item)
    assert items.get_item(TableName="New", Key={"k": {"S": "é"}})["Item"] == item
    with pytest.raises(items.exceptions.ResourceNotFoundException):
        items.describe_table(TableName="None")
    queues = shop.client("sqs")
    url = queues.create_queue(QueueName="new")["QueueUrl"]
    queues.send_message(QueueUrl=url, MessageBody="<&>é")
    assert queues.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "<&>é"
    with pytest.raises(queues.exceptions.QueueDoesNotExist) as found:
        queues.get_queue_url(QueueName="none")
    assert code(found.value) == ("AWS.SimpleQueueService.NonExistentQueue", 400)
    functions = shop.client("lambda")
    assert (
        functions.get_function(FunctionName="espresso-api")["Configuration"]["MemorySize"]
        == 128
    )
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        functions.get_function(FunctionName="none")
    instances = shop.client("ec2")
    (reservation,) = instances.describe_instances()["Reservations"]
    (one,) = reservation["Instances"]
    stopped = instances.stop_instances(InstanceIds=[one["InstanceId"]])["StoppingInstances"]
    assert [change["InstanceId"] for change in stopped] == [one["InstanceId"]]
    assert refused(lambda: instances.describe_instances(InstanceIds=["i-00000000"])) == (
        "InvalidInstanceID.NotFound",
        400,
    )


def test_the_event_history_is_read_in_pages(shop: Shop):
    iam, cloudtrail = shop.client("iam"), shop.client("cloudtrail")
    for _ in range(3):
        iam.list_users()
    attribute = {"AttributeKey": "EventName", "AttributeValue": "ListUsers"}
    lookup = cloudtrail.get_paginator("lookup_events").paginate
    pages = list(lookup(LookupAttributes=[attribute], PaginationConfig={"PageSize": 2}))
    assert [len(page["Events"]) for page in pages] == [2, 1]
    event = pages[0]["Events"][0]
    assert (event["EventName"], event["ReadOnly"]) == ("ListUsers", "true")
    assert json.loads(event["CloudTrailEvent"])["eventID"] == event["EventId"]
    later = event["EventTime"] + timedelta(minutes=1)
    (page,) = lookup(LookupAttributes=[attribute], StartTime=later)
    assert page["Events"] == []
    assert refused(lambda: cloudtrail.lookup_events(NextToken="beans")) == (
        "InvalidNextTokenException",
        400,
    )


def test_an_analyzer_finds_who_gets_in_and_refuses_with_typed_errors(shop: Shop):
    iam, analyzer = shop.client("iam"), shop.client("accessanalyzer")
    iam.create_role(RoleName="till", AssumeRolePolicyDocument=json.dumps(TRUST))
    arn = analyzer.create_analyzer(
        analyzerName="outside", type="ACCOUNT", tags={"desk": "é+1"}
    )["arn"]
    assert analyzer.list_tags_for_resource(resourceArn=arn)["tags"] == {"desk": "é+1"}
    analyzer.untag_resource(resourceArn=arn, tagKeys=["desk"])
    findings = [
        finding
        for page in analyzer.get_paginator("list_findings").paginate(
            analyzerArn=arn,
            filter={"resource": {"contains": ["till"]}},
            PaginationConfig={"PageSize": 1},
        )
        for finding in page["findings"]
    ]
    (finding,) = findings
    assert (finding["isPublic"], finding["principal"]) == (True, {"AWS": "*"})
    assert finding["createdAt"].tzinfo is not None
    details = analyzer.get_finding_v2(analyzerArn=arn, id=finding["id"])
    assert "externalAccessDetails" in details["findingDetails"][0]
    analyzer.create_archive_rule(
        analyzerName="outside", ruleName="r", filter={"isPublic": {"eq": ["true"]}}
    )
    checked = analyzer.validate_policy(
        policyDocument="{", policyType="IDENTITY_POLICY", maxResults=1
    )
    assert checked["findings"][0]["findingType"] == "ERROR"
    with pytest.raises(analyzer.exceptions.ResourceNotFoundException) as missing:
        analyzer.get_analyzer(analyzerName="nowhere")
    assert missing.value.response["resourceType"] == "Analyzer"
    with pytest.raises(analyzer.exceptions.ConflictException):
        analyzer.create_analyzer(analyzerName="outside", type="ACCOUNT")
    assert refused(lambda: analyzer.list_access_previews(analyzerArn=arn)) == (
        "NotSimulated",
        400,
    )
    analyzer.delete_analyzer(analyzerName="outside")


def test_keys_encrypt_and_decrypt_and_lock_objects(shop: Shop):
    kms, s3 = shop.client("kms"), shop.client("s3")
    key = kms.create_key(Description="Recipes", Tags=[{"TagKey": "a", "TagValue": "b"}])[
        "KeyMetadata"
    ]
    assert key["CreationDate"].tzinfo
    kms.create_alias(AliasName="alias/recipes", TargetKeyId=key["KeyId"])
    context = {"shop": "main"}
    sealed = kms.encrypt(
        KeyId="alias/recipes", Plaintext=b"beans", EncryptionContext=context
    )["CiphertextBlob"]
    opened = kms.decrypt(CiphertextBlob=sealed, EncryptionContext=context)
    assert opened["Plaintext"] == b"beans"
    assert refused(lambda: kms.decrypt(CiphertextBlob=sealed)) == (
        "InvalidCiphertextException",
        400,
    )
    names = [
        alias["AliasName"]
        for page in kms.get_paginator("list_aliases").paginate()
        for alias in page["Aliases"]
    ]
    assert names == ["alias/recipes"]
    s3.create_bucket(Bucket="coffeeshop-vault")
    rule = {
        "ApplyServerSideEncryptionByDefault": {
            "SSEAlgorithm": "aws:kms",
            "KMSMasterKeyID": key["Arn"],
        },
        "BucketKeyEnabled": True,
    }
    s3.put_bucket_encryption(
        Bucket="coffeeshop-vault",
        ServerSideEncryptionConfiguration={"Rules": [rule]},
    )
    answer = s3.get_bucket_encryption(Bucket="coffeeshop-vault")
    assert answer["ServerSideEncryptionConfiguration"]["Rules"] == [rule]
    put = s3.put_object(Bucket="coffeeshop-vault", Key="a", Body=b"beans")
    assert (put["SSEKMSKeyId"], put["BucketKeyEnabled"]) == (key["Arn"], True)
    kms.disable_key(KeyId=key["KeyId"])
    assert refused(lambda: s3.get_object(Bucket="coffeeshop-vault", Key="a")) == (
        "KMS.DisabledException",
        400,
    )
    with pytest.raises(kms.exceptions.DisabledException):
        kms.encrypt(KeyId=key["KeyId"], Plaintext=b"beans")


def test_people_get_permission_sets_and_the_session_from_the_portal_works(shop: Shop):
    for line in (
        "aws organizations create-organization",
        "console enable-identity-center --profile ada@console",
    ):
        assert not isinstance(shop.player.type(line), Refused), line
    sso, store = shop.client("sso-admin"), shop.client("identitystore")
    (instance,) = sso.list_instances()["Instances"]
    assert instance["CreatedDate"].tzinfo
    at = {"InstanceArn": instance["InstanceArn"]}
    people = {"IdentityStoreId": instance["IdentityStoreId"]}
    kim = store.create_user(
        **people,
        UserName="kim",
        DisplayName="Kim",
        Name={"GivenName": "Kim", "FamilyName": "Lee"},
        Emails=[{"Value": "kim@shop.example", "Primary": True}],
    )["UserId"]
    change = {"AttributePath": "emails", "AttributeValue": [{"value": "k@shop.example"}]}
    store.update_user(**people, UserId=kim, Operations=[change])
    described = store.describe_user(**people, UserId=kim)
    assert described["Emails"] == [{"Value": "k@shop.example"}]
    by_name = {"UniqueAttribute": {"AttributePath": "userName", "AttributeValue": "kim"}}
    assert store.get_user_id(**people, AlternateIdentifier=by_name)["UserId"] == kim
    pages = store.get_paginator("list_users").paginate(**people)
    assert [user["UserName"] for page in pages for user in page["Users"]] == ["kim"]
    made = sso.create_permission_set(**at, Name="Reader", SessionDuration="PT2H")
    of_set = {**at, "PermissionSetArn": made["PermissionSet"]["PermissionSetArn"]}
    arn = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    sso.attach_managed_policy_to_permission_set(**of_set, ManagedPolicyArn=arn)
    account = shop.player.playing.play.account.id
    asked = sso.create_account_assignment(
        **of_set,
        TargetId=account,
        TargetType="AWS_ACCOUNT",
        PrincipalType="USER",
        PrincipalId=kim,
    )["AccountAssignmentCreationStatus"]
    status = sso.describe_account_assignment_creation_status(
        **at, AccountAssignmentCreationRequestId=asked["RequestId"]
    )["AccountAssignmentCreationStatus"]
    assert (asked["Status"], status["Status"]) == ("IN_PROGRESS", "SUCCEEDED")
    line = "console portal-sign-in --user-name kim --permission-set-name Reader"
    assert not isinstance(shop.player.type(line), Refused)
    caller = shop.client("sts", "kim@portal").get_caller_identity()["Arn"]
    assert ":assumed-role/AWSReservedSSO_Reader_" in caller
    assert shop.client("s3", "kim@portal").list_buckets()["Buckets"]
    with pytest.raises(store.exceptions.ResourceNotFoundException) as missing:
        store.describe_user(**people, UserId=f"{kim[:-1]}{'1' if kim[-1] != '1' else '2'}")
    assert missing.value.response["ResourceType"] == "USER"
    assert refused(lambda: shop.client("sso-admin", "kim@portal").list_instances()) == (
        "AccessDeniedException",
        400,
    )


def test_reports_are_bytes(shop: Shop):
    iam = shop.client("iam")
    iam.generate_credential_report()
    assert iam.get_credential_report()["Content"].startswith(b"user,arn,")
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="d")["VirtualMFADevice"]
    assert isinstance(device["Base32StringSeed"], bytes)


def test_metadata_goes_over_the_wire_and_comes_back(shop: Shop):
    s3 = shop.client("s3")
    bucket = "coffeeshop-receipts"
    described = {"Metadata": {"shift": "late"}, "CacheControl": "no-store"}
    s3.put_object(Bucket=bucket, Key="k", Body=b"1", ACL="private", **described)
    copied = {"Bucket": bucket, "Key": "k"}
    owner = shop.client("sts").get_caller_identity()["Account"]
    s3.copy_object(Bucket=bucket, Key="c", CopySource=copied, ExpectedBucketOwner=owner)
    for key in ("k", "c"):
        head = s3.head_object(Bucket=bucket, Key=key, VersionId="null")
        assert head["Metadata"] == {"shift": "late"}
        assert head["CacheControl"] == "no-store"
        assert s3.get_object(Bucket=bucket, Key=key)["Metadata"] == {"shift": "late"}


@pytest.mark.parametrize(
    ("service", "operation", "member"),
    [
        ("lambda", "list_functions", "Functions"),
        ("sqs", "list_queues", "QueueUrls"),
        ("dynamodb", "list_tables", "TableNames"),
        ("iam", "list_roles", "Roles"),
        ("kms", "list_aliases", "Aliases"),
        ("s3", "list_buckets", "Buckets"),
    ],
)
def test_a_paginator_with_a_page_size_reads_the_whole_list(
    shop: Shop, service: str, operation: str, member: str
):
    client = shop.client(service)
    whole = getattr(client, operation)()[member]
    pages = client.get_paginator(operation).paginate(PaginationConfig={"PageSize": 1})
    rows = [row for page in pages for row in page.get(member, ())]
    assert len(rows) == len({str(row) for row in rows}) == len(whole)


# ------------------------------------------------------------- what is not simulated
@pytest.mark.parametrize(
    ("service", "call", "told"),
    [
        ("secretsmanager", lambda c: c.list_secrets(), "NotSimulated"),
        ("cloudformation", lambda c: c.list_stacks(), "NotSimulated"),
        ("apigateway", lambda c: c.get_rest_apis(), "NotSimulated"),
        ("route53", lambda c: c.list_hosted_zones(), "NotSimulated"),
        ("cloudfront", lambda c: c.list_distributions(), "NotSimulated"),
        ("iam", lambda c: c.enable_organizations_root_sessions(), "NotSimulated"),
        (
            "s3",
            lambda c: c.get_bucket_metadata_table_configuration(
                Bucket="coffeeshop-receipts"
            ),
            "NotSimulated",
        ),
        (
            "s3",
            lambda c: c.get_object_retention(Bucket="coffeeshop-receipts", Key="k"),
            "NotSimulated",
        ),
        ("dynamodb", lambda c: c.list_backups(), "NotSimulated"),
        ("lambda", lambda c: c.list_layers(), "NotSimulated"),
        ("ec2", lambda c: c.describe_vpcs(), "NotSimulated"),
        (
            "s3",
            lambda c: c.put_object(
                Bucket="coffeeshop-receipts", Key="k", ACL="public-read"
            ),
            "NotSimulated",
        ),
    ],
)
def test_what_is_not_simulated_is_refused_by_name_and_only_once(
    shop: Shop, service: str, call: Any, told: str
):
    assert refused(lambda: call(shop.client(service))) == (told, 400)
    assert len(shop.sent) == 1


def test_an_acl_goes_back_as_it_came(shop: Shop):
    """The type of a grantee is the one attribute that a body of AWS's has."""
    s3 = shop.client("s3")
    ours = {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}
    s3.put_bucket_ownership_controls(Bucket="coffeeshop-receipts", OwnershipControls=ours)
    found = s3.get_bucket_acl(Bucket="coffeeshop-receipts")
    acl = {"Owner": found["Owner"], "Grants": found["Grants"]}
    s3.put_bucket_acl(Bucket="coffeeshop-receipts", AccessControlPolicy=acl)
    assert acl["Grants"][0]["Grantee"]["Type"] == "CanonicalUser"


@pytest.mark.parametrize(
    ("service", "call", "name"),
    [
        (
            "s3",
            lambda c, said: c.create_bucket(
                Bucket="new-bucket", ObjectLockEnabledForBucket=said
            ),
            "ObjectLock",
        ),
        (
            "lambda",
            lambda c, said: c.update_function_code(
                FunctionName="espresso-api", ZipFile=b"code", DryRun=said
            ),
            "DryRun",
        ),
        (
            "ec2",
            lambda c, said: c.stop_instances(
                InstanceIds=["i-0c0ffee5b0a2d0001"], Force=said
            ),
            "Force",
        ),
        (
            "iam",
            lambda c, said: c.update_login_profile(
                UserName="ada", ResetMaxSigninSessionDuration=said
            ),
            "ResetMax",
        ),
    ],
)
def test_what_is_false_of_what_is_left_out_asks_for_nothing(
    shop: Shop, service: str, call: Any, name: str
):
    with pytest.raises(ClientError, match=f"(?i)parameter {name}.* is not simulated"):
        call(shop.client(service), True)
    call(shop.client(service), False)


def test_a_large_object_comes_in_parts(shop: Shop):
    s3 = shop.client("s3")
    least = 5 * 1024 * 1024
    config = TransferConfig(
        use_threads=False, multipart_threshold=least, multipart_chunksize=least
    )
    content = bytes(least) + b"end"
    target = {"Bucket": "coffeeshop-receipts", "Key": "roll/é"}
    s3.upload_fileobj(io.BytesIO(content), *target.values(), Config=config)
    stored = s3.get_object(**target)
    assert stored["Body"].read() == content
    assert stored["ETag"].endswith('-2"')
    part = s3.get_object(**target, PartNumber=2)
    assert part["ResponseMetadata"]["HTTPStatusCode"] == 206
    assert part["PartsCount"] == 2
    assert content.endswith(part["Body"].read())
    with pytest.raises(ClientError) as found:
        s3.get_object(**target, PartNumber=2, Range="bytes=0-1")
    assert code(found.value) == ("InvalidRequest", 400)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=target["Bucket"])


def test_an_upload_is_listed_until_it_is_aborted(shop: Shop):
    s3 = shop.client("s3")
    target = {"Bucket": "coffeeshop-receipts", "Key": "roll"}
    upload = {**target, "UploadId": s3.create_multipart_upload(**target)["UploadId"]}
    for number in (1, 2):
        s3.upload_part(**upload, PartNumber=number, Body=b"beans")
    pages = s3.get_paginator("list_parts").paginate(
        **upload, PaginationConfig={"PageSize": 1}
    )
    assert [part["PartNumber"] for page in pages for part in page["Parts"]] == [1, 2]
    (row,) = s3.list_multipart_uploads(Bucket=target["Bucket"])["Uploads"]
    assert row["UploadId"] == upload["UploadId"]
    source = "coffeeshop-receipts/2026/03/0412.json"
    tag = s3.list_parts(**upload)["Parts"][0]["ETag"]
    parts = {"Parts": [{"PartNumber": number, "ETag": tag} for number in (1, 2)]}
    with pytest.raises(ClientError) as found:
        s3.complete_multipart_upload(**upload, MultipartUpload=parts)
    assert found.value.response["Error"]["ProposedSize"] == "5"
    assert code(found.value) == ("EntityTooSmall", 400)
    s3.abort_multipart_upload(**upload)
    with pytest.raises(s3.exceptions.NoSuchUpload) as gone:
        s3.upload_part_copy(**upload, PartNumber=1, CopySource=source)
    assert gone.value.response["Error"]["UploadId"] == upload["UploadId"]


def test_the_tags_of_a_bucket_and_the_acl_of_an_object_are_told(shop: Shop):
    s3 = shop.client("s3")
    tags = [{"Key": "branch", "Value": "north"}]
    s3.put_bucket_tagging(Bucket="coffeeshop-receipts", Tagging={"TagSet": tags})
    assert s3.get_bucket_tagging(Bucket="coffeeshop-receipts")["TagSet"] == tags
    s3.put_object(Bucket="coffeeshop-receipts", Key="k")
    acl = s3.get_object_acl(Bucket="coffeeshop-receipts", Key="k")
    assert [grant["Permission"] for grant in acl["Grants"]] == ["FULL_CONTROL"]


# ------------------------------------------------------------------- bad signatures
CALLS: list[tuple[str, Callable[[Any], object]]] = [
    ("iam", lambda c: c.list_users()),
    ("sts", lambda c: c.get_caller_identity()),
    ("s3", lambda c: c.list_buckets()),
    ("dynamodb", lambda c: c.list_tables()),
    ("sqs", lambda c: c.list_queues()),
    ("lambda", lambda c: c.list_functions()),
    ("ec2", lambda c: c.describe_instances()),
    ("organizations", lambda c: c.create_organization()),
    ("cloudtrail", lambda c: c.describe_trails()),
]
WRONG = {
    "iam": ("SignatureDoesNotMatch", 403),
    "sts": ("SignatureDoesNotMatch", 403),
    "s3": ("SignatureDoesNotMatch", 403),
    "dynamodb": ("InvalidSignatureException", 400),
    "sqs": ("SignatureDoesNotMatch", 403),
    "lambda": ("InvalidSignatureException", 403),
    "ec2": ("AuthFailure", 401),
    "organizations": ("InvalidSignatureException", 400),
    "cloudtrail": ("InvalidSignatureException", 400),
}
UNKNOWN = {
    "iam": ("InvalidClientTokenId", 403),
    "sts": ("InvalidClientTokenId", 403),
    "s3": ("InvalidAccessKeyId", 403),
    "dynamodb": ("UnrecognizedClientException", 400),
    "sqs": ("InvalidClientTokenId", 403),
    "lambda": ("UnrecognizedClientException", 403),
    "ec2": ("AuthFailure", 401),
    "organizations": ("UnrecognizedClientException", 400),
    "cloudtrail": ("UnrecognizedClientException", 400),
}
LATE = {**WRONG, "s3": ("RequestTimeTooSkewed", 403), "ec2": ("RequestExpired", 400)}


@pytest.mark.parametrize(("service", "call"), CALLS, ids=[name for name, _ in CALLS])
def test_a_bad_credential_is_refused_in_the_words_of_the_service(
    shop: Shop, service: str, call: Any
):
    good = shop.keys("ada@console")
    before = shop.player.playing.play
    assert (
        refused(
            lambda: call(
                shop.client(service, keys={**good, "aws_secret_access_key": "wrong"})
            )
        )
        == WRONG[service]
    )
    assert (
        refused(
            lambda: call(
                shop.client(service, keys={**good, "aws_access_key_id": "ASIANOBODY"})
            )
        )
        == UNKNOWN[service]
    )
    assert (
        refused(lambda: call(shop.client(service, keys={**good, "aws_session_token": "x"})))
        == UNKNOWN[service]
    )
    shop.skew = timedelta(minutes=-16)
    assert refused(lambda: call(shop.client(service))) == LATE[service]
    assert shop.player.playing.play is before
    shop.skew = timedelta(minutes=-14)
    call(shop.client(service))


def test_a_credential_of_an_undone_past_is_none(shop: Shop):
    made = shop.client("iam").create_access_key(UserName="casey")["AccessKey"]
    keys = {
        "aws_access_key_id": made["AccessKeyId"],
        "aws_secret_access_key": made["SecretAccessKey"],
    }
    assert (
        shop.client("sts", keys=keys).get_caller_identity()["Arn"].endswith(":user/casey")
    )
    shop.player.undo()
    shop.player.undo()
    assert refused(shop.client("sts", keys=keys).get_caller_identity) == (
        "InvalidClientTokenId",
        403,
    )


@pytest.mark.parametrize(
    ("service", "call", "change", "told"),
    [
        (
            "iam",
            lambda c: c.create_user(UserName="casey2"),
            lambda r: replace(r, body=r.body.replace(b"casey2", b"mallory")),
            "SignatureDoesNotMatch",
        ),
        (
            "dynamodb",
            lambda c: c.list_tables(),
            lambda r: replace(r, body=b'{"Limit": 1}'),
            "InvalidSignatureException",
        ),
        (
            "s3",
            lambda c: c.put_object(Bucket="coffeeshop-receipts", Key="k", Body=b"1"),
            lambda r: replace(r, body=b"2"),
            "XAmzContentSHA256Mismatch",
        ),
        (
            "s3",
            lambda c: c.list_buckets(),
            lambda r: replace(r, path="/coffeeshop-payroll"),
            "SignatureDoesNotMatch",
        ),
        (
            "s3",
            lambda c: c.list_buckets(),
            lambda r: replace(r, query="prefix=x"),
            "SignatureDoesNotMatch",
        ),
        (
            "s3",
            lambda c: c.list_buckets(),
            lambda r: replace(r, headers={**r.headers, "x-amz-tagging": "a=b"}),
            "AccessDenied",
        ),
        (
            "iam",
            lambda c: c.list_users(),
            lambda r: replace(r, headers={**r.headers, "host": "localhost:1"}),
            "SignatureDoesNotMatch",
        ),
        (
            "iam",
            lambda c: c.list_users(),
            lambda r: replace(
                r, headers={**r.headers, "authorization": "AWS4-HMAC-SHA256 nonsense"}
            ),
            "IncompleteSignature",
        ),
        (
            "iam",
            lambda c: c.list_users(),
            lambda r: replace(r, headers={**r.headers, "authorization": "Basic eA=="}),
            "IncompleteSignature",
        ),
    ],
)
def test_a_request_that_was_changed_on_the_way_is_refused(
    shop: Shop, service: str, call: Any, change: Any, told: str
):
    shop.change = change
    assert refused(lambda: call(shop.client(service)))[0] == told
    assert shop.player.playing.play.outcomes == ()


def test_who_shows_no_credential_is_nobody(shop: Shop):
    unsigned = Config(signature_version=UNSIGNED)
    assert (
        refused(shop.client("iam", config=unsigned).list_users)[0]
        == "MissingAuthenticationToken"
    )
    assert (
        refused(shop.client("dynamodb", config=unsigned).list_tables)[0]
        == "MissingAuthenticationToken"
    )
    anonymous = shop.client("s3", config=unsigned)
    assert refused(lambda: anonymous.get_object(Bucket="coffeeshop-receipts", Key="k")) == (
        "AccessDenied",
        403,
    )


def test_a_region_of_the_client_is_that_of_the_call(shop: Shop):
    shop.client("iam", region_name="eu-west-1").list_users()
    shop.client("dynamodb", region_name="eu-west-1").list_tables()
    origins = [act.call.origin for act in shop.player.playing.play.acts]
    assert [origin.region for origin in origins] == ["us-east-1", "eu-west-1"]
    assert all(origin.agent.startswith("Boto3/") for origin in origins)


def test_all_that_is_sent_has_a_limit_together_and_a_smaller_call_still_fits(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
):
    s3 = shop.client("s3")
    s3.create_bucket(Bucket="new-bucket")
    s3.put_object(Bucket="new-bucket", Key="a", Body=b"x" * 600)
    monkeypatch.setattr("coffeeshop.endpoint.answer.MOST_KEPT", 1_000)
    with pytest.raises(ClientError) as refused:
        s3.put_object(Bucket="new-bucket", Key="a", Body=b"x" * 600)
    assert code(refused.value) == ("NotSaved", 400)
    s3.put_object(Bucket="new-bucket", Key="a", Body=b"x" * 100)
