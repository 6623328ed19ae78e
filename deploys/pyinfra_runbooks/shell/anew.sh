# A container made anew by Compose, of the image that was running.
#
# Set before: service, image_name, running (the id of the image that was running; empty: there is no
# container), stop and ready (seconds).

# make_anew: sets made (not empty: Compose did it) and said (what Compose said).
make_anew() {
    [ -z "$running" ] || keep_image "$running" || fail "$refused; nothing was changed"
    said=$(with_patience $((stop + ready + 2 * patience)) compose up -d --no-deps --no-build --pull never \
        --force-recreate --timeout "$stop" --scale "$service=$(replicas "$service")" "$service" 2>&1) &&
        made=yes || made=
    [ -z "$running" ] || names_back || echo "the next run puts back what $image_name stood for"
}
# listed: the stack's containers, as soon as the engine tells.
listed() {
    deadline=$(($(now) + 2 * patience))
    until list_stack; do
        [ "$(now)" -lt "$deadline" ] || return 1
        sleep 0.2
    done
}
