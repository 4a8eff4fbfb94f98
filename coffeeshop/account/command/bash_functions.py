"""Hold the bash functions at the head of an exported script. No text of a play is in them."""

from __future__ import annotations

_SCRIPT_HEAD = """\
#!/usr/bin/env bash
# {what}: read it before you run it.
# It needs the AWS CLI. Lines without a profile run with your own credentials, which should be an
# administrator's.{more}
set -euo pipefail
export AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1 AWS_PAGER=

ACCOUNT=$(aws sts get-caller-identity --query Account --output text)
if [ -t 0 ]; then   # at a terminal, you confirm the account
  read -rp "{does} the account $ACCOUNT. Type its number to go on: "
  if [ "$REPLY" != "$ACCOUNT" ]; then echo "Nothing was done." >&2; exit 1; fi
fi
"""
HEAD = _SCRIPT_HEAD.format(
    what="What was done in Coffeeshop, for a real AWS account",
    more=" What AWS refused in the play is a comment here.",
    does="This changes",
)
TAKEN_AWAY = _SCRIPT_HEAD.format(
    what="Removes what the script of the same play made in a real AWS account",
    more=" It finds things by their names, and skips\n"
    "# those that are gone already. If something of that name was there before the play, delete its line here first.",
    does="This removes things, by their names, from",
)
ACCOUNT_CHECK = """\
if [ "$ACCOUNT" != {account} ]; then
  echo "These credentials belong to the account $ACCOUNT, and this script is for the imported account {account} alone." >&2
  exit 1
fi
"""
SHOP_VARIABLE = "SHOP=${COFFEESHOP_BUCKETS:-coffeeshop-$ACCOUNT}   # bucket names are unique in all of AWS: those made here begin with this"
FOLDER_FUNCTIONS = """\
FOLDER=$(mktemp -d)
trap 'rm -rf "$FOLDER"' EXIT
umask 077
cd "$FOLDER"

fill() {   # FILE [SIGN NAME...]: a document, in which the sign before {NAME} stands for the value of that variable
  local text name
  text=$(cat)
  for name in "${@:3}"; do text=${text//"$2{$name}"/"${!name}"}; done
  printf '%s' "$text" >"$1"
}
"""
CENTER_FUNCTIONS = """\
permission_set() {   # INSTANCE NAME [OPTION...]: the ARN of the permission set with this name
  local one name
  for one in $(aws sso-admin list-permission-sets --instance-arn "$1" "${@:3}" --query 'PermissionSets[]' --output text); do
    name=$(aws sso-admin describe-permission-set --instance-arn "$1" --permission-set-arn "$one" "${@:3}" \\
      --query PermissionSet.Name --output text)
    if [ "$name" = "$2" ]; then echo "$one"; fi
  done
}
settle() {   # WHAT OPTION REQUEST: wait until IAM Identity Center has done it
  local status instance
  instance=$(aws sso-admin list-instances --query 'Instances[0].InstanceArn' --output text)
  until status=$(aws sso-admin "describe-$1-status" --instance-arn "$instance" "--$2-request-id" "$3" \\
    --query '*.Status' --output text) && [ "$status" != IN_PROGRESS ]; do sleep 2; done
  [ "$status" = SUCCEEDED ]
}
"""
CALL_FUNCTIONS = """\
mine() {   # with the files of this script: your own profiles are not used, whatever they are called
  AWS_CONFIG_FILE="$FOLDER/config" AWS_SHARED_CREDENTIALS_FILE="$FOLDER/credentials" command aws "$@"
}
call() {
  local word
  for word in "$@"; do
    if [ "$word" = --profile ]; then mine "$@"; return; fi
  done
  command aws "$@"
}
aws() {   # a change takes a moment to spread: a call that fails because of that is tried again for a minute
  local pause
  for pause in 1 2 4 8 16 32 0; do
    if call "$@" 2>error; then return; fi
    grep -qE 'SPREADING' error || break
    sleep "$pause"
  done
  cat error >&2
  return 1
}
at_least() {   # MAJOR MINOR: whether the AWS CLI is of that version or a later one
  [[ "$(command aws --version 2>&1)" =~ aws-cli/([0-9]+)[.]([0-9]+) ]] &&
    (( BASH_REMATCH[1] > $1 || (BASH_REMATCH[1] == $1 && BASH_REMATCH[2] >= $2) ))
}
ask() {   # VARIABLE WHAT: a secret that the environment does not hold
  if [ -z "${!1:-}" ]; then read -rsp "$2: " "$1" && echo >&2; fi
}
keep() {   # PROFILE ID SECRET [TOKEN]: a credential for the lines that follow
  mine configure set aws_access_key_id "$2" --profile "$1"
  mine configure set aws_secret_access_key "$3" --profile "$1"
  if [ $# -gt 3 ]; then mine configure set aws_session_token "$4" --profile "$1"; fi
}
sign_in() {   # PROFILE: their sign-in in the browser, which AWS allows whoever has SignInLocalDevelopmentAccess, and the
  # AWS CLI from 2.32 on; else a key of theirs, or a session's, that you type
  local id secret token
  if at_least 2 32 && mine login --profile "$1"; then return; fi
  until mine sts get-caller-identity --profile "$1" >/dev/null 2>&1; do
    read -rp "Access key ID of $1: " id || exit
    read -rsp "Secret access key: " secret || exit
    read -rsp "Session token, or Enter: " token || exit
    echo >&2
    keep "$1" "$id" "$secret" ${token:+"$token"}
  done
}
by_hand() {   # WHAT: an act of the console
  read -rp "At the console, then press Enter: $1 " _
}
""".replace(
    "SPREADING",
    "|".join((
        "AccessDenied", "UnauthorizedOperation", "InvalidClientTokenId", "UnrecognizedClient", "InvalidAccessKeyId",
        "NoSuchEntity", "NoSuchBucket", "NonExistentQueue", "ResourceNotFound", "ResourceConflict", "DeleteConflict",
        "MalformedPolicy", "InvalidParameterValue", "ConcurrentModification", "FinalizingOrganization", "PolicyTypeNotEnabled",
    )),
)  # fmt: skip
BYTES_CHECK = """\
at_least 2 0 || { echo "Version 1 of the AWS CLI reads bytes in JSON as text: it needs version 2." >&2; exit 1; }
"""
REMOVAL_FUNCTIONS = """\
gone() {   # a call that takes something away: what is not there any more is gone, and what still hangs on it goes soon
  local pause
  for pause in 1 2 4 8 0; do
    if command aws "$@" >/dev/null 2>error || grep -qE 'NoSuch|NonExistent|NotFound|404' error; then return; fi
    grep -qE 'DeleteConflict|ConflictException' error || break
    sleep "$pause"
  done
  cat error >&2
  exit 1
}
each() {   # SERVICE OPERATION ... PATH: what is listed there, one in a line; nothing where its owner is gone
  command aws "${@:1:$#-1}" --query "${@: -1}" --output text 2>/dev/null | tr '\\t' '\\n' | grep -vx None || :
}
remove_user() {
  local one
  for one in $(each iam list-access-keys --user-name "$1" 'AccessKeyMetadata[].AccessKeyId'); do
    gone iam delete-access-key --user-name "$1" --access-key-id "$one"
  done
  for one in $(each iam list-service-specific-credentials --user-name "$1" 'ServiceSpecificCredentials[].ServiceSpecificCredentialId'); do
    gone iam delete-service-specific-credential --user-name "$1" --service-specific-credential-id "$one"
  done
  for one in $(each iam list-mfa-devices --user-name "$1" 'MFADevices[].SerialNumber'); do
    gone iam deactivate-mfa-device --user-name "$1" --serial-number "$one"
  done
  for one in $(each iam list-groups-for-user --user-name "$1" 'Groups[].GroupName'); do
    gone iam remove-user-from-group --user-name "$1" --group-name "$one"
  done
  gone iam delete-login-profile --user-name "$1"
  strip user "$1"
  gone iam delete-user --user-name "$1"
}
remove_group() {
  local one
  for one in $(each iam get-group --group-name "$1" 'Users[].UserName'); do
    gone iam remove-user-from-group --user-name "$one" --group-name "$1"
  done
  strip group "$1"
  gone iam delete-group --group-name "$1"
}
remove_role() {
  local one
  for one in $(each iam list-instance-profiles-for-role --role-name "$1" 'InstanceProfiles[].InstanceProfileName'); do
    gone iam remove-role-from-instance-profile --role-name "$1" --instance-profile-name "$one"
  done
  strip role "$1"
  gone iam delete-role --role-name "$1"
}
remove_instance_profile() {
  local one
  for one in $(each iam get-instance-profile --instance-profile-name "$1" 'InstanceProfile.Roles[].RoleName'); do
    gone iam remove-role-from-instance-profile --instance-profile-name "$1" --role-name "$one"
  done
  gone iam delete-instance-profile --instance-profile-name "$1"
}
strip() {   # user|group|role NAME: its policies
  local one
  for one in $(each iam "list-$1-policies" "--$1-name" "$2" 'PolicyNames[]'); do
    gone iam "delete-$1-policy" "--$1-name" "$2" --policy-name "$one"
  done
  for one in $(each iam "list-attached-$1-policies" "--$1-name" "$2" 'AttachedPolicies[].PolicyArn'); do
    gone iam "detach-$1-policy" "--$1-name" "$2" --policy-arn "$one"
  done
}
remove_policy() {
  local one kind
  for kind in User Group Role; do
    for one in $(each iam list-entities-for-policy --policy-arn "$1" "Policy${kind}s[].${kind}Name"); do
      gone iam "detach-$(tr A-Z a-z <<<"$kind")-policy" "--$(tr A-Z a-z <<<"$kind")-name" "$one" --policy-arn "$1"
    done
  done
  for one in $(each iam list-policy-versions --policy-arn "$1" 'Versions[?!IsDefaultVersion].VersionId'); do
    gone iam delete-policy-version --policy-arn "$1" --version-id "$one"
  done
  gone iam delete-policy --policy-arn "$1"
}
remove_queue() {
  local one
  for one in $(each sqs get-queue-url --queue-name "$1" QueueUrl); do gone sqs delete-queue --queue-url "$one"; done
}
remove_versions() {   # BUCKET LIST: all versions or delete markers, a thousand at a time, until AWS refuses one
  while command aws s3api list-object-versions --bucket "$1" --no-paginate \\
    --query "{Objects: $2[].{Key: Key, VersionId: VersionId}}" --output json >versions.json 2>/dev/null &&
    grep -q VersionId versions.json; do
    command aws s3api delete-objects --bucket "$1" --delete file://versions.json >deleted.json || break
    if grep -q Errors deleted.json; then break; fi
  done
}
remove_bucket() {
  gone s3api delete-bucket-policy --bucket "$1"
  remove_versions "$1" Versions
  remove_versions "$1" DeleteMarkers
  gone s3api delete-bucket --bucket "$1"
}
remove_alias() {   # and its key, which AWS deletes after a week
  local one
  for one in $(each kms describe-key --key-id "$1" KeyMetadata.KeyId); do
    gone kms schedule-key-deletion --key-id "$one" --pending-window-in-days 7
  done
  gone kms delete-alias --alias-name "$1"
}
remove_table() { gone dynamodb delete-table --table-name "$1"; }
remove_analyzer() { gone accessanalyzer delete-analyzer --analyzer-name "$1"; }
remove_trail() { gone cloudtrail delete-trail --name "$1"; }
remove_function() { gone lambda delete-function --function-name "$1"; }
remove_oidc_provider() {
  gone iam delete-open-id-connect-provider --open-id-connect-provider-arn "arn:aws:iam::$ACCOUNT:oidc-provider/$1"
}
remove_saml_provider() { gone iam delete-saml-provider --saml-provider-arn "arn:aws:iam::$ACCOUNT:saml-provider/$1"; }
remove_device() { gone iam delete-virtual-mfa-device --serial-number "$1"; }
"""
CENTER_REMOVALS = """\
center() { each sso-admin list-instances "Instances[0].$1"; }
team() { each identitystore get-group-id --identity-store-id "$(center IdentityStoreId)" --alternate-identifier \\
  "{\\"UniqueAttribute\\":{\\"AttributePath\\":\\"displayName\\",\\"AttributeValue\\":\\"$1\\"}}" GroupId; }
person() { each identitystore get-user-id --identity-store-id "$(center IdentityStoreId)" --alternate-identifier \\
  "{\\"UniqueAttribute\\":{\\"AttributePath\\":\\"userName\\",\\"AttributeValue\\":\\"$1\\"}}" UserId; }
remove_permission_set() {   # with its assignments
  local instance set account kind id
  instance=$(center InstanceArn)
  for set in $(permission_set "$instance" "$1"); do
    for account in $(each sso-admin list-accounts-for-provisioned-permission-set --instance-arn "$instance" \\
      --permission-set-arn "$set" 'AccountIds[]'); do
      for kind in USER GROUP; do
        for id in $(each sso-admin list-account-assignments --instance-arn "$instance" --permission-set-arn "$set" \\
          --account-id "$account" "AccountAssignments[?PrincipalType=='$kind'].PrincipalId"); do
          settle account-assignment-deletion account-assignment-deletion "$(aws sso-admin delete-account-assignment \\
            --instance-arn "$instance" --permission-set-arn "$set" --target-id "$account" --target-type AWS_ACCOUNT \\
            --principal-type "$kind" --principal-id "$id" --query AccountAssignmentDeletionStatus.RequestId --output text)"
        done
      done
    done
    gone sso-admin delete-permission-set --instance-arn "$instance" --permission-set-arn "$set"
  done
}
remove_membership() {   # GROUP USER
  local one
  for one in $(each identitystore get-group-membership-id --identity-store-id "$(center IdentityStoreId)" \\
    --group-id "$(team "$1")" --member-id "UserId=$(person "$2")" MembershipId); do
    gone identitystore delete-group-membership --identity-store-id "$(center IdentityStoreId)" --membership-id "$one"
  done
}
remove_team() {
  local one
  for one in $(team "$1"); do
    gone identitystore delete-group --identity-store-id "$(center IdentityStoreId)" --group-id "$one"
  done
}
remove_person() {
  local one
  for one in $(person "$1"); do
    gone identitystore delete-user --identity-store-id "$(center IdentityStoreId)" --user-id "$one"
  done
}
"""
