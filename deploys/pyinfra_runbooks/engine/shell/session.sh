# The process that stands for the session: the first one above us that is neither a shell nor becomes
# another user. Sets session and, of those below it, the uppermost: shell.
find_session() {
    session=$$ shell=$$
    while read -r stat 2>/dev/null <"/proc/$session/stat"; do
        comm=${stat#*\(}
        # shellcheck disable=SC2086 # its fields
        set -- ${stat##*) }
        case ${comm%)*} in
            sh | ash | dash | bash | busybox | ksh | zsh | fish | sudo | su | doas | runuser) ;;
            *) break ;;
        esac
        [ "$2" -gt 1 ] || break
        shell=$session session=$2
    done
}
# Where it comes from; sudo keeps that from us, but not from root. After find_session.
origin() {
    [ -n "${SSH_CLIENT:-}" ] || SSH_CLIENT=$(tr '\0' '\n' 2>/dev/null <"/proc/$shell/environ" |
        sed -n 's/^SSH_CLIENT=//p')
    printf '%s' "${SSH_CLIENT%% *}"
}
