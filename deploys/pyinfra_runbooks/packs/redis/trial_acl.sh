# In a container without network and data: whether a server takes an ACL, which comes over stdin, and its
# configuration. Prints what the configuration says, see settings_of, and what the server says.
#
# Usage: sh trial_acl.sh CONF SERVER APPENDONLY ACL FILE; empty ones are not known. Without an ACL that of the FILE is
# tried which its command line names, if that is mounted here; without either none is.
. "$(dirname "$0")/../../packs/redis/trial_server.sh"

find_server "$2" || server=$2
conf=''
[ ! -f "$1" ] || {
    settings_of "$1"
    without_dir "$1" || exit
    conf=/tmp/trial.conf
}
acl=${4:+/dev/stdin}
[ -n "$acl" ] || [ ! -f "${5-}" ] || acl=$5
try_server ${conf:+"$conf"} ${3:+--appendonly "$3"} --dir /proc --dbfilename version ${acl:+--aclfile "$acl"}
