# The audit on the host. It is appended to, by root, and may be read by who may use Docker.
#
# Set before: audit_log (its path); entry (what the controller knows of a line, JSON members; it came
# over stdin, as whatever is in a process' arguments can be read by everybody on the host).

# note RESULT SAID SECONDS: one line, here and in the syslog where there is one. Fails where it is not
# proved to be in the audit.
note() {
    find_session
    audit_line="{\"time\":\"$(date -u +%Y-%m-%dT%H:%M:%SZ)\",$entry,\"as\":\"$(id -un)\",\"from\":\"$(origin)\",\"result\":\"$1\",\"said\":\"$(
        printf '%s' "$2" | tr '\n\t' '  ' | tr -cd '\40-\176' | cut -c 1-600 | sed 's/[\\"]/\\&/g'
    )\",\"seconds\":$3}"
    directory_of_log=${audit_log%/*}
    group=$(stat -c %g /var/run/docker.sock 2>/dev/null) || group=0
    noted=$(printf '%s' "$audit_line" | as_owner "$directory_of_log/" "umask 027
        mkdir -p '$directory_of_log' && { [ -e '$audit_log' ] || : >>'$audit_log'; } &&
            chgrp '$group' '$directory_of_log' '$audit_log' && chmod 750 '$directory_of_log' &&
            chmod 640 '$audit_log' && append '$audit_log'" CHOWN FOWNER)
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
