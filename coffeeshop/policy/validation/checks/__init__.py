"""The checks of validation: each looks at a statement, or at the whole, and yields rows of `policy.validation.issues`."""
