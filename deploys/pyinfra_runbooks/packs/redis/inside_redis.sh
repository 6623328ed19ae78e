# What a Redis container sees of its mounts, how its Redis is reached and logged in to, a line with r, and what Redis
# answers to what comes over stdin. In the container.
#
#     data=/data sh inside_redis.sh
#
# Over stdin come first what is known of its arguments, up to a line @ask; see held_login.sh.
#
# + data, acl_file, json_matters: see inside.sh
# + reach, look_for, shared: see held_login.sh
. "$(dirname "$0")/../../engine/shell/inside.sh"
. "$(dirname "$0")/../../packs/redis/client.sh"
. "$(dirname "$0")/../../packs/redis/client_form.sh"
[ "$form" != --no-raw ] || echo login plain
. "$(dirname "$0")/../../packs/redis/held_login.sh"
echo r
[ "$withheld" != theirs ] || exit 0
. "$(dirname "$0")/../../packs/redis/ask.sh"
