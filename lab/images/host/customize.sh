#!/bin/sh
# A host as an engineer finds it: Debian, sshd with keys only, Docker, and a user `deploy`.
# What differs between hosts (keys, rights of `deploy`) is set when the host starts.
set -eu
root=$1
here=$(dirname "$0")

# '*' is a password that nothing matches; '!' would count as a locked account.
chroot "$root" useradd --uid 1000 --user-group --create-home --shell /bin/bash \
    --password '*' deploy
rm -f "$root"/etc/ssh/ssh_host_*
install -m 644 "$here/sshd.conf" "$root/etc/ssh/sshd_config.d/lab.conf"
# An older one knows no penalties, and would not start.
grep -qi persourcepenalties "$root/usr/sbin/sshd" ||
    sed -i /PerSourcePenalties/d "$root/etc/ssh/sshd_config.d/lab.conf"
install -m 755 "$here/lab-host" "$here/lab-dockerd" "$here/lab-sshd" "$root/usr/local/sbin/"
mkdir -p "$root/etc/docker"
install -m 644 "$here/daemon.json" "$root/etc/docker/daemon.json"
