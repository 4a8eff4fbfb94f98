"""Assert properties of a scenario for `author check`, by kind: texts, hints, stars and checks."""
