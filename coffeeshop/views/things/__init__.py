"""People, groups, roles, policies and what can be done with each, as rows and dialogs."""
