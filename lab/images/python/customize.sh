#!/bin/sh
# Debian's packages are all that is needed; code is mounted into /app.
set -eu
mkdir -p "$1/app"
