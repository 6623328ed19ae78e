# A look at a host before its stack comes up: what Compose declares, which images and volumes are there, who has which
# port. Reads only, and needs no container of the stack.
#
#     directory=/srv/app sh preflight.sh
#
# Prints the sections of ask_declared.sh, and: published, volume, info, image, server, every, socket.
#
# + ids: all containers that there are, one a line
# + published_template, image_template, info_template, every_subnet: what is asked of each
# Its other values: declared.sh.
. "$(dirname "$0")/../../engine/shell/text_of.sh"
. "$(dirname "$0")/../../engine/shell/containers.sh"
. "$(dirname "$0")/../../engine/shell/declared.sh"
: "${ids=}" "${published_template=}" "${image_template=}" "${info_template=}" "${every_subnet=}"
servers_awk=$(text_of engine/shell/json.awk preflight/shell/servers.awk)

# The images that Compose names, and those that it would build, one a line.
image_names() {
    printf '%s\n' "$config" | awk '
        function value(text) { sub(/^[^:]*: "/, "", text); sub(/",*$/, "", text); return text }
        /^  "name": "/ { project = value($0) }
        /^  "/ { top = $1 }
        top == "\"services\":" && /^    "[^"]*": \{/ { service = $1; gsub(/[":]/, "", service); names[++n] = service }
        top == "\"services\":" && /^      "image": "/ { image[service] = value($0) }
        END { for (i = 1; i <= n; i++) print names[i] in image ? image[names[i]] : project "-" names[i] }' |
        grep -x '[A-Za-z0-9._/:@-]*' | sort -u
}
# i NAME and its JSON; - where there is none, ? and why where that is not known
images() {
    for name in $(image_names); do
        found=$(docker image inspect --format "$image_template" "$name" 2>&1)
        case $found in
            '{'*) printf 'i %s %s\n' "$name" "$found" ;;
            *'o such image'*) printf 'i %s -\n' "$name" ;;
            *) printf 'i %s ? %s\n' "$name" "$(printf '%s' "$found" | tr -cd '\40-\176' | cut -c 1-200)" ;;
        esac
    done
}
# What starts the images' containers, and stays here.
brought() {
    for name in $(image_names); do
        docker image inspect --format \
            "i $name {\"entrypoint\":{{json .Config.Entrypoint}},\"cmd\":{{json .Config.Cmd}}}" "$name" 2>/dev/null
    done
}
servers() { { brought; printf '%s\n' "$whole" | sed 's/^/c /'; } | awk "$servers_awk"; }

# Who listens on which port: t TABLE for each that could be read, and l TABLE ADDRESS:PORT UID INODE as the kernel
# writes them; a ADDRESS and b ADDRESS for the host's own, n where it may bind others as well.
sockets() {
    for table in tcp tcp6 udp udp6; do
        [ -r "/proc/net/$table" ] || continue
        echo "t $table"
        awk -v table="$table" 'NR > 1 && $4 == (table ~ /^udp/ ? "07" : "0A") { print "l", table, $2, $8, $10 }' "/proc/net/$table"
    done
    awk '/32 host/ { print "a " last } { last = $2 }' /proc/net/fib_trie 2>/dev/null | sort -u
    awk '{ print "b " $1 }' /proc/net/if_inet6 2>/dev/null
    ! grep -q 1 /proc/sys/net/ipv4/ip_nonlocal_bind 2>/dev/null || echo n
}
# Where a subnet is declared, those of all networks: two of them must not overlap.
all_subnets() {
    case $config in *'"subnet": "'*) ;; *) return 0 ;; esac
    all=$(docker network ls --quiet) && docker network inspect --format "$every_subnet" $all
}
# The engine, and the space that is left where it keeps everything.
the_engine() {
    engine_info=$(docker info --format "$info_template" 2>&1) || {
        printf '%s\n' "$engine_info"
        return 1
    }
    printf '%s\n' "$engine_info"
    root=$(printf '%s\n' "$engine_info" | sed -n 's/.*"root": *"\([^"\\]*\)".*/\1/p')
    in_time df -Pk -- "$root" 2>/dev/null | awk 'NR > 1 { free = $(NF - 2) } END { if (free != "") print "f " free }'
}
# What containers publish. One that went meanwhile publishes nothing.
published() {
    # shellcheck disable=SC2086 # an id a word
    said=$(inspect "$published_template" $ids 2>&1) && ended=0 || ended=$?
    printf '%s\n' "$said"
    case $said in *'o such '*) ;; *) return "$ended" ;; esac
}

section published published
look_config
section volume docker volume ls --quiet
section info the_engine
[ -z "$config" ] || {
    section image images
    section server servers
    section every all_subnets
}
section socket sockets
