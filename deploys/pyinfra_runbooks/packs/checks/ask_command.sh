# Whether a command succeeds in a container: x NUMBER CODE SECONDS [holds|lacks], or c NUMBER 000 SECONDS WHY. What it
# prints is not repeated.
#
#     id=0123456789ab command="pg_isready --quiet" sh ask_command.sh
#
# + number: what it is called; default: 0
# + service, id: the service, and a container of it that runs; empty: none does
# + command: its words, quoted for a shell
# + part: what has to be in what it prints; empty: nothing
# + limit: how many milliseconds it may take; default: 5000
. "$(dirname "$0")/../../engine/shell/engine.sh"
. "$(dirname "$0")/../../engine/shell/text_of.sh"
. "$(dirname "$0")/../../packs/checks/seconds.sh"
: "${number:=0}" "${service=}" "${id=}" "${command:?}" "${part=}" "${limit:=5000}"
inside_deadline_sh=$(text_of packs/checks/inside_deadline.sh)
holds_awk=$(text_of packs/checks/holds.awk)

# run WORD...: sets code, how it ended; verdict and why, see holds.awk. All that it prints is read, and no more kept
# than a text can be in.
run() {
    answered=$({
        {
            docker exec "$id" "$@" 2>&1
            echo "$?" >&3
        } | {
            head -c 1048576 | part=$part awk "$holds_awk" >&3
            cat >/dev/null
        }
    } 3>&1)
    code=$(printf '%s\n' "$answered" | grep -x '[0-9]\{1,3\}')
    verdict=$(printf '%s\n' "$answered" | grep -x 'holds\|lacks')
    why=$(printf '%s\n' "$answered" | grep -x 'shell\|engine')
}
no_answer() { echo "c $number 000 $1 $2"; }

seconds=$(((limit + 999) / 1000))
patience=$((seconds + 5)) # an engine that is slow is not a command that hangs
eval "set -- $command"
if [ -z "$id" ]; then
    no_answer 0 "$service does not run"
else
    began=$(hundredths)
    run sh -c "$inside_deadline_sh" deadline "$seconds" "$@"
    case $why:$code in shell:12[67]) run "$@" ;; esac
    took=$(since "$began")
    case $why:$code in
        engine:[1-9]*) no_answer "$took" 'the engine did not run it' ;;
        *:124 | *:137 | *:143) no_answer "$seconds" "(28) no answer within $seconds s" ;;
        *:) no_answer "$took" 'the engine does not say how it ended' ;;
        *) echo "x $number $code $took${verdict:+ $verdict}" ;;
    esac
fi
