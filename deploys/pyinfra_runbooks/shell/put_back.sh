# A container that Compose no longer describes can be had back from the engine itself: by its own create
# request. That works is proved before anything is stopped: the engine takes the request under another
# name, without labels (by which Compose would find it), and what it makes is never started.

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
