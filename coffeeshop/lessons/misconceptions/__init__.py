"""Predict what somebody who holds a misconception expects of AWS.

A misconception is a row of a table. Its rule rewrites a question, and the engine decides the
rewritten one. So the engine knows nothing of misconceptions.
"""
