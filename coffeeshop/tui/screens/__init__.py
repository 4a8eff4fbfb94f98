"""One module for each screen or dialog. Each is imported when it is first shown."""
