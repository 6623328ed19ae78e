"""Init: what a host runs, and a repository for it. Nothing on the host is changed.

found      what the look at the host came to
rendering  the files, as text. Pure
writing    puts them into a directory, and keeps what a person edited
known      the host's key, which a person has to know
command    the command
"""
