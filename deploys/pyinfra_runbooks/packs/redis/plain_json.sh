# Inside a Redis container: turns what a redis-cli before 7.0 prints into what a later one prints with --json, as far as
# steps of a repair ask for it.
plain_json() {
    list=""
    while IFS= read -r answer; do
        case $answer in
            "1) "* | [1-9]") "* | [1-9][0-9]") "*)
                [ "${answer%%)*}" != 1 ] || end_list
                list=${list:+$list,}${answer#*) }
                continue
                ;;
        esac
        end_list
        case $answer in
            "(error) "*) printf "error:\"%s\"\n" "${answer#(error) }" ;;
            "(integer) "*) printf "%s\n" "${answer#(integer) }" ;;
            "(empty array)" | "(empty list or set)") echo "[]" ;;
            "(nil)") echo null ;;
            OK | PONG) printf "\"%s\"\n" "$answer" ;;
            *) printf "%s\n" "$answer" ;;
        esac
    done
    end_list
}
end_list() {
    [ -z "$list" ] || printf "[%s]\n" "$list"
    list=""
}
