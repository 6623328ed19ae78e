#!/bin/sh
# An image of a user's own. Docker gives a new volume the owner of the directory below it.
set -eu
install -d -o 999 -g 999 -m 750 "$1/var/lib/store"
