# Whether changed compose files mean what they meant, by Compose's own word.
#
# Set before: handed_list, the stack's files with descriptors in the place of some, which come over stdin
# as they are, and at last as they would be; further_list, the same and what is asked for besides, which
# comes between; handed_many and further_many, how many come; further_services, whom that may concern.

# compare_files: sets verdict to "same", or to what stands against it; changed, the services that have another
# hash than before, or come; and expected, what has to be resolved after the change.
compare_files() {
    receive_lines "$handed_many"
    control=$received
    receive_lines "$further_many"
    further=$received
    receive_lines "$handed_many"
    trial=$received
    verdict=unresolved changed=
    expected=$(everything_of "$config_files" '') || return 0
    # Handed over one by one they have to mean the same; or nothing is proved by a change of them.
    verdict=unlike
    again=$(everything_of "$handed_list" "$control") && [ "$again" = "$expected" ] || return 0
    verdict=unexpected
    if [ "$further_many" != 0 ]; then
        expected=$(everything_of "$further_list" "$control$further") || return 0
        changed=$(differing_services "$again" "$expected")
        verdict="concerns $changed"
        for one in $changed; do
            case $line$further_services$line in *"$line$one$line"*) ;; *) return 0 ;; esac
        done
    fi
    verdict=same
    again=$(everything_of "$handed_list" "$trial") && [ "$again" = "$expected" ] ||
        verdict="differs $(differing_services "$expected" "$again")"
}
