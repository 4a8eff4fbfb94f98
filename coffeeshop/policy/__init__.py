"""The policy language: parse, authorize, validate, compare and explain; pure, standard library only."""
