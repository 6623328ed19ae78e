#!/bin/sh
# Takes packages of another suite into a new root directory: add.sh SUITE PACKAGE... ROOT
# The rest stays what its own suite has; the mirror is the one that this came from.
set -eu
suite=$1
shift
packages=
while [ $# -gt 1 ]; do
    packages="$packages $1/$suite"
    shift
done
root=$1
list=$root/etc/apt/sources.list.d/other.list
apt() { APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get --quiet "$@"; }

sed -n "s/ [a-z]* main\$/ $suite main/p;T;q" "$root/etc/apt/sources.list" >"$list"
apt update
# shellcheck disable=SC2086 # a list
apt --yes --no-install-recommends -o DPkg::Chroot-Directory="$root" install $packages
rm "$list"
