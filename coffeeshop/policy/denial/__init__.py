"""Read the texts with which AWS refuses a call, from logs, tools and services."""
