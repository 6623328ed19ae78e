# Inside a Redis container: what it acknowledged is on disk, and it says so itself. Prints one line of
# JSON with what it proved, or "!" and why not. Nothing else is a proof, silence least of all.
#
# The AUTH commands come over stdin; they are counted, since an end of input that comes at once is sometimes
# never reported (moby#37870). Who may log in may be refused CONFIG, BGSAVE or CLIENT (NOPERM). Then INFO alone proves
# it, or nothing does.
#
# + logins_n: how many answers the logins give
# + ask_sh: what asks Redis, see ask.sh
# + save: seconds that a save may take
# + next: aof or rdb: what it will read when it starts next
# + earlier: the number of an earlier save of this run
# + hold: seconds; not empty: no client may write for so long, and a copy of the saved file is kept, as a hard link
# + data: where its data is said to be
# + fleeting: not empty: what it has on disk goes with its container
# + unsaved: accept: what it has in memory only may go
. "$(dirname "$0")/../../packs/redis/asking.sh"
. "$(dirname "$0")/../../engine/shell/held.sh"
. "$(dirname "$0")/../../engine/shell/now.sh"
: "${logins_n:=0}" "${ask_sh:?}" "${save:=60}" "${next=}" "${earlier=}" "${hold=}" "${data:=/data}"
: "${fleeting=}" "${unsaved:=refuse}"
login_lines=$(head -n "$logins_n")
held=''
inside() { sh -c "$ask_sh" | tr -d '\r'; }
field() { printf '%s\n' "$info" | sed -n "s/^$1://p"; }
setting() { ask "CONFIG GET $1" | sed -n 's/^\["[a-z-]*","\(.*\)"\]$/\1/p'; }
no() {
    printf '!%s\n' "$1"
    [ "$held" != yes ] || ask 'CLIENT UNPAUSE' >/dev/null
    exit 1
}
# await FIELD...: until none of these is going on.
await() {
    while :; do
        info=$(ask 'INFO persistence')
        going_on=''
        for name in "$@"; do going_on=$going_on$(field "$name"); done
        case $going_on in
            '') no "it does not say whether its data is saved: $info" ;;
            *[!0]*) [ "$(now)" -lt "$until" ] || no "a save takes more than $save s" ;;
            *) return ;;
        esac
        sleep 0.05
    done
}
# A new dump of all that it holds; what was tried before counts where nothing was written since.
dump() {
    saves=$(field rdb_saves)
    if [ -n "$hold" ] && [ "$(field rdb_changes_since_last_save)$saves" = "0$earlier" ]; then return; fi
    answer=$(ask BGSAVE)
    case $answer in
        *NOPERM*)
            nothing_unsaved
            return
            ;;
    esac
    await rdb_bgsave_in_progress
    if [ "$(field rdb_last_bgsave_status)" != ok ] || [ "$(field rdb_saves)" = "$saves" ]; then
        no "the data could not be saved: $answer, rdb_last_bgsave_status:$(field rdb_last_bgsave_status)"
    fi
}
# Nobody may have it save.
nothing_unsaved() {
    how=${how%RDB}INFO
    info=$(ask 'INFO persistence')
    [ "$(field rdb_last_bgsave_status)" = ok ] || no "its last save failed, and nobody may have it save: $answer"
    changes=$(field rdb_changes_since_last_save)
    [ "$changes" = 0 ] || no "$changes changes are not saved, and nobody may have it save: $answer"
}
# Nobody may ask where its data is. A dump is known by its time: that of the last save; or it is the only one
# that was there when it started, where it has saved none since.
dump_of_info() {
    [ "$aof" = 0 ] || no "nobody may ask where its AOF is: $answer"
    directory=$data dbfilename='' saved_at=$(field rdb_last_save_time) since=0
    [ "$(field rdb_saves)" = 0 ] || since=$((saved_at - $(field rdb_last_bgsave_time_sec) - 2))
    for file in "$data"/*.rdb; do
        case $file in */temp-*) continue ;; esac
        at=$(stat -c %Y -- "$file" 2>/dev/null) && [ "$at" -ge "$since" ] && [ "$at" -le "$saved_at" ] || continue
        [ -z "$dbfilename" ] || no "nobody may ask which is its dump, $dbfilename or ${file##*/}: $answer"
        dbfilename=${file##*/}
    done
    [ -n "$dbfilename" ] || no "nobody may ask where its data is, and $data has no dump of its last save: $answer"
}
# Nobody may hold writes back. What is written until it stops is kept as its own settings have it, if it hears
# of the stop; but a log would lose the transactions of that time, see below.
without_hold() {
    held=no
    [ "$aof:$next" = 0:rdb ] || no "writes can't be held back, and its AOF would lose some of them: $answer"
    case $(ask 'INFO server' | sed -n 's/^process_id://p'):$(cat /proc/1/comm) in
        1:* | [0-9]*:docker-init | [0-9]*:tini | [0-9]*:dumb-init | [0-9]*:catatonit) ;;
        *) no "writes can't be held back, and it may not hear of a stop: process 1 is $(cat /proc/1/comm)" ;;
    esac
}
# What no file has goes with a stop. Who may not ask for users can see whether any were made since the start.
no_unseen_users() {
    case $(ask 'ACL USERS') in *NOPERM*) ;; *) return ;; esac
    commands=$(ask 'INFO commandstats')
    case $commands in
        *'cmdstat_acl|setuser:'*) no 'users were made at run time (ACL SETUSER), and nobody may ask which: a stop removes them' ;;
        '# Commandstats'*) ;;
        *) no "it does not say whether users were made at run time: $commands" ;;
    esac
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
# How many keys it holds; nothing where it does not tell.
keys_held() {
    ask 'INFO keyspace' | sed -n '/^# Keyspace/p; s/^db[0-9]*:keys=\([0-9]*\),.*/\1/p' |
        { read -r _ || exit; sum=0; while read -r n; do sum=$((sum + n)); done; echo "$sum"; }
}
# What it has on disk would go with its container: so it has nothing there, and writes nothing by its own
# settings. Nor has it anything in memory, unless that may go.
nothing_to_keep() {
    [ "$(field loading)" = 0 ] || no 'it is still loading its data'
    saves=$(ask 'CONFIG GET save')
    [ "$aof:$saves" = '0:["save",""]' ] || no "what it saves would go with its container: aof_enabled:$aof, $saves"
    [ "${directory%/}" = "${data%/}" ] || no "its data is in $directory, and would go with its container"
    file=$(held_in "$directory")
    [ -z "$file" ] || no "$file would go with its container"
    keys=$(keys_held) functions=$(ask 'INFO memory' | sed -n 's/^number_of_functions:\([0-9]*\)$/\1/p')
    case $unsaved:$keys:${functions:-0} in
        *::*) no 'it does not say how many keys it holds' ;;
        accept:* | *:0:0) ;;
        *) no "it holds $keys keys and ${functions:-0} functions in memory only, which would go with its container" ;;
    esac
    case ${pause:-} in '' | '"OK"') ;; *) held=no ;; esac
    printf '{"step":"saved","how":"nothing to keep","keys":%s,"held":"%s","copy":""}\n' "$keys" "$held"
    exit
}

until=$(($(now) + save))
answer=$(ask 'CONFIG GET dir')
case $answer in
    *NOPERM*) directory='' dbfilename='' ;;
    *)
        directory=$(setting dir) dbfilename=$(setting dbfilename)
        [ -d "$directory" ] && [ -n "$dbfilename" ] || no "it does not say where its data is: $directory"
        ;;
esac
if [ -n "$hold" ]; then
    held=yes
    pause=$(ask "CLIENT PAUSE $((hold * 1000)) WRITE")
fi
await rdb_bgsave_in_progress aof_rewrite_in_progress aof_rewrite_scheduled aof_pending_bio_fsync
aof=$(field aof_enabled)
[ -n "$directory" ] || { dump_of_info && no_unseen_users; }
[ -z "$fleeting" ] || nothing_to_keep
[ "$(stat -f -c %T "$directory")" != tmpfs ] || no "its data is in memory only: $directory is a tmpfs"
case $hold:${pause:-} in
    : | *:'"OK"') ;;
    *NOPERM*) answer=$pause && without_hold ;;
    *) no "writes can't be held back: $pause" ;;
esac
[ "$(field loading)" = 0 ] || no 'it is still loading its data'
about=$(ask 'INFO memory' 'INFO commandstats')
of_memory() { printf '%s\n' "$about" | sed -n "s/^$1://p"; }
# How often what it was started with was changed, or that count was begun again; -1: nobody may ask.
changed=$(printf '%s\n' "$about" | sed -nE 's/^cmdstat_config\|(set|resetstat):calls=([0-9]*),.*/\2/p; s/^cmdstat_info[:|].*/0/p' | {
    sum=-1
    while read -r calls; do sum=$((sum + calls + (sum < 0))); done
    echo "$sum"
})
memory=$(of_memory used_memory) limit=$(of_memory maxmemory) policy=$(of_memory maxmemory_policy)
# What is saved is what it may read when it starts next: its log, where it keeps one; and a dump, unless it
# is known to read the log.
how=''
if [ "$aof" = 1 ]; then
    how=AOF
    rewrite
    [ "$(field aof_last_write_status)" = ok ] || no 'its last write to the AOF failed'
fi
if [ "$aof" != 1 ] || { [ -n "$hold" ] && [ "$next" != aof ]; }; then
    how=${how:+$how+}RDB
    dump
    [ "$held" != yes ] || [ "$(field rdb_changes_since_last_save)" = 0 ] ||
        no 'it is written to though writes are held back'
fi
copy=''
if [ -n "$hold" ] && [ "$how" != AOF ]; then
    copy=$directory/$dbfilename.before-recovery-$(field rdb_last_save_time)
    ln -f "$directory/$dbfilename" "$copy" || no "no copy of $directory/$dbfilename can be kept"
fi
keys=$(keys_held)
saves=$(field rdb_saves) size=$(field aof_current_size)
if [ "$held" = no ]; then
    # As late as can be.
    how=INFO
    info=$(ask 'INFO persistence')
    [ "$(field rdb_changes_since_last_save)" = 0 ] || no "it is written to, and nobody may hold writes back: $pause"
fi
case ":$keys:$saves:$aof:${size:=0}:" in
    *::* | *[!0-9:]*) no "it does not say what it holds: $keys keys, $saves saves, $size bytes of AOF" ;;
esac
printf '{"step":"saved","how":"%s","keys":%s,"rdb_saves":%s,"aof":%s,"aof_size":%s,"used_memory":%s,"maxmemory":%s,"policy":"%s","config_sets":%s,"dir":"%s","dbfilename":"%s","held":"%s","copy":"%s"}\n' \
    "$how" "$keys" "$saves" "$aof" "$size" "${memory:-0}" "${limit:-0}" "$policy" "$changed" "$directory" "$dbfilename" "$held" "$copy"
