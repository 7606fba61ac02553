#!/bin/sh
# Makes the secrets, each in a file of its own. An existing file is not changed.
#
#   sh infra/secrets.sh infra/compose/secrets                                                      for compose
#   TLS_HOST=shop.example sh infra/secrets.sh infra/kubernetes/overlays/redis/secrets              for Kubernetes
#
# tls_certificate, tls_key   self-signed, for TLS_HOST (default localhost): replace them by your own
# jwt_keys                signs tokens (Ed25519), the same on every stateless-api; `npm run jwt:keys` rotates it
# session_secret          signs the cookie of SESSION_ENGINE=fastify-session
# redis_url               the address of the Redis that is started beside the APIs, and the password of stateful-api
# redis_acl               the users of that Redis and their rights; holds only hashes
# redis_admin_password    for the Redis user `default`: backups and inspection
# database_url            the address of the PostgreSQL that is started beside the APIs, and their password
# database_password       that password, for PostgreSQL's first start
# postgres_password       for the PostgreSQL user `postgres`: backups and inspection
#
# To replace one: delete it, run this again, and restart the processes that read it. docs/production.md has the effects.
set -eu

folder=${1:-}
tls_host=${TLS_HOST:-localhost}
[ -n "$folder" ] || { sed -n '2,16s/^# \{0,1\}//p' "$0"; exit 64; }
command -v openssl >/dev/null || { echo "openssl is missing; on Debian: sudo apt-get install openssl" >&2; exit 3; }

# The folder is closed to other users. The files are not: containers read them with user ids unknown on this machine.
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
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 90 -subj "/CN=$tls_host" \
    -addext "subjectAltName=DNS:$tls_host,DNS:localhost,IP:127.0.0.1" -keyout "$folder/tls_key" 2>/dev/null
  chmod 644 "$folder/tls_key"
}
base64url() { base64 | tr -d '=\n' | tr '+/' '-_'; }
# The file of JWT_KEYS_FILE with one key, as `npm run jwt:keys -- new` makes it. The name of a key is a hash of its
# public part (RFC 7638); the last 32 bytes of both DER forms are the key itself (RFC 8410).
jwt_keys() {
  pem=$(openssl genpkey -algorithm ed25519)
  d=$(printf '%s\n' "$pem" | openssl pkey -outform DER | tail -c 32 | base64url)
  x=$(printf '%s\n' "$pem" | openssl pkey -pubout -outform DER | tail -c 32 | base64url)
  kid=$(printf '{"crv":"Ed25519","kty":"OKP","x":"%s"}' "$x" | openssl dgst -sha256 -binary | base64url | cut -c 1-16)
  printf '{"current":"%s","keys":[{"kty":"OKP","crv":"Ed25519","kid":"%s","use":"sig","alg":"EdDSA","x":"%s","d":"%s"}]}\n' \
    "$kid" "$kid" "$x" "$d"
}
redis_url() { printf 'redis://statecraft:%s@redis:6379' "$(password)"; }
database_url() { printf 'postgres://statecraft:%s@postgres:5432/statecraft' "$(cat "$folder/database_password")"; }
redis_acl() {
  app=$(sed 's|^redis://statecraft:||; s|@.*||' "$folder/redis_url")
  # The keys of the store, and the commands of the store, its clock and ioredis (with a Cluster, too): no FLUSHALL, KEYS,
  # CONFIG or DEBUG.
  echo "user statecraft on #$(hash_of "$app") ~sess:* &__redis__:invalidate -@all +@hash +@connection +@pubsub +eval +evalsha +pttl +pexpire -@dangerous +time +info +cluster|slots +cluster|info"
  # For health checks: it may only send PING.
  echo "user health on nopass -@all +ping"
  # The administrator keeps the name `default` and every right, because Redis reads its AOF as that user. With `default
  # off` Redis 7.0 refuses every transaction in its own AOF, writes one log line, and starts without the sessions.
  echo "user default on #$(hash_of "$(cat "$folder/redis_admin_password")") ~* &* +@all"
}

once tls_certificate tls
once jwt_keys jwt_keys
once session_secret secret
once redis_url redis_url
once redis_admin_password password
once postgres_password password
once database_password password
once database_url database_url
once redis_acl redis_acl
# redis_acl follows from these two: it is written again if one of them is newer, into the same file, because a container
# that has mounted it would otherwise still see the old file.
for source in redis_url redis_admin_password; do
  if [ -n "$(find "$folder/$source" -newer "$folder/redis_acl")" ]; then
    redis_acl >"$folder/redis_acl"
    echo "made $folder/redis_acl anew"
  fi
done
