#!/bin/sh
# As in the official image: user redis is 999:999, whatever Debian's package chose.
set -eu
root=$1
here=$(dirname "$0")

chroot "$root" groupmod -g 999 redis
chroot "$root" usermod -u 999 -g 999 redis
chroot "$root" install -d -o redis -g redis /data
install -m 755 "$here/docker-entrypoint.sh" "$root/usr/local/bin/"
