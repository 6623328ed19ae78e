# Inside a Redis container: what a redis-cli before 7.0 prints, as a later one does with --json, as far as steps of a
# repair ask for it.
plain_json() {
    list=""
    while IFS= read -r answer; do
        case $answer in
            "1) "* | [1-9]") "* | [1-9][0-9]") "*)
                [ "${answer%%)*}" != 1 ] || told_list
                list=${list:+$list,}${answer#*) }
                continue
                ;;
        esac
        told_list
        case $answer in
            "(error) "*) printf "error:\"%s\"\n" "${answer#(error) }" ;;
            "(integer) "*) printf "%s\n" "${answer#(integer) }" ;;
            "(empty array)" | "(empty list or set)") echo "[]" ;;
            "(nil)") echo null ;;
            OK | PONG) printf "\"%s\"\n" "$answer" ;;
            *) printf "%s\n" "$answer" ;;
        esac
    done
    told_list
}
told_list() {
    [ -z "$list" ] || printf "[%s]\n" "$list"
    list=""
}
