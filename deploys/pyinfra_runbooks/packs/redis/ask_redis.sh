# What a Redis says, and what its container sees of its mounts (inside_redis.sh). Reads only.
#
# Where no login is declared, the one that its own container holds is looked for, and sent to no other.
#
#     id=0123456789ab questions=INFO sh ask_redis.sh
#
# Over stdin come the passwords of those in login_users that have no file. Only a container that holds a secret of its
# stack already gets a login; another one is asked without, and `withheld` comes before all that it says.
#
# + id: its container
# + service, acl_file: what Compose calls it, and where in it its ACL is to be
# + own_files: the secret files on the host that only who is this Redis mounts, one a line
# + all_secrets: not empty: it is the only one, and the project's secrets are among them
# + login_users: see credentials.sh
# + questions: what it is asked, one command a line
# + reach, port, look_for, shared, data, json_matters: see inside_redis.sh
# + variable, file: where in its container its login is; default: wherever its arguments, its configuration and its
#   environment name one
. "$(dirname "$0")/../../engine/shell/text_of.sh"
. "$(dirname "$0")/../../packs/redis/credentials.sh"
. "$(dirname "$0")/../../packs/redis/logins.sh"
. "$(dirname "$0")/../../packs/redis/held_words.sh"
: "${id:?}" "${service=}" "${acl_file=}" "${own_files=}" "${all_secrets=}" "${questions=}"
: "${reach=}" "${port=}" "${look_for=}" "${shared=}" "${data=}" "${json_matters=}"
inside_redis_sh=$(text_of packs/redis/inside_redis.sh)
connections_awk=$(text_of packs/redis/connections.awk)

# What Compose mounts where its ACL is to be; and the project's secrets, where it is the only Redis.
secret_files() {
    compose config --format json 2>/dev/null | acl_file=$acl_file service=$service all=$all_secrets awk "$plain_awk"'
        /^  "/ { top = $1 }
        /^    "/ { here = index($0, "    \"" ENVIRON["service"] "\":") == 1 }
        { sub(/,$/, "") }
        top == "\"secrets\":" && sub(/^      "file": /, "") && ENVIRON["all"] != "" { print plain($0) }
        here && sub(/^          "source": /, "") { source = plain($0) }
        here && sub(/^          "target": /, "") && plain($0) == ENVIRON["acl_file"] { print source }'
}
# may_get_logins ID LOGINS: whether it may get them, by its own files, or by those that Compose knows of.
may_get_logins() {
    ours=$own_files
    may_get_login "$@" || { ours=$(secret_files) && mounts_ours "$1"; }
}

read_passwords
login_lines=$(logins)
[ -z "$login_lines" ] || may_get_logins "$id" "$login_lines" || {
    echo withheld
    login_lines=$(printf "%s\n" "$login_lines" | sed "s/.*/ECHO withheld/")
}
asked() {
    {
        held_words
        [ -z "$port" ] || echo "@port $port"
        printf "@ask\nRESET\nPING\n"
        [ -z "$login_lines" ] || printf "%s\n" "$login_lines"
        [ -z "$look_for" ] || echo @held
        printf "%s\n" "$questions"
    } | docker_with_input exec -i -e reach="$reach" -e look_for="$look_for" -e shared="$shared" -e data="$data" \
        -e acl_file="$acl_file" -e json_matters="$json_matters" "$id" sh -c "$inside_redis_sh"
}
# Who is connected is counted here: names that clients give themselves may hold anything. How docker ended counts.
{ status=$({ { asked 3>&- 4>&-; echo $? >&3; } 2>&1 | questions=$questions login_users=$login_users awk "$connections_awk" >&4; } 3>&1); } 4>&1
exit "$status"
