# Where a process listens, which a check did not reach.
#
# + number: the check
# + process: the main process of the container
: "${number:=0}" "${process=}"

# listens: l NUMBER PORT..., the ports that are listened on where the process is, for others than itself; nothing where there is
# none, or nobody may know.
listens() {
    cat "/proc/$process/net/tcp" "/proc/$process/net/tcp6" 2>/dev/null | awk -v number="$number" '
        function decimal(hex,    i, n) {
            for (i = 1; i <= length(hex); i++) n = 16 * n + index("0123456789ABCDEF", substr(hex, i, 1)) - 1
            return n
        }
        $4 == "0A" && $2 !~ /7F:/ && $2 !~ /^0*01000000:/ {
            port = decimal(substr($2, length($2) - 3))
            if (!seen[port]++) ports = ports " " port
        }
        END { if (ports != "") print "l " number ports }'
}
