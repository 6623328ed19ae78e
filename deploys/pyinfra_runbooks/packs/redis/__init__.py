"""Redis, or Valkey: its container, its data, its ACL."""
