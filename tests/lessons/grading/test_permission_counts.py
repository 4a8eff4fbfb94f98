"""The table of actions and resources, held to the definition for single actions."""

from __future__ import annotations

from coffeeshop.lessons.grading.permission_counts import action_table, all_resource_arns
from coffeeshop.policy import catalog
from coffeeshop.policy.comparison.domain import Domain
from coffeeshop.policy.language.patterns import matcher
from tests.lessons.authoring.test_mutants import scenario as course


def test_an_action_can_act_on_all_resources_that_its_formats_match():
    account = course("31-the-locked-recipe-book").opening
    arns = tuple(all_resource_arns(account))
    table = action_table(arns, account.id)
    domain = Domain.typed_domain((account.id,))
    named = ("s3:GetObject", "kms:Decrypt", "iam:PassRole", "sqs:ListQueues")
    for action in (*named, *catalog.expand_pattern("*")[::97]):
        formats = domain.resource_classes(action, account.id)
        matching = {
            arn
            for each in formats
            for arn in filter(matcher(each.pattern.tokens), ("*", *arns))
        }
        assert set(table.get(action, ())) == matching, action
    assert set(table) <= set(catalog.expand_pattern("*"))
