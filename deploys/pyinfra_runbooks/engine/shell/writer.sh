# Writes a file as who may: this user, or root in a container that has no more of the host than that file. What is
# written comes over stdin, after a line with its length in bytes.
#
# Usage: sh writer.sh put|own PATH OWNER GROUP MODE      see put.sh
#        sh writer.sh note|make_locks PATH GROUP
#        sh writer.sh keep_pause|end_pause PATH
. "$(dirname "$0")/../../engine/shell/put.sh"
LC_ALL=C
export LC_ALL

# note PATH GROUP: a line of its own at the end of the audit, which that group may read. It says so once it is
# there: {"step":"noted",...}. A line that was left unfinished there is no part of it.
note() {
    umask 027
    mkdir -p "${1%/*}" && { [ -e "$1" ] || : >>"$1"; } &&
        chgrp "$2" "${1%/*}" "$1" && chmod 750 "${1%/*}" && chmod 640 "$1" || return
    [ -z "$(tail -c 1 -- "$1")" ] || echo >>"$1"
    printf '%s\n' "$content" >>"$1" || return
    # Others may have added theirs meanwhile.
    tail -n 50 -- "$1" | while IFS= read -r last; do
        [ "$last" != "$content" ] || printf '{"step":"noted","path":"%s","bytes":%s}\n' \
            "$(json "$1")" "$(length_of "$content")"
    done
}
make_locks() { mkdir -p "$1" && chmod 770 "$1" && chown "0:$2" "$1"; }
keep_pause() { mkdir -p "${1%/*}" && chmod 755 "${1%/*}" && put "$1" '' '' 644; }
end_pause() { rm -f "$1" && [ ! -e "$1" ] && echo '{"step":"removed"}'; }

receive && "$@"
