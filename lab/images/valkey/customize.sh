#!/bin/sh
# As in the official image: user valkey is 999:999, though another user has that number in this
# suite, and Redis' names work, too.
set -eu
root=$1
here=$(dirname "$0")

chroot "$root" groupmod --non-unique -g 999 valkey
chroot "$root" usermod --non-unique -u 999 -g 999 valkey
chroot "$root" install -d -o valkey -g valkey /data
for program in server cli; do
    ln -sf "/usr/bin/valkey-$program" "$root/usr/local/bin/redis-$program"
done
install -m 755 "$here/docker-entrypoint.sh" "$root/usr/local/bin/"
