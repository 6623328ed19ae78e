# Whether Redis serves those whom it has to, and nobody else; and what it holds.
#
# + id: its container
# + reach, shared: see ask.sh
# + sought: what is found in its container, each time it is asked: reach, how it is reached; login, that and the login;
#   empty: neither
# + port, look_for, variable, file: see ask_redis.sh
# + login_lines, logins_n: see asking.sh
# + users: how many of the last of them are the declared users' own; 0: nobody knows who may log in, and that
#   strangers are refused is all that can be proved
# + guarded: clients without a login are: yes: to be refused; no: to be served, as before; empty: either may be right
# + ready, save: seconds that it may take to come up, and to save
. "$(dirname "$0")/../../engine/shell/text_of.sh"
. "$(dirname "$0")/../../engine/shell/container.sh"
. "$(dirname "$0")/../../packs/redis/asking.sh"
. "$(dirname "$0")/../../packs/redis/held_words.sh"
: "${reach=}" "${shared=}" "${sought=}" "${port=}" "${users:=0}" "${guarded=yes}" "${ready:=30}" "${save:=60}"
ask_sh=$(text_of packs/redis/ask.sh)
with_login_sh=$(text_of packs/redis/with_login.sh)

# inside: what it answers to what comes over stdin. What docker itself says is left out: its warnings are no answers.
inside() {
    if [ -n "$sought" ]; then inside_with_login | sed -n '/^r$/,$p' | sed 1d; else inside_as_given; fi
}
inside_as_given() {
    docker_with_input exec -i -e reach="$reach" -e shared="$shared" "$id" sh -c "$ask_sh" 2>/dev/null
}
inside_with_login() {
    by_login | docker_with_input exec -i -e reach="$reach" -e shared="$shared" -e look_for="$look_for" -e does="$ask_sh" \
        "$id" sh -c "$with_login_sh" 2>/dev/null
}
# by_login: stdin, after what its container is started with; see with_login.sh.
by_login() {
    held_words
    [ -z "$port" ] || echo "@port $port"
    echo @ask
    cat
    echo @end
}

# judge: asks once; sets info (INFO persistence, of who could log in; and PING, for who may not ask that), login (what
# names the login that its container holds), unproved (not empty: it got none, since another container may write where its
# socket is) and seen:
#   healthy  every declared user can log in, nobody else can, and its data is loaded
#   loading  the same, while it loads: that shows only to who logs in, or where nobody has to
#   part     some declared user can't log in      nobody   none of them can
#   open     it serves clients without a login    shut     it does not, though it is to
#   refused  nothing listens there
#   silent   it did not answer, or the engine did not: nothing is known
# shellcheck disable=SC2034 # for what uses this
judge() {
    login='' unproved=''
    answers=$({ printf 'RESET\nPING\n'; logged_in; printf 'INFO persistence\nPING\n'; } | asked_whole | tr -d '\r')
    [ -z "$sought" ] || {
        login=$(printf '%s\n' "${answers%%"${line}r$line"*}" | sed -n 's/^login as [^ ]* //p')
        unproved=$(printf '%s\n' "$answers" | sed -n '/^r$/q;/^withheld$/p')
        answers=$(printf '%s\n' "$answers" | sed -n '/^r$/,$p' | sed 1d)
    }
    # What listens there is not proved to be its server: it got no login.
    case $login_lines:$answers in [!:]*:*'"withheld"'*) answers='' ;; esac
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
    case $guarded:$stranger:$info in
        yes:*) ;;
        *:'"PONG"':*loading:0* | *:'"PONG"':*NOPERM* | *:'"PONG"':*'"PONG"')
            seen=healthy
            return
            ;;
        no:*NOAUTH*)
            seen=shut
            return
            ;;
    esac
    case $answers in
        '') seen=silent ;;
        'Could not connect'*) seen=refused ;;
        *) case $oks:$stranger:$info in
            *:'"PONG"':*) if [ "$guarded" = yes ]; then seen=open; else seen=silent; fi ;;
            "$users":*loading:1*) seen=loading ;;
            "$users":*loading:0*) seen=healthy ;;
            "$users":*NOPERM*LOADING*) seen=loading ;;
            "$users":*NOPERM*) seen=healthy ;;
            # While it loads it answers no PING.
            "$users":*'# Persistence'*'"PONG"' | "$users":*'unknown command'*'"PONG"') seen=healthy ;;
            "$users":* | *:*:'') seen=silent ;;
            0:*LOADING*) seen=loading ;;
            0:*NOAUTH*) seen=nobody ;;
            0:*) seen=silent ;;
            *) seen=part ;;
        esac ;;
    esac
}
asked_whole() { if [ -n "$sought" ]; then inside_with_login; else inside; fi; }
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
            open | shut) return 1 ;;
            # The login that its container holds was refused: once more would only add to its log.
            nobody) [ -z "$look_for" ] || return 1 ;;
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
