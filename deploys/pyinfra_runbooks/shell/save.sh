# Inside a Redis container: everything that Redis holds is on disk, and Redis says so. Prints why
# not, or nothing. The AUTH commands come over stdin. Set before: save (seconds), users,
# ask_sh, and told: whether its command line tells it not to save by itself.
logins=$(cat)
ask() {
    printf '%s\n%s\n' "$logins" "$1" | (eval "$ask_sh") 2>&1 | sed "1,${users}d" | tr -d '\r'
}
field() { printf '%s\n' "$info" | sed -n "s/^$1://p"; }
now() { date +%s; }

# Where nobody can log in to ask whether it saves when it stops, its configuration has to tell.
tells_not_to_save() {
    while read -r _ _ _ _ path _; do
        if [ -f "$path" ] && grep -Eiqs '^[[:space:]]*save[[:space:]]+""' "$path"; then return; fi
    done </proc/self/mountinfo
    return 1
}

info=$(ask 'INFO persistence')
until=$(($(now) + save))
while [ "$(field rdb_bgsave_in_progress)$(field aof_rewrite_in_progress)" != 00 ]; do
    if [ -z "$(field rdb_last_bgsave_status)" ]; then
        if [ -n "$told" ] || tells_not_to_save; then echo 'nobody can log in to save, and it is told not to save by itself'; fi
        exit
    elif [ "$(now)" -ge "$until" ]; then
        echo "a save goes on for more than $save s"
        exit
    fi
    sleep 0.1
    info=$(ask 'INFO persistence')
done
saves=$(field rdb_saves)
# Then no write may come after this one.
if [ "$(ask 'CONFIG GET save')" = '["save",""]' ] && [ "$(field aof_enabled)" = 0 ]; then
    ask "CLIENT PAUSE $((save * 1000)) WRITE" >/dev/null
fi
answer=$(ask BGSAVE)
info=$(ask 'INFO persistence')
while [ "$(field rdb_bgsave_in_progress)" = 1 ] && [ "$(now)" -lt "$until" ]; do
    sleep 0.05
    info=$(ask 'INFO persistence')
done
if [ "$(field rdb_bgsave_in_progress)" = 1 ]; then
    echo "the save takes more than $save s"
elif [ "$(field rdb_last_bgsave_status)" != ok ] || [ "$(field rdb_saves)" = "$saves" ]; then
    echo "the data could not be saved: $answer, rdb_last_bgsave_status:$(field rdb_last_bgsave_status)"
fi
