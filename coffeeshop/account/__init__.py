"""The simulated AWS account: pure functions from an account and an act to what came of it."""
