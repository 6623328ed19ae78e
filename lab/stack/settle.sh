#!/bin/sh
# Makes what can't be a file of the lab: secrets, certificates, owners and modes.
# Runs on the host, as root, in the project directory; again and again without harm.
#
# Every file is written in place: a container that mounts a single file holds its inode.
# redis_password.txt is what counts; the other two files are made to agree with it.
set -eu
umask 077

# put FILE OWNER:GROUP MODE: the content, lines of text, comes on stdin
put() {
    new=$(cat)
    if [ ! -f "$1" ] || [ "$(cat "$1")" != "$new" ]; then
        printf '%s\n' "$new" >"$1"
    fi
    own "$2" "$3" "$1"
}
# own OWNER:GROUP MODE FILE...: what is right already is not touched, or its ctime would say that it
# was: then a look has to see whether a container still has the same file.
own() {
    owner=$1 mode=$2
    shift 2
    for file in "$@"; do
        [ "$(stat -c %U:%G "$file")" = "$owner" ] || [ "$(stat -c %u:%g "$file")" = "$owner" ] ||
            [ "$(stat -c %u:%G "$file")" = "$owner" ] || chown "$owner" "$file"
        [ "$(stat -c %a "$file")" = "$mode" ] || chmod "$mode" "$file"
    done
}

# Docker makes an empty directory where the file of a bind mount is missing.
for file in secrets/*; do
    [ ! -d "$file" ] || rmdir "$file"
done

mkdir -p secrets certs
own deploy:deploy 755 . certs $(find api qdrant -type d)
own deploy:deploy 644 docker-compose.yml .env redis.conf Caddyfile $(find api qdrant -type f)
own deploy:deploy 750 secrets

for name in redis postgres; do
    file=secrets/${name}_password.txt
    [ -s "$file" ] || openssl rand -hex 24 | tee "$file" >/dev/null
done
# Compose ignores uid, gid and mode of file secrets: these are what containers see. Redis,
# PostgreSQL and the API run as 999; deploy reads the password through its group.
own 999:deploy 440 secrets/redis_password.txt secrets/postgres_password.txt

password=$(cat secrets/redis_password.txt)
hash=$(printf %s "$password" | sha256sum | cut -d ' ' -f 1)
put secrets/redis_users.acl 999:999 400 <<ACL
user default off sanitize-payload resetchannels -@all
user lwe-app on sanitize-payload #$hash ~* &* +@all +@pubsub
ACL
put secrets/redis_exporter_password.json 999:deploy 440 <<JSON
"$password"
JSON

if [ ! -s certs/aiwfe.com.pem ]; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 \
        -subj "/CN=pyinfra-runbooks lab CA" -keyout certs/ca.key -out certs/ca.pem \
        -addext basicConstraints=critical,CA:true \
        -addext keyUsage=critical,keyCertSign,cRLSign 2>/dev/null
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 \
        -subj /CN=aiwfe.com -CA certs/ca.pem -CAkey certs/ca.key \
        -keyout certs/aiwfe.com.key -out certs/aiwfe.com.pem \
        -addext subjectAltName=DNS:aiwfe.com \
        -addext basicConstraints=critical,CA:false \
        -addext extendedKeyUsage=serverAuth 2>/dev/null
    chmod 644 certs/*.pem
    rm certs/ca.key # nothing else is ever signed
fi
