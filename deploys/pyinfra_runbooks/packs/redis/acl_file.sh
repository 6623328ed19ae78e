# The ACL file of Redis: what should be in it, and whom it would let in.
#
# + acl_path: its path on this host; empty: it has none
# + acl_lines_n: how many lines of declared users come over stdin: their hashes belong in no command line
# + acl_is_right: not empty: the file that is there means the same, and stays
. "$(dirname "$0")/../../engine/shell/privileged.sh"
. "$(dirname "$0")/../../engine/shell/container.sh"
: "${acl_path=}" "${acl_lines_n:=0}" "${acl_is_right=}"
old_acl='' new_acl=''

# read_acl_lines: sets acl_lines. What did not arrive is no empty ACL.
read_acl_lines() {
    acl_lines=''
    for _ in $(seq "$acl_lines_n"); do
        IFS= read -r acl_line || acl_line=''
        case $acl_line in
            'user '*) acl_lines=${acl_lines:+$acl_lines$line}$acl_line ;;
            *) fail 'the ACL did not arrive as a whole; nothing was changed' ;;
        esac
    done
}
# read_acl: sets old_acl, what is in the file, and new_acl, what should be: the declared users' lines, and the lines
# of users that nobody declared.
read_acl() {
    old_acl=$(read_file "$acl_path") || {
        [ $? = 3 ] || fail "$acl_path can't be read; nothing was changed"
        old_acl=''
    }
    new_acl=$old_acl
    [ -n "$acl_is_right" ] || new_acl=$(acl_content)
}
acl_content() {
    printf '%s\n' "$acl_lines"
    names=$(printf '%s\n' "$acl_lines" | cut -d ' ' -f 2)
    printf '%s\n' "$old_acl" | tr -d '\r' | names=$names awk '
        BEGIN { split(ENVIRON["names"], list, "\n"); for (n in list) ours[list[n]] = 1 }
        $1 == "user" && !($2 in ours) && !seen[$2]++'
}

write_acl() {
    printf '%s\n' "$1" | put_as_user_or_root "$acl_path" '' '' ''
}
write_new_acl() {
    [ "$new_acl" = "$old_acl" ] || write_acl "$new_acl" ||
        fail "the ACL file $acl_path could not be written; it is as it was"
}
acl_as_it_was() { [ -z "$old_acl" ] || [ "$new_acl" = "$old_acl" ] || tried write_acl "$old_acl"; }

# admits_unauthenticated ACL: whether who has no login is its user default, which is on, with nopass; so it is in a
# file that does not name it.
admits_unauthenticated() {
    printf '%s\n' "$1" | tr -d '\r' | awk '
        $1 == "user" && $2 == "default" {
            named = 1
            for (i = 3; i <= NF; i++) {
                rule = tolower($i)
                if (rule == "on") on = 1
                if (rule == "nopass") nopass = 1
                if (rule ~ /^(off|reset)$/) on = 0
                if (rule ~ /^([>#]|reset$|resetpass$)/) nopass = 0
            }
        }
        END { exit named && !(on && nopass) }'
}
# never_open: fails where it would be started with such a file, as nobody knows what should be in it. Of one
# that has no ACL file its configuration says who may come in.
never_open() {
    [ -z "$new_acl" ] || ! admits_unauthenticated "$new_acl" ||
        fail 'its ACL file admits unauthenticated clients, and what should be in it is not known; nothing was changed'
}
