# Inside a Redis container: how its Redis is reached, and the login that the container itself holds. Each login that is
# named is tried before it is believed, and no other is: nothing is guessed. Whatever touches a file has a deadline, since
# its file system may hang, and no pipe, no device and no large file is read for a password.
#
# Over stdin comes what its arguments and environment name, a line each (held_words.awk), up to a line @ask. Sets reach,
# and held: a user and its password, as redis-cli reads them. Prints, a line each:
#   login open                 who has none is served, so none was tried
#   login as USER FROM         this one is served, and FROM names it: a variable, an option, a file of the container;
#                              for a user of whose password only a hash is known, the secret that has the same hash
#   login refused FROM         it is not: what is named there is none of its passwords
#   login unseen FROM          what is named there can't be read as a password
#   withheld                   who listens there is not proved to be the server of this container
#   theirs                     nor may it be: another container's or another machine's would hear it, so nothing is asked
#   reach WORD                 of the words by which redis-cli reaches it
#
# + reach: the words by which it is reached, where they are declared, one a line; default: as it is found
# + look_for: empty: how it is reached is all that is asked for
# + shared, form: see ask.sh
# + in_time: what gives a command a deadline
. "$(dirname "$0")/../../packs/redis/client.sh"
. "$(dirname "$0")/../../packs/redis/listens.sh"
: "${reach=}" "${look_for=}" "${shared=}" "${form:=-2 --json}" "${in_time=}"
set -f
line="
"
hangs="" port="" tls_port="" bind="" socket="" aclfile="" ca="" ca_dir="" cert="" key="" client_cert="" client_key="" tls=""
logins="" weak="" strong="" conf_login="" is_weak="" only="" users="" others="" hashed="" options="" stranger="" chosen="" host="" held=""
its_port="" withheld="" included=0 tried=0

# each_line COMMAND TEXT: calls it with each line. A here-document may be a temporary file, and this text has passwords.
each_line() {
    IFS=$line
    # shellcheck disable=SC2086 # a line a word
    set -- "$1" $2
    unset IFS
    while [ $# -gt 1 ]; do
        "$1" "$2"
        calls=$1
        shift 2
        set -- "$calls" "$@"
    done
}
# read_small FILE BYTES: sets content, without the newlines at its end, as a shell takes it. Fails where it is no regular
# file, or a larger one, or can't be read.
read_small() {
    content=
    [ -z "$hangs" ] || return
    kind=$($in_time stat -L -c "%F|%s" -- "$1" 2>/dev/null) || hung $? || return
    case $kind in regular*) [ "${kind##*|}" -le "$2" ] ;; *) false ;; esac || return
    content=$($in_time head -c "$2" -- "$1" 2>/dev/null) || hung $?
}
hung() {
    case $1 in 124 | 137 | 143) hangs=yes ;; esac
    return 1
}
# glob PATTERN: sets found, the files that it names, one a line; its directory may hang, too.
glob() {
    found=
    [ -z "$hangs" ] || return
    found=$($in_time sh -c "printf \"%s\\n\" \$1" sh "$1" 2>/dev/null) || hung $?
}
# escaped TEXT: as redis-cli reads it.
escaped() { printf %s "$1" | od -An -v -tx1 | tr -d " \n" | sed "s/../\\\\x&/g"; }
# A name of a file that is no name of one is not shown: it may be a password that stands in the wrong line.
named() { case $1 in /*[!A-Za-z0-9_./@:+,-]* | [!/]*) echo its-configuration ;; *) echo "$1" ;; esac; }

# login FROM USER PASSWORD: one that is named, the password as redis-cli reads it.
login() {
    case $3 in "" | \"\" | \'\') return ;; esac
    if [ -n "$is_weak" ]; then weak=$weak"$1 $2 $3"$line; else logins=$logins"$1 $2 $3"$line; fi
}
# password_file FROM USER FILE
password_file() {
    if read_small "$3" 4096 && [ -n "$content" ]; then
        login "$1" "$2" "\"$(escaped "$content")\""
    else
        echo "login unseen $1"
    fi
}
set_option() {
    case $1 in
        port) port=$2 ;;
        tls-port) tls_port=$2 ;;
        bind) bind=$2 ;;
        unixsocket) socket=$2 ;;
        aclfile) aclfile=$2 ;;
        tls-ca-cert-file) ca=$2 ;;
        tls-ca-cert-dir) ca_dir=$2 ;;
        tls-cert-file) cert=$2 ;;
        tls-key-file) key=$2 ;;
        tls-client-cert-file) client_cert=$2 ;;
        tls-client-key-file) client_key=$2 ;;
        tls) [ "$2" = no ] || tls=yes ;;
    esac
}
configuration() {
    included=$((included + 1)) of_file=$(named "$1")
    [ "$included" -lt 20 ] || return 0
    if read_small "$1" 1048576; then
        each_line directive "$(printf "%s\n" "$content" | tr -d "\r" | sed -e "s/^[[:blank:]]*//" -e "s/[[:blank:]]*\$//" |
            grep -iE "^(requirepass|user|include|aclfile|port|bind|unixsocket|tls-[a-z-]*)[[:blank:]]")"
    else
        echo "login unseen $of_file"
    fi
}
directive() {
    value=${1#*[[:blank:]]}
    value=${value#"${value%%[![:blank:]]*}"}
    set -- "$of_file" "$(printf %s "${1%%[[:blank:]]*}" | tr "[:upper:]" "[:lower:]")" "$value"
    case $2 in
        requirepass) conf_login="$1 default $3" ;;
        user) user_line quoted "$3" ;;
        *)
            value=${value#\"}
            value=${value%\"}
            [ "$2" = include ] || {
                set_option "$2" "$value"
                return
            }
            glob "$value" || echo "login unseen $of_file"
            each_line configuration "$found"
            of_file=$1
            ;;
    esac
}
secret() { case $1 in *\**) ;; *) password_file "$(named "$1")" default "$1" ;; esac }
acl_line() { user_line plain "$1"; }
# user_line HOW LINE: a user that is on, and its clear password, or the hashes of its passwords. A configuration has quotes,
# an ACL file has none.
user_line() {
    case $1:$2 in quoted:*[\"\'\\]*) case $2 in *\>*) echo "login unseen $of_file" ;; esac && return ;; esac
    # shellcheck disable=SC2086 # a rule a word
    set -- $2
    user=$1 on="" all="" clear="" hashes=""
    shift
    for rule in "$@"; do
        case $rule in
            on | ON) on=yes ;;
            off | OFF) on= ;;
            \>?*) clear=${rule#>} ;;
            \#?*) hashes="$hashes ${rule#?}" ;;
            resetpass | reset) clear="" hashes="" ;;
            +@all | allcommands) all=yes ;;
        esac
    done
    [ -n "$on" ] || return 0
    user="\"$(escaped "$user")\""
    if [ -n "$clear" ]; then
        user_login "$of_file" "$clear"
    elif [ -n "$hashes" ]; then
        hashed=$hashed"${all:-no} $user$hashes"$line
    fi
}
# user_login FROM PASSWORD
user_login() {
    login_of_user="$1 $user \"$(escaped "$2")\"$line"
    if [ "$all" = yes ]; then users=$users$login_of_user; else others=$others$login_of_user; fi
}
# has_hash PATH: adds the login of each user whose password has the same hash as what that file holds.
has_hash() {
    read_small "$1" 4096 && [ -n "$content" ] || return 0
    from=$(named "$1") hash=$(printf %s "$content" | sha256sum 2>/dev/null)
    each_line same_hash "$hashed"
}
same_hash() {
    case "$1 " in *" ${hash%% *} "*) ;; *) return ;; esac
    rest=${1#* } all=${1%% *}
    user=${rest%%\" *}\"
    user_login "$from" "$content"
}
# Options come after the configuration, and overrule it.
overrule() { set_option "${1%% *}" "${1#* }"; }

# What is named.
while IFS= read -r each && [ "$each" != @ask ]; do
    rest=${each#* } after=${each#* * }
    case $each in
        "@conf "*) configuration "$rest" ;;
        "@set include "*) configuration "$after" ;;
        "@set "*) options=$options$rest$line ;;
        @requirepass) strong=yes ;;
        "@port "*) its_port=$rest ;;
        @weak) is_weak=yes ;;
        @only) only=yes ;;
        "@login "*) login "${rest%% *}" "${after%% *}" "\"${after#* }\"" ;;
        "@file "*) password_file "${rest%% *}" "${after%% *}" "${after#* }" ;;
        "@unseen "*) echo "login unseen $rest" ;;
    esac
done
each_line overrule "$options"
# The port that the inventory gives to its service.
case $its_port:$port in :*) ;; *:0) tls_port=$its_port ;; *) port=$its_port ;; esac
if [ -z "$only" ]; then
    is_weak=
    rest=${conf_login#* }
    [ -n "$strong" ] || login "${conf_login%% *}" "${rest%% *}" "${rest#* }"
    of_file=$(named "$aclfile")
    [ -z "$aclfile" ] || if read_small "$aclfile" 1048576; then
        each_line acl_line "$(printf "%s\n" "$content" | tr -d "\r" | sed -n "s/^user //p")"
    else
        echo "login unseen $of_file"
    fi
    [ -n "$users$others" ] || [ -z "$hashed" ] || {
        glob "/run/secrets/*"
        each_line has_hash "$found"
    }
    # What an image or its script may use counts where nothing says what the server does.
    logins=$logins$users$others
    [ -n "$logins" ] || logins=$weak
    [ -n "$logins" ] || {
        glob "/run/secrets/*[Pp][Aa][Ss][Ss]*"
        each_line secret "$found"
    }
fi

# words_of WAY: the words by which redis-cli reaches it that way
words_of() {
    case $1 in
        declared) printf "%s\n" "$reach" ;;
        socket) printf "%s\n" -s "$socket" ;;
        tcp) [ -z "${port#6379}$host" ] || printf "%s\n" -p "${port:-6379}" ;;
        tls)
            [ "${tls_port:-0}" != 0 ] || tls_port=${port:-6379}
            printf "%s\n" --tls -p "$tls_port"
            if [ -n "$ca" ]; then printf "%s\n" --cacert "$ca"; elif [ -n "$ca_dir" ]; then printf "%s\n" --cacertdir "$ca_dir"; else echo --insecure; fi
            [ -z "$cert" ] || printf "%s\n" --cert "${client_cert:-$cert}" --key "${client_key:-$key}"
            ;;
    esac
    case $1 in t*) [ -z "$host" ] || printf "%s\n" -h "$host" ;; esac
}
# by_words COMMAND...: calls it with words
by_words() {
    IFS=$line
    # shellcheck disable=SC2086 # a word a line
    set -- "$@" $words
    unset IFS
    "$@"
}
asks() { by_words talk 4; }
# The first way that is answered on.
ways=
[ "$port" = 0 ] || [ -n "$tls" ] || ways=tcp
[ -z "$tls" ] && [ "${tls_port:-0}" = 0 ] || ways="$ways tls"
[ -z "$socket" ] || ways="$ways socket"
[ -z "$reach" ] || ways=declared
for each in $bind; do
    case ${each#-} in *\* | 0.0.0.0 | 127.0.0.1 | ::) host=localhost ;; *) here "$host" || host=${each#-} ;; esac
done
host=${host#localhost}
# may_hear: sets whose, 0: the container's own, 1: not proved to be, 2: another's, which is not even asked.
may_hear() {
    whose=0
    [ -z "$shared$words" ] || by_words is_own || whose=$?
    [ "$whose" -lt 2 ]
}
for way in $ways; do
    words=$(words_of "$way")
    if may_hear; then stranger=$(echo PING | asks); else stranger=; fi
    [ -n "$chosen" ] || chosen=$way
    case $stranger in "" | "Could not connect"* | Error:* | *"AUTH failed"* | *certificate*) ;; *) chosen=$way && break ;; esac
done
words=$(words_of "$chosen")
reach=$words
show() { echo "reach $1"; }
each_line show "$words"

# try LOGIN: whether it is served; the first is. Each refusal stays in its log, and so two are tried.
try() {
    [ -z "$held" ] && [ "$tried" -lt 2 ] || return 0
    tried=$((tried + 1)) rest=${1#* }
    answer=$(printf "AUTH %s\nPING\n" "$rest" | asks | tr -d "\"\n")
    case $answer in
        OKPONG* | OK*NOPERM* | OK*LOADING* | OK*MISCONF* | OK*MASTERDOWN* | OK*unknown*) ;;
        *)
            echo "login refused ${1%% *}"
            return
            ;;
    esac
    echo "login as ${rest%% *} ${1%% *}"
    held=$rest
}
may_hear || {
    withheld=theirs
    printf "%s\n" withheld theirs
}
case $stranger in
    "" | "Could not connect"* | Error:*) ;;
    *)
        if [ "$whose" = 1 ]; then
            echo withheld
            # shellcheck disable=SC2034 # for what asks it then
            withheld=yes
        elif [ -n "$look_for" ] && [ "$whose" = 0 ]; then
            case $stranger in \"PONG\" | PONG) echo "login open" ;; *) each_line try "$logins" ;; esac
        fi
        ;;
esac
