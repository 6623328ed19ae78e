# Which certificates a service shows. For each name the words
#   name NAME
#   start DATE, expire DATE, issuer WHO    in curl's words
#   says WHY                               it showed none
#
#     address=172.30.0.9 names=example.com sh ask_certificate.sh
#
# + address, port: where it listens; default: 443
# + names: those that clients call it by, one a line
. "$(dirname "$0")/../../engine/shell/common.sh"
: "${address:?}" "${port:=443}" "${names:?}"

# shows NAME OPTION...: what curl says of the certificate, by any issuer.
shows() {
    at=$1
    shift
    LC_ALL=C curl -q -sS --verbose --insecure --head --noproxy '*' --max-time 5 "$@" --output /dev/null \
        --resolve "$at:$port:$address" "https://$at:$port/" 2>&1 </dev/null |
        sed -E 's/[^[:print:]]/?/g; s/^\*[? ]+/* /' |
        sed -nE 's/^\* (start|expire) date: */\1 /p; s/^\* issuer: */issuer /p; s/^curl: /says /p' | cut -c 1-300
}
# No key is that one: curl hangs up once it has seen the certificate, and nothing is asked of what is behind it. One that
# is built with GnuTLS tells of it only where the key is right.
no_key=sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
certificates() {
    if ! command -v curl >/dev/null; then
        echo 'there is no curl on this host'
        return 1
    fi
    IFS=$line
    # shellcheck disable=SC2086 # one name a line
    set -- $names
    unset IFS
    late=''
    for each in "$@"; do
        # One that does not answer keeps the look waiting once, and not for each of its names.
        [ -z "$late" ] || { printf 'name %s\nsays not asked: it did not answer for %s in time\n' "$each" "$late" && continue; }
        shown=$(shows "$each" --pinnedpubkey "$no_key")
        case $shown in
            *'expire '*) ;;
            *'(90)'*) shown=$(shows "$each") ;;
            *'(28)'*) late=$each ;;
        esac
        case $shown in *'expire '*) shown=$(printf '%s\n' "$shown" | sed '/^says /d') ;; esac
        printf 'name %s\n%s\n' "$each" "$shown"
    done
}
certificates
