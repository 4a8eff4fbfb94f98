"""The grant as a drawing: who gets access, through which group, role and policy, and what holds it back."""
