"""The views of people, groups, roles and policies: lists, menus, forms and confirmations."""
