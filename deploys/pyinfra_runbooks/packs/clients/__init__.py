"""What uses Redis: the API, and what that needs to serve."""
