"""`access` lists the programs outside AWS that a trust policy lets in, and what they can do in its role."""

from __future__ import annotations

from pathlib import Path

from coffeeshop.lessons.play.save_names import save_path
from tests.plain.session import session
from tests.views.plays import scenario


def test_every_workload_that_a_trust_policy_lets_in_is_listed(tmp_path: Path):
    with session(save_path(tmp_path, "ana")) as plain:
        plain("play 34")
        before = plain("access")
        assert "shop" in before
        assert (
            "main ▸ MenuDeploy, new-soup ▸ MenuDeploy, pull-request ▸ MenuDeploy" in before
        )
        for call in scenario("34").solution.splitlines():
            if call.startswith("aws "):
                plain(call)
        after = plain("access")
        assert "shop" in after
        assert "main" in after
        assert "shop ▸ MenuDeploy, main ▸ MenuPreview" in after
        assert "new-soup" not in "\n".join(after)
        of_role = "\n".join(plain("access MenuPreview"))
        assert "asked for by: A run on the branch main" in of_role
        assert "sts:AssumeRoleWithWebIdentity" in of_role
        assert "No one here" not in "\n".join(plain("access shop"))


def test_no_run_of_a_pull_request_is_called_one_of_a_branch(tmp_path: Path):
    with session(save_path(tmp_path, "ana")) as plain:
        plain("play 34")
        lines = "\n".join((*plain("brief"), *plain("open")))
    assert "A run of a pull request assumes the role MenuDeploy" in lines
    assert "A run on the branch new-soup assumes the role MenuDeploy" in lines
    assert "A run of Main" not in lines
    assert "A run of Pull-request" not in lines
