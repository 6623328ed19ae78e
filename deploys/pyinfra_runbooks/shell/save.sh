# Inside a Redis container: what it acknowledged is on disk, and it says so itself. Prints one line of
# JSON with what it proved, or "!" and why not. Nothing else is a proof, silence least of all.
#
# The AUTH commands come over stdin. Set before: save (seconds that a save may take), logins_n (how
# many answers the logins give), ask_sh; next (aof, or rdb: what it will read when it starts next);
# tried (the number of an earlier save of this run); hold (seconds; not empty: no client may write
# for so long, and a copy of the saved file is kept, as a hard link).
logins=$(cat)
held=
ask() {
    printf '%s\n' "${logins:+$logins
}$1" | (eval "$ask_sh") | tail -n "+$((logins_n + 1))" | tr -d '\r'
}
now() { read -r up _ </proc/uptime && echo "${up%.*}"; }
field() { printf '%s\n' "$info" | sed -n "s/^$1://p"; }
setting() { ask "CONFIG GET $1" | sed -n 's/^\["[a-z-]*","\(.*\)"\]$/\1/p'; }
no() {
    printf '!%s\n' "$1"
    [ -z "$held" ] || ask 'CLIENT UNPAUSE' >/dev/null
    exit 1
}
# await FIELD...: until none of these is going on.
await() {
    while :; do
        info=$(ask 'INFO persistence')
        going_on=
        for name in "$@"; do going_on=$going_on$(field "$name"); done
        case $going_on in
            '') no "it does not tell whether its data is saved: $info" ;;
            *[!0]*) [ "$(now)" -lt "$until" ] || no "a save takes more than $save s" ;;
            *) return ;;
        esac
        sleep 0.05
    done
}
# A new dump of all that it holds; what was tried before counts where nothing was written since.
dump() {
    saves=$(field rdb_saves)
    if [ -n "$hold" ] && [ "$(field rdb_changes_since_last_save)$saves" = "0$tried" ]; then return; fi
    answer=$(ask BGSAVE)
    await rdb_bgsave_in_progress
    if [ "$(field rdb_last_bgsave_status)" != ok ] || [ "$(field rdb_saves)" = "$saves" ]; then
        no "the data could not be saved: $answer, rdb_last_bgsave_status:$(field rdb_last_bgsave_status)"
    fi
}
# A log that holds nothing but what there is. One that holds transactions would not do: a server whose user
# "default" is off drops them when it loads its log, and says nothing (redis#14541, valkey#3983).
rewrite() {
    rewrites=$(field aof_rewrites)
    [ "$rewrites" = 0 ] || [ "$(field aof_current_size)" != "$(field aof_base_size)" ] || return
    answer=$(ask BGREWRITEAOF)
    await aof_rewrite_in_progress aof_rewrite_scheduled aof_pending_bio_fsync
    if [ "$(field aof_last_bgrewrite_status)" != ok ] || [ "$(field aof_rewrites)" = "$rewrites" ]; then
        no "its AOF could not be rewritten: $answer, aof_last_bgrewrite_status:$(field aof_last_bgrewrite_status)"
    fi
}

until=$(($(now) + save))
directory=$(setting dir) dbfilename=$(setting dbfilename)
[ -d "$directory" ] && [ -n "$dbfilename" ] || no "it does not tell where its data is: $directory"
[ "$(stat -f -c %T "$directory")" != tmpfs ] || no "its data is in memory only: $directory is a tmpfs"
if [ -n "$hold" ]; then
    held=yes
    answer=$(ask "CLIENT PAUSE $((hold * 1000)) WRITE")
    [ "$answer" = '"OK"' ] || no "writes can't be held back: $answer"
fi
await rdb_bgsave_in_progress aof_rewrite_in_progress aof_rewrite_scheduled aof_pending_bio_fsync
aof=$(field aof_enabled)
[ "$(field loading)" = 0 ] || no 'it is still loading its data'
# What is saved is what it may read when it starts next: its log, where it keeps one; and a dump, unless it
# is known to read the log.
how=
if [ "$aof" = 1 ]; then
    how=AOF
    rewrite
    [ "$(field aof_last_write_status)" = ok ] || no 'its last write to the AOF failed'
fi
if [ "$aof" != 1 ] || { [ -n "$hold" ] && [ "$next" != aof ]; }; then
    how=${how:+$how+}RDB
    dump
    [ -z "$hold" ] || [ "$(field rdb_changes_since_last_save)" = 0 ] ||
        no 'it is written to though writes are held back'
fi
copy=
if [ -n "$hold" ] && [ "$how" != AOF ]; then
    copy=$directory/$dbfilename.before-recovery-$(field rdb_last_save_time)
    ln -f "$directory/$dbfilename" "$copy" || no "no copy of $directory/$dbfilename can be kept"
fi
keys=$(ask 'INFO keyspace' | sed -n '/^# Keyspace/p; s/^db[0-9]*:keys=\([0-9]*\),.*/\1/p' |
    { read -r _ || exit; sum=0; while read -r n; do sum=$((sum + n)); done; echo "$sum"; })
saves=$(field rdb_saves) size=$(field aof_current_size)
case ":$keys:$saves:$aof:${size:=0}:" in
    *::* | *[!0-9:]*) no "it does not tell what it holds: $keys keys, $saves saves, $size bytes of AOF" ;;
esac
printf '{"step":"saved","how":"%s","keys":%s,"rdb_saves":%s,"aof":%s,"aof_size":%s,"dir":"%s","dbfilename":"%s","copy":"%s"}\n' \
    "$how" "$keys" "$saves" "$aof" "$size" "$directory" "$dbfilename" "$copy"
