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
        row = next(n for n, text in enumerate(after) if "new-soup" in text)
        assert after[row] == "new-soup, pull-request"
        assert after[row + 1].strip() == "nothing"
        of_role = "\n".join(plain("access MenuPreview"))
        assert "asked for by: A run on the main branch" in of_role
        assert "sts:AssumeRoleWithWebIdentity" in of_role
        assert "No one here" not in "\n".join(plain("access shop"))


def test_no_run_of_a_pull_request_is_called_one_of_a_branch(tmp_path: Path):
    with session(save_path(tmp_path, "ana")) as plain:
        plain("play 34")
        lines = "\n".join((*plain("brief"), *plain("open")))
    assert "A run for a pull request assumes MenuDeploy" in lines
    assert "A run on the new-soup branch assumes MenuDeploy" in lines
    assert "A run of Main" not in lines
    assert "A run of Pull-request" not in lines


def test_reading_a_bucket_alone_is_not_called_reading_its_objects(tmp_path: Path):
    bucket = "arn:aws:s3:::acme-reports"
    put = (
        "aws iam put-user-policy --user-name app --policy-name web --policy-document "
        '\'{"Version": "2012-10-17", "Statement": {"Effect": "Allow", '
        '"Action": "s3:*", "Resource": RESOURCE}}\''
    )
    words_by_resource = {
        f'"{bucket}"': "list, read (the bucket only), write (the bucket only)",
        f'"{bucket}/*"': "list (parts of uploads), read, write",
        f'["{bucket}", "{bucket}/*"]': "list, read, write",
        '"*"': "list, read, write",
    }
    with session(save_path(tmp_path, "ana")) as plain:
        plain("play own-shop")
        plain(f"aws s3api create-bucket --bucket {bucket.rpartition(':')[2]}")
        plain("aws iam create-user --user-name app")
        plain("aws iam create-access-key --user-name app")
        for resource, words in words_by_resource.items():
            plain(put.replace("RESOURCE", resource))
            allowed = [line for line in plain("draw app") if "allowed: app" in line]
            (drawn,) = (line for line in allowed if "bucket acme-reports" in line)
            assert f": {words}, tagging" in drawn
            texts = "\n".join(plain("access app"))
            assert ("read (the bucket only)" in texts) == ("bucket only" in words)
            assert "bucket only" not in "\n".join(plain("access ada"))
            assert "bucket only" not in "\n".join(plain("draw root"))
