# In a container without network and data: whether a server takes an ACL, which comes over stdin, and its
# configuration. Prints what the configuration says, see settings_of, and what the server says.
#
# Usage: sh trial_acl.sh CONF SERVER APPENDONLY ACL; empty ones are not known, and without an ACL none is tried
. "$(dirname "$0")/../../packs/redis/trial_server.sh"

find_server "$2" || server=$2
conf=''
[ ! -f "$1" ] || {
    settings_of "$1"
    without_dir "$1" || exit
    conf=/tmp/trial.conf
}
try_server ${conf:+"$conf"} ${3:+--appendonly "$3"} --dir /proc --dbfilename version ${4:+--aclfile /dev/stdin}
