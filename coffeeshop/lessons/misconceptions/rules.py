"""Name the rules, and let the engine decide a question by one of them."""

from __future__ import annotations

from collections.abc import Mapping

from coffeeshop.lessons.misconceptions import (
    account_rules,
    call_rules,
    combination_rules,
    statement_rules,
)
from coffeeshop.lessons.misconceptions.call_rules import CallRule
from coffeeshop.lessons.misconceptions.question import Question, Rule
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.simulation.simulate import EvalDecision, decision_name

# By the name that a row of the table has as its `rule`.
MISCONCEPTION_RULES: Mapping[str, Rule] = {
    "narrower-allow-wins": combination_rules.narrower_allow_wins,
    "allowed-unless-denied": combination_rules.allowed_unless_denied,
    "bucket-covers-objects": statement_rules.bucket_covers_objects,
    "call-name-is-action": statement_rules.call_name_is_action,
    "role-adds": account_rules.role_adds,
    "session-ends-with-source": account_rules.session_ends_with_source,
    "one-side-is-enough": combination_rules.one_side_is_enough,
    "policies-limit-root": account_rules.policies_limit_root,
    "device-means-code": account_rules.device_means_code,
    "false-matches-missing": statement_rules.false_matches_missing,
    "limits-grant": combination_rules.limits_grant,
    "not-action-denies": statement_rules.not_action_denies,
    "passing-needs-nothing": combination_rules.passing_needs_nothing,
    "account-means-root-user": statement_rules.account_means_root_user,
    "deleting-ends-leak": account_rules.deleting_ends_leak,
    "tags-are-labels": statement_rules.tags_are_labels,
    "key-is-always-there": statement_rules.key_is_always_there,
    "leaving-takes-everything": account_rules.leaving_takes_everything,
    "version-is-decoration": statement_rules.version_is_decoration,
    "service-needs-no-key": combination_rules.service_needs_no_key,
    "administrator-opens-keys": combination_rules.administrator_opens_keys,
    "token-is-our-own": statement_rules.token_is_our_own,
    "every-run-is-reviewed": statement_rules.every_run_is_reviewed,
    "star-in-every-condition": statement_rules.star_in_every_condition,
    "objects-cover-bucket": statement_rules.objects_cover_bucket,
    "missing-key-is-left-out": statement_rules.missing_key_is_left_out,
    "code-key-means-code": statement_rules.code_key_means_code,
    "last-group-replaces": account_rules.last_group_replaces,
    "group-replaces-own": account_rules.group_replaces_own,
    "membership-is-enough": account_rules.membership_is_enough,
    "administrators-ignore-bucket-denies": combination_rules.administrators_ignore_bucket_denies,
    "resource-policy-crosses": combination_rules.resource_policy_crosses,
    "inline-beats-managed": combination_rules.inline_beats_managed,
    "last-statement-wins": combination_rules.last_statement_wins,
    "first-statement-wins": combination_rules.first_statement_wins,
    "user-beats-group": combination_rules.user_beats_group,
    "deny-stays-in-policy": combination_rules.deny_stays_in_policy,
    "session-policy-adds": combination_rules.session_policy_adds,
    "scps-bind-management": combination_rules.scps_bind_management,
    "root-is-above-scps": combination_rules.root_is_above_scps,
    "star-means-own-account": statement_rules.star_means_own_account,
    "passing-assumes": combination_rules.passing_assumes,
    "conditions-follow-service": combination_rules.conditions_follow_service,
    "all-values-need-key": statement_rules.all_values_need_key,
    "session-keeps-permissions": account_rules.session_keeps_permissions,
    "trust-grants": combination_rules.trust_grants,
    "deny-allows-the-rest": statement_rules.deny_allows_the_rest,
    "star-stops-at-slash": statement_rules.star_stops_at_slash,
    "both-sides-are-needed": combination_rules.both_sides_are_needed,
    "resource-allow-beats-deny": combination_rules.resource_allow_beats_deny,
    "actions-match-case": statement_rules.actions_match_case,
    "case-is-ignored": statement_rules.case_is_ignored,
    "any-condition-is-enough": statement_rules.any_condition_is_enough,
    "all-values-must-match": statement_rules.all_values_must_match,
    "partner-calls-for-us": combination_rules.partner_calls_for_us,
    "account-lets-everyone-in": statement_rules.account_lets_everyone_in,
    "deny-stops-the-past": combination_rules.deny_stops_the_past,
    "new-key-replaces-old": account_rules.new_key_replaces_old,
    "name-is-enough": account_rules.name_is_enough,
    "session-policy-limits-role": account_rules.session_policy_limits_role,
    "old-versions-are-dead": account_rules.old_versions_are_dead,
    "named-fix-is-enough": account_rules.named_fix_is_enough,
    "service-works-for-us": combination_rules.service_works_for_us,
    "creating-gives-permissions": account_rules.creating_gives_permissions,
}
CALL_RULES: Mapping[str, CallRule] = {
    "group-acts-like-user": call_rules.group_acts_like_user,
    "inactive-key-is-gone": call_rules.inactive_key_is_gone,
    "deleting-user-removes-rest": call_rules.deleting_user_removes_rest,
}


def decide(question: Question, rule: Rule | None = None) -> EvalDecision:
    """Return AWS's decision in one word, or the one that a changed rule predicts."""
    changed = rule(question) if rule else question
    if isinstance(changed, Question):
        return decision_name(authorize(changed.standing, changed.request))
    return changed
