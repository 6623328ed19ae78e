# A recovery is no upgrade: where an image's name moved on, the running image has it while Compose
# works. What it stood for is kept under a name of our own in the engine itself, which outlives us: who
# comes next puts it back, whatever became of us.
#
# + image_name: the service's; for keep_image
# + locks: a directory of ours, in which one run at a time moves names
. "$(dirname "$0")/../../engine/shell/engine.sh"
: "${image_name=}" "${locks=}"

kept_name() { printf 'pyinfra-runbooks-kept/%s' "$(printf '%s' "$1" | od -An -v -tx1 | tr -d ' \n')"; }
# id_of NAME: the image that it stands for; nothing if there is none. Fails where the engine does not say.
id_of() {
    known=$(docker image inspect --format '{{.Id}}' "$1" 2>&1)
    case $known in
        sha256:*) printf '%s' "$known" ;;
        *'o such image'*) ;;
        *) return 1 ;;
    esac
}

# alone SECONDS: waits so long for another run, of another stack, that moves names. Who can't lock has
# nobody to wait for.
alone() {
    (: >>"$locks/images") 2>/dev/null || return 0
    exec 8>>"$locks/images"
    turns=$(($1 * 5))
    until flock -n 8; do
        [ "$turns" -gt 0 ] || return 1
        turns=$((turns - 1))
        sleep 0.2
    done
}
# keep_image ID: its name stands for this image now; or it fails, with why not in refused.
# shellcheck disable=SC2034 # for what uses this
keep_image() {
    refused='another run is renaming images'
    alone "$patience" || return
    refused="$image_name could not be given back to the image that had it before an earlier recreate"
    names_back || return
    refused="$image_name could not be given to the image that was running"
    tagged=$(id_of "$image_name") || return
    [ "$tagged" != "$1" ] || return 0
    [ -z "$tagged" ] || docker tag "$tagged" "$(kept_name "$image_name")" || return
    docker tag "$1" "$image_name" || {
        names_back
        return 1
    }
}
# left_behind: the names that a run moved which is no more.
left_behind() { ! alone 0 || names_back >/dev/null 2>&1; }
# names_back: every name that was moved stands for what it stood for before.
names_back() {
    kept=$(docker image ls --filter 'reference=pyinfra-runbooks-kept/*' --format '{{.Repository}}') || return
    for repository in $kept; do
        name=$(printf '%b' "$(printf '%s' "${repository#*/}" | sed 's/../&\
/g' | awk 'NF {
            digits = "0123456789abcdef"
            printf "\\0%03o", (index(digits, substr($0, 1, 1)) - 1) * 16 + index(digits, substr($0, 2)) - 1
        }')")
        docker tag "$repository" "$name" && docker image rm "$repository" >/dev/null || return
    done
}
