#!/bin/sh
# one_line.sh SSH_CONFIG HOST [BECOME]: what a person types who knows the cause already.
config=$1 host=$2 become=${3-}
# shellcheck disable=SC2086 # several words, or none
exec ssh -F "$config" "$host" $become docker network connect \
    --alias redis --alias ai_workflow_engine-redis-1 \
    ai_workflow_engine_ai_workflow_engine_net ai_workflow_engine-redis-1
