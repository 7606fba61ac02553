#!/bin/sh
# Is the stack that is up what it claims to be? The course's two requests, then the lab's experiments over HTTP and HTTPS,
# while one server is killed and the fleet is scaled down and up again. Afterwards as many servers run as before.
#
#   docker compose up -d --scale stateful-api=3 && sh lab.sh
#
# For a stack of your own: it kills a container, and ten accounts lab-… of each run stay until their servers end. About three
# minutes; exit code 1 when an experiment does not hold. The repository's packages have to be installed (`npm start` once).
#
# COMPOSE: the command, `docker compose` where nothing else is said. ENTER: what leads into the stack's network where that is
# not this machine's own, `nsenter --net=…`. HTTP_PORT, HTTPS_PORT: as for the stack.
set -eu
cd "$(dirname "$0")"
compose=${COMPOSE:-docker compose}
enter=${ENTER:-}
http=http://localhost:${HTTP_PORT:-8080}
https=https://localhost:${HTTPS_PORT:-443}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=''

say() { printf '\n%s\n' "$*"; }
lab() { $enter npm run --silent --prefix ../.. lab -- run "$@" >"$work/report" 2>"$work/progress"; }
# What it ends in, what was done to the servers, and why there is no report where there is none.
told() { sed -n '/^[✓✗?]/,/^$/p; /^What was done/,/^$/p' "$work/report"; [ -s "$work/report" ] || cat "$work/progress"; }

held() {
  say "pnpm lab run $*"
  lab "$@" || failed="$failed $1"
  told
}

# meanwhile <commands> <options of watch…>: done when everybody is signed in and asks
meanwhile() {
  fault=$1
  shift
  say "pnpm lab run watch $*      meanwhile: $fault"
  : >"$work/progress"
  lab watch "$@" &
  watching=$!
  until grep -q 'your turn' "$work/progress" || ! kill -0 "$watching" 2>/dev/null; do sleep 0.2; done
  sleep 3
  sh -c "$fault" >/dev/null 2>&1
  wait "$watching" || failed="$failed watch"
  told
}

say "curl $http/api/stateless/health"
$enter curl -sS "$http/api/stateless/health"
say "curl -k $https/api/stateful/health"
$enter curl -sSk "$https/api/stateful/health"

servers=$($compose ps -q stateful-api | grep -c .)
victim=$($compose ps -q stateful-api | head -n 1)
size='--users 10 --rate 100'

# shellcheck disable=SC2086  # several words on purpose, here and below
for api in stateless stateful; do
  mode=jwt
  [ "$api" = stateful ] && mode=redis
  held two-requests --mode "$mode" --target "$http/api/$api"
  held revocation --mode "$mode" --users 6 --target "$https/api/$api" --insecure
  held load --mode "$mode" --users 10 --seconds 5 --target "$http/api/$api"
done
meanwhile "docker kill $victim" --mode redis $size --seconds 12 --target "$http/api/stateful"
docker start "$victim" >/dev/null
meanwhile "$compose up -d --no-recreate --scale stateful-api=1; sleep 5; $compose up -d --no-recreate --scale stateful-api=$servers" \
  --mode redis $size --seconds 40 --target "$https/api/stateful" --insecure

say "${failed:+Did not hold:}${failed:-Everything held.}"
[ -z "$failed" ]
