# Who wants nothing to be changed on this host, until when and why: the pause as it is kept, an end of seconds
# since 1970 and JSON; nothing where there is none, and ? where it can't be read.
#
#     pause_file=/var/lib/pyinfra-runbooks/pause sh find_pause.sh
: "${pause_file:=/var/lib/pyinfra-runbooks/pause}"
[ ! -e "$pause_file" ] || { [ -s "$pause_file" ] && cat "$pause_file" 2>/dev/null; } || echo '?'
