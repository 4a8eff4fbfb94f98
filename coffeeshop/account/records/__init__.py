"""Write CloudTrail's records, and read and write an account's authorization details."""
