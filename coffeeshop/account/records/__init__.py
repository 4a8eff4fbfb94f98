"""What AWS writes down: CloudTrail's records, and an account's authorization details, written and read."""
