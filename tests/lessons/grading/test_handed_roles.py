"""Handing a role to a service that runs code: seen by a refusal that asks about every way, though no service is simulated."""

from __future__ import annotations

from pathlib import Path

import pytest

from coffeeshop.account.escalation.run_as_role import RUNS
from tests.lessons.folder import FILES, policy, put
from tests.lessons.grading.test_grade import graded, keys, lesson, refuse
from tests.lessons.grading.test_nobody_escapes import role

RIGHT = FILES["solution.sh"]
PAYROLL = refuse(
    "payroll", "aws s3api get-object --bucket coffeeshop-payroll --key march.csv x"
)
READS = policy("s3:GetObject", on="arn:aws:s3:::coffeeshop-payroll/*")
PASSES = put(policy("iam:PassRole", on="*"), name="passes")


@pytest.mark.parametrize(
    ("service", "actions"), [(name, one) for name, sets in RUNS.items() for one in sets]
)
def test_a_role_that_a_service_would_wear_for_one_s_code_is_a_way_to_what_it_holds(
    tmp_path: Path, service: str, actions: tuple[str, ...]
):
    world = role("Machine", {"Principal": {"Service": service}}, holds=READS)
    fine = lesson(tmp_path, PAYROLL, world)
    assert keys(graded(fine, RIGHT)) == []
    runs = put(policy(*actions, on="*"), name="runs")
    assert "leak:payroll@casey" in keys(graded(fine, RIGHT + PASSES + runs))
    assert "leak:payroll@casey" not in keys(graded(fine, RIGHT + PASSES))


def test_code_for_a_function_that_somebody_else_runs_is_a_way_to_what_its_role_holds(
    tmp_path: Path,
):
    reads = f"aws iam put-role-policy --role-name espresso-role --policy-name p --policy-document '{READS}'\n"
    fine = lesson(tmp_path, PAYROLL, reads)
    codes = put(policy("lambda:UpdateFunctionCode", on="*"), name="codes")
    assert "leak:payroll@casey" in keys(graded(fine, RIGHT + codes))


def test_a_role_that_the_service_may_not_wear_is_no_way(tmp_path: Path):
    world = role("Machine", {"Principal": {"Service": "glue.amazonaws.com"}}, holds=READS)
    fine = lesson(tmp_path, PAYROLL, world)
    runs = put(policy("ec2:RunInstances", on="*"), name="runs")
    assert "leak:payroll@casey" not in keys(graded(fine, RIGHT + PASSES + runs))
