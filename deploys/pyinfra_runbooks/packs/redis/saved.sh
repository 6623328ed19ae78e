# What Redis holds is proved to be saved before it is stopped, and to be loaded after it.
#
# + step: what is done: restart, recreate or another one
# + data: the directory of its data
# + fleeting: not empty: what it has on disk goes with its container, so it may have nothing there
# + unsaved: accept: it may be stopped though nobody can log in to save, and without what it has in memory only
. "$(dirname "$0")/../../engine/shell/text_of.sh"
. "$(dirname "$0")/../../packs/redis/served.sh"
. "$(dirname "$0")/../../engine/shell/kept.sh"
. "$(dirname "$0")/../../packs/redis/acl_file.sh"
: "${step=}" "${data:=/data}" "${fleeting=}" "${unsaved:=refuse}"
save_sh=$(text_of packs/redis/save.sh)

# Of an earlier save the number, and what it will read when it starts next; whether its writes are held back; the
# proof; what was loaded; and the copy of what was saved.
earlier='' next='' paused='' saved='' loaded='' copy=''

# of PROOF NAME: a value of it; nothing if it has none
of() { printf '%s\n' "$1" | sed -n "s/.*\"$2\":\"*\([^\",}]*\)[\",}].*/\1/p"; }

# proved_save HOLD: prints the proof that what it holds is saved, or "!" and why it is not.
proved_save() {
    [ -n "$id" ] || return 0
    why='it does not say that its data is saved'
    for _ in 1 2 3 4 5; do
        look_up "$id" || break
        case $status in
            running) ;;
            paused) break ;;
            *)
                goes=''
                [ "$step:$status" = recreate:gone ] || [ "$step" != recreate ] || goes=$(goes_with_it)
                [ -n "$goes" ] || echo '{"step":"saved","how":"it was not running"}'
                [ -z "$goes" ] || printf '!%s\n' "$goes"
                return
                ;;
        esac
        if [ "$unsaved" = accept ] && judge && [ "$seen" = nobody ]; then
            echo '{"step":"saved","how":"accepted: nobody can log in"}'
            return
        fi
        said=$(by_itself "$1" 2>/dev/null)
        case $said in
            '{"step":"saved",'*'"}')
                printf '%s\n' "$said"
                return
                ;;
            *!*) why=${said##*!} && break ;;
        esac
        # What stops by itself at this moment, in a restart loop, can't be entered, nor saved.
        sleep 0.3
    done
    printf '!%s\n' "$why"
}
# by_itself HOLD: what it says of its saving, asked in its container.
by_itself() {
    set -- exec -i -e hold="$1" -e earlier="$earlier" -e next="$next" -e save="$save" -e data="$data" \
        -e fleeting="$fleeting" -e unsaved="$unsaved" -e logins_n="$logins_n" \
        -e reach="$reach" -e shared="$shared" -e ask_sh="$ask_sh"
    if [ -n "$sought" ]; then
        set -- "$@" -e look_for="$look_for" -e does="$save_sh" "$id" sh -c "$with_login_sh"
        logged_in | by_login | with_patience $((save + patience)) docker_with_input "$@" | sed -n '/^r$/,$p' | sed 1d
    else
        logged_in | with_patience $((save + patience)) docker_with_input "$@" "$id" sh -c "$save_sh"
    fi
}
# Why a stopped one is not made again: what would go with it. Where its data is, only a running one tells.
goes_with_it() {
    if [ -n "$fleeting" ]; then found=$(kept_by "$id"); else found=$(own_files_of "$id"); fi || {
        echo "what would go with its container is not known: $found"
        return
    }
    [ -z "$found" ] || echo "$found would go with its container: copy it (docker cp), then give it a volume"
}

# Everything is saved, and no client writes for so many seconds more. Sets saved.
# shellcheck disable=SC2034 # for what uses this
hold_and_save() {
    paused=yes
    saved=$(proved_save $((save + $1)))
    copy=$(of "$saved" copy)
    [ "$(of "$saved" held)" != no ] || paused=''
    case $saved in
        '{"step":"saved",'*) printf '%s\n' "$saved" ;;
        *)
            acl_as_it_was || echo "its ACL file could not be put back"
            fail "${saved#!}; nothing was stopped"
            ;;
    esac
}
unpaused() { case $(ask 'CLIENT UNPAUSE') in '"OK"' | *NOPERM*) ;; *) return 1 ;; esac; }
drop_copy() {
    [ -n "$copy" ] || return 0
    ! docker exec "$id" rm -f -- "$copy" 2>/dev/null || copy=''
}

# Judged by what it loads from, and never by how many keys it has: what expires is no loss.
loaded_what_was_saved() {
    why=''
    # What INFO alone proved was a dump.
    case $(of "$saved" how | sed 's/INFO/RDB/'):$(value aof_enabled) in
        AOF*:1)
            loaded=$(value aof_current_size)
            printf '%s\n' "$info" | grep -q '^aof_last_write_status:ok$' || why='its last write to the AOF failed'
            [ "$loaded" -ge "$(of "$saved" aof_size)" ] || [ "$(value aof_rewrites)" -gt 0 ] ||
                why="its AOF has $loaded bytes, and had $(of "$saved" aof_size)"
            ;;
        AOF:* | RDB:1) why='it reads another kind of file than it wrote' ;;
        *RDB:*)
            loaded=$(($(value rdb_last_load_keys_loaded) + $(value rdb_last_load_keys_expired)))
            # Whose writes were not held back may have deleted some since.
            [ "$(of "$saved" held):$loaded" = no:0 ] || [ "$(of "$saved" held)" != no ] || return 0
            [ "$loaded" -ge "$(of "$saved" keys)" ] ||
                why="it loaded $loaded keys, and $(of "$saved" keys) were saved"
            ;;
    esac
    [ -z "$why" ]
}
# value FIELD: a number of INFO persistence; 0 where it has none
value() {
    found=$(printf '%s\n' "$info" | sed -n "s/^$1:\([0-9][0-9]*\)$/\1/p")
    echo "${found:-0}"
}
