"""What each operation does once it is allowed, a module for each service."""
