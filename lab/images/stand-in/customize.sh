#!/bin/sh
# Programs under the names that health checks use; what else they call is made where it is needed.
set -eu
root=$1
ln -s /usr/bin/python3 "$root/usr/local/bin/python"
ln -s /usr/bin/redis-cli "$root/usr/local/bin/valkey-cli"
mkdir -p "$root/lab"
