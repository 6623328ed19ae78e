#!/bin/sh
# report.sh SSH_CONFIG HOST [BECOME]: the incident report's commands, as they stand there.
set -eu
config=$1 host=$2 become=${3-}
# shellcheck disable=SC2086 # several words, or none
ssh -F "$config" "$host" $become sh -s <<'COMMANDS'
cd /srv/ai_workflow_engine
docker network connect ai_workflow_engine_ai_workflow_engine_net ai_workflow_engine-redis-1
docker compose down redis
docker compose up -d redis
docker restart ai_workflow_engine-api-1
COMMANDS
