"""The views of the policy editor: meaning, problems, proposals and the effect of a change."""
