# In a container without network and data: what a server makes of its configuration file, and of the options that come
# over stdin, a word a line. Each after "=": server none where there is none, missing and the file where that is not
# there, what the file says of the ACL, the data and saving, what stat says of the files, and modules tried.
#
# Usage: sh trial_options.sh CONF SERVER ACL; empty ones are not known
. "$(dirname "$0")/../../packs/redis/trial_server.sh"

find_server "$2" || { echo '=server none' && exit; }
conf=$1 acl=$3
set --
while IFS= read -r word; do set -- "$@" "$word"; done
[ -z "$conf" ] || [ -f "$conf" ] || { echo "=missing $conf" && conf=''; }
[ -z "$conf" ] || {
    settings=$(sed -nE 's/^[[:space:]]*(aclfile|dir|appendonly|save)[[:space:]]+/=\1 /p' "$conf")
    printf '%s\n' "$settings"
    acl=$(printf '%s\n' "$settings" | sed -n 's/^=aclfile "*\([^"]*\)"*[[:space:]]*$/\1/p' | tail -n 1)
    without_dir "$conf" || exit
}
stat -L -c '=s %F|%u|%g|%a|%i|%s|%n' -- ${conf:+"$conf"} ${acl:+"$acl"} 2>/dev/null
tried_with() { try_server ${conf:+/tmp/trial.conf} "$@" --dir /proc --dbfilename version 2>&1; }
said=$(tried_with "$@")
# The start script of Redis 8 loads modules, whose directives nobody else knows.
case $said in *"Unresolved Configuration"*)
    for module in /usr/local/lib/redis/modules/*.so; do
        [ ! -s "$module" ] || set -- "$@" --loadmodule "$module"
    done
    said=$(tried_with "$@")
    echo '=modules tried'
    ;;
esac
printf '%s\n' "$said"
