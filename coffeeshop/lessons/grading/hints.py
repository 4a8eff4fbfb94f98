"""The library of questions, misconceptions and hint ladders, by kind of finding, for whatever a scenario does not speak of itself.

Rung 1 asks and holds no policy text, rung 2 names the element and the idea, rung 3 says what to do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from coffeeshop.lessons.check_kinds import FindingKind
from coffeeshop.lessons.grading import practice_hints
from coffeeshop.lessons.grading.practice import RULES
from coffeeshop.lessons.model import Finding, Scenario
from coffeeshop.policy.evaluation.explain import missing_keys, nearest_miss
from coffeeshop.policy.model import ImplicitlyDenied, Values
from coffeeshop.shop.want import Ticket

# by the kind of a finding, or by its kind and detail
FINDING_QUESTIONS: Mapping[str, str] = {
    "tampered": "Which of your calls removed this, or changed it?",
    "no-user": "Does this user exist, and do they have the credential that the job uses?",
    "no-user:function": "A function has no key: Lambda assumes its role. Does the role's trust policy allow Lambda to do that?",
    "locked-out": "Which of your calls took this away: a permission, a credential, or the user?",
    "locked-out:policy": "Which of your calls wrote this policy, and who could change it before?",
    "lost": "Which of your calls took this away, and who should that call have changed?",
    "no-session": "Which side refuses here: the role's trust policy, or the caller's own permissions?",
    "no-session:role": "The role doesn't exist yet. Who creates it, and which principal should its trust policy name?",
    "no-session:limit": "How long does the job need the session, and how long does the role allow?",
    "job-denied": "Which policy should allow this action on this resource?",
    "job-denied:explicit": "Which requests should that Deny refuse, and which others does it match?",
    "job-denied:boundary": "The boundary limits the other policies. Which part of the job does it leave out?",
    "job-denied:scp": "The organization's policies limit everyone in the account. Which part of the job do they leave out?",
    "job-denied:session-policy": "The session policy limits the role's policies. Which part of the job does it leave out?",
    "job-denied:condition": "Which key and value does the condition need, and which does this request have?",
    "job-denied:role-policy": "The trust policy lets them into the role. Which policy on the role should allow this?",
    "job-denied:partner": "Two accounts have to allow this. Which policy in the partner's account should allow it?",
    "job-denied:written": "The policy is attached. Where do its action, resource and condition differ from the refused request?",
    "job-denied:absent": "No policy refuses the call. Which name or value does AWS's error mention?",
    "job-narrow": "Which requests of the job does the statement leave out?",
    "job-narrow:explicit": "Which requests should that Deny refuse, and which part of the job does it match as well?",
    "leak": "Which statement allows this, and who needs it?",
    "leak:credential": "Which credential makes this request, and how could it be made harder to use?",
    "leak:missed-deny": "A Deny nearly matches this request. Which of its elements differs?",
    "leak:managed": "AWS wrote the policy that allows this. How much of it do the jobs need?",
    "leak:grant": "A grant on the KMS key allows this. Which principal does it name?",
    "leak:detour": "Which step on that path does no job need?",
    "excess": "Which permissions does the job need, and which of these are extra?",
    "excess:managed": "AWS wrote the policy that allows this. How much of it do the jobs need?",
    "excess:grant": "A grant on the KMS key allows this. Which principal does it name, and which operations?",
    "excess:none": "They have no job that needs this. Who should that statement apply to?",
    "excess:group": "A new member of the group has only the group's policies. Which limits do its members have on their own "
    "users?",
    "excess:session": "A job needs this action, but not like this. Which credential or role does the job use?",
    "excess:action": "Which actions do the jobs use, and which others does the statement allow?",
    "excess:resource": "Which resources does the job need this for, and which others does the ARN cover?",
    "excess:condition": "The action and the ARN are right. Which condition do the job's requests meet that others don't?",
    "new-badge": "Who could use this credential now, and how was it protected before?",
    "changed": "Which job needs this change?",
    "changed:bucket": "Which requests did the bucket's public access block refuse, and who asked you to turn it off?",
    "reach": "Which step on that path does no job need?",
    "not-proven": "Can you write the same policy with fewer conditions and wildcards?",
    "practice": "Which part of the account breaks the rule, and how could you change it?",
    "error": "Does AWS's error mention a name, a value, or a permission?",
    "error:ExpiredToken": "Which credential made the call, and when did it run out?",
    "error:InvalidClientTokenId": "Which credential made the call, and does it still exist and work?",
    "error:NoSuchEntity": "What does AWS's error say isn't there?",
    "error:EntityAlreadyExists": "The name exists already. Did you mean that one, or another?",
    "error:DeleteConflict": "Which things do you have to remove first, according to AWS's error?",
    "error:AccessDenied": "According to AWS's message, what refused the call: a kind of policy, a setting, or a value that you gave?",
    **practice_hints.PRACTICE_QUESTIONS,
}

# kind:detail of a finding -> the misconception that may lead there
FINDING_MISCONCEPTIONS: Mapping[str, str] = {
    "job-denied:unknown-action": "M04",
    "job-denied:resource": "M03",
    "job-denied:explicit": "M01",
    "job-denied:condition": "M20",
    "no-session:trust": "M08",
    "no-session:permission": "M08",
    "reach:pass": "M16",
}

# An AWS managed policy: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html
_GRANT_HINTS = (
    "Which principal does the grant name, and which operations does its job need?",
    "A grant allows its operations to its principal, with every credential. No other policy has to allow them. You can't "
    "change a grant, but you can revoke it.",
    "Revoke it: aws kms list-grants shows its id, for aws kms revoke-grant. If a role does the job, create a grant for the role.",
)
_MANAGED_POLICY_HINTS = (
    "AWS wrote the policy that allows this for any account, and not for this job. Which part of it does the job need?",
    "Allows add up, so another, narrower policy takes nothing away. You can't edit AWS's policy, but you can "
    "detach it.",
    "If no other policy allows the job, write a small one that does. Then detach AWS's policy.",
)

_DENY_HINTS = (
    "A Deny refuses a part of a job. Which Deny is it, and which requests should it refuse?",
    "A Deny wins over every Allow. To make an exception, change the Deny so that it doesn't match the job.",
    "Narrow that Deny to the requests that must be refused: by its Action, its Resource or "
    "NotResource, its Condition, or "
    "the people it is attached to. If nothing allows it anyway, delete the Deny.",
)

_CEILING_HINTS = (
    "Their own policies allow this, and still AWS refuses it. Which policy limits them?",
    "A permissions boundary, an organization's policy and a session policy allow nothing by themselves. A request "
    "has to "
    "be allowed by them and by the other policies.",
    "Let the policy that limits them allow the job as well, or replace it.",
)

_PATH_HINTS = (
    "After the first step of that way, which new calls can the attacker make?",
    "Some permissions lead to others: writing policies, passing roles, adding people to groups, creating credentials.",
    "Remove the permission for the first step. A Deny for only the last step "
    "leaves other ways open.",
)

HINT_LADDERS: Mapping[str, Values] = {
    "tampered": (
        "Something that the shop needs has changed. Which of your calls removed it, changed it or put something "
        "into it?",
        "Undo takes back your calls one by one, and redo makes them again. Nothing is lost.",
        "Undo until it is as it was. Then prevent the access in another way, without changing the thing itself.",
    ),
    "no-user": (
        "Does the user exist, and which credential do they have?",
        "You create a user first. A password, an access key or an MFA device comes after that.",
        "If there is no such user, run aws iam create-user --user-name NAME. Then create a credential for them: a password, "
        "an access key or an MFA device, as the job needs it.",
    ),
    "no-user:function": (
        "Does the function exist, and its role? Does that role's trust policy allow Lambda to assume it?",
        "The role's trust policy must allow sts:AssumeRole to the service lambda.amazonaws.com. If it has "
        "a condition, Lambda's request must meet it.",
        "aws iam get-role --role-name NAME shows the trust policy, and aws iam update-assume-role-policy changes it.",
    ),
    "locked-out": (
        "Which calls could the administrators make this morning that AWS refuses now?",
        "At least one person must be able to change permissions. Their permission or their credential is gone, or "
        "a Deny refuses it.",
        "Undo the call that took it away, or restore it: the group, its policy, the password, the MFA device.",
    ),
    "locked-out:policy": (
        "Which principals could change this policy before, and which can now?",
        "An administrator must be able to change the policy of each resource. A key policy must allow that itself. "
        "In other policies, a Deny must leave out at least one of them.",
        "Undo the change of the policy. Then keep the statement that lets an administrator change it.",
    ),
    "lost": (
        "Which calls could this user or machine make before, and which of your calls took that away?",
        "Others use a shared group, policy or role as well. To take a permission from one user, change something "
        "that only that user has.",
        "Undo until they have it again. Then change only the things that the jobs name.",
    ),
    "no-session": (
        "Does the role exist, does its trust policy name the caller, and does the caller have the permission to ask?",
        "The trust policy says who can assume the role. If it names the whole account (:root), they also need a policy "
        "that allows sts:AssumeRole on the role. A user of this account that it names doesn't need one.",
        "Look at both sides: aws iam get-role --role-name NAME shows the trust policy. The policies of the user "
        "and of their groups are the other side.",
    ),
    "no-session:limit": (
        "How long does the job need the session, and how long does the role allow?",
        "A role's MaxSessionDuration limits its sessions, in seconds. It is an hour unless you set it. If you "
        "assume a role from another role's session, the new session lasts an hour at most.",
        "aws iam update-role --role-name NAME --max-session-duration SECONDS sets it, up to twelve hours.",
    ),
    "job-denied": (
        "AWS refuses what no policy allows. Which policy should allow this, and for which action on "
        "which resource?",
        "Compare the refused action and resource with the nearest statement, element by element.",
        "Allow exactly the action and the ARN that the refusal names. Write that in a policy of the role or user that "
        "it names, or of one of the user's groups.",
    ),
    "job-denied:explicit": _DENY_HINTS,
    "job-denied:boundary": _CEILING_HINTS,
    "job-denied:scp": _CEILING_HINTS,
    "job-denied:session-policy": _CEILING_HINTS,
    "job-denied:condition": (
        "The statement fits this request, except for its Condition. Which requests does that Condition match?",
        "If a request lacks a key, most operators don't match. Those that begin with Not or ForAllValues, "
        "or end "
        "in IfExists, and Null can match. A star matches any text only with the Like operators.",
        "Compare key, operator and value with the request in the refusal. Use only keys that the job's own call "
        "has.",
    ),
    "job-denied:role-policy": (
        "They can assume the role. Which actions do the role's own policies allow?",
        "A trust policy only says who can assume a role. The role's own policies have to allow the refused action "
        "on the resource.",
        "aws iam put-role-policy writes a policy on the role. Allow the action and the ARN that the refusal "
        "names. The trust policy needs no change for that.",
    ),
    "job-denied:partner": (
        "The resource is in one account, and the caller is in another. Which of the two accounts refuses?",
        "Across accounts, a policy on the resource and a policy on the user both have to allow the request. The "
        "user's own "
        "is missing.",
        "In the partner's account, allow the user exactly the action and the ARN that the refusal names.",
    ),
    "job-denied:written": (
        "The policy is attached, and AWS still refuses. Which parts of its nearest statement match the request?",
        "More than one element differs. Compare action, resource and condition with the refusal. An action that "
        "AWS doesn't have allows nothing.",
        "Write the action and the ARN that the refusal names into that statement, letter by letter.",
    ),
    "job-denied:absent": (
        "AWS allowed the call and couldn't carry it out. Which name or value does its error mention?",
        "A code that begins with NoSuch, or ends in NotFound, names something that doesn't exist. Other codes "
        "name a wrong value, or a limit.",
        "Correct the name or value in the error, then open the shop again. You don't have to change a policy for it.",
    ),
    "job-narrow:explicit": _DENY_HINTS,
    "job-narrow": (
        "Which request of this job is refused, and how does it differ from the others?",
        "The statement covers a part of the job only. Its Resource names too few things, or its Condition "
        "requires more than each of the job's requests has. A star at the end of an ARN covers everything below it.",
        "Change that element so that it covers every request of the job, and no others.",
    ),
    "leak": (
        "Which policy allows this, and who does it apply to?",
        "Allows add up, so adding a narrow statement takes nothing away. Look at the requests that the statement "
        "with the Allow covers.",
        "Narrow that statement to the requests of the jobs. If no job needs it, delete it, or detach its policy.",
    ),
    "leak:credential": (
        "With which credential is this request made, and who could have a copy of it?",
        "No statement that you can narrow allows this. Anyone who has the credential can do it. The root user can "
        "do everything in its account.",
        "Delete the credential if no one should have it, or require an MFA code to sign in.",
    ),
    "leak:missed-deny": (
        "Which requests does this Deny match, and how does this request differ?",
        "A Deny refuses only a request that matches all its elements. If the request lacks a condition key, most "
        "operators don't match, unless they end in IfExists.",
        "Change that element of the Deny, so that it matches this request.",
    ),
    "leak:managed": _MANAGED_POLICY_HINTS,
    "leak:grant": _GRANT_HINTS,
    "leak:detour": _PATH_HINTS,
    "excess": (
        "Which permissions does the job need, and which of these are extra?",
        "Compare the statement that allows the extra request with the jobs, element by element.",
        "Name each action that a job uses, the ARN that it acts on, and nothing else.",
    ),
    "excess:managed": _MANAGED_POLICY_HINTS,
    "excess:grant": _GRANT_HINTS,
    "excess:none": (
        "Who has a job here, and who does that statement apply to?",
        "They have no job that needs anything like this. Look at the principals that the policy names, and at the "
        "users and groups that have it.",
        "Remove the statement, or let it apply only to the people who have the job.",
    ),
    "excess:group": (
        "Which policies belong to the group, and which only to its members?",
        "A new member gets only the group's policies. A Deny or a boundary on a member doesn't limit the next member.",
        "Attach the limiting policy to the group, or narrow the statement that allows this.",
    ),
    "excess:session": (
        "Which role or credential does that job use?",
        "The statement that allows it applies to them directly, with any credential. So they need neither the role "
        "nor the MFA code of the job.",
        "Remove it there. Let the role allow it, or add a Condition that requires the MFA code.",
    ),
    "excess:action": (
        "Which actions does the job use?",
        "The statement that allows it has an action that no job uses: by its name, by a star in its "
        "Action, or "
        "by a NotAction.",
        "Write an Action with the name of each action that a job uses, and nothing else.",
    ),
    "excess:resource": (
        "Which resources does the job use?",
        "The action is right. The Resource of the statement that allows it covers more than the jobs name. A star also "
        "covers names that don't exist yet.",
        "In Resource, name the things that the jobs name. Use a star only where a job says any.",
    ),
    "excess:condition": (
        "How do the job's requests differ from the others that the statement allows?",
        "Action and Resource are right. A Condition limits the requests that they are allowed for: by an MFA code, a "
        "prefix, a tag, or the service that a role is passed to.",
        "Add a Condition with the key that follows “when” above, and the value that the job names.",
    ),
    "new-badge": (
        "Which credentials did this administrator need before your calls, and which ones are enough now?",
        "An access key never asks for an MFA code, and neither does a password without a device. Anyone who finds "
        "it can act as the administrator.",
        "Undo those calls. Or delete the new key, or give back the MFA device or the owner's e-mail address.",
    ),
    "changed": (
        "Which value did it have before your calls, and does a job need another?",
        "If no job needs another setting, leave it as it is: others rely on it.",
        "Undo those calls, or set it back to the old value.",
    ),
    "changed:bucket": (
        "Which bucket policies does S3 refuse while a bucket blocks public access?",
        "It refuses policies that let everyone in. A policy that names its principals works with the block on.",
        "Put the block back: aws s3api put-public-access-block, with all four of its settings true.",
    ),
    "reach": _PATH_HINTS,
    "not-proven": (
        "Which statement is hard to read?",
        "You can often replace many conditions and wildcards with a few.",
        "Write an Allow for exactly the requests of the jobs.",
    ),
    "practice": (
        "Which condition does the rule set, and who doesn't meet it yet?",
        "The reason above names the thing that breaks the rule.",
        "Change that one thing. Everything that works must keep working.",
    ),
    "error": (
        "How did AWS answer, word for word?",
        "NoSuchEntity names a thing that doesn't exist, EntityAlreadyExists one that does. "
        "MalformedPolicyDocument is about the document, "
        "ValidationError about a value, and AccessDenied about the permissions of the credential you used.",
        "List the existing names (with calls that begin with list- and get-), then make the call again with the "
        "right name. If you "
        "don't need the call, there is nothing to do.",
    ),
    **practice_hints.PRACTICE_LADDERS,
}


def find_misconception(scenario: Scenario, finding: Finding) -> str:
    """Return the id of the misconception that a finding points to, or "" if it is unknown.

    The wrong answers of the scenario that have the same finding decide first. If they come from several
    misconceptions, the finding is evidence for none of them. Otherwise a practice rule names its
    misconception, and for other findings the table FINDING_MISCONCEPTIONS does.
    """
    candidates = {
        wrong_answer.misconception
        for wrong_answer in scenario.wrongs
        if finding.key in wrong_answer.findings and wrong_answer.misconception
    }
    if candidates:
        return candidates.pop() if len(candidates) == 1 else ""
    if finding.kind is FindingKind.PRACTICE:
        return RULES[finding.key.partition(":")[2]].misconception
    id = FINDING_MISCONCEPTIONS.get(f"{finding.kind}:{finding.key.rpartition(':')[2]}", "")
    explains = MISCONCEPTION_TESTS.get(id)
    if explains is None:
        return id
    tickets = (ticket for check in finding.checks for ticket in check.pieces(Ticket))
    decisions = (ticket.decision for ticket in tickets)
    is_explained = any(
        isinstance(decision, ImplicitlyDenied) and explains(decision)
        for decision in decisions
    )
    return id if is_explained else ""


def _takes_bucket_for_object(decision: ImplicitlyDenied) -> bool:
    """Tell whether the nearest Allow names a bucket for a request on its objects, or the other way round."""
    miss = nearest_miss(decision)
    service, _, asked_path = decision.request.resource.partition(":::")
    resources = miss.matched.statement.resources if miss else None
    if resources is None or service != S3_ARN_PREFIX:
        return False
    bucket, slash, _ = asked_path.partition("/")
    places = [value.partition(":::")[2].partition("/") for value in resources.values]
    return any(name == bucket and sign != slash for name, sign, _ in places)


def _lacks_key(decision: ImplicitlyDenied) -> bool:
    """Tell whether a statement uses a condition key that the request doesn't have."""
    return bool(missing_keys(decision))


S3_ARN_PREFIX = "arn:aws:s3"
# For a misconception of FINDING_MISCONCEPTIONS that explains only some of the refusals: which ones.
MISCONCEPTION_TESTS: Mapping[str, Callable[[ImplicitlyDenied], bool]] = {
    "M03": _takes_bucket_for_object,
    "M20": _lacks_key,
}
