#!/bin/sh
# The directories that the official image has; it runs as root, too.
set -eu
mkdir -p "$1/config/caddy" "$1/data/caddy" "$1/etc/caddy" "$1/srv"
