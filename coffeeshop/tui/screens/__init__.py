"""One module for each screen or dialog; all are imported when they are first shown."""
