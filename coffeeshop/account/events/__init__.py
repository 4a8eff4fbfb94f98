"""Write the records that CloudTrail makes of calls, and keep an account's event history."""
