# The first line that comes over stdin is what the controller knows of the audit's line.
IFS= read -r entry || {
    echo 'the line for the audit did not arrive; nothing was changed' >&2
    exit 1
}
