"""What is asked, and which hints are given, where a practice rule isn't kept: by rule, as each rule speaks of other things."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from coffeeshop.policy.model import Values


class RuleAdvice(Struct, frozen=True):
    """The question that goes with a rule, and its three hints."""

    question: str
    hints: Values


PRACTICE_ADVICE: Mapping[str, RuleAdvice] = {
    "root-no-keys": RuleAdvice(
        "Which job needs root's access key?",
        (
            "Who can do root's work without root's access key?",
            "A deactivated key can be activated again. The rule allows no keys, not even inactive ones.",
            "As root, run aws iam list-access-keys, then aws iam delete-access-key --access-key-id ID.",
        ),
    ),
    "root-mfa": RuleAdvice(
        "What can you require for signing in as root, besides the password?",
        (
            "A thief has guessed root's password. Can they sign in?",
            "An MFA device shows codes. First create it, and then enrol it with two codes in a row.",
            "As root, create a device with aws iam create-virtual-mfa-device, then run console enroll-root-mfa.",
        ),
    ),
    "root-unused": RuleAdvice(
        "Which of the calls above could an administrator have made?",
        (
            "Who made these calls, and who could have made them?",
            "Use root only for tasks that only root can do. CloudTrail should name the administrator for "
            "everything else.",
            "Undo back to the first of these calls, sign in as the administrator, and make them again.",
        ),
    ),
    "admin-in-group": RuleAdvice(
        "Which group could this administrator get the permission from?",
        (
            "How many policies would you have to attach for the next administrator?",
            "A policy on a group applies to everyone in it. A policy on a user applies to that user.",
            "Attach AdministratorAccess to a group, add the administrator to it, and detach the policy from the user.",
        ),
    ),
    "admin-mfa": RuleAdvice(
        "When do the administrators named above need an MFA code?",
        (
            "Besides the password, does this administrator need a code?",
            "A device alone isn't enough. If an administrator can work without a code, a policy also has to "
            "require the code.",
            "Enrol a device for each administrator named above, and remove credentials that never ask for a code.",
        ),
    ),
    "an-administrator-remains": RuleAdvice(
        "Who can give a new cashier a permission tomorrow, and with which credential?",
        (
            "Who can still change users, groups and policies?",
            "An administrator needs a permission to administer, and a credential to sign in with.",
            "Give one administrator both: a group with AdministratorAccess, a password, and an MFA device.",
        ),
    ),
    "no-admin-elsewhere": RuleAdvice(
        "Which of their jobs needs every action?",
        (
            "Which jobs does the person named above do all day?",
            "A policy that allows everything leaves nothing to refuse, whatever else is attached.",
            "Detach the policy that allows everything, and allow the actions of their jobs instead.",
        ),
    ),
    "individual-users": RuleAdvice(
        "Which person uses the user named above?",
        (
            "Which person does CloudTrail name when this user makes a call?",
            "If several people share a user, or if it belongs to no one, CloudTrail can't tell who made a call.",
            "Give each person a user, then delete the shared one: its credentials and memberships first.",
        ),
    ),
    "one-active-key": RuleAdvice(
        "Which of the two access keys is in use?",
        (
            "If the second key gets lost, who would notice?",
            "A user can have two access keys, so that you can replace one. Delete the old key afterwards.",
            "Run aws iam list-access-keys --user-name NAME, and delete the key that nothing uses.",
        ),
    ),
    "keys-stay": RuleAdvice(
        "Who used the key named above, and from where?",
        (
            "Which keys did the brief ask you to delete?",
            "Anyone who used the old key can't work until they get the new one.",
            "Begin again, and delete only the key that someone else has.",
        ),
    ),
    "boundaries-stay": RuleAdvice(
        "What limits the user or role named above if someone attaches another policy?",
        (
            "Which boundary did it have at the start?",
            "A boundary also limits the permissions of later policies. Without it, the next policy counts in full.",
            "Set it again with put-role-permissions-boundary or put-user-permissions-boundary, and let it allow what the jobs need.",
        ),
    ),
    "leaked-keys-deleted": RuleAdvice(
        "Who could make the key named above work again?",
        (
            "Which keys does the user still have, active or inactive?",
            "An inactive key is still there, and someone could activate it again. A deleted one is gone.",
            "Run aws iam delete-access-key with the key's id.",
        ),
    ),
    "provisioned": RuleAdvice(
        "What would change in the account if someone provisioned the permission set tomorrow?",
        (
            "Does the permission set have what its role in the account has?",
            "A change of a permission set reaches the role when you provision it. Change it to what is needed, and then provision it.",
            "Change the permission set, and then run aws sso-admin provision-permission-set.",
        ),
    ),
    "key-age": RuleAdvice(
        "How old is the key named above?",
        (
            "When was this key made, and how long does the rule allow?",
            "A new key replaces an old one: create the new one first, then delete the old one.",
            "Run aws iam create-access-key, and then aws iam delete-access-key with the old key's id.",
        ),
    ),
    "no-unused-credentials": RuleAdvice(
        "When was the credential named above last used?",
        (
            "Who needs this credential?",
            "The credential report says when each password and each key was last used.",
            "Delete the password with aws iam delete-login-profile, or the key with aws iam delete-access-key.",
        ),
    ),
    "leavers-gone": RuleAdvice(
        "Does anyone still need the user named above?",
        (
            "Which users belong to people who have left?",
            "AWS deletes a user only when it has no credentials, policies, memberships or devices.",
            "Remove the things that AWS's message names, then run aws iam delete-user --user-name NAME.",
        ),
    ),
    "no-machine-users": RuleAdvice(
        "Which role could this machine use instead of a user's key?",
        (
            "Where is the machine's key stored, and who can read it there?",
            "A function or an instance gets temporary credentials from its role. It needs no key.",
            "Let the machine's role allow its job, take the key out of its settings, and delete the key and its user.",
        ),
    ),
    "no-direct-user-policies": RuleAdvice(
        "Which group could the permission named above come from?",
        (
            "When a second person does this job, how many policies do you have to write?",
            "You have to remember a policy on one user separately. A group passes its policies to every "
            "member.",
            "Put the permission on a group, add the user to it, and delete or detach the policy from the user.",
        ),
    ),
    "said-once": RuleAdvice(
        "Which of the groups named above should have this permission?",
        (
            "In how many places do you change it when the job changes?",
            "Copies of one permission drift apart: one is changed, and the other is forgotten.",
            "Keep the permission in one group, add everyone who needs it, and delete the copies.",
        ),
    ),
    "no-wildcard-action": RuleAdvice(
        "Which actions does the statement named above need for the jobs?",
        (
            "Which actions does this statement allow that no job needs?",
            "A star in an action, or a NotAction, also allows actions that no job needs, and actions that AWS "
            "adds later.",
            "Write an Action with the name of each action that the jobs need.",
        ),
    ),
    "no-unknown-actions": RuleAdvice(
        "Which action did you mean by the word named above?",
        (
            "Is every action in this policy a real one, and does each act on a resource of its statement?",
            "AWS accepts an action that doesn't exist, or that acts on other resources. It allows nothing.",
            "Correct the word named above, or delete it if no job needs it.",
        ),
    ),
    "named-principals": RuleAdvice(
        "Who must the policy named above let in?",
        (
            "Who does this principal let in today, and who could it let in tomorrow?",
            "A star as principal is everyone. An account or a provider as principal leaves the choice to them.",
            "Name the users, roles or services that need it as the principal.",
        ),
    ),
    "no-idle-grants": RuleAdvice(
        "Which job uses the permission named above?",
        (
            "If you remove this permission, which job stops working?",
            "A permission that no job uses helps only a thief.",
            "Remove the actions or the statement that no job uses. The jobs must still work.",
        ),
    ),
    "no-blanket-deny": RuleAdvice(
        "Without this Deny, which requests would be allowed?",
        (
            "Which request is allowed if you delete this Deny?",
            "AWS already refuses what no statement allows. A broad Deny also beats permissions that "
            "you add later.",
            "Delete the Deny named above, where it is attached.",
        ),
    ),
    "explicit-no": RuleAdvice(
        "If you add a broad Allow later, which statement still refuses this?",
        (
            "If you attach a policy that allows everything, is this request still refused?",
            "An implicit deny ends with the next Allow. An explicit deny wins over every Allow.",
            "Write a Deny for exactly the requests that must never work, for everyone that the brief names.",
        ),
    ),
    "no-dead-principals": RuleAdvice(
        "Who was the principal named above before they were deleted?",
        (
            "Which policy shows an id where a name was?",
            "AWS shows the unique id of a user or role that was deleted. The policy doesn't match anyone new of "
            "that name.",
            "Write the policy named above again, without that principal.",
        ),
    ),
    "no-sleeping-versions": RuleAdvice(
        "Who could make the version named above the default again?",
        (
            "Who needs the version that isn't the default?",
            "One call can make another version the default.",
            "Run aws iam delete-policy-version with the policy's ARN and the version named above.",
        ),
    ),
    "session-fits-shift": RuleAdvice(
        "How long is the work, and how long can a session in this role last?",
        (
            "If a cashier assumes the role right before going home, how long does the session last?",
            "A role's MaxSessionDuration limits every session in it, in seconds.",
            "Run aws iam update-role --role-name NAME --max-session-duration SECONDS.",
        ),
    ),
    "mfa-required": RuleAdvice(
        "Which policy should ask the users named above for an MFA code?",
        (
            "Which policy refuses these users' requests without an MFA code?",
            "A device isn't enough: a policy has to deny requests without a code. A request with an access key "
            "has no MFA key at all.",
            "Attach a Deny for requests without MFA, which leaves out the actions that enrol a device.",
        ),
    ),
    "given-by": RuleAdvice(
        "Where does the brief want this permission to be, and where is it now?",
        (
            "Everyone can work. Which group, role, policy or resource does the brief ask you to make?",
            "The permission must come from the group, role, policy or resource that the brief names, and everyone "
            "named in the brief must be in it.",
            "Put the permission where the brief says, and remove it everywhere else.",
        ),
    ),
    "current-version": RuleAdvice(
        "Which Version does the policy named above have?",
        (
            "If a policy names no Version, which version does AWS assume?",
            "The older version of the policy language doesn't know policy variables: they stay plain text.",
            'Write "Version": "2012-10-17" as the first element of the policy.',
        ),
    ),
}

PRACTICE_QUESTIONS: Mapping[str, str] = {
    f"practice:{rule}": advice.question for rule, advice in PRACTICE_ADVICE.items()
}
PRACTICE_LADDERS: Mapping[str, Values] = {
    f"practice:{rule}": advice.hints for rule, advice in PRACTICE_ADVICE.items()
}
