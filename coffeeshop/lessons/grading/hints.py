"""The library of questions, beliefs and hint ladders, by kind of finding, for whatever a scenario does not speak of itself.

Rung 1 asks and holds no policy text, rung 2 names the element and the idea, rung 3 says what to do.
"""

from __future__ import annotations

from collections.abc import Mapping

from coffeeshop.lessons.grading.practice import RULES
from coffeeshop.lessons.model import Finding, Scenario
from coffeeshop.policy.model import Values

# by the kind of a finding, or by its kind and detail
QUESTIONS: Mapping[str, str] = {
    "tampered": "What must still be there for everybody to work tomorrow?",
    "no-user": "Who makes a user, and how does she sign in?",
    "no-user:function": "A function shows no badge: Lambda puts its role on. Whom does that role's trust let in, and when?",
    "locked-out": "Who makes the next badge, and with which of their own?",
    "lost": "Who else works by what was changed?",
    "no-session": "Which of the two sides said no: the role's trust, or the one who asks?",
    "no-session:role": "The role is not there yet. Who makes it, and whom does it let in?",
    "no-session:limit": "For how long is the session asked, and for how long does the role allow one?",
    "job-denied": "Which statement should allow it?",
    "job-denied:explicit": "What was that Deny to keep out, and what of the job does it speak of, too?",
    "job-denied:boundary": "Policies below a boundary reach as far as it does. What does this one leave out?",
    "job-denied:scp": "What the organization lays over an account binds all who are in it. What does it leave out?",
    "job-denied:condition": "What does the condition ask of a request, and what does this one say?",
    "job-denied:written": "The policy hangs there. Which of its words are not what the refusal names?",
    "job-denied:absent": "Nothing refuses it. What does AWS's answer name, and who makes that first?",
    "job-narrow": "What stands for all of them?",
    "job-narrow:explicit": "What was that Deny to keep out, and what of the job does it speak of, too?",
    "leak": "Which statement lets this through?",
    "leak:managed": "Who wrote the policy that is named above, and for whom?",
    "leak:detour": "Which step of that way is part of no job?",
    "excess": "What does the job need, and what is more than that?",
    "excess:managed": "Who wrote the policy that is named above, and for whom?",
    "excess:none": "Who has a job here, and whom does that statement speak of?",
    "excess:session": "A job asks for it, and not of them as they are here. With which badge, or in which role, is it done?",
    "excess:action": "Which actions do the jobs use, and which does the statement allow?",
    "excess:resource": "The action is one that a job uses. On what does the job use it, and on what else does the ARN let it?",
    "excess:condition": "Action and ARN are those of a job. When, or for what, is the job done, and when else does the statement allow it?",
    "new-badge": "Who could come to have it, and what would ask them for more?",
    "changed": "Who asked for another one?",
    "changed:bucket": "What did that block keep out, and who asked to take it away?",
    "reach": "Who could use that path tonight?",
    "not-proven": "Could the same be said more plainly?",
    "practice": "What will somebody find here in a year?",
    "error": "What does AWS's answer name: something that is not there, something that is there already, or the form?",
}

# kind:detail of a finding -> what somebody who ends up there may have believed
CONFUSED: Mapping[str, str] = {
    "job-denied:unknown-action": "M04",
    "job-denied:resource": "M03",
    "job-denied:explicit": "M01",
    "job-denied:condition": "M20",
    "no-session:trust": "M08",
    "no-session:permission": "M08",
    "reach:pass": "M16",
}

# An AWS managed policy: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html
_MANAGED = (
    "AWS wrote the policy named above, for any account and not for this job. What of it does the job need?",
    "Allows add up: a narrow policy beside it narrows nothing. AWS's own cannot be edited, only detached from whom it hangs on.",
    "Let a small policy of your own allow what the job needs, if none does yet; then detach the one that AWS wrote.",
)

_DENIED = (
    "Something is refused that is part of a job. Which policy says so, and what was it written for?",
    "A Deny wins over every Allow, however exact: an exception to it cannot be granted, only left out of it.",
    "Let the Deny that is named above speak of what is to be refused, and of nothing beside it: by its Action, its "
    "Resource or NotResource, its Condition or the people whom it hangs on. If silence refuses it already, take the Deny away.",
)

_CEILING = (
    "Somebody may, by their own policies, and is refused. What lies over them?",
    "A boundary and an organization's policies give nothing: allowed is what they and the policies below both allow.",
    "Let what lies over them allow what the job needs as well, or hang another on them.",
)

LADDERS: Mapping[str, Values] = {
    "tampered": (
        "Something that the shop needs is no longer what it was. Which of your calls removed it, changed it or put something into it?",
        "Undo steps back along everything you did; nothing is lost by it.",
        "Type undo until it is as it was, then close the way to it instead of changing the thing.",
    ),
    "no-user": (
        "Does the person exist, and can she show anything?",
        "A user is made first; a password or an access key is what she shows.",
        "aws iam create-user --user-name NAME, then whatever credential the brief speaks of.",
    ),
    "no-user:function": (
        "Is the function there, and the role that it wears? Does that role let Lambda in?",
        "The trust policy of the role says who may put it on. It must allow sts:AssumeRole to the service "
        "lambda.amazonaws.com, under no condition that Lambda's request does not meet.",
        "aws iam get-role --role-name NAME shows the trust; aws iam update-assume-role-policy changes it.",
    ),
    "locked-out": (
        "What could whoever looks after the badges do this morning that is refused now?",
        "Somebody has to be able to give permissions, or a mistake can only be mended by the owner. What gave that power, or "
        "the badge that shows it, is gone; or a Deny takes it.",
        "Undo steps back to where it was; or give it back: the group, its policy, a password and a device for codes.",
    ),
    "lost": (
        "What did this one do before today, and which of your calls took it away?",
        "A group, a policy or a role that others work by as well is theirs, too. What is taken from one can be taken from them alone.",
        "Undo steps back to where it was; then change what the brief speaks of, and nothing that others work by.",
    ),
    "no-session": (
        "Does the role exist, does it trust the one who asks, and may she ask?",
        "The trust policy says who may ask. If it names the whole account (:root), whoever asks must also be allowed "
        "sts:AssumeRole on the role; a user of this account that it names need not.",
        "Look at both: aws iam get-role --role-name NAME shows the trust; the person's or group's policies show the other.",
    ),
    "no-session:limit": (
        "For how long is the session needed, and for how long does the role allow one?",
        "A role has a limit for its sessions (MaxSessionDuration), in seconds: an hour if nobody said otherwise. Who takes "
        "it while wearing another role gets an hour at most.",
        "aws iam update-role --role-name NAME --max-session-duration SECONDS sets it, up to twelve hours.",
    ),
    "job-denied": (
        "Nothing said means no. Who was to say yes here, and to which action, on what?",
        "Compare the refused action and resource with the nearest statement, element by element.",
        "Write an Allow with exactly the action and the ARN that the refusal names, on the group, role or user of the brief.",
    ),
    "job-denied:explicit": _DENIED,
    "job-denied:boundary": _CEILING,
    "job-denied:scp": _CEILING,
    "job-denied:condition": (
        "The statement is for this action, on this thing. Which requests does its Condition let through?",
        "A key that the request does not carry is found by no operator, but for those with Not, IfExists or ForAllValues, and "
        "Null. A star is any text with Like alone.",
        "Compare key, operator and value with what the refusal says of the request; ask only for what the job's own call "
        "brings.",
    ),
    "job-denied:written": (
        "The policy hangs there, and AWS still refuses. Which words of its nearest statement are what was asked for?",
        "More than one element differs. Compare action, resource and condition with what the refusal names; an action that "
        "AWS does not know allows nothing.",
        "Write the action and the ARN that the refusal names into that statement, letter by letter.",
    ),
    "job-denied:absent": (
        "AWS let the call in and could not do it. What does its answer say?",
        "NoSuchEntity names what is not there: it is made before anybody can look it up.",
        "Make what the answer names, then rehearse again; no policy is to be changed for it.",
    ),
    "job-narrow:explicit": _DENIED,
    "job-narrow": (
        "Which of the things in the brief does the statement not name?",
        "A star at the end of an ARN stands for everything below it.",
        "Let Resource name all of what the brief speaks of, and nothing beside it.",
    ),
    "leak": (
        "Which policy says yes to this, and whom does it reach?",
        "Allows add up: a narrow one beside a broad one narrows nothing. Look at what the statement that allows it names.",
        "Narrow that statement to what the job needs, or take the policy away from this person.",
    ),
    "leak:managed": _MANAGED,
    "leak:detour": (
        "What can one do with the first step of that way that one could not do before?",
        "Some permissions give others: whoever writes a policy, hands on a role or makes a badge gives themselves the rest.",
        "Take away what allows the first step; the statement is named above. A Deny of the last step alone leaves the way open.",
    ),
    "excess": (
        "What does the job need, and what is more than that?",
        "The statement that allows the extra request is named above: compare it with the brief, element by element.",
        "Name each action that a job uses, and the ARN it acts on, and nothing else.",
    ),
    "excess:managed": _MANAGED,
    "excess:none": (
        "Who has a job here, and whom does that statement speak of?",
        "No job asks for anything of the kind. Look at whom the policy names, and on whom it hangs.",
        "Take the statement away, or name in it who has the job, and nobody else.",
    ),
    "excess:session": (
        "In which role, or with which badge, is that job done?",
        "What somebody may without a role comes back whenever they take it off, and no code is asked for unless a policy "
        "asks. The statement named above hangs on them, and not on the role or behind the code.",
        "Take it away from them, and let the role of the job allow it, or a Condition ask for the code.",
    ),
    "excess:action": (
        "Which actions does the job use?",
        "The statement that allows the extra request is named above. A star in its Action stands for every action that begins so.",
        "Name each action that a job uses, and nothing else.",
    ),
    "excess:resource": (
        "On which things is the job done?",
        "The action is right. The Resource of the statement named above takes in more than the brief speaks of: a star stands "
        "for whatever the name may be, also tomorrow's.",
        "Let Resource name what the brief speaks of, a star only where the brief says any.",
    ),
    "excess:condition": (
        "When is the job done, or for what, and what tells a request for it from another?",
        "Action and Resource are right. A Condition says which requests they are allowed for: a code, a prefix, a tag, the "
        "service that a role is handed to.",
        "Give the statement a Condition with the key that stands after “when” above, and the value that the brief speaks of.",
    ),
    "new-badge": (
        "What does somebody have to show who may do everything, and what is asked of them beside it?",
        "An access key is never asked for a code, and a password without a device is asked for nothing more. Whoever finds "
        "it may do all that its owner may.",
        "Delete the new key, give the device for codes back, or the owner's mail: undo steps back to where it was.",
    ),
    "changed": (
        "What was it before you came, and which sentence of the brief speaks of it?",
        "What nobody asks for is left as it is: others rely on it, and look for what changed.",
        "Set it back to what it was: undo steps back to there.",
    ),
    "changed:bucket": (
        "Which bucket policies does S3 refuse while a bucket blocks public access?",
        "It refuses those that let in whoever comes by. A policy that names whom it lets in needs no block to be gone.",
        "Put the block back: aws s3api put-public-access-block, with all four of its settings true.",
    ),
    "reach": (
        "What could one do with that permission, step by step?",
        "Some permissions give others: putting policies, passing roles, adding people to groups.",
        "Take the first step of the path away.",
    ),
    "not-proven": (
        "Which statement is hard to read?",
        "Many conditions with many wildcards can be said with fewer.",
        "Write the allow list of exactly what is needed.",
    ),
    "practice": (
        "The rule says how it is done so that it lasts. Who or what does not keep it yet?",
        "The offender is named above.",
        "Change that one thing; everything that works must go on working.",
    ),
    "error": (
        "What did AWS answer, word for word?",
        "NoSuchEntity names what is not there, EntityAlreadyExists what is; MalformedPolicyDocument means the document, "
        "ValidationError the form of a value, AccessDenied the badge in hand.",
        "See what is there (the calls that begin with list- and get-), then make the call again with the right name; if "
        "you do without it, there is nothing to mend.",
    ),
}


def misconception(scenario: Scenario, finding: Finding) -> str:
    """Tells what somebody who ends up here may have believed, by its id ("": nobody knows): what the wrong answer that
    ends up here too came of, else what the rule or the library says.
    """
    wrong = next((one.misconception for one in scenario.wrongs if finding.key in one.findings), "")
    if wrong:
        return wrong
    if finding.kind == "practice":
        return RULES[finding.key.partition(":")[2]].misconception
    return CONFUSED.get(f"{finding.kind}:{finding.key.rpartition(':')[2]}", "")
