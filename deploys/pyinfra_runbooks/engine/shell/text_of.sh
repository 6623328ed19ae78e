# For a script that is run by itself: what it hands over to another shell, or to awk. On its way to a host the
# assembler has put the text in the place of each line that calls this.

# text_of FILE...: these files, by their paths in the package; in the place of each line that names another one that
# one, and of each that hands one over a quoted value.
text_of() {
    for text_file in "$@"; do
        while IFS= read -r text_line; do
            case $text_line in
                '. "$(dirname "$0")/../../engine/shell/text_of.sh"') ;;
                '. "$(dirname "$0")/../../'*)
                    text_line=${text_line#*/../../}
                    (text_of "${text_line%\"}")
                    ;;
                *'=$(text_of '*')')
                    printf "%s='" "${text_line%%=*}"
                    text_line=${text_line#*text_of }
                    (text_of ${text_line%)}) | sed "s/'/'\\\\''/g"
                    echo "'"
                    ;;
                *) printf '%s\n' "$text_line" ;;
            esac
        done <"$(dirname "$0")/../../$text_file"
    done
}
