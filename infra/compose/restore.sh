#!/bin/sh
# Loads a part of a backup into the running stack. What is there now is lost.
#
#   sh restore.sh <folder> accounts     users and their passwords, as they were; no user is signed out
#   sh restore.sh <folder> sessions     sessions that ended since the backup are live again: docs/production.md
#
# COMPOSE: the command; default `docker compose`.
set -eu
cd "$(dirname "$0")"
compose=${COMPOSE:-docker compose}
folder=${1:-} part=${2:-}

# require <path>
require() {
  [ -e "$folder/$1" ] || { echo "$folder has no $1. A backup is a folder that backup.sh made." >&2; exit 1; }
}

# One transaction: if it fails, nothing has changed.
restore_accounts() {
  require accounts.dump
  $compose exec -T postgres pg_restore --username postgres --dbname statecraft --clean --if-exists --no-owner \
    --role statecraft --single-transaction --exit-on-error <"$folder/accounts.dump"
}

restore_sessions() {
  require sessions
  container=$($compose ps -q redis)
  image=$(docker inspect --format '{{.Config.Image}}' "$container")
  $compose stop redis
  docker run --rm --network none --user 0 --volumes-from "$container" --volume "$(realpath "$folder/sessions"):/backup:ro" \
    --entrypoint sh "$image" -c 'rm -rf /data/appendonlydir && cp -r /backup /data/appendonlydir && chown -R 999:999 /data/appendonlydir'
  $compose start redis
}

case $part in
  accounts | sessions) "restore_$part" ;;
  *) sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 64 ;;
esac
