# What is asked of many files, where a file system may hang: one that does holds up no other one.
. "$(dirname "$0")/../../engine/shell/common.sh"
. "$(dirname "$0")/../../engine/shell/sections.sh"

# each_in_time FUNCTION PATH...: what it prints of them, which it asks by in_time. All at once; where one hangs, each by
# itself, and side by side.
each_in_time() {
    asks=$1
    shift
    printed=$("$asks" "$@")
    case $?:$# in
        124:1 | 137:1 | 143:1) echo "stat: $1: no answer within $file_patience s" ;;
        124:* | 137:* | 143:*) one_by_one "$asks" "$@" ;;
        *) [ -z "$printed" ] || printf '%s\n' "$printed" ;;
    esac
}
one_by_one() {
    asks=$1 one=$2
    shift 2
    if [ $# -eq 0 ]; then
        each_in_time "$asks" "$one"
    else
        one_by_one "$asks" "$@" | in_parallel each_in_time "$asks" "$one"
    fi
}
