#!/bin/sh
# Makes a backup of the running stack, in a new folder:
#
#   accounts.dump   the users, from PostgreSQL (pg_dump, custom format); without sessions, also if they are there
#   sessions/       the AOF of Redis
#
#   sh backup.sh             into backup/<time>, which git ignores
#   sh backup.sh <folder>    into that folder, which must not exist
#
# restore.sh loads it. COMPOSE: the command; default `docker compose`.
set -eu
cd "$(dirname "$0")"
compose=${COMPOSE:-docker compose}
folder=${1:-backup/$(date -u +%Y-%m-%dT%H-%M-%SZ)}
[ ! -e "$folder" ] || { echo "$folder exists already; name another folder." >&2; exit 1; }
# Only complete backups have the name that was asked for, and only you can read them.
umask 077
part=$folder.part
rm -rf "$part"
mkdir -p "$part"

# The password is on standard input: an argument would be in the list of processes.
redis() {
  $compose exec -T redis sh -c 'read -r REDISCLI_AUTH; export REDISCLI_AUTH; exec redis-cli "$@" </dev/null' redis "$@" \
    <secrets/redis_admin_password
}

$compose exec -T postgres pg_dump --username postgres --format custom --exclude-table '*.statecraft_sessions*' statecraft \
  >"$part/accounts.dump"

# The AOF is not rewritten meanwhile, so that its files fit together.
redis config set auto-aof-rewrite-percentage 0 >/dev/null
trap 'redis config set auto-aof-rewrite-percentage 100 >/dev/null' EXIT
redis bgrewriteaof >/dev/null
while redis info persistence | grep -Eq 'aof_rewrite_(in_progress|scheduled):1'; do sleep 1; done
docker cp "$($compose ps -q redis)":/data/appendonlydir "$part/sessions" >/dev/null

mv "$part" "$folder"
echo "$folder"
