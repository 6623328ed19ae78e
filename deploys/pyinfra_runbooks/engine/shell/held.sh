# What a container holds in one of its directories.

# held_in DIRECTORY: the first thing in it that is no empty directory
held_in() {
    for path in "$1"/* "$1"/.[!.]* "$1"/..?*; do
        [ -e "$path" ] || [ -L "$path" ] || continue
        if [ -d "$path" ] && [ ! -L "$path" ] && names=$(ls -A -- "$path" 2>&1) && [ -z "$names" ]; then continue; fi
        printf '%s' "$path"
        return
    done
}
