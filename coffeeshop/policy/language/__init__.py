"""The words of a policy: its JSON, its grammar, ARNs, principals, variables and condition operators."""
