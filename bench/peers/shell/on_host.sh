# Runs on the host. Looks at everything side by side, then repairs what is wrong, then proves it.
set -u
project=ai_workflow_engine
redis=$project-redis-1 api=$project-api-1
cd "/srv/$project" || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# --- looking ---------------------------------------------------------------------------------

# A line for each container of the project: service, name, state, hash, networks with aliases.
# shellcheck disable=SC2016 # the names with $ are the template's
containers() {
    docker ps --all --quiet --filter "label=com.docker.compose.project=$project" |
        xargs docker inspect --format '{{index .Config.Labels "com.docker.compose.service"}}
            {{- " "}}{{slice .Name 1}} {{.State.Status}}
            {{- " "}}{{index .Config.Labels "com.docker.compose.config-hash"}}
            {{- range $net, $end := .NetworkSettings.Networks}} {{$net}}={{$end.IPAddress}}
                {{- range $end.Aliases}},{{.}}{{end}},{{end}}'
}

# Redis' own words: its rules, where they come from, and who is let in. The password stays inside.
# shellcheck disable=SC2016 # expanded in the container
inside='
    secrets=/run/secrets
    [ -r $secrets/redis_users_acl ] && echo mounted
    PING=$(redis-cli ping 2>&1); echo "stranger $PING"
    REDISCLI_AUTH=$(cat $secrets/redis_password); export REDISCLI_AUTH
    app() { redis-cli --user lwe-app --no-auth-warning "$@" 2>&1 | paste -s -d " " -; }
    echo "app $(app ping)"
    echo "aclfile $(app config get aclfile)"
    echo "lwe-app $(app acl getuser lwe-app)"
    echo "default $(app acl getuser default)"
'

# Four answers, a line each: health and token, directly and through Caddy.
ask_api() {
    direct=http://$1:8000/api/v1 public=https://aiwfe.com/api/v1
    curl --silent --max-time 5 --cacert certs/ca.pem --resolve aiwfe.com:443:127.0.0.1 \
        --write-out '\n' "$direct/health" "$direct/auth/csrf-token" \
        "$public/health" "$public/auth/csrf-token"
}

address() {
    docker inspect --format '{{range .NetworkSettings.Networks}}{{println .IPAddress}}{{end}}' \
        "$api" | head -n 1
}

# is_healthy FILE: whether all four answers are as they should be.
is_healthy() {
    [ "$(grep -c '^{"status":"ok","redis_connection":"ok"}$' "$1")" = 2 ] &&
        [ "$(grep -c '^{"csrf_token":"[^"]\{1,\}"}$' "$1")" = 2 ]
}

containers >"$work/containers" 2>&1 &
docker compose config >"$work/config" 2>&1 &
docker compose config --hash redis >"$work/hash" 2>&1 &
docker exec "$redis" sh -c "$inside" >"$work/redis" 2>&1 &
{ ask_api "$(address)" >"$work/api"; } 2>&1 &
stat -c '%n %u %g %a' secrets/redis_users.acl secrets/redis_password.txt >"$work/secrets" 2>&1
password=$(tr -d '\n' <secrets/redis_password.txt | sha256sum | cut -d ' ' -f 1)
wait

network=$(awk '/^networks:/ { on = 1 } on && $1 == "name:" { print $2; exit }' "$work/config")
if [ -z "$network" ]; then
    cat "$work/config" >&2
    exit 1
fi

# --- what is wrong ---------------------------------------------------------------------------

# field N SERVICE: of the containers' lines
field() { awk -v n="$1" -v service="$2" '$1 == service { print $n }' "$work/containers"; }

detached=
for service in api redis postgres qdrant caddy; do
    name=$project-$service-1
    line=$(grep "^$service $name running " "$work/containers")
    if [ -z "$line" ] && [ "$service" != redis ]; then
        echo "$name does not run" >&2
        exit 1
    fi
    ends=$(printf '%s\n' "$line" | tr ' ' '\n' | grep "^$network=")
    case $ends in *",$service,"*) ;; *) detached="$detached $service" ;; esac
    case $ends in *",$name,"*) ;; *) detached="$detached $service" ;; esac
done

owners=ok
grep -q '^secrets/redis_users.acl 999 999 400$' "$work/secrets" || owners=wrong
grep -q '^secrets/redis_password.txt 999 [0-9]* 440$' "$work/secrets" || owners=wrong

remake=no
[ "$(field 3 redis)" = running ] || remake=yes
[ "redis $(field 4 redis)" = "$(cat "$work/hash")" ] || remake=yes
grep -q '^mounted$' "$work/redis" || remake=yes
# Nobody of the names above can ask where the rules come from while lwe-app is not let in.
if grep -q '^app PONG' "$work/redis"; then
    grep -q '^aclfile aclfile /run/secrets/redis_users_acl' "$work/redis" || remake=yes
fi

acl=ok
grep -q '^app PONG' "$work/redis" || acl=wrong
grep -q '^stranger NOAUTH' "$work/redis" || acl=wrong
# Redis 7.0 leaves +@pubsub out: it adds nothing to +@all.
sed 's/ +@pubsub//' "$work/redis" >"$work/rules"
grep -q "^lwe-app flags on .*passwords $password commands +@all keys ~\* channels &\* " \
    "$work/rules" || acl=wrong
grep -q '^default flags off .*passwords *commands -@all keys *channels *selectors' \
    "$work/rules" || acl=wrong

# --- repairing -------------------------------------------------------------------------------

changed=no
if [ "$owners" = wrong ]; then
    changed=yes
    # Not everybody who may use Docker is root.
    docker run --rm --network none --volume "$PWD/secrets:/secrets" --entrypoint sh \
        "$(docker inspect --format '{{.Image}}' "$redis")" -c '
            cd /secrets && chown 999:999 redis_users.acl && chmod 400 redis_users.acl &&
            chown 999 redis_password.txt && chmod 440 redis_password.txt' || exit 1
fi

if [ "$remake" = yes ]; then
    changed=yes
    # shellcheck disable=SC2016 # expanded in the container
    [ "$(field 3 redis)" != running ] || docker exec "$redis" sh -c '
        REDISCLI_AUTH=$(cat /run/secrets/redis_password 2>/dev/null) && export REDISCLI_AUTH &&
            redis-cli -e --user lwe-app --no-auth-warning save || redis-cli -e save' || exit 1
    docker compose up --detach --no-deps --force-recreate redis || exit 1
elif [ "$acl" = wrong ]; then
    changed=yes
    # shellcheck disable=SC2016
    docker exec "$redis" sh -c '
        REDISCLI_AUTH=$(cat /run/secrets/redis_password) && export REDISCLI_AUTH
        redis-cli -e --user lwe-app --no-auth-warning acl load || redis-cli -e acl load' || exit 1
fi

# shellcheck disable=SC2086 # a list
for service in $(printf '%s\n' $detached | sort -u); do
    [ "$service $remake" != "redis yes" ] || continue
    changed=yes
    name=$project-$service-1
    # There without its names: it has to leave first.
    docker network disconnect "$network" "$name" 2>/dev/null
    docker network connect --alias "$service" --alias "$name" "$network" "$name" || exit 1
done

# --- proof -----------------------------------------------------------------------------------

if [ "$changed" = no ] && is_healthy "$work/api"; then
    echo "healthy: nothing to change"
    exit 0
fi

# comes_back TENTHS: ask until all is healthy
comes_back() {
    left=$1
    until ask_api "$(address)" >"$work/api"; is_healthy "$work/api"; do
        left=$((left - 1))
        [ "$left" -gt 0 ] || return 1
        sleep 0.1
    done
}

if ! comes_back 30; then
    docker restart "$api" || exit 1
    comes_back 300 || { cat "$work/api" >&2; exit 1; }
fi
echo "repaired:$detached remake=$remake acl=$acl owners=$owners"
