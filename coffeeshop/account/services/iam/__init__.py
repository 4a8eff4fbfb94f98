"""The operations of IAM."""
