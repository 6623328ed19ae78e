# Whether Redis serves those whom it has to, and nobody else; and what it holds.
#
# + id: its container
# + reach, shared: see ask.sh
# + login_lines, logins_n: see asking.sh
# + users: how many of the last of them are the declared users' own; 0: nobody knows who may log in, and that
#   strangers are refused is all that can be proved
# + ready, save: seconds that it may take to come up, and to save
. "$(dirname "$0")/../../engine/shell/text_of.sh"
. "$(dirname "$0")/../../engine/shell/container.sh"
. "$(dirname "$0")/../../packs/redis/asking.sh"
: "${reach=}" "${shared=}" "${users:=0}" "${ready:=30}" "${save:=60}"
ask_sh=$(text_of packs/redis/ask.sh)

# What docker itself says is left out: its warnings are no answers.
inside() { docker_with_input exec -i -e reach="$reach" -e shared="$shared" "$id" sh -c "$ask_sh" 2>/dev/null; }
open_to_all() { [ "$(echo PING | inside)" = '"PONG"' ]; }

# judge: asks once; sets info (INFO persistence, of who could log in; and PING, for who may not ask that)
# and seen:
#   healthy  every declared user can log in, nobody else can, and its data is loaded
#   loading  the same, while it loads: that shows only to who logs in, or where nobody has to
#   part     some declared user can't log in      nobody   none of them can
#   open     it serves clients without a login    refused  nothing listens there
#   silent   it did not answer, or the engine did not: nothing is known
judge() {
    answers=$({ printf 'RESET\nPING\n'; logged_in; printf 'INFO persistence\nPING\n'; } | inside | tr -d '\r')
    stranger=$(printf '%s\n' "$answers" | sed -n 2p)
    oks=0
    [ -z "$login_lines" ] || oks=$(printf '%s\n' "$answers" | sed "1,$((2 + logins_n - users))d" |
        head -n "$users" | grep -c '^"OK"$')
    info=$(printf '%s\n' "$answers" | sed "1,$((2 + logins_n))d")
    case $users:$stranger in
        0:*NOAUTH*)
            seen=healthy
            return
            ;;
    esac
    case $answers in
        '') seen=silent ;;
        'Could not connect'*) seen=refused ;;
        *) case $oks:$stranger:$info in
            *:'"PONG"':*) seen=open ;;
            "$users":*loading:1*) seen=loading ;;
            "$users":*loading:0*) seen=healthy ;;
            "$users":*NOPERM*LOADING*) seen=loading ;;
            "$users":*NOPERM*) seen=healthy ;;
            "$users":* | *:*:'') seen=silent ;;
            0:*LOADING*) seen=loading ;;
            0:*NOAUTH*) seen=nobody ;;
            0:*) seen=silent ;;
            *) seen=part ;;
        esac ;;
    esac
}
progress() { printf '%s\n' "$info" | sed -n 's/^loading_loaded_perc:\(.*\)/\1 %/p'; }

# wait_until_healthy: until it is; otherwise seen says why not, and is "down" where it does not run. A large
# data set takes long to load: that is no reason to give up, nor is an engine that does not answer. One
# that dies and is started again has not come up, even while it is seen running.
wait_until_healthy() {
    since=$(now) deaths=0
    patient_until=$((since + ready + save)) until=$((since + ready))
    while :; do
        began=$(now)  # What an answer that took long says may be true no more.
        judge
        case $seen in
            healthy) return 0 ;;
            open) return 1 ;;
            loading) until=$(($(now) + ready)) ;;
            refused | silent)
                if look_up "$id"; then
                    [ "$restarts" = "$deaths" ] || until=$(($(now) + ready)) deaths=$restarts
                    case $status in
                        running | paused) ;;
                        restarting) [ "$restarts" -lt 3 ] || { seen=down && return 1; } ;;
                        *) seen=down && return 1 ;;
                    esac
                else
                    patient_until=$((since + ready + save + 2 * patience)) until=$(($(now) + ready))
                fi
                ;;
        esac
        [ "$until" -le "$patient_until" ] || until=$patient_until
        [ "$began" -lt "$until" ] || return 1
        sleep 0.05
    done
}
