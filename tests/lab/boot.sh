#!/bin/sh
# Boots this machine's systemd over this machine's files, in namespaces of its own (unshare(1)):
#
#     boot.sh DIRECTORY SHARED...
#
# What it writes goes to memory, and with it. SHARED are directories that are the same inside.
set -eu
# By hand it would mount over this machine's own.
[ "$$" = 1 ] || { echo "not in a PID namespace of its own" >&2; exit 1; }
place=$1
shift

mount --make-rprivate /
mount -t tmpfs tmpfs "$place"
root=$place/root
mkdir "$place/upper" "$place/work" "$root"
mount -t overlay -o "lowerdir=/,upperdir=$place/upper,workdir=$place/work" overlay "$root"

mount -t proc proc "$root/proc"
mount --bind /sys "$root/sys"
# The kernel is this machine's, too: nothing there may set it up again, nor load modules into it.
mount --bind "$root/proc/sys" "$root/proc/sys"
for directory in proc/sys sys; do
    mount -o remount,bind,ro "$root/$directory"
done
for directory in run tmp dev; do
    mount -t tmpfs tmpfs "$root/$directory"
done
for device in null zero full random urandom tty; do
    : >"$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
done
ln -s /proc/self/fd "$root/dev/fd"
ln -s pts/ptmx "$root/dev/ptmx"
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts devpts "$root/dev/pts"

# Groups of its own: the only kind that there is, or, beside the old ones, the two that it needs.
mount -t tmpfs tmpfs "$root/sys/fs/cgroup"
if [ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ]; then
    mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
else
    mkdir "$root/sys/fs/cgroup/systemd" "$root/sys/fs/cgroup/unified"
    mount -t cgroup -o none,name=systemd cgroup "$root/sys/fs/cgroup/systemd"
    mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup/unified"
fi

# None of what this machine starts by itself.
rm -rf "$root"/etc/systemd/system/*.wants
for directory; do
    mkdir -p "$root$directory"
    mount --bind "$directory" "$root$directory"
done
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin container=other \
    setpriv --bounding-set=-sys_module,-sys_time,-sys_boot \
    chroot "$root" /lib/systemd/systemd --system --unit=basic.target --show-status=no
