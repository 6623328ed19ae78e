# One look at one stack: what Compose declares, what Docker runs, what Redis and the API say.
# Reads only. Its sections: shell/declared.sh.

# Compose and docker live for some 50 ms: collecting garbage is a tenth of that, for nothing.
export GOGC=off

# Of several containers nobody is asked anything: which of them is Redis, no label tells.
inside_redis() {
    id=$(containers_of "$redis_service")
    case $id in
        '') return ;;
        *"$line"*) echo "$redis_service has several containers" && return 1 ;;
    esac
    login_lines=$(logins)
    ours=$password_files
    may_get_login "$id" "$login_lines" || { ours=$(secret_files) && mounts_ours "$id"; } || {
        echo untold
        login_lines=$(printf '%s\n' "$login_lines" | sed 's/.*/ECHO untold/')
    }
    questions=$(redis_questions)
    printf '%s\n' "$questions" | docker_with_input exec -i "$id" sh -c "$inside_redis_sh"
}
# The project's secrets, and what Compose mounts where Redis' ACL is to be.
secret_files() {
    compose config --format json 2>/dev/null | acl_file=$acl_file service=$redis_service awk "$plain_awk"'
        /^  "/ { top = $1 }
        /^    "/ { here = index($0, "    \"" ENVIRON["service"] "\":") == 1 }
        { sub(/,$/, "") }
        top == "\"secrets\":" && sub(/^      "file": /, "") { print plain($0) }
        here && sub(/^          "source": /, "") { source = plain($0) }
        here && sub(/^          "target": /, "") && plain($0) == ENVIRON["acl_file"] { print source }'
}

# A look into the API takes as long as all the rest: it is taken where one of the files that are
# mounted alone may be another one than when the API was started, and only there.
inside_api() {
    IFS=$line
    # shellcheck disable=SC2046 # one value a line
    set -- $(printf '%s\n' "$inspected" | id=+$(container_of "$api_service") awk -F '\t' "$plain_awk"'
        $1 == ENVIRON["id"] && $2 > 0 {
            print substr($1, 2)
            print $2
            print ($3 "" > $4 "" ? $3 : $4)
            for (i = 5; i <= NF; i++) print plain($i)
        }')
    unset IFS
    [ $# -gt 3 ] || return 0
    id=$1 pid=$2 since=$3
    shift 3
    if ! touched_since "$since" "$@"; then
        return
    elif [ "$(id -u)" = 0 ]; then
        # Root sees through the host's /proc what the container sees, without tools in the image.
        sh -c "main=/proc/$pid root=/proc/$pid/root$line$inside_api_sh" | sed "s#/proc/$pid/root##"
    else
        docker exec "$id" sh -c "$inside_api_sh"
    fi
}
# touched_since TIME FILE...: whether one of the files, or a directory above it, was replaced or changed
# since; or may have been, as a symbolic link or a file that is gone. TIME is Docker's, with a fraction:
# 2026-01-31T23:59:59.123Z. A stat that knows no fraction (busybox) prints zeros.
touched_since() {
    since=$1
    shift
    [ $# -gt 0 ] || return 1
    kinds=$(in_time stat -L -c '%F|%n' -- "$@" 2>/dev/null)
    # A file system that hangs: what looks into the API has a deadline.
    case $? in 124 | 137 | 143) return 0 ;; esac
    directories=$(printf '%s\n' "$kinds" | sed -n 's/^directory|//p')
    for path in "$@"; do
        shift
        case $line$directories$line in *"$line$path$line"*) continue ;; esac
        while [ -n "$path" ]; do
            set -- "$@" "$path"
            case $path in */*) path=${path%/*} ;; *) path= ;; esac
        done
    done
    [ $# -gt 0 ] && ! TZ=UTC0 stat -c '%z %F' -- "$@" 2>&1 | since=${since%Z} awk '
        { at = substr($0, 1, 10) "T" substr($0, 12, 18); sub(/\.0*$/, ".999999999", at) }
        at !~ /^[0-9-]+T[0-9:.]+$/ || at >= ENVIRON["since"] "" || /symbolic/ { touched = 1 }
        END { exit touched }'
}

# Which of its ports does each service accept connections on? The inventory's, or those exposed.
knocks() {
    if command -v bash >/dev/null; then
        doors | command timeout 3 bash -c "$knock_bash"
    else
        doors | while read -r service address port; do
            case $address in *:*) address="[$address]" ;; esac
            curl -q -s --connect-timeout 2 --max-time 3 "telnet://$address:$port" </dev/null
            if [ $? != 7 ]; then echo "k $service $port accepts"; else echo "k $service $port refuses"; fi
        done
    fi
}
# service, address and port, one a line
doors() {
    printf '%s\n' "$located" | while IFS=$tab read -r service address _ ports; do
        IFS=$line
        for declared in $service_ports; do
            case $declared in "$service":*) ports=${declared##*:} ;; esac
        done
        unset IFS
        for port in $ports; do
            case $port in */udp | */sctp) ;; *) printf '%s\n' "$service $address ${port%/*}" ;; esac
        done
    done
}
# All at once, and without a tool: bash knows TCP.
knock_bash='while read -r service address port; do
    if (exec 3<>"/dev/tcp/$address/$port") 2>/dev/null; then
        echo "k $service $port accepts"
    else
        echo "k $service $port refuses"
    fi &
done
wait'

# When it is, and which Compose commands change something just now: here, or where this user can't see.
actors() {
    echo "t $began_at"
    restraint
    physical=$(cd -P -- "$directory" 2>/dev/null && pwd -P)
    read -r up _ </proc/uptime
    set +f
    for process in /proc/[0-9]*; do
        read -r comm 2>/dev/null <"$process/comm" || continue
        case $comm in docker-compose*) compose_command "$process" ;; esac
    done
    set -f
}
# Is anything to be changed here at all, and what was corrected lately? The pause as it is kept, each
# line behind z; of the audit, the lines that tell of a change to this stack, each behind c.
restraint() {
    [ ! -e "$pause_file" ] || { [ -s "$pause_file" ] && sed 's/^/z /' "$pause_file" 2>/dev/null; } ||
        echo 'z ?'
    printf '%s\n' "$corrected"
}
# What was corrected lately. For a person it is what this user may read: to find out more takes the engine
# half a second.
lately() {
    audit_end | unattended=$unattended in_audit=$in_audit awk -v most="$corrections" '
        { ended = 0 }
        $0 == "end" { ended = 1; next }
        index($0, ENVIRON["in_audit"]) && /"remedy": "[^"]/ { kept[n++] = $0 }
        END {
            for (i = n > most ? n - most : 0; i < n; i++) print "c " kept[i]
            if (!ended && ENVIRON["unattended"] != "") print "c ?"
        }'
}
# Its last lines, and those from before it was rotated; then "end", unless they could not be read.
audit_end() {
    for log in "$audit_log.1" "$audit_log"; do
        [ -n "$unattended" ] || { [ -f "$log" ] && [ -r "$log" ]; } || continue
        read_file "$log" 2>/dev/null || [ $? = 3 ] || return
        echo
    done
    echo end
}
compose_command() {
    at=$(readlink "$1/cwd" 2>/dev/null)
    tr '\0' '\n' 2>/dev/null <"$1/cmdline" |
        at=$at directory=$directory physical=$physical up=$up stat=$(cat "$1/stat" 2>/dev/null) awk '
            function within(path, place) { return place != "" && index(path "/", place "/") == 1 }
            within($0, ENVIRON["directory"]) || within($0, ENVIRON["physical"]) { here = 1 }
            verb == "up" && /^--(detach|wait|no-start)(=true)?$|^-[A-Za-z]*d/ { attached = "" }
            verb == "" && /^(up|down|create|start|stop|restart|rm|kill|run|pause|unpause|scale)$/ {
                verb = $0
                if (/^(up|run)$/) attached = " attached"
            }
            END {
                at = ENVIRON["at"]
                here = here || at == "" || at == ENVIRON["directory"] || at == ENVIRON["physical"]
                sub(/.*\) /, "", ENVIRON["stat"])
                split(ENVIRON["stat"], field, " ")
                if (verb != "" && here) printf "p %d %s%s\n", ENVIRON["up"] - field[20] / 100, verb, attached
            }'
}

look_networks() {
    section network docker network ls --no-trunc --format "$network_template"
    section actor actors
}
look_hashes() {
    section hash hashes
    section field fields
}
look_redis() { section redis inside_redis; }
# Where the containers are has to be known before anybody can knock at their doors.
look_containers() {
    section container told_of_containers
    section state seen_state
    [ -n "$(container_of "$redis_service")" ] || section volume docker volume ls --quiet
    id=$(stopped_redis)
    [ -z "$id" ] || ! fleeting "$id" || section kept kept_by "$id"
    locate
    hurry
    look_checks </dev/null | also look_knocks | also look_api
}
# The one container of Redis, where it does not run.
stopped_redis() {
    printf '%s\n' "$members" | service=$redis_service awk -F '\t' '
        $2 "" == ENVIRON["service"] "" { n++; id = $1; state = $3 }
        END { if (n == 1 && state ~ /^(created|exited|dead)$/) print id }'
}
# fleeting ID: whether its data would go with it: it is in the container itself, or in a volume without a name.
fleeting() {
    inspect '{{range .Mounts}}{{.Type}} {{.Name}}{{"\t"}}{{.Destination}}{{"\n"}}{{end}}' "$1" |
        data=$data_directory awk -F '\t' '
            NF == 2 && index(ENVIRON["data"] "/", $2 "/") == 1 && length($2) > most { most = length($2); in_ = $1 }
            END { exit most && !(in_ ~ /^volume [0-9a-f]+$/ && length(in_) == 71) }'
}
seen_state() { printf '%s\n' "$inspected" | state_of; }
answered() {
    printf '%s\n' "$1"
    return "$status"
}
# What was inspected; and, behind m, each member's image as Docker lists it: an id, where the name moved on;
# behind w, where they are several, the names of the project's directory, that which labels have first.
told_of_containers() {
    printf '%s\n' "$inspected"
    printf '%s\n' "$members" | names=$directory$line$spellings awk -F '\t' '
        NF > 3 { print "m " $1 " " $4 }
        END {
            count = split(ENVIRON["names"], list, "\n")
            for (i = 1; i <= count; i++) if (list[i] != "" && !seen[list[i]]++) name[++names] = list[i]
            for (i = 1; names > 1 && i <= names; i++) print "w " name[i]
        }'
}
# A check that hangs must not hold up the repair of what makes it hang. So in a look each one gets
# twice as long as Docker took to tell of the containers, and no less than 250 ms; where it
# gave up, and the look shows no cause, it is asked once more and gets all the time it may take.
# Who was called by an event expects a cause: then they get 50 ms.
hurry() {
    brief=50
    [ -z "$hurried" ] || return 0
    brief=$((20 * ($(clock) - began)))
    [ "$brief" -gt 250 ] || brief=250
}
# Hundredths of seconds since some time in the past.
clock() {
    read -r up _ </proc/uptime
    printf '%s' "${up%.*}${up#*.}"
}
look_checks() { section check checks; }
look_knocks() { section knock knocks; }
look_api() { section api inside_api; }

look_stack() {
    began=$(clock)
    if list_stack; then
        look_config </dev/null | also look_redis | also look_hashes | also look_containers
        section engine true
    else
        status=$?
        section engine answered "$everything"
    fi
}

began_at=$(moment)
# Before Docker lists its containers: it may take one to read the audit.
corrected=$(lately)
# All of it at once: piece by piece it would be a hundred packets, each of which costs the controller
# a quarter of a millisecond.
answer=$(look_networks </dev/null | also look_stack)
printf '%s\n' "$answer"
