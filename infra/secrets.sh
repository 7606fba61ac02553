#!/bin/sh
# Makes what no repository may hold, once, each in a file of its own. What is there already stays as it is.
#
#   sh infra/secrets.sh infra/compose/secrets                                   for compose
#   sh infra/secrets.sh infra/kubernetes/overlays/redis/secrets redis           for a Kubernetes overlay
#
# tls_certificate, tls_key   for localhost, signed by itself: put your own in their place
# jwt_secret              signs tokens (HS256), the same on every stateless-api
# session_secret          signs the cookie of SESSION_ENGINE=fastify-session
# redis_url               how stateful-api finds Redis and proves who it is
# redis_acl               who may do what in Redis; holds hashes only
# redis_admin_password    for Redis' user `default`: backups, and looking
# postgres_password       for the database that compose's profile `postgres` starts
#
# To replace one: delete it, run this again, restart who reads it. docs/production.md says who that signs out.
set -eu

folder=${1:-}
redis_host=${2:-redis}
[ -n "$folder" ] || { sed -n '2,16s/^# \{0,1\}//p' "$0"; exit 64; }
command -v openssl >/dev/null || { echo "openssl is missing; on Debian: sudo apt-get install openssl" >&2; exit 3; }

# The folder is closed to others. The files are not: containers read them under numbers that this machine does not know.
umask 022
mkdir -p "$folder"
chmod 700 "$folder"

# once <file> <command…>
once() {
  file=$folder/$1
  shift
  [ -s "$file" ] && return
  "$@" >"$file.new"
  mv "$file.new" "$file"
  echo "made $file"
}

secret() { openssl rand -base64 48 | tr -d '\n'; }
password() { openssl rand -hex 32 | tr -d '\n'; }
hash_of() { printf %s "$1" | openssl dgst -sha256 -r | cut -d ' ' -f 1; }
tls() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 90 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout "$folder/tls_key" 2>/dev/null
  chmod 644 "$folder/tls_key"
}
redis_url() { printf 'redis://statecraft:%s@%s:6379' "$(password)" "$redis_host"; }
redis_acl() {
  app=$(sed 's|^redis://statecraft:||; s|@.*||' "$folder/redis_url")
  # Our keys, and the commands of the store, its clock and ioredis: no FLUSHALL, KEYS, CONFIG or DEBUG.
  echo "user statecraft on #$(hash_of "$app") ~sess:* &__redis__:invalidate -@all +@hash +@connection +@pubsub +eval +evalsha +pttl +pexpire -@dangerous +time +info"
  # For health checks: it may ask whether anybody is there.
  echo "user health on nopass -@all +ping"
  # The administrator keeps the name `default` and every right: Redis reads its AOF back as that user. With `default off`
  # Redis 7.0 refuses every transaction in its own AOF, says so in a log line, and starts without the sessions.
  echo "user default on #$(hash_of "$(cat "$folder/redis_admin_password")") ~* &* +@all"
}

once tls_certificate tls
once jwt_secret secret
once session_secret secret
once redis_url redis_url
once redis_admin_password password
once postgres_password password
once redis_acl redis_acl
# Follows from the two before it: written anew when one of them is newer, and into the same file, since a container that
# has it mounted would go on seeing the old one otherwise.
for source in redis_url redis_admin_password; do
  if [ -n "$(find "$folder/$source" -newer "$folder/redis_acl")" ]; then
    redis_acl >"$folder/redis_acl"
    echo "made $folder/redis_acl anew"
  fi
done
