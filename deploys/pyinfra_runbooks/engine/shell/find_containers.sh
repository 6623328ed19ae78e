# All containers that there are, and the directories that they were made in.
#
#     sh find_containers.sh
#
# Prints a container's JSON a line (container.template), and words separated by tabs:
#   listed ID IMAGE      the image as `docker ps` has it: an id, where its name moved on
#   place ID:ID PATH     what tells a directory from every other one: two paths with the same are one
#   check ID...          its own health check: see own_check.awk
#   took HUNDREDTHS      of a second, until the engine had listed its containers
#   seen JSON            what a container is started with, masked (seen.awk); last, how many are shown: seen all N
#
# What the engine prints has environments and command lines in it: none of that leaves but by seen.awk and own_check.awk.
#
# + directories: more of which the place is said, one a line
. "$(dirname "$0")/../../engine/shell/engine.sh"
. "$(dirname "$0")/../../engine/shell/each_in_time.sh"
. "$(dirname "$0")/../../engine/shell/text_of.sh"
: "${directories=}"
plain_awk=$(text_of engine/shell/plain.awk)
container_template=$(text_of engine/shell/container.template)
seen_template=$(text_of engine/shell/seen.template)
own_check_template=$(text_of engine/shell/own_check.template)
whole_template=$(printf '%s' "$container_template$seen_template" | tr -d '\n')$line$(printf '%s' "$own_check_template" | tr -d '\n')
seen_awk=$(text_of engine/shell/seen.awk engine/shell/links.awk engine/shell/words.awk)
own_check_awk=$(text_of engine/shell/own_check.awk)

# list_everything: sets listed, the id and the image of each container as `docker ps` has them, or why it has
# not; inspected, all templates of each; and described, the first of them.
list_everything() {
    for _ in 1 2 3; do
        # The heading proves an answer, where there is no container to tell of.
        listed=$(docker ps -a --no-trunc --format "table {{.ID}}$tab{{.Image}}" 2>&1) || return
        case $listed in 'CONTAINER ID'*) ;; *) return 1 ;; esac
        listed=$(printf '%s\n' "$listed" | sed -e 1d -e "s/  */$tab/")
        ids=$(printf '%s\n' "$listed" | cut -f 1)
        [ -n "$ids" ] || { inspected='' described='' && return; }
        # shellcheck disable=SC2086 # an id a word
        inspected=$(docker inspect --type container --format "$whole_template" $ids 2>&1) &&
            described=$(printf '%s\n' "$inspected" | grep '^{') &&
            [ "$(printf '%s\n' "$described" | grep -c .)" = "$(printf '%s\n' "$ids" | grep -c .)" ] && return
        # One that went in between is no reason to know nothing of the others.
        case $inspected in *'o such '*) ;; *) break ;; esac
    done
    # Why: what is neither of the first template nor of the other one.
    listed=$(printf '%s\n' "$inspected" | grep -v -e '^{' -e '^[a-z]* ["{n]' -e "^check$tab" -e '^$')
    return 1
}
# A file system that hangs is nobody's.
places() {
    file_patience=2
    IFS=$line
    # shellcheck disable=SC2046,SC2086 # one value a line
    set -- $directories $(physical) $(printf '%s\n' "$described" |
        sed -n 's/.*"working_dir":\("[^"\\]*\(\\.[^"\\]*\)*"\).*/\1/p' | awk "$plain_awk"'!seen[$0]++ { print plain($0) }')
    unset IFS
    for path in "$@"; do
        shift
        case $path in /*) set -- "$@" "$path" ;; esac
    done
    each_in_time place_of "$@"
}
# The names without links of the directories that are asked for.
physical() {
    for path in $directories; do (cd -P -- "$path" 2>/dev/null && pwd -P); done
}
place_of() { in_time stat -L -c "place$tab%d:%i$tab%n" -- "$@" 2>/dev/null; }

# Hundredths of seconds since some time in the past.
clock() {
    read -r up _ </proc/uptime
    printf '%s' "${up%.*}${up#*.}"
}

began=$(clock)
list_everything || {
    printf '%s\n' "$listed"
    exit 1
}
took=$(($(clock) - began))
printf '%s\n' "$described"
# What a container is started with may be made to take long: then nothing of it is shown.
masked=$(printf '%s\n' "$inspected" | in_time awk "$seen_awk" 2>/dev/null)
printf '%s\n' "$masked" | sed -n "/^seen$tab/p"
printf '%s\n' "$inspected" | sed -n "/^check$tab/p" | in_time awk "$own_check_awk"
printf '%s\n' "$listed" | sed -n "s/./listed$tab&/p"
places
printf 'took\t%s\n' "$took"
