"""The app: screens that show a play, and the one place that changes it."""
