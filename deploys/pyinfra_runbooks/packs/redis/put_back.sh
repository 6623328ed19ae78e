# The container that was there runs again, whatever became of the one that was to be in its place.
#
# Compose no longer describes it; it can be had back from the engine itself, by its own create request. That this
# works is proved before anything is stopped: the engine takes the request under another name, without labels (by
# which Compose would find it), and what it makes is never started.
#
# + container: its id; empty: there was none
# + followers: the ids of those who live in its network, one a line
. "$(dirname "$0")/../../engine/shell/recreate.sh"
. "$(dirname "$0")/../../packs/redis/saved.sh"
. "$(dirname "$0")/../../engine/shell/log.sh"
: "${container=}" "${followers=}"

# What was made in its place; since when it runs as before; and how it served before, where that may be without a login.
made_again='' started_before='' name='' refused='' before=''

# remember: keeps the container's create request. It holds the environment, so it stays in this memory.
remember() {
    parts=$(docker inspect --type container --format \
        '{{json .Name}}{{"\n"}}{{json .HostConfig}}{{"\n"}}{{json .Config}}{{range $name, $end := .NetworkSettings.Networks}}{{"\n"}}{{$name}} {{json $end}}{{end}}' \
        "$id") || fail 'docker inspect failed; nothing was changed'
    name=${parts%%"$line"*} parts=${parts#*"$line"}
    host_config=${parts%%"$line"*} parts=${parts#*"$line"}
    config=${parts%%"$line"*}
    endpoints=${parts#"$config"} endpoints=${endpoints#"$line"}
    name=${name#\"/} name=${name%\"}
    case $name$host_config$config in
        '' | *"$line"*) fail 'docker inspect is not understood; nothing was changed' ;;
    esac
    made_by_engine "pyinfra-runbooks-rehearsal-$id" ",\"Labels\":null,\"Image\":\"$running\"" ||
        fail "the engine would refuse to put the former container back ($refused); nothing was changed"
    tried rehearsal_removed ||
        echo "this container never ran, and is not needed: docker rm pyinfra-runbooks-rehearsal-$id"
}
rehearsal_removed() {
    case $(engine -X DELETE --write-out '%{http_code}' "http://docker/containers/$made_id?v=true" 2>&1) in
        *204 | *404) ;;
        *) return 1 ;;
    esac
}
# create_again: the container as it was; sets id, and made_again. What an earlier attempt made and did not
# tell is in its way, and was never started.
create_again() {
    keep_image "$running" || return
    [ "$(docker inspect --type container --format '{{.State.Status}}' "$name" 2>/dev/null)" != created ] ||
        docker rm -f "$name" >/dev/null 2>&1
    made_by_engine "$name" '' && created=0 || created=1
    names_back
    [ "$created" != 0 ] || id=$made_id made_again=$made_id
    return "$created"
}
# made_by_engine NAME MEMBERS: sets made_id, or refused. Engines before 25 take one network at the
# creation; the others are connected one by one.
made_by_engine() {
    engine -X DELETE "http://docker/containers/pyinfra-runbooks-rehearsal-$id?v=true" >/dev/null 2>&1
    first=${endpoints%%"$line"*} others=${endpoints#"$first"}
    at_first=
    [ -z "$first" ] || at_first="\"${first%% *}\":${first#* }"
    refused=$(printf '%s' "${config%\}}$2,\"HostConfig\":$host_config,\"NetworkingConfig\":{\"EndpointsConfig\":{$at_first}}}" |
        engine -H 'Content-Type: application/json' -d @- "http://docker/containers/create?name=$1" 2>&1)
    made_id=$(printf '%s\n' "$refused" | sed -n 's/.*"Id":"\([0-9a-f]\{64\}\)".*/\1/p')
    refused=$(message_in "$refused")
    [ -n "$made_id" ] || {
        refused=${refused:-this user gets no answer from the engine on its socket}
        return 1
    }
    while [ -n "$others" ]; do
        others=${others#"$line"} next_one=${others%%"$line"*}
        others=${others#"$next_one"}
        refused=$(printf '{"Container":"%s","EndpointConfig":%s}' "$made_id" "${next_one#* }" |
            engine -H 'Content-Type: application/json' -d @- --write-out '%{http_code}' \
                "http://docker/networks/${next_one%% *}/connect" 2>&1)
        [ "$refused" = 200 ] || {
            refused=$(message_in "$refused")
            engine -X DELETE "http://docker/containers/$made_id?v=true" >/dev/null 2>&1
            return 1
        }
    done
}
# message_in ANSWER: what the engine says that is wrong. It may quote what it was sent, which holds the environment.
message_in() { printf '%s\n' "$1" | sed -n 's/.*"message":"\(.*\)".*/\1/p' | shown_safely; }
engine() { curl -q -sS --unix-socket "$socket" --max-time "$patience" "$@"; }

# new_ones: of those that are there what Compose made in this run, under the name or one that it has meanwhile. No other container
# is ours, whatever its labels.
new_ones() {
    [ "$step" = recreate ] || return 0
    for candidate in $there; do
        [ "$candidate" != "$container" ] || continue
        case $(docker inspect --type container --format '{{.Name}}' "$candidate") in
            "/$name" | "/${container%"${container#????????????}"}_$name") echo "$candidate" ;;
        esac
    done
}

# as_before: the former container runs; Compose may have removed it. What runs as before since an earlier
# attempt, whose end the engine did not report, is not stopped once more.
as_before() {
    [ -z "$made_again" ] || {
        look_up "$made_again" || return
        [ "$status" = gone ] || { started_again "$made_again"; return; }
    }
    listed || return
    # shellcheck disable=SC2046 # an id a word
    removed $(new_ones) && look_up "$container" || return
    id=$container
    case $status in
        gone) [ "$step" = recreate ] && create_again && started_again "$id" ;;
        running)
            [ "$started" = "${started_before:=$started}" ] || return 0
            restarted "$id" "$stop"
            ;;
        restarting) restarted "$id" "$stop" ;;
        *) started_again "$id" ;;
    esac
}

# put_back WHY: what never came up is as it was before, but for an ACL that admits unauthenticated clients.
# shellcheck disable=SC2034 # for what uses this
put_back() {
    admits_unauthenticated "$old_acl" || acl_as_it_was || echo "its ACL file could not be put back"
    engine_said=''
    tried as_before ||
        fail "$1; and what was before could not be started${refused:+: $refused}${engine_said:+: $(in_words "$engine_said")}"
    paused=''
    wait_until_healthy
    case $seen:$before in open:open | [!o]*) followers_again ;; esac
    case $seen in
        open)
            [ "$before" != open ] || fail "$1; what was before is back, and accepts unauthenticated clients, as it did"
            stopped "$id" "$stop"
            fail "$1; what was before accepts unauthenticated clients, so it is stopped"
            ;;
        healthy)
            ! loaded_what_was_saved || drop_copy
            fail "$1; what was before is back"
            ;;
        part | nobody | shut) fail "$1; what was before is back" ;;
        loading) fail "$1; what was before is back, and is loading its data" ;;
        *) fail "$1; and what was before does not answer any more either: $(last_words)" ;;
    esac
}

# Whose network ended with it. Where it was created again, they are left to the next run.
followers_again() {
    for follower in $followers; do
        # One that ends again and again the engine starts by itself; nothing else is started for this.
        ! { [ "$id" = "$container" ] && look_up "$follower" && [ "$status" != running ]; } || continue
        { [ "$id" = "$container" ] && restarted "$follower" "$stop"; } ||
            echo "$follower, which shares its network, is cut off"
    done
}
