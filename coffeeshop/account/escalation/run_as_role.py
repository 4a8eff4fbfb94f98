"""Handing a role to a service that runs one's code: a table of services and of the actions that run something there.

None of these services is simulated: whether somebody could is asked of the policies alone, and what they win is what the
service wins, a session in the role.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import TypeAlias

from coffeeshop.account import ids
from coffeeshop.account.access.standing import LAMBDA
from coffeeshop.account.escalation.attacker import Unfinished
from coffeeshop.account.iam_resources import Role
from coffeeshop.account.model import Account
from coffeeshop.policy.comparison.answers import first_excesses
from coffeeshop.policy.comparison.budgets import COMPARED, BudgetError, Steps
from coffeeshop.policy.comparison.compare import access_question
from coffeeshop.policy.evaluation.match import compiled_policy
from coffeeshop.policy.model import Kind, Principals, Request, Standing, Undecided, Values

Handed: TypeAlias = tuple[str, Role, tuple[Request, ...]]

# By service principal, the sets of actions that run code of one's own there; all of a set must be allowed.
RUNS: Mapping[str, tuple[Values, ...]] = {
    "ec2.amazonaws.com": (("ec2:RunInstances",),),
    "glue.amazonaws.com": (
        ("glue:CreateJob", "glue:StartJobRun"),
        ("glue:CreateDevEndpoint",),
    ),
    "cloudformation.amazonaws.com": (
        ("cloudformation:CreateStack",),
        ("cloudformation:UpdateStack",),
    ),
    "codebuild.amazonaws.com": (("codebuild:CreateProject", "codebuild:StartBuild"),),
    "sagemaker.amazonaws.com": (
        (
            "sagemaker:CreateNotebookInstance",
            "sagemaker:CreatePresignedNotebookInstanceUrl",
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
    ),
    "ssm.amazonaws.com": (("ssm:StartAutomationExecution",),),
    LAMBDA: (("lambda:CreateFunction", "lambda:CreateEventSourceMapping"),),
}
# What runs code of one's own in a thing that is there already and wears a role, so that nothing is passed: by service,
# what such a thing is, and each action that is enough.
IN_PLACE: Mapping[str, tuple[str, Values]] = {
    "ec2.amazonaws.com": (
        "an EC2 instance",
        (
            *("ssm:SendCommand", "ssm:StartSession"),
            *(
                "ec2-instance-connect:SendSSHPublicKey",
                "ec2-instance-connect:SendSerialConsoleSSHPublicKey",
            ),
        ),
    ),
    LAMBDA: ("a Lambda function", ("lambda:UpdateFunctionCode",)),
    "glue.amazonaws.com": ("a development endpoint of Glue", ("glue:UpdateDevEndpoint",)),
    "cloudformation.amazonaws.com": (
        "a stack of CloudFormation",
        ("cloudformation:UpdateStack",),
    ),
    "codebuild.amazonaws.com": (
        "a project of CodeBuild",
        ("codebuild:StartBuild", "codebuild:StartBuildBatch"),
    ),
    "ecs-tasks.amazonaws.com": ("a task of ECS", ("ecs:ExecuteCommand",)),
    "sagemaker.amazonaws.com": (
        "a notebook of SageMaker",
        ("sagemaker:CreatePresignedNotebookInstanceUrl",),
    ),
}
# Code put into a function that wears a role already, and that somebody or something else will run: nothing is passed.
RECODES: Values = ("lambda:UpdateFunctionCode",)


def handed(
    account: Account, who: Standing, steps: Steps | None = None
) -> Iterator[Handed | Unfinished]:
    """Yields every role that somebody could have a service wear for code of theirs: the service, the role, and what
    they ask; and why there may be more. `steps` are what it may take, where several searches share them.
    """
    steps = steps or Steps()
    if _spoken(who, "iam:PassRole"):
        runnable = tuple(_runnable(who))
    else:
        runnable = ()
    for service, actions in runnable:
        told = dataclasses.replace(
            who, fixed={**who.fixed, "iam:PassedToService": (service,)}
        )
        for role in worn_by(account, service):
            running = ((who, action, "*") for action in actions)
            yield from _found(
                service,
                role,
                ((told, "iam:PassRole", account.arn(role)), *running),
                account,
                steps,
            )
    for function in (
        account.functions.values()
        if all(_spoken(who, action) for action in RECODES)
        else ()
    ):
        if worn := account.roles.get(function.role.rpartition("/")[2].lower()):
            recoding = (
                (who, action, ids.arn(account, "function", function.name))
                for action in RECODES
            )
            yield from _found(LAMBDA, worn, recoding, account, steps)


def _found(
    service: str,
    role: Role,
    asking: Iterable[tuple[Standing, str, str]],
    account: Account,
    steps: Steps,
) -> Iterator[Handed | Unfinished]:
    """The role, if all that is asked is allowed."""
    requests: list[Request] = []
    try:
        for who, action, on in asking:
            request = _asked(who, action, on, account, steps)
            if request is None:
                return
            requests.append(request)
    except BudgetError as error:
        yield Unfinished(str(error))
    else:
        yield service, role, tuple(requests)


def supposed(
    account: Account, who: Standing, steps: Steps
) -> Iterator[tuple[str, Handed] | Unfinished]:
    """Yields every role that somebody would win if a thing wore it that is there already: what the thing is, and what
    they ask of it. A details file tells no such things, but of EC2 instances which roles they may wear.
    """
    for service, (thing, actions) in IN_PLACE.items():
        spoken = [action for action in actions if _spoken(who, action)]
        roles = tuple(_may_be_worn(account, service)) if spoken else ()
        for action, role in product(spoken, roles):
            for found in _found(service, role, ((who, action, "*"),), account, steps):
                yield found if isinstance(found, Unfinished) else (thing, found)


def _may_be_worn(account: Account, service: str) -> Iterator[Role]:
    """Every role that a thing of the service may wear; an EC2 instance wears none that no instance profile holds."""
    for role in worn_by(account, service):
        if service != "ec2.amazonaws.com" or account.profiles_of(role):
            yield role


def worn_by(account: Account, service: str) -> Iterator[Role]:
    """Yields every role whose trust policy speaks of the service: what it says of it is asked where the role is taken."""
    for role in account.roles.values():
        statements = role.trust.policy.statements
        principals = [
            s.principals for s in statements if s.effect == "Allow" and s.principals
        ]
        if any(_may_mean(each, service) for each in principals):
            yield role


def _may_mean(principals: Principals, service: str) -> bool:
    return principals.negated or any(
        value in (service, "*") for _, value in principals.entries
    )


def _runnable(who: Standing) -> Iterator[tuple[str, Values]]:
    """The sets of actions of which some statement allows each: all others need no comparison."""
    for service, sets in RUNS.items():
        for actions in sets:
            if all(_spoken(who, action) for action in actions):
                yield service, actions


def _spoken(who: Standing, action: str) -> bool:
    """Whether some statement allows the action at all."""
    policies = (
        policy
        for layer in who.layers
        if layer.kind is Kind.IDENTITY
        for policy in layer.policies
    )
    return who.principal.kind == "root" or any(
        compiled_policy(policy).clauses_about(action.lower())[1] for policy in policies
    )


def _asked(
    who: Standing, action: str, on: str, account: Account, steps: Steps
) -> Request | None:
    """A request for the action on such a resource that is allowed, if there is one. Raises BudgetError if nobody knows."""
    from coffeeshop.policy.comparison.domain import (
        Domain,
    )  # much code; a shop opens before it compares

    steps.take(COMPARED)
    question = access_question(who, (action,), (on,), Domain.typed_domain((account.id,)))
    for found in first_excesses(*question, steps=steps):  # doubts come last
        if isinstance(found, Undecided):
            raise BudgetError(found.reason)
        return found.witness
    return None
