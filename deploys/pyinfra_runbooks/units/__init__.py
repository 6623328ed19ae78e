"""systemd's unit files for runs that no person starts, as text. Pure.

The files are beside this module, as a person can read them; values are put into them escaped.
"""
