#!/bin/sh
# Rolls out a new version without a gap: starts new containers beside the old ones, then ends the old ones one by one,
# slowly enough that the gateway has dropped each address (it looks names up every 5 s).
#
#   docker compose build stateful-api && sh roll.sh stateful-api
#
# COMPOSE: the command; default `docker compose`.
set -eu
service=${1:?usage: roll.sh <service>, for example stateful-api}
compose=${COMPOSE:-docker compose}

old=$($compose ps -q "$service")
count=$(echo "$old" | grep -c .)
echo "$service: $count new beside $count old …" >&2
$compose up -d --no-deps --no-recreate --scale "$service=$((count * 2))" "$service"
for container in $($compose ps -q "$service"); do
  until [ "$(docker inspect --format '{{.State.Health.Status}}' "$container")" = healthy ]; do sleep 1; done
done
sleep 6
for container in $old; do
  echo "$service: $container ends …" >&2
  docker stop --time 15 "$container" >/dev/null
  docker rm "$container" >/dev/null
  sleep 6
done
