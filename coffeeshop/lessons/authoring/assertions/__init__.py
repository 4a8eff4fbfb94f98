"""What `author check` asserts of a scenario, by kind: what is told, how it is helped, what it earns, what is proven."""
