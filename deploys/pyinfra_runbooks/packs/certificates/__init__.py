"""Certificates that a service shows its clients: how long they are valid yet."""

from .settings import Certificate

__all__ = ["Certificate"]
