"""Incident runbooks as code, on pyinfra."""
