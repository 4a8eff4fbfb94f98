"""Distil botocore's service models into coffeeshop/account/api/operations.jsonl (run with PYTHONPATH=. from the root).

The file holds, for every operation that Coffeeshop simulates, all that its readers ask for: members with type,
limits, patterns, enums and wire names, output shape, declared errors with their HTTP status, pagination. Of the
other operations of the same services it holds the names, and the addresses, so that they can be answered by name.
Its last line names AWS's other services. Same botocore, same bytes; nothing in the file is written by hand (the acts of the
console are, in console.jsonl beside it).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore
from botocore import xform_name
from botocore.loaders import Loader

from coffeeshop.account.api.jsonl_table import jsonl_line
from coffeeshop.account.api.operations import OTHER_SERVICES, kebab

BOTOCORE = "1.44.8"
TARGET = (
    Path(__file__).parent.parent / "coffeeshop" / "account" / "api" / "operations.jsonl"
)

EACH = ("User", "Group", "Role")
PERMISSION_SET_POLICIES = (("Attach", "To"), ("Detach", "From"))
SETTINGS = (  # of a bucket, which are read and cannot be changed
    *(
        "GetBucketAccelerateConfiguration",
        "GetBucketAcl",
        "GetBucketCors",
    ),
    *(
        "GetBucketLifecycleConfiguration",
        "GetBucketLogging",
        "GetBucketNotificationConfiguration",
    ),
    *(
        "GetBucketOwnershipControls",
        "GetBucketReplication",
        "GetBucketRequestPayment",
        "GetBucketTagging",
    ),
    *("GetBucketVersioning", "GetBucketWebsite", "GetObjectLockConfiguration"),
    *("ListBucketAnalyticsConfigurations", "ListBucketIntelligentTieringConfigurations"),
    *("ListBucketInventoryConfigurations", "ListBucketMetricsConfigurations"),
)
SIMULATED: dict[str, str] = {
    "iam": f"""
        CreateUser GetUser ListUsers UpdateUser DeleteUser TagUser UntagUser ListUserTags
        CreateGroup GetGroup ListGroups UpdateGroup DeleteGroup AddUserToGroup RemoveUserFromGroup ListGroupsForUser
        CreateRole GetRole ListRoles UpdateRole DeleteRole UpdateRoleDescription UpdateAssumeRolePolicy
        TagRole UntagRole ListRoleTags
        CreateServiceLinkedRole DeleteServiceLinkedRole GetServiceLinkedRoleDeletionStatus
        CreatePolicy GetPolicy ListPolicies DeletePolicy CreatePolicyVersion GetPolicyVersion ListPolicyVersions
        DeletePolicyVersion SetDefaultPolicyVersion ListEntitiesForPolicy TagPolicy UntagPolicy ListPolicyTags
        {" ".join(f"Attach{x}Policy Detach{x}Policy ListAttached{x}Policies" for x in EACH)}
        {" ".join(f"Put{x}Policy Get{x}Policy Delete{x}Policy List{x}Policies" for x in EACH)}
        PutUserPermissionsBoundary DeleteUserPermissionsBoundary
        PutRolePermissionsBoundary DeleteRolePermissionsBoundary
        CreateServiceSpecificCredential UpdateServiceSpecificCredential
        ResetServiceSpecificCredential DeleteServiceSpecificCredential
        CreateAccessKey ListAccessKeys UpdateAccessKey DeleteAccessKey GetAccessKeyLastUsed
        CreateLoginProfile GetLoginProfile UpdateLoginProfile DeleteLoginProfile ChangePassword
        GetAccountPasswordPolicy UpdateAccountPasswordPolicy DeleteAccountPasswordPolicy
        CreateVirtualMFADevice EnableMFADevice ResyncMFADevice DeactivateMFADevice DeleteVirtualMFADevice
        ListMFADevices ListVirtualMFADevices GetMFADevice TagMFADevice UntagMFADevice ListMFADeviceTags
        CreateInstanceProfile GetInstanceProfile ListInstanceProfiles DeleteInstanceProfile
        AddRoleToInstanceProfile RemoveRoleFromInstanceProfile ListInstanceProfilesForRole
        TagInstanceProfile UntagInstanceProfile ListInstanceProfileTags
        CreateAccountAlias ListAccountAliases DeleteAccountAlias
        ListSSHPublicKeys ListSigningCertificates ListServiceSpecificCredentials
        ListServerCertificates
        CreateOpenIDConnectProvider GetOpenIDConnectProvider ListOpenIDConnectProviders DeleteOpenIDConnectProvider
        AddClientIDToOpenIDConnectProvider RemoveClientIDFromOpenIDConnectProvider
        UpdateOpenIDConnectProviderThumbprint
        TagOpenIDConnectProvider UntagOpenIDConnectProvider ListOpenIDConnectProviderTags
        CreateSAMLProvider GetSAMLProvider ListSAMLProviders UpdateSAMLProvider DeleteSAMLProvider
        TagSAMLProvider UntagSAMLProvider ListSAMLProviderTags
        GetAccountSummary GetAccountAuthorizationDetails ListOrganizationsFeatures
        GenerateCredentialReport GetCredentialReport GenerateServiceLastAccessedDetails GetServiceLastAccessedDetails
        ListPoliciesGrantingServiceAccess
        SimulatePrincipalPolicy SimulateCustomPolicy GetContextKeysForCustomPolicy GetContextKeysForPrincipalPolicy
    """,
    "sts": """
        GetCallerIdentity AssumeRole AssumeRoleWithWebIdentity GetSessionToken GetFederationToken
        GetAccessKeyInfo DecodeAuthorizationMessage
    """,
    "s3": f"""
        CreateBucket DeleteBucket ListBuckets HeadBucket GetBucketLocation ListObjects ListObjectsV2
        GetObject HeadObject PutObject CopyObject DeleteObject DeleteObjects
        GetBucketPolicy PutBucketPolicy DeleteBucketPolicy GetObjectTagging PutObjectTagging DeleteObjectTagging
        GetBucketPolicyStatus GetPublicAccessBlock PutPublicAccessBlock DeletePublicAccessBlock
        PutBucketVersioning ListObjectVersions
        PutBucketAcl PutObjectAcl PutBucketOwnershipControls DeleteBucketOwnershipControls
        GetBucketEncryption PutBucketEncryption DeleteBucketEncryption
        PutBucketTagging DeleteBucketTagging GetObjectAcl
        CreateMultipartUpload UploadPart UploadPartCopy CompleteMultipartUpload AbortMultipartUpload
        ListParts ListMultipartUploads
        {" ".join(SETTINGS)}
    """,
    "dynamodb": """
        CreateTable DescribeTable ListTables DeleteTable DescribeTimeToLive DescribeContinuousBackups
        ListTagsOfResource TagResource UntagResource GetItem PutItem UpdateItem DeleteItem Query Scan
    """,
    "sqs": """
        CreateQueue ListQueues GetQueueUrl GetQueueAttributes SetQueueAttributes SendMessage ReceiveMessage
        DeleteMessage ChangeMessageVisibility
        SendMessageBatch DeleteMessageBatch ChangeMessageVisibilityBatch PurgeQueue DeleteQueue ListQueueTags TagQueue UntagQueue
    """,
    "lambda": """
        CreateFunction GetFunction ListFunctions UpdateFunctionCode UpdateFunctionConfiguration DeleteFunction Invoke
        AddPermission RemovePermission GetPolicy GetFunctionConfiguration GetFunctionCodeSigningConfig
        ListVersionsByFunction ListTags TagResource UntagResource
    """,
    "ec2": "DescribeInstances DescribeRegions StartInstances StopInstances",
    "organizations": """
        CreateOrganization DescribeOrganization LeaveOrganization
        InviteAccountToOrganization AcceptHandshake DeclineHandshake CancelHandshake DescribeHandshake
        ListHandshakesForAccount ListHandshakesForOrganization RemoveAccountFromOrganization
        ListDelegatedAdministrators ListAWSServiceAccessForOrganization
        CreateAccount DescribeCreateAccountStatus ListCreateAccountStatus ListAccounts ListAccountsForParent DescribeAccount MoveAccount
        ListRoots CreateOrganizationalUnit DescribeOrganizationalUnit UpdateOrganizationalUnit DeleteOrganizationalUnit
        ListOrganizationalUnitsForParent ListParents ListChildren
        EnablePolicyType DisablePolicyType
        CreatePolicy DescribePolicy UpdatePolicy DeletePolicy ListPolicies
        AttachPolicy DetachPolicy ListPoliciesForTarget ListTargetsForPolicy
        TagResource UntagResource ListTagsForResource
    """,
    "cloudtrail": """
        CreateTrail DescribeTrails ListTrails GetTrail GetTrailStatus StartLogging StopLogging DeleteTrail LookupEvents
        GetEventSelectors GetInsightSelectors ListTags
    """,
    "access-analyzer": """
        ValidatePolicy CheckNoNewAccess CheckAccessNotGranted CheckNoPublicAccess
        CreateAnalyzer GetAnalyzer ListAnalyzers DeleteAnalyzer TagResource UntagResource ListTagsForResource
        CreateArchiveRule GetArchiveRule ListArchiveRules UpdateArchiveRule ApplyArchiveRule DeleteArchiveRule
        ListFindings GetFinding ListFindingsV2 GetFindingV2 UpdateFindings
        ListAnalyzedResources GetAnalyzedResource StartResourceScan
    """,
    "kms": """
        CreateKey DescribeKey ListKeys UpdateKeyDescription
        CreateAlias UpdateAlias DeleteAlias ListAliases
        GetKeyPolicy PutKeyPolicy ListKeyPolicies
        EnableKey DisableKey ScheduleKeyDeletion CancelKeyDeletion
        EnableKeyRotation DisableKeyRotation GetKeyRotationStatus
        TagResource UntagResource ListResourceTags
        Encrypt Decrypt ReEncrypt GenerateDataKey GenerateDataKeyWithoutPlaintext
        CreateGrant ListGrants ListRetirableGrants RevokeGrant RetireGrant
    """,
    "sso-admin": f"""
        ListInstances DescribeInstance UpdateInstance
        CreatePermissionSet DescribePermissionSet UpdatePermissionSet DeletePermissionSet ListPermissionSets
        {" ".join(f"{x}ManagedPolicy{y}PermissionSet" for x, y in PERMISSION_SET_POLICIES)}
        {" ".join(f"{x}CustomerManagedPolicyReference{y}PermissionSet" for x, y in PERMISSION_SET_POLICIES)}
        ListManagedPoliciesInPermissionSet ListCustomerManagedPolicyReferencesInPermissionSet
        PutInlinePolicyToPermissionSet GetInlinePolicyForPermissionSet DeleteInlinePolicyFromPermissionSet
        PutPermissionsBoundaryToPermissionSet GetPermissionsBoundaryForPermissionSet
        DeletePermissionsBoundaryFromPermissionSet
        CreateAccountAssignment DeleteAccountAssignment ListAccountAssignments ListAccountAssignmentsForPrincipal
        DescribeAccountAssignmentCreationStatus ListAccountAssignmentCreationStatus
        DescribeAccountAssignmentDeletionStatus ListAccountAssignmentDeletionStatus
        ListAccountsForProvisionedPermissionSet ListPermissionSetsProvisionedToAccount
        ProvisionPermissionSet DescribePermissionSetProvisioningStatus ListPermissionSetProvisioningStatus
        TagResource UntagResource ListTagsForResource
    """,
    "identitystore": """
        CreateUser DescribeUser UpdateUser DeleteUser ListUsers GetUserId
        CreateGroup DescribeGroup UpdateGroup DeleteGroup ListGroups GetGroupId
        CreateGroupMembership DescribeGroupMembership DeleteGroupMembership GetGroupMembershipId
        ListGroupMemberships ListGroupMembershipsForMember IsMemberInGroups
    """,
}
# Parameters that the account takes, of operations (and of structures within) of which it does not take all. The others
# are left out by name. Two that nothing comes of here are taken, since nothing can: every read is consistent, and what
# a function is sent it never reads.
OWNED = "Bucket ExpectedBucketOwner"
# What describes an object: S3 keeps it, and tells it with the object.
DESCRIBED = """CacheControl ContentDisposition ContentEncoding ContentLanguage ContentType
    WebsiteRedirectLocation Metadata"""
# The ways to write an ACL.
GRANTED = "ACL AccessControlPolicy GrantFullControl GrantRead GrantReadACP GrantWrite GrantWriteACP"
HEEDED = {
    "CreateRole": "Path RoleName AssumeRolePolicyDocument Description MaxSessionDuration PermissionsBoundary Tags",
    "UpdateRole": "RoleName Description MaxSessionDuration",
    "CreateServiceSpecificCredential": "UserName ServiceName",
    "CreateLoginProfile": "UserName Password PasswordResetRequired",
    "UpdateLoginProfile": "UserName Password PasswordResetRequired",
    "AssumeRole": """RoleArn RoleSessionName PolicyArns Policy DurationSeconds Tags TransitiveTagKeys ExternalId
        SerialNumber TokenCode SourceIdentity""",
    "AssumeRoleWithWebIdentity": """RoleArn RoleSessionName WebIdentityToken PolicyArns Policy
        DurationSeconds""",
    "CreateOpenIDConnectProvider": "Url ClientIDList ThumbprintList Tags",
    "CreateSAMLProvider": "SAMLMetadataDocument Name Tags",
    "UpdateSAMLProvider": "SAMLMetadataDocument SAMLProviderArn",
    "GetSessionToken": "DurationSeconds SerialNumber TokenCode",
    "GetFederationToken": "Name Policy PolicyArns DurationSeconds Tags",
    "SimulatePrincipalPolicy": """PolicySourceArn PolicyInputList PermissionsBoundaryPolicyInputList ActionNames
        ResourceArns ResourcePolicy ResourceOwner CallerArn ContextEntries MaxItems Marker""",
    "SimulateCustomPolicy": """PolicyInputList PermissionsBoundaryPolicyInputList OrderedOrganizationPolicyInputList
        ActionNames ResourceArns ResourcePolicy ResourceOwner CallerArn ContextEntries MaxItems Marker""",
    **dict.fromkeys(
        (
            *SETTINGS,
            "GetBucketPolicyStatus",
            "GetPublicAccessBlock",
            "DeletePublicAccessBlock",
            "GetBucketEncryption",
            "DeleteBucketEncryption",
        ),
        OWNED,
    ),
    "DescribeRegions": "RegionNames AllRegions Filters DryRun",
    "PutPublicAccessBlock": f"{OWNED} PublicAccessBlockConfiguration",
    "CreateBucket": "Bucket CreateBucketConfiguration",
    "CreateBucketConfiguration": "LocationConstraint",
    "DeleteBucket": OWNED,
    "HeadBucket": OWNED,
    "GetBucketPolicy": OWNED,
    "DeleteBucketPolicy": OWNED,
    "GetBucketLocation": OWNED,
    "ListBuckets": "MaxBuckets ContinuationToken Prefix BucketRegion",
    "ListObjects": f"{OWNED} Delimiter EncodingType Marker MaxKeys Prefix",
    "ListObjectsV2": f"""{OWNED} Delimiter EncodingType MaxKeys Prefix ContinuationToken
        FetchOwner StartAfter""",
    "PutBucketEncryption": f"{OWNED} ServerSideEncryptionConfiguration",
    "ServerSideEncryptionRule": "ApplyServerSideEncryptionByDefault BucketKeyEnabled",
    "CopyObject": f"""{OWNED} CopySource Key {DESCRIBED} MetadataDirective TaggingDirective Tagging
        ServerSideEncryption SSEKMSKeyId BucketKeyEnabled ExpectedSourceBucketOwner""",
    "DeleteObjects": f"{OWNED} Delete",
    "ObjectIdentifier": "Key VersionId",
    "PutBucketAcl": f"{OWNED} {GRANTED}",
    "PutObjectAcl": f"{OWNED} Key VersionId {GRANTED}",
    "PutBucketOwnershipControls": f"{OWNED} OwnershipControls",
    "DeleteBucketOwnershipControls": OWNED,
    "PutBucketVersioning": f"{OWNED} VersioningConfiguration",
    "VersioningConfiguration": "Status",
    "ListObjectVersions": f"""{OWNED} Delimiter EncodingType KeyMarker MaxKeys Prefix
        VersionIdMarker""",
    "GetObject": f"{OWNED} Key VersionId PartNumber",
    "HeadObject": f"{OWNED} Key VersionId PartNumber",
    "DeleteObject": f"{OWNED} Key VersionId",
    "GetObjectTagging": f"{OWNED} Key VersionId",
    "DeleteObjectTagging": f"{OWNED} Key VersionId",
    "PutObject": f"""{OWNED} Key Body {DESCRIBED} Tagging IfMatch IfNoneMatch ServerSideEncryption
        SSEKMSKeyId BucketKeyEnabled""",
    "PutBucketPolicy": f"{OWNED} Policy",
    "PutObjectTagging": f"{OWNED} Key VersionId Tagging",
    "PutBucketTagging": f"{OWNED} Tagging",
    "DeleteBucketTagging": OWNED,
    "GetObjectAcl": f"{OWNED} Key VersionId",
    "CreateMultipartUpload": f"""{OWNED} Key {DESCRIBED} Tagging ServerSideEncryption SSEKMSKeyId
        BucketKeyEnabled""",
    "UploadPart": f"{OWNED} Key Body PartNumber UploadId",
    "UploadPartCopy": f"""{OWNED} Key CopySource CopySourceRange PartNumber UploadId
        ExpectedSourceBucketOwner""",
    "CompleteMultipartUpload": f"{OWNED} Key UploadId MultipartUpload MpuObjectSize IfMatch IfNoneMatch",
    "AbortMultipartUpload": f"{OWNED} Key UploadId",
    "ListParts": f"{OWNED} Key UploadId MaxParts PartNumberMarker",
    "ListMultipartUploads": f"""{OWNED} Prefix Delimiter EncodingType KeyMarker UploadIdMarker
        MaxUploads""",
    "CreateTable": "AttributeDefinitions TableName KeySchema BillingMode ProvisionedThroughput Tags",
    "GetFunctionConfiguration": "FunctionName",
    "ListVersionsByFunction": "FunctionName Marker MaxItems",
    "GetItem": "TableName Key ConsistentRead ProjectionExpression ExpressionAttributeNames",
    "PutItem": "TableName Item ReturnValues",
    "UpdateItem": """TableName Key ReturnValues UpdateExpression ExpressionAttributeNames
        ExpressionAttributeValues""",
    "DeleteItem": "TableName Key ReturnValues",
    "Query": """TableName Limit ConsistentRead ScanIndexForward ExclusiveStartKey KeyConditionExpression
        ProjectionExpression ExpressionAttributeNames ExpressionAttributeValues""",
    "Scan": """TableName Limit ConsistentRead ExclusiveStartKey ProjectionExpression
        ExpressionAttributeNames""",
    "CreateQueue": "QueueName Attributes tags",
    "ListQueues": "QueueNamePrefix NextToken MaxResults",
    "GetQueueUrl": "QueueName QueueOwnerAWSAccountId",
    "SendMessage": """QueueUrl MessageBody DelaySeconds MessageAttributes MessageGroupId
        MessageDeduplicationId""",
    "SendMessageBatch": "QueueUrl Entries",
    "SendMessageBatchRequestEntry": """Id MessageBody DelaySeconds MessageAttributes MessageGroupId
        MessageDeduplicationId""",
    "MessageAttributeValue": "StringValue BinaryValue DataType",
    "ReceiveMessage": """QueueUrl MaxNumberOfMessages VisibilityTimeout WaitTimeSeconds AttributeNames
        MessageSystemAttributeNames MessageAttributeNames""",
    "CreateFunction": "FunctionName Runtime Role Handler Code Description Timeout MemorySize Environment Tags",
    "FunctionCode": "ZipFile",
    "GetFunction": "FunctionName",
    "DeleteFunction": "FunctionName",
    "lambda:GetPolicy": "FunctionName",
    "ListFunctions": "Marker MaxItems",
    "UpdateFunctionCode": "FunctionName ZipFile",
    "UpdateFunctionConfiguration": "FunctionName Role Handler Description Timeout MemorySize Environment Runtime",
    "Invoke": "FunctionName InvocationType LogType Payload",
    "AddPermission": "FunctionName StatementId Action Principal SourceArn SourceAccount PrincipalOrgID",
    "RemovePermission": "FunctionName StatementId",
    "DescribeInstances": "InstanceIds DryRun Filters NextToken MaxResults",
    "StartInstances": "InstanceIds DryRun",
    "StopInstances": "InstanceIds DryRun",
    "organizations:CreateAccount": "Email AccountName RoleName Tags",
    "organizations:CreateOrganization": "FeatureSet",
    "organizations:InviteAccountToOrganization": "Target Notes",
    "CreateTrail": "Name S3BucketName S3KeyPrefix IncludeGlobalServiceEvents IsMultiRegionTrail EnableLogFileValidation",
    "DescribeTrails": "trailNameList",
    "GetInsightSelectors": "TrailName",
    "cloudtrail:ListTags": "ResourceIdList",
    "ListTrails": "",
    "CreateKey": """Policy Description KeyUsage CustomerMasterKeySpec KeySpec BypassPolicyLockoutSafetyCheck
        Tags""",
    "kms:ListKeys": "Limit Marker",
    "Decrypt": "CiphertextBlob EncryptionContext GrantTokens KeyId EncryptionAlgorithm DryRun",
    "ReEncrypt": """CiphertextBlob SourceEncryptionContext SourceKeyId DestinationKeyId
        DestinationEncryptionContext SourceEncryptionAlgorithm DestinationEncryptionAlgorithm GrantTokens DryRun""",
    "GenerateDataKey": "KeyId EncryptionContext NumberOfBytes KeySpec GrantTokens DryRun",
    "CreateAnalyzer": "analyzerName type archiveRules tags clientToken configuration",
    "AnalyzerConfiguration": "unusedAccess",
    "CreateGrant": "KeyId GranteePrincipal RetiringPrincipal Operations Constraints GrantTokens Name DryRun",
    "GrantConstraints": "EncryptionContextSubset EncryptionContextEquals",
    "ListGrants": "KeyId Limit Marker GrantId GranteePrincipal",
    "ListRetirableGrants": "RetiringPrincipal Limit Marker",
    "sso:UpdateInstance": "InstanceArn Name",
    "identitystore:CreateUser": """IdentityStoreId UserName Name DisplayName NickName ProfileUrl Emails
        Addresses PhoneNumbers UserType Title PreferredLanguage Locale Timezone Photos Website Birthdate Roles""",
    "DescribeUser": "IdentityStoreId UserId",
    "identitystore:ListUsers": "IdentityStoreId MaxResults NextToken Filters",
    "AlternateIdentifier": "UniqueAttribute",
}
# Where the command is not called as the service.
CLI_SERVICE = {"s3": "s3api", "access-analyzer": "accessanalyzer"}
RENAMED = {"codedeploy": "deploy", "config": "configservice"}
# Where botocore calls the service by another name than IAM and the endpoint do.
MODEL_NAMES = {"access-analyzer": "accessanalyzer"}
MODEL_SERVICES = {model: service for service, model in MODEL_NAMES.items()}
PLAIN = (
    "type",
    "min",
    "max",
    "pattern",
    "enum",
    "sensitive",
    "flattened",
    "payload",
    "locationName",
    "streaming",
)
Model = dict[str, Any]


def member(ref: Model) -> Model | str:
    """A reference to a shape: its name, or a row with the wire names and where on the wire it goes."""
    row = {
        "shape": ref["shape"],
        **place(ref),
        "ec2": ref.get("queryName"),
        "format": ref.get("timestampFormat"),
        "attribute": ref.get("xmlAttribute"),
        "streaming": ref.get("streaming"),
        "flattened": ref.get("flattened"),
    }
    kept = {key: value for key, value in row.items() if value}
    return ref["shape"] if len(kept) == 1 else kept


def place(ref: Model) -> Model:
    """Where on the wire a member goes, and under which name: what of it is another than its own name in the body."""
    said = {"wire": ref.get("locationName"), "in": ref.get("location")}
    return {key: value for key, value in said.items() if value}


def shape(model: Model) -> Model:
    """One shape: type, limits, pattern, enum, and what it is made of. A document is any JSON."""
    if model.get("document"):
        return {"type": "document"}
    row: Model = {key: model[key] for key in PLAIN if model.get(key)}
    if row["type"] == "timestamp" and "timestampFormat" in model:
        row["format"] = model["timestampFormat"]
    match row["type"]:
        case "structure":
            row["members"] = {name: member(ref) for name, ref in model["members"].items()}
            if model.get("required"):
                row["required"] = list(model["required"])
            if model.get("left_out"):
                row["left_out"] = model["left_out"]
        case "list":
            row["element"] = member(model["member"])
        case "map":
            row |= {"key": member(model["key"]), "value": member(model["value"])}
        case _:
            pass
    return row


def reached(shapes: Model, roots: list[str]) -> dict[str, Model]:
    """Every shape that `roots` are made of, by name, in order of first meeting."""
    found: dict[str, Model] = {}
    waiting = list(reversed(roots))
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found[name] = shape(shapes[name])
        parts = [
            *shapes[name].get("members", {}).values(),
            *(shapes[name].get(k) for k in ("member", "key", "value")),
        ]
        waiting.extend(ref["shape"] for ref in reversed(parts) if ref)
    return found


def error(shapes: Model, ref: Model) -> tuple[str, int]:
    """The code as it is written on the wire and its HTTP status."""
    trait = shapes[ref["shape"]].get("error", {})
    return trait.get("code", ref["shape"]), trait.get("httpStatusCode", 400)


def operation(model: Model, row: Model, pages: Model | None) -> Model:
    """One operation: the names of its shapes, errors, the wire's method and address, pagination."""
    output = row.get("output", {})
    found: Model = {
        "input": row.get("input", {}).get("shape"),
        "output": output.get("shape"),
        "wrapper": output.get("resultWrapper"),
        "errors": dict(error(model["shapes"], ref) for ref in row.get("errors", [])),
        "http": [
            row["http"]["method"],
            row["http"]["requestUri"],
            row["http"].get("responseCode", 200),
        ],
        "pages": pages and paging(pages),  # None where two markers say where a page begins
        "unsigned": row.get("authtype") == "none",
    }
    return {key: value for key, value in found.items() if value}


def heed(model: Model, name: str, pages: Model) -> None:
    """Leave the parameters out that HEEDED does not name, and how many to a page where a list is always told whole."""
    named = HEEDED.get(f"{model['metadata']['endpointPrefix']}:{name}", HEEDED.get(name))
    if named is None or "input" not in model["operations"][name]:
        return
    keep(model["shapes"], model["operations"][name]["input"]["shape"], named)
    if name in pages and pages[name].get("limit_key") not in named.split():
        pages[name].pop("limit_key", None)


def keep(shapes: Model, name: str, named: str) -> None:
    """Leave the members of a structure out that are not named, in what they hold those that HEEDED does not name."""
    given, heeded = shapes[name], set(named.split())
    wrong = (heeded - set(given["members"])) | (set(given.get("required", ())) - heeded)
    assert not wrong, f"{name}: {wrong}"
    given["left_out"] = {
        name: place(ref) for name, ref in given["members"].items() if name not in heeded
    }
    given["members"] = {
        member: ref for member, ref in given["members"].items() if member in heeded
    }
    for part in reached(shapes, [ref["shape"] for ref in given["members"].values()]):
        if part in HEEDED and "left_out" not in shapes[part]:
            keep(shapes, part, HEEDED[part])


def paging(row: Model) -> Model | None:
    """How a list is read in pages, and what the CLI prints of them: results, and what is the same on every page, which
    it prints also where there is none.
    """
    if isinstance(row["input_token"], list):
        return None
    results = (
        row["result_key"] if isinstance(row["result_key"], list) else [row["result_key"]]
    )
    return {
        "token": row["input_token"],
        "limit": row.get("limit_key", ""),
        "next": row["output_token"],
        "more": row.get("more_results", ""),
        "results": results,
        **({"same": row["non_aggregate_keys"]} if "non_aggregate_keys" in row else {}),
    }


def service(loader: Loader, name: str) -> Model:
    """One service: what its protocol needs, its operations, the shapes they reach, the names of its other operations."""
    model_name = MODEL_NAMES.get(name, name)
    model: Model = loader.load_service_model(model_name, "service-2")
    pages: Model = loader.load_service_model(model_name, "paginators-1")["pagination"]
    metadata, wanted = model["metadata"], SIMULATED[name].split()
    for o in wanted:
        heed(model, o, pages)
    operations = {o: operation(model, model["operations"][o], pages.get(o)) for o in wanted}
    roots = [
        row[side]
        for row in operations.values()
        for side in ("input", "output")
        if side in row
    ]
    return {
        "header": {
            "command": CLI_SERVICE.get(name, name),
            "protocol": metadata["protocol"],
            "version": metadata["apiVersion"],
            "namespace": metadata.get("xmlNamespace", ""),
            "target": metadata.get("targetPrefix", ""),
        },
        "operations": operations,
        "others": {
            o: address(model, model["operations"][o])
            for o in sorted(set(model["operations"]) - set(wanted))
        },
        "shapes": reached(model["shapes"], roots),
    }


def address(model: Model, row: Model) -> list[Any]:
    """Where on the wire an operation is that is known by name only: method, address, and what a request for it must hold
    beside its body and the labels of its address. Empty where one address is all operations'.
    """
    if not model["metadata"]["protocol"].startswith("rest"):
        return []
    asks = model["shapes"][row["input"]["shape"]] if "input" in row else {}
    wanted = [asks["members"][name] for name in asks.get("required", ())]
    held = [
        ref["locationName"]
        for ref in wanted
        if ref.get("location") in ("header", "querystring")
    ]
    return [row["http"]["method"], row["http"]["requestUri"], held]


def misnamed(row: Model) -> Iterator[str]:
    """The names whose form in the CLI, by botocore, is another than `kebab` makes; none may be."""
    members = (name for part in row["shapes"].values() for name in part.get("members", {}))
    for name in (*row["operations"], *row["others"], *members):
        if kebab(name) != xform_name(name, "-"):
            yield name


def lines(name: str, row: Model) -> Iterator[str]:
    """A service's lines: its header, its operations, its shapes, and the names of the other operations."""
    yield jsonl_line(name, row["header"])
    for part in ("operations", "shapes"):
        yield from (
            jsonl_line(f"{name}.{part}.{key}", said) for key, said in row[part].items()
        )
    yield jsonl_line(f"{name}.others", row["others"])


def table() -> str:
    """The file's text. Exits where `kebab` would not do for a name."""
    rows = {name: service(Loader(), name) for name in SIMULATED}
    if wrong := [name for row in rows.values() for name in misnamed(row)]:
        sys.exit(f"`kebab` of operations.py does not do for {', '.join(wrong)}")
    all_lines = [line for name, row in rows.items() for line in lines(name, row)]
    other_services = [
        RENAMED.get(name, name)
        for name in Loader().list_available_services("service-2")
        if MODEL_SERVICES.get(name, name) not in SIMULATED
    ]
    all_lines.append(jsonl_line(OTHER_SERVICES, other_services))
    return "".join(f"{line}\n" for line in all_lines)


def main() -> None:
    """Write the file, or say which botocore is wanted."""
    if botocore.__version__ != BOTOCORE:
        sys.exit(
            f"botocore {botocore.__version__} is installed; this table is built from {BOTOCORE}"
        )
    TARGET.write_text(table(), encoding="utf-8")
    print(
        f"{TARGET}: {sum(map(len, map(str.split, SIMULATED.values())))} operations, {TARGET.stat().st_size:,} bytes"
    )


if __name__ == "__main__":
    main()
