#!/bin/sh
# Rolls out a new version without a gap, one container after another: a new one starts beside the old ones; when it is
# healthy, one old one ends. There is a pause around each end, because the gateway looks names up every 5 s.
#
#   docker compose build stateful-api && sh roll.sh stateful-api
#
# If a new container is not healthy within ROLL_SECONDS (default 120), or ends three times, it is removed, the containers
# that run go on, and the exit code is 1.
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
    --filter "label=com.docker.compose.service=$service" --filter label=com.docker.compose.oneoff=False
}
shorten() { echo "$1" | cut -c 1-12; }

old=$(list)
count=$(echo "$old" | grep -c .)
before=$old done=0

# Prints the container that was started last, if there is one.
find_new() { list | grep -vxF "$before" || true; }

# fail <reason>
fail() {
  trap '' INT TERM
  echo "$service: $1 It is removed, the others go on; $done of $count are of the new version." >&2
  for container in $(find_new); do
    docker logs --tail 5 "$container" 2>&1 | sed "s/^/  $(shorten "$container") | /" >&2
    docker rm --force "$container" >/dev/null
  done
  exit 1
}

# wait_for <container>
wait_for() {
  deadline=$(($(date +%s) + seconds))
  while true; do
    state=$(docker inspect --format '{{.State.Status}} {{.RestartCount}} {{if .State.Health}}{{.State.Health.Status}}{{end}}' "$1")
    case $state in
      'running '*' healthy') return ;;
      exited* | dead* | *' '[3-9]* | *' '[1-9][0-9]*) fail "The new container does not stay up ($state)." ;;
    esac
    [ "$(date +%s)" -lt "$deadline" ] || fail "The new container is not healthy after $seconds s ($state)."
    sleep 1
  done
}

for container in $old; do
  before=$(list)
  trap 'fail "Interrupted with a new container."' INT TERM
  $compose up -d --no-build --no-deps --no-recreate --scale "$service=$((count + 1))" "$service" \
    || fail "A new container cannot be created."
  new=$(find_new)
  [ -n "$new" ] || fail "No new container was created."
  wait_for "$new"
  trap - INT TERM
  sleep 6
  echo "$service: $(shorten "$new") serves, $(shorten "$container") ends …" >&2
  docker stop --time 15 "$container" >/dev/null
  docker rm "$container" >/dev/null
  done=$((done + 1))
  sleep 6
done
echo "$service: $done of $count are of the new version." >&2
