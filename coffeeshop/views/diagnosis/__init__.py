"""Explain one of AWS's refusals, and its fix, in plain English."""
