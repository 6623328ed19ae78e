# The audit on the host. It is appended to, by root, and may be read by who may use Docker.
#
# + audit_log: its path; default: none
. "$(dirname "$0")/../../engine/shell/privileged.sh"
. "$(dirname "$0")/../../engine/shell/session.sh"
: "${audit_log=}"

# read_entry: the first line that comes over stdin is what the controller knows of a line, JSON members: whatever
# is in a process' arguments can be read by everybody on the host.
read_entry() {
    IFS= read -r entry || {
        echo 'the line for the audit did not arrive; nothing was changed' >&2
        exit 1
    }
}
# note RESULT SAID SECONDS: one line, here and in the syslog where there is one. Fails where it is not
# proved to be in the audit.
note() {
    find_session
    audit_line="{\"time\":\"$(date -u +%Y-%m-%dT%H:%M:%SZ)\",$entry,\"as\":\"$(id -un)\",\"from\":\"$(origin)\",\"result\":\"$1\",\"said\":\"$(
        printf '%s' "$2" | tr '\n\t' '  ' | tr -cd '\40-\176' | cut -c 1-600 | sed 's/[\\"]/\\&/g'
    )\",\"seconds\":$3}"
    noted=$(printf '%s' "$audit_line" | as_user_or_root "${audit_log%/*}/" 'CHOWN FOWNER' note "$audit_log" "$(docker_group)")
    [ ! -S /dev/log ] || ! command -v logger >/dev/null ||
        printf '%s\n' "$audit_line" | logger -t pyinfra-runbooks
    case $noted in
        '{"step":"noted",'*) ;;
        *)
            echo "the audit line could not be written to $audit_log: $audit_line" >&2
            return 1
            ;;
    esac
}
