# Asks Redis, logged in. How to reach it, a function `inside`, is of who uses this.
#
# + login_lines: the AUTH commands, one a line; empty: it gets none
# + logins_n: how many answers they give
: "${login_lines=}" "${logins_n:=0}"

# ask LINE...: what it answers. The logins' own answers are left out.
ask() { { logged_in; printf '%s\n' "$@"; } | inside | tail -n "+$((logins_n + 1))"; }
logged_in() { [ -z "$login_lines" ] || printf '%s\n' "$login_lines"; }
