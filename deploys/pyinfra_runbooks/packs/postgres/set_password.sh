# Has a role of PostgreSQL take the password that its clients have. The password stays on this host.
#
# + service: its service; container: the one that was looked at
# + alone: not empty: only where no client is logged in as that role
# + address, port, user, database, password_from, password_file: see inside_postgres.sh
. "$(dirname "$0")/../../engine/shell/audited.sh"
. "$(dirname "$0")/../../engine/shell/container.sh"
. "$(dirname "$0")/../../packs/postgres/inside_postgres.sh"
: "${service:?}" "${container:?}" "${alone=}"
postgres_set_sh=$(text_of packs/postgres/postgres_set.sh)

# Longer than all that it asks of the server, one after the other, each with a deadline of its own.
longest=180

set_password() {
    brought_to_its_end
    as_seen "$service" "$container"
    id=$container
    if said=$(with_patience "$longest" inside_postgres "$postgres_set_sh" ${alone:+alone} 2>&1); then
        case $said in '{"step" : "logged in",'*) printf '%s\n' "$said" && return ;; esac
        said='nothing proves that the role can log in'
    fi
    case $said in
        *'; nothing was changed' | *' was put back' | *' could not be put back' | *': look again') fail "$said" ;;
        *) fail "${said:+$said; }it is not known whether the role's password was changed: look again" ;;
    esac
}
audited set_password
