"""Read, evaluate, explain, check and compare AWS IAM policies, with the standard library only.

`parse` reads a policy. A `Standing` has a principal and the policies that apply. A `Request` has an action and a resource:

>>> from coffeeshop.policy import Domain, Request, Standing, authorize, equivalent, excesses, explain, parse, validate
>>> def policy(action, resource):
...     statement = f'{{"Effect": "Allow", "Action": "{action}", "Resource": "{resource}"}}'
...     return parse(f'{{"Version": "2012-10-17", "Statement": [{statement}]}}', name="receipts")
>>> narrow = Standing.of(policy("s3:GetObject", "arn:aws:s3:::receipts/*"))
>>> wide = Standing.of(policy("s3:Get*", "arn:aws:s3:::receipts/*"))

`authorize` decides one request, and `explain` gives the reason in a sentence:

>>> decision = authorize(narrow, Request("s3:PutObject", "arn:aws:s3:::receipts/monday"))
>>> explain(decision)
'nothing allows this s3:PutObject request (implicit deny). Closest Allow: statement 1 of policy “receipts” allows s3:GetObject.'

`excesses` and `equivalent` compare: each `Excess` holds a request that shows the difference, nothing means that there is
none, and `Undecided` says why nobody knows:

>>> list(excesses(narrow, wide, Domain.open_domain()))
[]
>>> first = next(equivalent(narrow, wide, Domain.open_domain()))
>>> first.witness.action, first.witness.resource
('s3:GetAccelerateConfiguration', 'arn:aws:s3:::receipts/x')

`validate` finds mistakes and risks in a text, and `simulate` answers as SimulateCustomPolicy does:

>>> [problem.code for problem in validate('{"Statement": {"Effect": "Allow", "Action": "s3:ListObject", "Resource": "*"}}')]
['missing-version', 'unknown-action']

A name is loaded at its first use, so importing the package is cheap.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from coffeeshop.policy.comparison.compare import equivalent, excesses
    from coffeeshop.policy.comparison.domain import Domain
    from coffeeshop.policy.evaluation.authorize import authorize
    from coffeeshop.policy.evaluation.explain import (
        NearestMiss,
        message,
        missing_keys,
        nearest_miss,
    )
    from coffeeshop.policy.evaluation.explain import explain_decision as explain
    from coffeeshop.policy.language.parse import MalformedPolicy, parse
    from coffeeshop.policy.language.printing import dumps
    from coffeeshop.policy.model import (
        PRESENT,
        Allowed,
        Condition,
        Decision,
        Element,
        Excess,
        ExplicitlyDenied,
        ImplicitlyDenied,
        Kind,
        Layer,
        Level,
        Matched,
        Place,
        Policy,
        Principal,
        Principals,
        Problem,
        Request,
        Standing,
        Statement,
        Undecided,
    )
    from coffeeshop.policy.simulation.request import SimulationError
    from coffeeshop.policy.simulation.simulate import simulate
    from coffeeshop.policy.validation.validate import validate

__all__ = [
    "PRESENT",
    "Allowed",
    "Condition",
    "Decision",
    "Domain",
    "Element",
    "Excess",
    "ExplicitlyDenied",
    "ImplicitlyDenied",
    "Kind",
    "Layer",
    "Level",
    "MalformedPolicy",
    "Matched",
    "NearestMiss",
    "Place",
    "Policy",
    "Principal",
    "Principals",
    "Problem",
    "Request",
    "SimulationError",
    "Standing",
    "Statement",
    "Undecided",
    "authorize",
    "dumps",
    "equivalent",
    "excesses",
    "explain",
    "message",
    "missing_keys",
    "nearest_miss",
    "parse",
    "simulate",
    "validate",
]  # fmt: skip

# All other names are nouns of the model.
_MODULES_BY_NAME = {
    "equivalent": "comparison.compare:equivalent",
    "excesses": "comparison.compare:excesses",
    "Domain": "comparison.domain:Domain",
    "authorize": "evaluation.authorize:authorize",
    "NearestMiss": "evaluation.explain:NearestMiss",
    "explain": "evaluation.explain:explain_decision",
    "message": "evaluation.explain:message",
    "missing_keys": "evaluation.explain:missing_keys",
    "nearest_miss": "evaluation.explain:nearest_miss",
    "MalformedPolicy": "language.parse:MalformedPolicy",
    "dumps": "language.printing:dumps",
    "parse": "language.parse:parse",
    "SimulationError": "simulation.request:SimulationError",
    "simulate": "simulation.simulate:simulate",
    "validate": "validation.validate:validate",
}


def __getattr__(name: str) -> object:
    """Load what a name stands for, once: https://peps.python.org/pep-0562/"""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, _, attribute = _MODULES_BY_NAME.get(name, f"model:{name}").partition(":")
    value = globals()[name] = getattr(import_module(f"{__name__}.{module}"), attribute)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
