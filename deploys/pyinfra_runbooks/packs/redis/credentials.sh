# The logins of the declared users. A password comes from a file of this host, or over stdin.
#
# + login_users: a line each: the name, as redis-cli reads it, and the path of the file, or nothing
. "$(dirname "$0")/../../engine/shell/reading.sh"
. "$(dirname "$0")/../../engine/shell/redis_escape.sh"
: "${login_users=}"

# read_passwords: sets passwords, those that come over stdin, a line each and escaped.
read_passwords() {
    passwords=''
    IFS=$line
    for user in $login_users; do
        unset IFS
        [ -z "${user#* }" ] || continue
        IFS= read -r password || password=''
        passwords=$passwords$password$line
    done
    unset IFS
}
# logins: the AUTH commands; first with the passwords that Redis' container sees, which may be older than the host's;
# then with those that are declared.
logins() {
    printf '%s\n' "$login_users" | sed -n 's/^\([^ ]*\) \(.\)/@mounted \1 \2/p'
    printf '%s' "$passwords" | {
        IFS=$line
        for user in $login_users; do
            unset IFS
            if [ -n "${user#* }" ]; then
                password=$(read_file "${user#* }" </dev/null | redis_escape)
            else
                IFS= read -r password || password=''
            fi
            printf 'AUTH %s "%s"\n' "${user%% *}" "$password"
        done
    }
}
