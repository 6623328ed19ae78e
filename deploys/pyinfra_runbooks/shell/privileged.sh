# Runs put.sh's functions where they may: here, or, if this user may not, in a container as root,
# which a member of the docker group may do anyway: with the file's directory, without a network,
# from an image that is here already.

# as_owner PATH COMMAND: COMMAND is shell, and what it reads comes over stdin.
as_owner() {
    directory_of=$(doubled "$(dirname -- "$1")")
    if [ "$(id -u)" = 0 ]; then
        sh -c "LC_ALL=C$line$put_sh$2"
    else
        docker_with_input run --rm -i --network none --pull never --user 0:0 --entrypoint sh \
            --mount "type=bind,\"src=$directory_of\",\"dst=$directory_of\"" \
            "$(helper_image)" -c "LC_ALL=C$line$put_sh$2"
    fi
}
