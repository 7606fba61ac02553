#!/bin/sh
# Makes an nginx configuration from GATEWAY_ variables, for `npm run gateway`, the tests, compose and Kubernetes.
# Needs sh, awk and nginx; a few lines depend on the version of nginx.
#
#   render.sh <folder>     writes <folder>/nginx.conf and what it includes; then: nginx -p <folder> -c nginx.conf
#
# Exit code: 0 done, 3 no nginx, 64 a variable is missing or invalid (one line for each).
set -eu
folder=${1:?usage: render.sh <folder>}
here=$(dirname "$0")
PATH="$PATH:/usr/local/sbin:/usr/sbin:/opt/homebrew/bin"

# name=default; docs/gateway.md describes each variable.
: "${GATEWAY_STATELESS=127.0.0.1:3000}"
: "${GATEWAY_STATEFUL=127.0.0.1:3001}"
: "${GATEWAY_AFFINITY=cookie}"
: "${GATEWAY_RESOLVER=}"
: "${GATEWAY_RESOLVER_SECONDS=5}"
: "${GATEWAY_ADDRESS=127.0.0.1}"
: "${GATEWAY_HTTP_PORT=8080}"
: "${GATEWAY_HTTPS_PORT=8443}"
: "${GATEWAY_METRICS_PORT=}"
: "${GATEWAY_PLAIN_HTTP=redirect}"
: "${GATEWAY_PUBLIC_HTTPS_PORT=443}"
: "${GATEWAY_CERTIFICATE=}"
: "${GATEWAY_CERTIFICATE_KEY=}"
: "${GATEWAY_HSTS_SECONDS=31536000}"
: "${GATEWAY_TRUST_PROXY=}"
: "${GATEWAY_SIGN_INS_PER_SECOND=5}"
: "${GATEWAY_BODY_LIMIT_BYTES=1048576}"
: "${GATEWAY_ANSWER_SECONDS=30}"
: "${GATEWAY_WORKERS=auto}"
: "${GATEWAY_INSTANCE_ID=gateway}"
: "${GATEWAY_ACCESS_LOG=/dev/stdout}"
: "${GATEWAY_ERROR_LOG=stderr}"
nginx=${GATEWAY_NGINX:-nginx}

# nginx would resolve relative paths against its configuration.
absolute() { case $1 in '' | /*) printf '%s' "$1" ;; *) printf '%s/%s' "$PWD" "$1" ;; esac; }
GATEWAY_CERTIFICATE=$(absolute "$GATEWAY_CERTIFICATE")
GATEWAY_CERTIFICATE_KEY=$(absolute "$GATEWAY_CERTIFICATE_KEY")

problems=0
refuse() {
  printf '%s\n' "$1" >&2
  problems=$((problems + 1))
}

# matches <value> <extended regular expression>: the whole value, which must be one line
matches() {
  [ "$(printf '%s' "$1" | wc -l)" -eq 0 ] && printf '%s\n' "$1" | grep -Eq "^($2)$"
}

list() { printf '%s' "$1" | tr ',\n' '  '; }

NUMBER='[0-9]{1,8}'
HOST='[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]'
FILE='[^"\\$;{}]+'

is_port() { matches "$1" "$NUMBER" && [ "$1" -ge 1 ] && [ "$1" -le 65535 ]; }

# check <name> <regular expression> <description of valid values>
check() {
  eval "value=\$$1"
  matches "$value" "$2" || refuse "$1 is \"$value\"; it must be $3."
}

check_upstreams() {
  eval "value=\$$1"
  [ -n "$(list "$value" | tr -d ' ')" ] || refuse "$1 names no server; it must be host:port, several with commas."
  for server in $(list "$value"); do
    if ! matches "$server" "($HOST):$NUMBER" || ! is_port "${server##*:}"; then
      refuse "$1: \"$server\" is no server; it must be host:port (port 1 to 65535), several with commas."
    fi
  done
}

check_file() {
  eval "value=\$$1"
  if ! matches "$value" "$FILE"; then
    refuse "$1 is \"$value\"; a file name has no quote, backslash, \$, semicolon or brace."
  elif [ ! -r "$value" ]; then
    refuse "$1: $value is missing or cannot be read. To make one: npm run gateway:certificate"
  fi
}

# An unknown name is an error. Kubernetes adds some variables for a Service with the name gateway.
for name in $(env | sed -n 's/^\(GATEWAY_[A-Za-z0-9_]*\)=.*/\1/p'); do
  case $name in
    GATEWAY_SERVICE_* | GATEWAY_PORT | GATEWAY_PORT_* | GATEWAY_FOLDER | GATEWAY_NGINX) ;;
    *) grep -q "^: \"[$]{$name=" "$0" || refuse "$name is no variable of the gateway; docs/gateway.md has them all." ;;
  esac
done

check_upstreams GATEWAY_STATELESS
check_upstreams GATEWAY_STATEFUL
check GATEWAY_AFFINITY 'cookie|none' 'cookie or none'
check GATEWAY_RESOLVER_SECONDS '[1-9][0-9]{0,3}' 'a whole number from 1 to 9999'
check GATEWAY_ADDRESS "$HOST" 'an address to listen on, such as 127.0.0.1, 0.0.0.0 or [::]'
for name in GATEWAY_HTTP_PORT GATEWAY_HTTPS_PORT GATEWAY_PUBLIC_HTTPS_PORT ${GATEWAY_METRICS_PORT:+GATEWAY_METRICS_PORT}; do
  eval "value=\$$name"
  is_port "$value" || refuse "$name is \"$value\"; it must be a port from 1 to 65535."
done
check GATEWAY_PLAIN_HTTP 'redirect|serve' 'redirect or serve'
check GATEWAY_HSTS_SECONDS "$NUMBER" 'a whole number of seconds; 0 leaves the header out'
check GATEWAY_SIGN_INS_PER_SECOND '[1-9][0-9]{0,3}|off' 'a whole number from 1 to 9999, or off'
check GATEWAY_BODY_LIMIT_BYTES '[1-9][0-9]{3,8}' 'a whole number from 1000 on'
check GATEWAY_ANSWER_SECONDS '[1-9][0-9]{0,3}' 'a whole number from 1 to 9999'
check GATEWAY_WORKERS 'auto|[1-9][0-9]{0,2}' 'auto or a whole number from 1 to 999'
check GATEWAY_INSTANCE_ID '[A-Za-z0-9_.-]{1,64}' '1 to 64 letters, digits, dots, dashes'
check GATEWAY_ACCESS_LOG "$FILE" 'a file, /dev/stdout or off'
check GATEWAY_ERROR_LOG "$FILE" 'a file or stderr'
for proxy in $(list "$GATEWAY_TRUST_PROXY"); do
  matches "$proxy" '[0-9A-Fa-f:.]+(/[0-9]{1,3})?' ||
    refuse "GATEWAY_TRUST_PROXY: \"$proxy\" is neither an address nor a CIDR block."
done
if [ -n "$GATEWAY_CERTIFICATE$GATEWAY_CERTIFICATE_KEY" ]; then
  check_file GATEWAY_CERTIFICATE
  check_file GATEWAY_CERTIFICATE_KEY
fi

if [ "$GATEWAY_PLAIN_HTTP$GATEWAY_CERTIFICATE$GATEWAY_TRUST_PROXY" = redirect ]; then
  refuse 'GATEWAY_PLAIN_HTTP is redirect, but there is no HTTPS. Set GATEWAY_CERTIFICATE and GATEWAY_CERTIFICATE_KEY; or GATEWAY_TRUST_PROXY, if a proxy in front ends TLS and sets X-Forwarded-Proto; or GATEWAY_PLAIN_HTTP=serve.'
fi

# auto: the name server of the machine; nginx expects an IPv6 address in brackets.
if [ "$GATEWAY_RESOLVER" = auto ]; then
  GATEWAY_RESOLVER=$(awk '$1 == "nameserver" { sub(/%.*/, "", $2); print $2 ~ /:/ ? "[" $2 "]" : $2 }' /etc/resolv.conf)
  [ -n "$GATEWAY_RESOLVER" ] || refuse 'GATEWAY_RESOLVER is auto, and /etc/resolv.conf names no server.'
fi
GATEWAY_RESOLVER=$(printf '%s' "$GATEWAY_RESOLVER" | tr ',\n' '  ')
for server in $GATEWAY_RESOLVER; do
  matches "$server" "($HOST)(:$NUMBER)?" || refuse "GATEWAY_RESOLVER: \"$server\" is no address of a name server."
done

version=$("$nginx" -v 2>&1 | sed -n 's|.*/\([0-9][0-9.]*\).*|\1|p') || version=
if [ -z "$version" ]; then
  printf '%s\n' "There is no nginx here ($nginx). Install it; npm run doctor says how." >&2
  exit 3
fi
at_least() {
  printf '%s %s' "$version" "$1" | awk '{ split($1, a, "."); split($2, b, ".")
    for (i = 1; i <= 3; i++) if (a[i] + 0 != b[i] + 0) exit a[i] + 0 < b[i] + 0 }'
}

[ "$problems" -eq 0 ] || exit 64

if [ "$GATEWAY_WORKERS" = auto ]; then GATEWAY_WORKERS=$(sh "$here/count-workers.sh"); fi
export GATEWAY_WORKERS GATEWAY_ERROR_LOG GATEWAY_ACCESS_LOG GATEWAY_BODY_LIMIT_BYTES GATEWAY_ANSWER_SECONDS
export GATEWAY_ADDRESS GATEWAY_HTTP_PORT GATEWAY_HTTPS_PORT GATEWAY_CERTIFICATE GATEWAY_CERTIFICATE_KEY
export GATEWAY_INSTANCE_ID GATEWAY_METRICS_PORT

# As many open files as allowed, up to 16,384; half of them for connections.
OPEN_FILES=$(ulimit -Hn)
if [ "$OPEN_FILES" = unlimited ] || [ "$OPEN_FILES" -gt 16384 ]; then OPEN_FILES=16384; fi
CONNECTIONS=$((OPEN_FILES / 2))
MAX_CONNECTIONS=$((CONNECTIONS * GATEWAY_WORKERS))
export OPEN_FILES CONNECTIONS MAX_CONNECTIONS

if [ "$GATEWAY_ACCESS_LOG" = off ]; then ACCESS_LOG_FORMAT=; else ACCESS_LOG_FORMAT=' gateway'; fi
export ACCESS_LOG_FORMAT

# From 1.25.1, nginx has `http2 on` and warns about the parameter of listen.
HTTP2_ON_LISTEN=' http2' HTTP2_DIRECTIVE=
if at_least 1.25.1; then HTTP2_ON_LISTEN='' HTTP2_DIRECTIVE='http2 on;'; fi
export HTTP2_ON_LISTEN HTTP2_DIRECTIVE

# [::] is for both families, and so are the names of the servers then.
LISTEN_OPTIONS= RESOLVER_FAMILIES=' ipv6=off'
case $GATEWAY_ADDRESS in
  '[::]') LISTEN_OPTIONS=' ipv6only=off' RESOLVER_FAMILIES= ;;
  '['*) RESOLVER_FAMILIES= ;;
esac
export LISTEN_OPTIONS

METRICS_SERVER='# No port for metrics.'
if [ -n "$GATEWAY_METRICS_PORT" ]; then METRICS_SERVER='include metrics.conf;'; fi

# Health checks are not redirected: few load balancers follow a redirect.
REDIRECTED= PUBLIC_PORT=
if [ "$GATEWAY_PLAIN_HTTP" = redirect ]; then
  REDIRECTED='  "~^http:/(?:api/(?:stateless|stateful)/)?(?:health|ready)$" "";
  "~^http:/error/" "";
  "~^http:" 1;'
  [ "$GATEWAY_PUBLIC_HTTPS_PORT" = 443 ] || PUBLIC_PORT=":$GATEWAY_PUBLIC_HTTPS_PORT"
fi
export METRICS_SERVER REDIRECTED PUBLIC_PORT

HTTPS_SERVER='# No certificate, no HTTPS.'
if [ -n "$GATEWAY_CERTIFICATE" ]; then HTTPS_SERVER='include https.conf;'; fi
HSTS=
if [ "$GATEWAY_HSTS_SECONDS" != 0 ]; then HSTS="max-age=$GATEWAY_HSTS_SECONDS"; fi
export HTTPS_SERVER HSTS

BALANCE='# GATEWAY_AFFINITY=none: one after the other.' SET_AFFINITY=
if [ "$GATEWAY_AFFINITY" = cookie ]; then
  BALANCE='hash $affinity_key consistent;'
  # Without `always`, only answers with status 200 or 201 get it.
  SET_AFFINITY='add_header Set-Cookie $affinity_cookie;'
fi
export BALANCE SET_AFFINITY

SIGN_IN_ZONE= SIGN_IN_LIMIT=
if [ "$GATEWAY_SIGN_INS_PER_SECOND" != off ]; then
  SIGN_IN_ZONE="limit_req_zone \$sign_in_address zone=sign_in:10m rate=${GATEWAY_SIGN_INS_PER_SECOND}r/s;"
  SIGN_IN_LIMIT="limit_req zone=sign_in burst=$((GATEWAY_SIGN_INS_PER_SECOND * 4)) nodelay;
limit_req_status 429;"
fi
export SIGN_IN_ZONE SIGN_IN_LIMIT

REAL_IP= TRUSTED_PROXIES=
for proxy in $(list "$GATEWAY_TRUST_PROXY"); do
  REAL_IP="${REAL_IP}set_real_ip_from $proxy;
"
  TRUSTED_PROXIES="$TRUSTED_PROXIES  $proxy 1;
"
done
if [ -n "$REAL_IP" ]; then REAL_IP="${REAL_IP}real_ip_header X-Forwarded-For;
real_ip_recursive on;"; fi
export REAL_IP TRUSTED_PROXIES

# servers <list> <parameters>
servers() {
  for server in $(list "$1"); do printf '  server %s max_fails=1 fail_timeout=2s%s;\n' "$server" "$2"; done
}

UPSTREAMS_FILE=upstreams.conf STATELESS_TARGET=stateless_api STATEFUL_TARGET=stateful_api
STATELESS_NAME= STATEFUL_NAME= RESOLVER= resolve=
if [ -n "$GATEWAY_RESOLVER" ]; then
  # The apps listen on IPv4 by default. `valid` replaces the TTL of the DNS answer.
  RESOLVER="resolver $GATEWAY_RESOLVER valid=${GATEWAY_RESOLVER_SECONDS}s$RESOLVER_FAMILIES;
  resolver_timeout 3s;"
  if at_least 1.27.3; then
    resolve=' resolve'
  else
    UPSTREAMS_FILE=upstreams-by-name.conf STATELESS_TARGET='$stateless_target' STATEFUL_TARGET='$stateful_target'
    STATELESS_NAME=$(list "$GATEWAY_STATELESS") STATEFUL_NAME=$(list "$GATEWAY_STATEFUL")
    [ "$GATEWAY_AFFINITY" = none ] ||
      refuse "nginx $version cannot place requests on servers that come and go by name (GATEWAY_RESOLVER): use nginx 1.27.3 or later, or GATEWAY_AFFINITY=none."
    matches "$STATELESS_NAME$STATEFUL_NAME" '[^ ]+' ||
      refuse "With GATEWAY_RESOLVER nginx $version takes one name for each API; several need nginx 1.27.3."
  fi
fi
STATELESS_SERVERS=$(servers "$GATEWAY_STATELESS" "$resolve")
STATEFUL_SERVERS=$(servers "$GATEWAY_STATEFUL" "$resolve")
export UPSTREAMS_FILE STATELESS_TARGET STATEFUL_TARGET STATELESS_NAME STATEFUL_NAME RESOLVER
export STATELESS_SERVERS STATEFUL_SERVERS

[ "$problems" -eq 0 ] || exit 64

mkdir -p "$folder/temp" "$folder/logs"
# If root starts nginx, its workers run as an unprivileged user, and must be able to write bodies over 16 KiB to temp.
[ "$(id -u)" -ne 0 ] || chmod go+x "$folder" "$folder/temp"
for template in "$here"/templates/*.template; do
  name=$(basename "$template" .template)
  awk '{
    rest = $0; line = ""
    while (match(rest, /[$][{][A-Z0-9_]+[}]/)) {
      name = substr(rest, RSTART + 2, RLENGTH - 3)
      if (!(name in ENVIRON)) { print FILENAME ": " name " has no value" > "/dev/stderr"; exit 70 }
      line = line substr(rest, 1, RSTART - 1) ENVIRON[name]
      rest = substr(rest, RSTART + RLENGTH)
    }
    print line rest
  }' "$template" > "$folder/$name"
done
