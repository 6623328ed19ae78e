# Redis itself says whether it takes its ACL and its configuration, and what data it would read: the
# very image and binary, in a container without network and data that may do nothing. Where that fails
# for a reason of its own, nothing is known.
#
# + step: restart, recreate or another one: whose command line counts
# + service: what Compose calls it
# + image, image_name: the image that is tried, and its name
# + id: its container; empty: there is none
# + program: the name of the server that runs there; empty: not known
# + conf, mounts: a configuration file that is mounted, and options of docker run, one a line, that mount what it may
#   read
# + data, data_mount: the directory of its data, and the option that mounts it; empty: nothing
# + acl_path, new_acl: where its ACL file is, and what is to be in it; empty: it is none of ours
. "$(dirname "$0")/../../engine/shell/text_of.sh"
. "$(dirname "$0")/../../engine/shell/log.sh"
. "$(dirname "$0")/../../engine/shell/reading.sh"
: "${step:=restart}" "${service=}" "${image=}" "${image_name=}" "${program=}" "${conf=}" "${mounts=}" "${data:=/data}"
: "${data_mount=}" "${acl_path=}" "${new_acl=}"
trial_acl_sh=$(text_of packs/redis/trial_acl.sh)
trial_data_sh=$(text_of packs/redis/trial_data.sh)
settings='' answer=''

# in_trial OPTION... SCRIPT ARGUMENT...: runs sh in such a container, of this image.
in_trial() {
    docker_with_input run --rm -i --pull never --network none --log-driver none --read-only --tmpfs /tmp \
        --label "$helper_label=$$" --label com.docker.compose.project= --label com.docker.compose.service= \
        --cap-drop ALL --cap-add DAC_OVERRIDE --security-opt no-new-privileges --user 0:0 "$@" 2>&1 && return
    ended=$?
    case $ended in
        124 | 137 | 143)
            # Docker was ended by its deadline, and the container runs: a shell in it minds no such signal.
            left_running=$(docker ps --quiet --filter "label=$helper_label=$$" 2>/dev/null)
            [ -z "$left_running" ] || docker rm --force --volumes $left_running >/dev/null 2>&1
            ;;
    esac
    return "$ended"
}
# The words of the command line, one a line: of the container that is there, or of the one that Compose
# is to make, which has from its image what is not declared. They may hold a password, and are only
# looked at here.
command_line() {
    if [ -n "$id" ] && [ "$step" != recreate ]; then
        docker inspect --type container --format '{{json .Path}}{{range .Args}} {{json .}}{{end}}' "$id"
        return
    fi
    declared=$(compose config --format json 2>/dev/null | service=$service awk '
        /^    "/ { here = index($0, "    \"" ENVIRON["service"] "\":") == 1 }
        here && /^      "(command|entrypoint)": \[$/ { listed = 1; next }
        /^      \]/ { listed = 0 }
        listed { sub(/,$/, ""); print }')
    brought=$(docker image inspect --format \
        '{{range .Config.Entrypoint}}{{json .}} {{end}}{{range .Config.Cmd}}{{json .}} {{end}}' "$image")
    # Where only options are declared, the image still says which server they are for.
    [ -z "$declared" ] || brought=$(printf '%s\n' "$brought" | tr ' ' '\n' | grep -E '(redis|valkey|keydb)-server"$')
    printf '%s\n' "$brought" "$declared"
}
# What of it says which server runs, and what data that reads.
settings_of_command_line() {
    command_line | tr -s ' "' '\n\n' | awk '
        # What a shell makes of a word, nobody knows before.
        name == "aclfile" && /[$`]/ { name = ""; next }
        name != "" { print /[$`]/ ? "=unknown --" name : "=" name " " $0; name = ""; next }
        tolower($0) ~ /^--(dir|dbfilename|appendonly|maxmemory|maxmemory-policy|aclfile)$/ { name = tolower(substr($0, 3)); next }
        /\.conf$/ && !conf { conf = $0 }
        { sub(/.*\//, "") }
        /^(redis|valkey|keydb)-server$/ { server = $0 }
        END { print "=server " server; print "=conf " conf }'
}
# setting NAME: its last value; nothing if there is none
setting() { printf '%s\n' "$settings" | sed -n "s/^=$1 \"*\([^\"]*\)\"*\$/\1/p" | tail -n 1; }

# Prints what the server would read when it starts next, each line after "=": next (aof or rdb), and what
# its configuration says of the data and of the memory; or untried, and why; or fails with why it would not start.
# Its own data directory need not be there.
try_acl() {
    settings=$(settings_of_command_line)
    named=$(setting conf) # it may be in a directory that is mounted
    program=${program:-$(setting server)}
    IFS=$line
    set -- $mounts
    unset IFS
    answer=$(printf '%s\n' "$new_acl" | in_trial "$@" --tmpfs "$data" --entrypoint sh "$image" -c "$trial_acl_sh" \
        trial "${named:-$conf}" "$program" "$(setting appendonly)" "$acl_path" "$(setting aclfile)")
    verdict 'the new ACL'
    printf '%s\n' "$answer" "$settings" | sed -nE '/^=(dir|dbfilename|maxmemory|maxmemory-policy|unknown) /p'
}
# verdict WHAT: of what a server said, in answer, that got as far as its data, or no further than WHAT.
verdict() {
    last_said=$(printf '%s\n' "$answer" | server_words | tail -n 4)
    case $answer in
        *append-only*) echo '=next aof' ;;
        *'Wrong signature'*) echo '=next rdb' ;;
        *'ACL errors'*) fail "Redis refuses $1: $(printf '%s\n' "${answer##*ACL errors: }" | head -n 1 | shown_safely)" ;;
        *'FATAL CONFIG FILE ERROR'*"No such file or directory"*) not_tried ;;
        # Redis 8 says so of the directives of modules as well, which its image's start script loads.
        *'FATAL CONFIG FILE ERROR'* | *'=modules tried'*'Unresolved Configuration'*) fail "${tries:-its ACL and configuration} were tried, and it does not start: $last_said" ;;
        *) not_tried ;;
    esac
}
not_tried() {
    last_said=${last_said:-${answer:+what it said may hold a value, and is not shown}}
    echo "=untried $(printf '%s' "${last_said:-it said nothing}" | tr '\n"' '  ')"
}

# An older Redis can't read what a newer one wrote. Where no container tells which one that was, the
# image itself does, of the first bytes of each file alone.
try_data() {
    [ -z "$id" ] && [ -n "$data_mount" ] || return 0
    settings=$(settings_of_command_line)
    program=${program:-$(setting server)}
    answer=$(data_answer)
    too_new
}
data_answer() {
    in_trial "$data_mount" --entrypoint sh "$image" -c "$trial_data_sh" trial "$data" "$program" </dev/null
}
too_new() {
    case $answer in
        *'RDB format version'*)
            fail "a newer Redis wrote its data, and $image_name can't read that: $(
                printf '%s\n' "$answer" | sed -n 's/.*\(RDB format version [0-9]*\).*/\1/p' | head -n 1)"
            ;;
    esac
}
