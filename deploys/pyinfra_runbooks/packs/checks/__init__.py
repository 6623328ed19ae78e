"""Whether a stack is healthy: its services, its checks, and what could not be seen."""
