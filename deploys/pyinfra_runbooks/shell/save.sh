# Inside a Redis container: everything that Redis holds is on disk, and Redis says so. Prints why
# not, or nothing. The AUTH commands come over stdin. Set before: save and stop (seconds), logins_n
# (how many answers the logins give), ask_sh; last: whether it is stopped behind this. Then no
# client writes any more, and two lines more are printed:
#   =keys how many keys it holds      =copy where a copy of the saved file is, a hard link
logins=$(cat)
ask() {
    printf '%s\n%s\n' "$logins" "$1" | (eval "$ask_sh") | sed "1,${logins_n}d" | tr -d '\r'
}
field() { printf '%s\n' "$info" | sed -n "s/^$1://p"; }
now() { date +%s; }
give_up() {
    printf '%s\n' "$1"
    ask 'CLIENT UNPAUSE' >/dev/null
    exit
}
# await FIELD...: until none of these is going on
await() {
    while :; do
        info=$(ask 'INFO persistence')
        going_on=
        for name in "$@"; do going_on=$going_on$(field "$name"); done
        case $going_on in
            '') give_up "it does not tell whether its data is saved: $info" ;;
            *1*) [ "$(now)" -lt "$until" ] || give_up "a save takes more than $save s" ;;
            *) return ;;
        esac
        sleep 0.05
    done
}

until=$(($(now) + save))
setting() { ask "CONFIG GET $1" | sed -n 's/^\["[a-z]*","\(.*\)"\]$/\1/p'; }
directory=$(setting dir)
[ -d "$directory" ] || give_up "it does not tell where its data is: $directory"
[ "$(stat -f -c %T "$directory")" != tmpfs ] || give_up "its data is in memory only: $directory is a tmpfs"
if [ -n "$last" ]; then
    answer=$(ask "CLIENT PAUSE $(((save + stop) * 1000)) WRITE")
    [ "$answer" = '"OK"' ] || give_up "writes can't be held back: $answer"
fi
await rdb_bgsave_in_progress aof_rewrite_in_progress
saves=$(field rdb_saves)
if [ -z "$last" ] || [ "$(field rdb_changes_since_last_save)$(field rdb_saves)" != "0$tried" ]; then
    answer=$(ask BGSAVE)
    await rdb_bgsave_in_progress
    if [ "$(field rdb_last_bgsave_status)" != ok ] || [ "$(field rdb_saves)" = "$saves" ]; then
        give_up "the data could not be saved: $answer, rdb_last_bgsave_status:$(field rdb_last_bgsave_status)"
    fi
fi
echo "=tried $(field rdb_saves)"
[ -n "$last" ] || exit 0
[ "$(field rdb_changes_since_last_save)" = 0 ] || give_up 'it is written to though writes are held back'
file=$directory/$(setting dbfilename)
ln -f "$file" "$file.before-recovery" || give_up "no copy of $file can be kept"
echo "=copy $file"
ask 'INFO keyspace' | sed -n 's/^db[0-9]*:keys=\([0-9]*\),.*/\1/p' |
    { keys=0; while read -r n; do keys=$((keys + n)); done; echo "=keys $keys"; }
