#!/bin/sh
# As in the official image: user postgres is 999:999, and no cluster until the first start.
set -eu
root=$1
here=$(dirname "$0")

chroot "$root" pg_dropcluster --stop 17 main || true
chroot "$root" groupmod -g 999 postgres
chroot "$root" usermod -u 999 -g 999 postgres
chroot "$root" install -d -o postgres -g postgres -m 700 /var/lib/postgresql/data
chroot "$root" install -d -o postgres -g postgres -m 2775 /var/run/postgresql
install -m 755 "$here/docker-entrypoint.sh" "$root/usr/local/bin/"
# JIT compilation would be half of the image; the server goes without if it is not there.
rm -rf "$root"/usr/lib/postgresql/17/lib/llvmjit* "$root"/usr/lib/postgresql/17/lib/bitcode
find "$root"/usr/lib -name 'libLLVM*' -delete
