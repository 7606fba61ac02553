#!/bin/sh
# Loads a part of a backup into the running stack. What is there now is lost.
#
#   sh restore.sh <folder> sessions     sessions that ended since the backup are live again: docs/production.md
#
# COMPOSE: the command; default `docker compose`.
set -eu
cd "$(dirname "$0")"
compose=${COMPOSE:-docker compose}
folder=${1:-} part=${2:-}

restore_sessions() {
  container=$($compose ps -q redis)
  image=$(docker inspect --format '{{.Config.Image}}' "$container")
  $compose stop redis
  docker run --rm --network none --user 0 --volumes-from "$container" --volume "$(realpath "$1"):/backup:ro" \
    --entrypoint sh "$image" -c 'rm -rf /data/appendonlydir && cp -r /backup /data/appendonlydir && chown -R 999:999 /data/appendonlydir'
  $compose start redis
}

case $part in
  sessions) ;;
  *) sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 64 ;;
esac
[ -d "$folder/sessions" ] || { echo "$folder has no sessions. A backup is a folder that backup.sh made." >&2; exit 1; }
"restore_$part" "$folder/$part"
