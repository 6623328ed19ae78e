# What a Redis container sees of its mounts, a line with r, and what Redis answers to what comes over stdin. In the
# container.
#
#     data=/data sh inside_redis.sh
#
# + data, acl_file, json_matters: see inside.sh
# + port: see ask.sh
. "$(dirname "$0")/../../engine/shell/inside.sh"
echo r
. "$(dirname "$0")/../../packs/redis/ask.sh"
