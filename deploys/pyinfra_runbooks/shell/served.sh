# Whether Redis serves those whom it has to, and nobody else; and what it holds.
#
# Set before: id; login_lines (the AUTH commands, one a line; empty: it gets none), logins_n (how
# many answers they give), users (how many of the last of them are the declared users' own; 0: nobody
# knows who may log in, and that strangers are refused is all that can be proved); ready and save (seconds).

# ask LINE...: what Redis answers, logged in. The logins' own answers are left out.
ask() { { logged_in; printf '%s\n' "$@"; } | inside | tail -n "+$((logins_n + 1))"; }
logged_in() { [ -z "$login_lines" ] || printf '%s\n' "$login_lines"; }
# What docker itself says is left out: its warnings are no answers.
inside() { docker_with_input exec -i "$id" sh -c "$ask_sh" 2>/dev/null; }
open_to_all() { [ "$(echo PING | inside)" = '"PONG"' ]; }

# judge: asks once; sets info (INFO persistence, of who could log in; and PING, for who may not ask that)
# and seen:
#   well     every declared user can log in, nobody else can, and its data is loaded
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
            seen=well
            return
            ;;
    esac
    case $answers in
        '') seen=silent ;;
        'Could not connect'*) seen=refused ;;
        *) case $oks:$stranger:$info in
            *:'"PONG"':*) seen=open ;;
            "$users":*loading:1*) seen=loading ;;
            "$users":*loading:0*) seen=well ;;
            "$users":*NOPERM*LOADING*) seen=loading ;;
            "$users":*NOPERM*) seen=well ;;
            "$users":* | *:*:'') seen=silent ;;
            0:*LOADING*) seen=loading ;;
            0:*NOAUTH*) seen=nobody ;;
            0:*) seen=silent ;;
            *) seen=part ;;
        esac ;;
    esac
}
progress() { printf '%s\n' "$info" | sed -n 's/^loading_loaded_perc:\(.*\)/\1 %/p'; }

# wait_until_well: until it is; otherwise seen says why not, and is "down" where it does not run. A large
# data set takes long to load: that is no reason to give up, nor is an engine that does not answer. One
# that dies and is started again has not come up, even while it is seen running.
wait_until_well() {
    since=$(now) deaths=0
    patient_until=$((since + ready + save)) until=$((since + ready))
    while :; do
        began=$(now)  # What an answer that took long says may be true no more.
        judge
        case $seen in
            well) return 0 ;;
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
