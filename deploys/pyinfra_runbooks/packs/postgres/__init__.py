"""PostgreSQL: whether it serves, whether its role has the password that Compose gives, its disk."""

from .settings import Postgres

__all__ = ["Postgres"]
