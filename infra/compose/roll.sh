#!/bin/sh
# Rolls out a new version without a gap: starts new containers beside the old ones, then ends the old ones one by one,
# slowly enough that the gateway has dropped each address (it looks names up every 5 s).
#
#   docker compose build stateful-api && sh roll.sh stateful-api
#
# If the new containers are not healthy within ROLL_SECONDS (default 120), or one ends three times, they are removed, the
# old ones go on, and the exit code is 1.
#
# COMPOSE: the command; default `docker compose`.
set -eu
service=${1:?usage: roll.sh <service>, for example stateful-api}
compose=${COMPOSE:-docker compose}
seconds=${ROLL_SECONDS:-120}

first=$($compose ps -q "$service" | head -n 1)
[ -n "$first" ] || { echo "$service: no container is there. Start one: $compose up -d $service" >&2; exit 1; }
project=$(docker inspect --format '{{index .Config.Labels "com.docker.compose.project"}}' "$first")

# Prints the ids of all containers of the service, whatever their state.
list() {
  docker ps --all --quiet --no-trunc --filter "label=com.docker.compose.project=$project" \
    --filter "label=com.docker.compose.service=$service"
}
old=$(list)
count=$(echo "$old" | grep -c .)
list_new() { list | grep -vxF "$old" || true; }

# fail <reason>
fail() {
  trap '' INT TERM
  echo "$service: $1 The new containers are removed; the $count old ones go on." >&2
  for container in $(list_new); do
    docker logs --tail 5 "$container" 2>&1 | sed "s/^/  $(echo "$container" | cut -c 1-12) | /" >&2
    docker rm --force "$container" >/dev/null
  done
  exit 1
}
trap 'fail "Interrupted."' INT TERM

echo "$service: $count new beside $count old …" >&2
$compose up -d --no-build --no-deps --no-recreate --scale "$service=$((count * 2))" "$service" || fail "The new containers cannot be created."
[ -n "$(list_new)" ] || fail "No new container was created."
deadline=$(($(date +%s) + seconds))
for container in $(list_new); do
  until state=$(docker inspect --format '{{.State.Status}} {{.RestartCount}} {{if .State.Health}}{{.State.Health.Status}}{{end}}' "$container") \
    && case $state in 'running '*' healthy') true ;; *) false ;; esac do
    case $state in
      exited* | dead* | *' '[3-9]* | *' '[1-9][0-9]*) fail "A new container does not stay up ($state)." ;;
    esac
    [ "$(date +%s)" -lt "$deadline" ] || fail "The new containers are not healthy after $seconds s ($state)."
    sleep 1
  done
done

# From here on the new version serves.
trap - INT TERM
sleep 6
for container in $old; do
  echo "$service: $container ends …" >&2
  docker stop --time 15 "$container" >/dev/null
  docker rm "$container" >/dev/null
  sleep 6
done
echo "$service: done." >&2
