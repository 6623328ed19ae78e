"""Facts look at a host, in as few commands as will do, and return frozen, typed values."""
