"""Secret files on the host: their content, owner and mode."""
