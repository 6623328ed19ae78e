"""Jobs: the runbooks, run by a timer or an event instead of a person."""
