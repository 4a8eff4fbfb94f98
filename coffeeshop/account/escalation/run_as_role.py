"""Handing a role to a service that runs one's code: a table of services and of the actions that run something there.

None of these services is simulated: whether somebody could is asked of the policies alone, and what they win is what the
service wins, a session in the role.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

from coffeeshop.account import ids
from coffeeshop.account.model import Account, Role
from coffeeshop.policy.comparison.compare import granted
from coffeeshop.policy.comparison.domain import Domain
from coffeeshop.policy.evaluation.match import compiled
from coffeeshop.policy.model import Excess, Kind, Request, Standing, Values

# By service principal, the sets of actions that run code of one's own there; all of a set must be allowed.
RUNS: Mapping[str, tuple[Values, ...]] = {
    "ec2.amazonaws.com": (("ec2:RunInstances",),),
    "glue.amazonaws.com": (("glue:CreateJob", "glue:StartJobRun"), ("glue:CreateDevEndpoint",)),
    "cloudformation.amazonaws.com": (("cloudformation:CreateStack",), ("cloudformation:UpdateStack",)),
    "codebuild.amazonaws.com": (("codebuild:CreateProject", "codebuild:StartBuild"),),
    "sagemaker.amazonaws.com": (
        ("sagemaker:CreateNotebookInstance", "sagemaker:CreatePresignedNotebookInstanceUrl"),
        ("sagemaker:CreateTrainingJob",),
        ("sagemaker:CreateProcessingJob",),
    ),
    "datapipeline.amazonaws.com": (
        ("datapipeline:CreatePipeline", "datapipeline:PutPipelineDefinition", "datapipeline:ActivatePipeline"),
    ),
    "ecs-tasks.amazonaws.com": (
        ("ecs:RegisterTaskDefinition", "ecs:RunTask"),
        ("ecs:RegisterTaskDefinition", "ecs:StartTask"),
    ),
    "ssm.amazonaws.com": (("ssm:StartAutomationExecution",),),
    "lambda.amazonaws.com": (("lambda:CreateFunction", "lambda:CreateEventSourceMapping"),),
}
# Code put into a function that wears a role already, and that somebody or something else will run: nothing is passed.
RECODES: Values = ("lambda:UpdateFunctionCode",)


def handed(account: Account, who: Standing) -> Iterator[tuple[str, Role, tuple[Request, ...]]]:
    """Every role that somebody could have a service wear for code of theirs: the service, the role, and what they ask."""
    domain = Domain.typed((account.id,))
    passes, recodes = (_spoken(who, action) for action in ("iam:passrole", "lambda:updatefunctioncode"))
    for role in account.roles.values() if passes else ():
        for service, sets in RUNS.items():
            told = {**who.fixed, "iam:PassedToService": (service,)}
            passed = _asked(dataclasses.replace(who, fixed=told), "iam:PassRole", account.arn(role), domain)
            for actions in sets if passed else ():
                asked = [_asked(who, action, "*", domain) for action in actions]
                if passed and all(asked):
                    yield service, role, (passed, *(request for request in asked if request))
    for function in account.functions.values() if recodes else ():
        worn = account.roles.get(function.role.rpartition("/")[2].lower())
        asked = [_asked(who, action, ids.arn(account, "function", function.name), domain) for action in RECODES]
        if worn and all(asked):
            yield "lambda.amazonaws.com", worn, tuple(request for request in asked if request)


def _spoken(who: Standing, action: str) -> bool:
    """Whether some statement allows the action at all; most people's do not, and need no comparison."""
    policies = (policy for layer in who.layers if layer.kind is Kind.IDENTITY for policy in layer.policies)
    return who.principal.kind == "root" or any(compiled(policy).speaking(action)[1] for policy in policies)


def _asked(who: Standing, action: str, on: str, domain: Domain) -> Request | None:
    """A request for the action on such a resource that is allowed, if there is one."""
    found = granted(who, (action,), (on,), domain)
    return next((one.witness for one in found if isinstance(one, Excess)), None)
