"""Passing a role to a service that runs the attacker's code: a table of services and of the actions that run code there.

None of these services is simulated. The policies alone decide whether it is possible, and the attacker gets what the
service gets: a session in the role.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import TypeAlias

from msgspec import Struct

from coffeeshop.account import ids
from coffeeshop.account.access.standing import LAMBDA_SERVICE
from coffeeshop.account.escalation.attacker import Unfinished
from coffeeshop.account.iam_resources import Role
from coffeeshop.account.model import Account
from coffeeshop.policy.comparison.budgets import COMPARING, BudgetError, Steps
from coffeeshop.policy.evaluation.match import compiled_policy
from coffeeshop.policy.model import Kind, Principals, Request, Standing, Undecided, Values

PassableRole: TypeAlias = tuple[str, Role, tuple[Request, ...]]

# Service principal -> the sets of actions that run the attacker's code there. All actions of a set must be allowed.
# Facts from DataDog's pathfinding.cloud (December 2025) and from the services' API references.
RUN_ACTIONS: Mapping[str, tuple[Values, ...]] = {
    "ec2.amazonaws.com": (
        ("ec2:RunInstances",),
        ("ec2:RequestSpotInstances",),
        ("autoscaling:CreateLaunchConfiguration", "autoscaling:CreateAutoScalingGroup"),
    ),
    "glue.amazonaws.com": (
        *product(
            ("glue:CreateJob", "glue:UpdateJob"), ("glue:StartJobRun", "glue:CreateTrigger")
        ),
        ("glue:CreateSession", "glue:RunStatement"),
        ("glue:CreateDevEndpoint",),
    ),
    "cloudformation.amazonaws.com": (
        ("cloudformation:CreateStack",),
        ("cloudformation:UpdateStack",),
        ("cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet"),
        ("cloudformation:CreateStackSet", "cloudformation:CreateStackInstances"),
        ("cloudformation:UpdateStackSet",),
    ),
    "codebuild.amazonaws.com": tuple(
        product(
            ("codebuild:CreateProject", "codebuild:UpdateProject"),
            ("codebuild:StartBuild", "codebuild:StartBuildBatch"),
        )
    ),
    "sagemaker.amazonaws.com": (
        (
            "sagemaker:CreateNotebookInstance",
            "sagemaker:CreatePresignedNotebookInstanceUrl",
        ),
        (
            "sagemaker:CreateNotebookInstance",
            "sagemaker:CreateNotebookInstanceLifecycleConfig",
        ),
        ("sagemaker:CreateTrainingJob",),
        ("sagemaker:CreateProcessingJob",),
    ),
    "datapipeline.amazonaws.com": (
        (
            "datapipeline:CreatePipeline",
            "datapipeline:PutPipelineDefinition",
            "datapipeline:ActivatePipeline",
        ),
    ),
    "ecs-tasks.amazonaws.com": (
        ("ecs:RegisterTaskDefinition", "ecs:RunTask"),
        ("ecs:RegisterTaskDefinition", "ecs:StartTask"),
        ("ecs:RegisterTaskDefinition", "ecs:CreateService"),
        ("ecs:RegisterTaskDefinition", "ecs:UpdateService"),
    ),
    "tasks.apprunner.amazonaws.com": (
        ("apprunner:CreateService",),
        ("apprunner:UpdateService",),
    ),
    "bedrock-agentcore.amazonaws.com": (
        (
            "bedrock-agentcore:CreateCodeInterpreter",
            "bedrock-agentcore:StartCodeInterpreterSession",
            "bedrock-agentcore:InvokeCodeInterpreter",
        ),
    ),
    "ssm.amazonaws.com": (("ssm:StartAutomationExecution",),),
    LAMBDA_SERVICE: (("lambda:CreateFunction", "lambda:CreateEventSourceMapping"),),
}


class ThingWithRole(Struct, frozen=True):
    """A thing of a service that has a role already, and the sets of actions that run the attacker's code in it.

    All actions of a set must be allowed. No role is passed.
    """

    service: str
    name: str
    action_sets: tuple[Values, ...]


THINGS_WITH_ROLES = (
    ThingWithRole(
        "ec2.amazonaws.com",
        "an EC2 instance",
        (
            ("ssm:SendCommand",),
            ("ssm:StartSession",),
            ("ec2-instance-connect:SendSSHPublicKey",),
            ("ec2-instance-connect:SendSerialConsoleSSHPublicKey",),
            (
                "ec2:ModifyInstanceAttribute",
                "ec2:StopInstances",
                "ec2:StartInstances",
            ),
        ),
    ),
    ThingWithRole(
        "ec2.amazonaws.com",
        "a launch template",
        (("ec2:CreateLaunchTemplateVersion", "ec2:ModifyLaunchTemplate"),),
    ),
    ThingWithRole(LAMBDA_SERVICE, "a Lambda function", (("lambda:UpdateFunctionCode",),)),
    ThingWithRole(
        "glue.amazonaws.com",
        "a development endpoint of Glue",
        (("glue:UpdateDevEndpoint",),),
    ),
    ThingWithRole(
        "cloudformation.amazonaws.com",
        "a stack of CloudFormation",
        (
            ("cloudformation:UpdateStack",),
            ("cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet"),
        ),
    ),
    ThingWithRole(
        "cloudformation.amazonaws.com",
        "a stack set of CloudFormation",
        (("cloudformation:UpdateStackSet",),),
    ),
    ThingWithRole(
        "codebuild.amazonaws.com",
        "a project of CodeBuild",
        (("codebuild:StartBuild",), ("codebuild:StartBuildBatch",)),
    ),
    ThingWithRole("ecs-tasks.amazonaws.com", "a task of ECS", (("ecs:ExecuteCommand",),)),
    ThingWithRole(
        "sagemaker.amazonaws.com",
        "a notebook of SageMaker",
        (
            ("sagemaker:CreatePresignedNotebookInstanceUrl",),
            (
                "sagemaker:CreateNotebookInstanceLifecycleConfig",
                "sagemaker:StopNotebookInstance",
                "sagemaker:UpdateNotebookInstance",
                "sagemaker:StartNotebookInstance",
            ),
        ),
    ),
    ThingWithRole(
        "tasks.apprunner.amazonaws.com",
        "a service of App Runner",
        (("apprunner:UpdateService",),),
    ),
    ThingWithRole(
        "bedrock-agentcore.amazonaws.com",
        "a code interpreter of Bedrock AgentCore",
        (
            (
                "bedrock-agentcore:StartCodeInterpreterSession",
                "bedrock-agentcore:InvokeCodeInterpreter",
            ),
        ),
    ),
)
# New code for a function that has a role already, and that somebody or something else will run. No role is passed.
CODE_ACTIONS: Values = ("lambda:UpdateFunctionCode",)


def passable_roles(
    account: Account, standing: Standing, steps: Steps
) -> Iterator[PassableRole | Unfinished]:
    """Yield every role that a service could use to run the attacker's code: the service, the role and the requests.

    Yield also why there may be more. `steps` is the budget, which several searches share.
    """
    action_sets: tuple[tuple[str, Values], ...] = ()
    if _is_mentioned(standing, "iam:PassRole"):
        action_sets = tuple(_mentioned_action_sets(standing))
    for service, actions in action_sets:
        fixed = {**standing.fixed, "iam:PassedToService": (service,)}
        passing_standing = dataclasses.replace(standing, fixed=fixed)
        for role in roles_of_service(account, service):
            passing = (passing_standing, "iam:PassRole", account.arn(role))
            running = ((standing, action, "*") for action in actions)
            yield from _try_requests(service, role, (passing, *running), account, steps)
    if not all(_is_mentioned(standing, action) for action in CODE_ACTIONS):
        return
    for function in account.functions.values():
        role = account.role_named_by(function.role)
        if role:
            arn = ids.arn(account, "function", function.name)
            recoding = ((standing, action, arn) for action in CODE_ACTIONS)
            yield from _try_requests(LAMBDA_SERVICE, role, recoding, account, steps)


def _try_requests(
    service: str,
    role: Role,
    asking: Iterable[tuple[Standing, str, str]],
    account: Account,
    steps: Steps,
) -> Iterator[PassableRole | Unfinished]:
    """Yield the role, if for each standing, action and resource pattern some request is allowed."""
    requests: list[Request] = []
    try:
        for standing, action, pattern in asking:
            request = _allowed_request(standing, action, pattern, account, steps)
            if request is None:
                return
            requests.append(request)
    except BudgetError as error:
        yield Unfinished(str(error))
    else:
        yield service, role, tuple(requests)


def assumable_by_services(
    account: Account, standing: Standing, steps: Steps
) -> Iterator[tuple[str, PassableRole] | Unfinished]:
    """Yield every role that the attacker would get if an existing thing had it: the thing, and the requests.

    A details file doesn't list such things. For EC2 instances it says which roles they can have.
    """
    for thing in THINGS_WITH_ROLES:
        usable_sets = [
            actions
            for actions in thing.action_sets
            if all(_is_mentioned(standing, action) for action in actions)
        ]
        roles = tuple(_usable_roles(account, thing.service)) if usable_sets else ()
        for actions, role in product(usable_sets, roles):
            attempts = [(standing, action, "*") for action in actions]
            for result in _try_requests(thing.service, role, attempts, account, steps):
                yield result if isinstance(result, Unfinished) else (thing.name, result)


def _usable_roles(account: Account, service: str) -> Iterator[Role]:
    """Yield every role that a thing of the service can have. An EC2 instance can only have a role of an instance profile."""
    for role in roles_of_service(account, service):
        if service != "ec2.amazonaws.com" or account.profiles_of(role):
            yield role


def roles_of_service(account: Account, service: str) -> Iterator[Role]:
    """Yield every role whose trust policy might allow the service. Its conditions count when the role is assumed."""
    for role in account.roles.values():
        for statement in role.trust.policy.statements:
            principals = statement.principals
            if statement.effect != "Allow" or principals is None:
                continue
            if _may_mean(principals, service):
                yield role
                break


def _may_mean(principals: Principals, service: str) -> bool:
    """Return whether a Principal element could include a service: it names it or everyone, or it is a NotPrincipal."""
    return principals.negated or any(
        value in (service, "*") for _, value in principals.entries
    )


def _mentioned_action_sets(standing: Standing) -> Iterator[tuple[str, Values]]:
    """Yield the services and sets of actions in which every action is in some Allow. No other set need be compared."""
    for service, sets in RUN_ACTIONS.items():
        for actions in sets:
            if all(_is_mentioned(standing, action) for action in actions):
                yield service, actions


def _is_mentioned(standing: Standing, action: str) -> bool:
    """Return whether some identity policy has an Allow for the action at all."""
    if standing.principal.kind == "root":
        return True
    lowered = action.lower()
    for layer in standing.layers:
        if layer.kind is Kind.IDENTITY:
            compiled_policies = map(compiled_policy, layer.policies)
            if any(policy.clauses_about(lowered)[1] for policy in compiled_policies):
                return True
    return False


def _allowed_request(
    standing: Standing, action: str, pattern: str, account: Account, steps: Steps
) -> Request | None:
    """Return an allowed request for the action on a resource that the ARN pattern matches, or None.

    Raise BudgetError if the search is cut short before either is known.
    """
    # This is much code, and a shop opens before it compares.
    from coffeeshop.policy.comparison.answers import first_excesses
    from coffeeshop.policy.comparison.compare import access_question
    from coffeeshop.policy.comparison.domain import Domain

    steps.take(COMPARING)
    domain = Domain.typed_domain((account.id,))
    question = access_question(standing, (action,), (pattern,), domain)
    for excess in first_excesses(*question, steps=steps):  # undecided ones come last
        if isinstance(excess, Undecided):
            raise BudgetError(excess.reason)
        return excess.witness
    return None
