# Whom an ACL file would let in: nothing is started with one that admits anybody.
#
# Set before: old_acl, new_acl.

# admits_anybody ACL: whether who has no login is its user default, which is on, with nopass; so it is in a
# file that does not name it.
admits_anybody() {
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
    [ -z "$new_acl" ] || ! admits_anybody "$new_acl" ||
        fail 'its ACL file admits anybody, and what should be in it is not known; nothing was changed'
}
