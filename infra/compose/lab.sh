#!/bin/sh
# Checks the running stack: a health check over HTTP and one over HTTPS, then the lab's experiments over HTTPS, while one
# server is killed and the servers are scaled down and up again. Afterwards as many servers run as before.
#
#   docker compose up -d --scale stateful-api=3 && sh lab.sh
#
# Use it only on your own stack: it kills a container, and ten accounts lab-… of each run stay until their servers end.
# It takes about three minutes; the exit code is 1 if an experiment does not hold. The packages of the repository must
# be installed (run `npm start` once).
#
# COMPOSE: the command; default `docker compose`. ENTER: a prefix that enters the stack's network, if that is not the
# network of this machine (`nsenter --net=…`). HTTP_PORT, HTTPS_PORT: as for the stack.
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
# Prints the verdict and what was done to the servers; without a report, the progress, which says why.
print_report() { sed -n '/^[✓✗?]/,/^$/p; /^What was done/,/^$/p' "$work/report"; [ -s "$work/report" ] || cat "$work/progress"; }

check() {
  say "npm run lab -- run $*"
  lab "$@" || failed="$failed $1"
  print_report
}

# watch_during <commands> <options of watch…>: runs the commands when all users are signed in and send requests
watch_during() {
  fault=$1
  shift
  say "npm run lab -- run watch $*      meanwhile: $fault"
  : >"$work/progress"
  lab watch "$@" &
  watching=$!
  until grep -q 'your turn' "$work/progress" || ! kill -0 "$watching" 2>/dev/null; do sleep 0.2; done
  sleep 3
  sh -c "$fault" >/dev/null 2>&1
  wait "$watching" || failed="$failed watch"
  print_report
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
  check two-requests --mode "$mode" --target "$https/api/$api" --insecure
  check revocation --mode "$mode" --users 6 --target "$https/api/$api" --insecure
  check load --mode "$mode" --users 10 --seconds 5 --target "$https/api/$api" --insecure
done
watch_during "docker kill $victim" --mode redis $size --seconds 12 --target "$https/api/stateful" --insecure
docker start "$victim" >/dev/null
watch_during "$compose up -d --no-recreate --scale stateful-api=1; sleep 5; $compose up -d --no-recreate --scale stateful-api=$servers" \
  --mode redis $size --seconds 40 --target "$https/api/stateful" --insecure

say "${failed:+Did not hold:}${failed:-Everything held.}"
[ -z "$failed" ]
