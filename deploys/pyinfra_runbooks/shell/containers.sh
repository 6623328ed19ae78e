# Who is who: the stack's containers, as the engine tells of them. A label is a claim, which anybody's
# container may make; it is read as JSON, so that whatever is in it stays one value.

# What JSON in one line means. Of a text with a control character or anything that a name or a path can't
# have, the escapes stay: it is nobody's.
plain_awk='function plain(json) {
    json = substr(json, 2, length(json) - 2)
    gsub(/\\u0026/, "\\&", json)
    gsub(/\\u003c/, "<", json)
    gsub(/\\u003e/, ">", json)
    gsub(/\\"/, "\"", json)
    gsub(/\\\\/, "\\", json)
    return json
}
'
labels_of() {
    printf '={{.ID}}\t{{json .State.Status}}'
    for label in project service oneoff project.working_dir project.config_files project.environment_file; do
        printf '\t{{json (index .Config.Labels "com.docker.compose.%s")}}' "$label"
    done
}

# list_stack: sets members, the stack's containers, one a line, tab-separated: id, service, state, image;
# everything, what `docker ps` listed (or why not); and inspected, what was asked of each container:
# container_template. Where the inventory names no project or no files: those of most containers that
# were made in the project's directory.
#
# That directory may have several names, by links: directory becomes the one that most labels have, since
# Compose resolves relative paths by it, and spellings has them all, one a line.
container_template= in_inventory=
list_stack() {
    in_inventory=${in_inventory:-$directory}
    physical=$(cd -P -- "$directory" 2>/dev/null && pwd -P)
    spellings=$in_inventory$line$physical other_places=
    for _ in 1 2 3; do
        # The heading proves an answer, where there is no container to tell of.
        everything=$(docker ps -a --no-trunc --format "table {{.ID}}$tab{{.Image}}" 2>&1) || return
        case $everything in 'CONTAINER ID'*) ;; *) return 1 ;; esac
        everything=$(printf '%s\n' "$everything" | sed -e 1d -e "s/  */$tab/")
        inspected=$(inspect "$(labels_of)$line$container_template" $(ids "$everything") 2>&1) &&
            [ "$(printf '%s\n' "$inspected" | grep -c "^=[0-9a-f]*$tab")" = "$(ids "$everything" | grep -c .)" ] && break
        # One that went in between is no reason to know nothing of the others.
        case $inspected in *'o such '*) ;; *) everything=$inspected && return 1 ;; esac
    done
    listed=$(told_apart)
    case $line$listed in
        *"$line?$tab"*)
            other_places=asked spellings=$spellings$line$(same_place "$(printf '%s\n' "$listed" | sed -n "s/^?$tab//p")")
            listed=$(told_apart)
            ;;
    esac
    usual=${listed%%"$line"*}
    members=${listed#"$usual"}
    members=${members#"$line"}
    usual=${usual#*"$tab"}
    directory=${usual%%"$tab"*}
    directory=${directory:-$in_inventory}
    usual=${usual#*"$tab"}
    [ -n "$config_files" ] || config_files=$(lines_of "${usual%%"$tab"*}")
    [ -n "$env_files" ] || env_files=$(lines_of "${usual#*"$tab"}")
}
# The project, directory, files and env files of most, in one line; behind a ? where else its containers
# were made, until that was asked; then the members.
told_apart() {
    printf '%s\n' "$everything" "$inspected" |
        project=$project spellings=$spellings asked=$other_places awk -F '\t' "$plain_awk"'
            BEGIN { for (i = split(ENVIRON["spellings"], list, "\n"); i; i--) if (list[i] != "") here[list[i]] = 1 }
            NF == 2 && /^[0-9a-f]+\t/ { image[$1] = $2 }
            NF > 7 && /^=[0-9a-f]+\t/ {
                for (i = 2; i <= 8; i++) $i = plain($i)
                id[++rows] = substr($1, 2)
                state[rows] = $2; of[rows] = $3; service[rows] = $4; oneoff[rows] = tolower($5); place[rows] = $6
                if (ENVIRON["project"] != "" && $3 "" != ENVIRON["project"] "") next
                if ($6 in here) n[$3 FS $6 FS $7 FS $8]++
            }
            END {
                for (made in n) if (n[made] > most) { most = n[made]; usual = made }
                split(usual, first)
                project = ENVIRON["project"] == "" ? first[1] : ENVIRON["project"]
                print usual
                for (i = 1; i <= rows && ENVIRON["asked"] == ""; i++) {
                    if (place[i] !~ /^\// || place[i] in here || project != "" && of[i] "" != project "") continue
                    here[place[i]] = 1
                    print "?" FS place[i]
                }
                for (i = 1; i <= rows; i++) {
                    if (of[i] == "" || service[i] == "" || of[i] "" != project "") continue
                    if (oneoff[i] == "true") continue
                    print id[i] FS service[i] FS state[i] FS image[id[i]]
                }
            }'
}
# same_place PATHS: those of them that are the project's directory, one a line
same_place() {
    IFS=$line
    set -- $1
    unset IFS
    in_time sh -c 'for other; do [ ! "$other" -ef "$0" ] || printf "%s\n" "$other"; done' "$directory" "$@"
}
# What is separated by commas, one a line.
lines_of() {
    IFS=,
    # shellcheck disable=SC2086 # that is the point
    printf '%s\n' $1
}

# The containers that are named, by their ids: inspect TEMPLATE ID...
inspect() {
    template=$1
    shift
    [ $# -eq 0 ] || docker inspect --type container --format "$template" "$@"
}
# The ids in the first column of a list.
ids() { printf '%s\n' "$1" | awk -F '\t' 'NF > 1 { print $1 }'; }

# How many containers a service has, at least one: replicas SERVICE
replicas() {
    printf '%s\n' "$members" | service=$1 awk -F '\t' '
        $2 "" == ENVIRON["service"] "" { n++ } END { print (n > 1 ? n : 1) }'
}
# The ids of a service's containers, one a line: containers_of SERVICE
containers_of() {
    printf '%s\n' "$members" | service=$1 awk -F '\t' '$2 "" == ENVIRON["service"] "" { print $1 }'
}
# The id of one of them, of a running one if there is one: container_of SERVICE
container_of() {
    printf '%s\n' "$members" | service=$1 awk -F '\t' '
        $2 "" == ENVIRON["service"] "" && (!found || $3 == "running") { found = $1 }
        END { printf "%s", found }'
}
