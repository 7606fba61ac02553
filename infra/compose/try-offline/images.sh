#!/bin/sh
# Makes substitutes for the base images of the Dockerfile and compose.yaml, on a machine without access to an image
# registry: Debian by debootstrap, its packages by apt, Node from this repository's node_modules. For trials only: the
# tags are the real ones, the contents are Debian's. README.md in this folder has the next steps.
#
#   sudo infra/compose/try-offline/images.sh [working folder]
set -eu

here=$(cd "$(dirname "$0")" && pwd)
repository=$(cd "$here/../../.." && pwd)
work=${1:-$(mktemp -d)}
mkdir -p "$work"

for program in debootstrap docker tar; do
  command -v "$program" >/dev/null || { echo "$program is missing: apt-get install docker.io debootstrap" >&2; exit 3; }
done
docker version >/dev/null 2>&1 || { echo "No docker engine answers at ${DOCKER_HOST:-the default socket}." >&2; exit 3; }

# image <file> <beginning>: prints the name of a base image, read from the file that uses it
image() {
  sed -nE "s/^ *(FROM|image:) *(\\$\{[A-Z_]+:-)?($2[^ }]*).*/\3/p" "$repository/infra/compose/$1" | head -n 1
}

# root <name> <commands>: copies the base and runs the commands in the copy
root() {
  echo "$1 …" >&2
  rm -rf "${work:?}/$1"
  cp -a "$work/base" "$work/$1"
  chroot "$work/$1" sh -euc "export DEBIAN_FRONTEND=noninteractive; $2" >&2
  rm -rf "$work/$1"/var/lib/apt/lists/* "$work/$1"/var/cache/apt/*.bin
}

# import <folder> <image> <changes…>
import() {
  folder=$1 name=$2
  shift 2
  set -- "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" "$@"
  for change; do
    set -- "$@" --change "$change"
    shift
  done
  tar -C "$work/$folder" -c . | docker import "$@" - "$name"
}

if [ ! -d "$work/base/usr" ]; then
  echo "base: debootstrap …" >&2
  debootstrap --variant=minbase --include=ca-certificates bookworm "$work/base" >&2
fi
rm -rf "$work"/base/var/cache/apt/archives/*.deb "$work"/base/var/lib/apt/lists/* "$work"/base/usr/share/doc/* \
  "$work"/base/usr/share/locale/* "$work"/base/usr/share/man/*
# The builds trust the same certificates as this machine.
cp /etc/ssl/certs/ca-certificates.crt "$work/base/etc/ssl/certs/ca-certificates.crt"

root debian true
import debian "$(image Dockerfile debian:)" 'CMD ["bash"]'

root node 'groupadd --gid 1000 node && useradd --uid 1000 --gid node --create-home node'
cp -L "$repository/node_modules/node/bin/node" "$work/node/usr/local/bin/node"
mkdir -p "$work/node/usr/local/lib/node_modules" "$work/node/usr/local/etc"
cp -rL "$(npm root --global)/npm" "$work/node/usr/local/lib/node_modules/npm"
ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$work/node/usr/local/bin/npm"
ln -sf ../lib/node_modules/npm/bin/npx-cli.js "$work/node/usr/local/bin/npx"
# npm in the image uses the registry and the certificates of this machine.
printf 'cafile=/etc/ssl/certs/ca-certificates.crt\nupdate-notifier=false\n' >"$work/node/usr/local/etc/npmrc"
import node "$(image Dockerfile node:)" 'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt' 'CMD ["node"]'

root redis 'groupadd --system --gid 999 redis && useradd --system --uid 999 --gid redis redis
  apt-get update -qq && apt-get install -qq -y --no-install-recommends redis-server && install -d -o redis /data'
import redis "$(image compose.yaml redis:)" 'WORKDIR /data' 'CMD ["redis-server"]'

root nginx 'groupadd --system --gid 101 nginx-image || true; apt-get update -qq
  apt-get install -qq -y --no-install-recommends nginx-light gettext-base openssl
  rm -rf /etc/nginx/sites-enabled/* /etc/nginx/conf.d/*'
import nginx "$(image compose.yaml nginx:)" 'CMD ["nginx", "-g", "daemon off;"]'
# The entrypoint does what compose.yaml needs of the official image's: at the first start it makes the cluster, and runs the
# scripts in /docker-entrypoint-initdb.d.
root postgres 'groupadd --system --gid 999 postgres && useradd --system --uid 999 --gid postgres --home-dir /var/lib/postgresql postgres
  apt-get update -qq && apt-get install -qq -y --no-install-recommends postgresql-common
  sed -i "s/^#create_main_cluster.*/create_main_cluster = false/" /etc/postgresql-common/createcluster.conf
  apt-get install -qq -y --no-install-recommends postgresql
  ln -s /usr/lib/postgresql/*/bin/* /usr/local/bin/
  install -d -o postgres -g postgres -m 700 /var/lib/postgresql/data && install -d -o postgres -g postgres /var/run/postgresql'
cat >"$work/postgres/usr/local/bin/docker-entrypoint.sh" <<'ENTRYPOINT'
#!/bin/sh
set -eu
export PGDATA="${PGDATA:-/var/lib/postgresql/data}"
export POSTGRES_USER="${POSTGRES_USER:-postgres}"
export POSTGRES_DB="${POSTGRES_DB:-$POSTGRES_USER}"
if [ "$1" = postgres ] && [ ! -s "$PGDATA/PG_VERSION" ]; then
  initdb --username="$POSTGRES_USER" --pwfile="$POSTGRES_PASSWORD_FILE" --auth-local=trust --auth-host=scram-sha-256 -E UTF8
  echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
  pg_ctl -o "-c listen_addresses=''" -w start
  for script in /docker-entrypoint-initdb.d/*.sh; do sh "$script"; done
  pg_ctl -w stop
fi
exec "$@"
ENTRYPOINT
chmod 755 "$work/postgres/usr/local/bin/docker-entrypoint.sh"
import postgres "$(image compose.yaml postgres:)" 'ENTRYPOINT ["docker-entrypoint.sh"]' 'CMD ["postgres"]'
docker images
