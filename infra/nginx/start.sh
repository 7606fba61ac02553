#!/bin/sh
# The command of a container: renders the configuration, checks it, and is replaced by nginx. It needs only the right to
# write its folder. Stop it with SIGQUIT, which lets running requests end.
set -eu
PATH="$PATH:/usr/local/sbin:/usr/sbin"
folder=${GATEWAY_FOLDER:-/tmp/gateway}
sh "$(dirname "$0")/render.sh" "$folder"
nginx=${GATEWAY_NGINX:-nginx}
"$nginx" -e stderr -t -q -p "$folder" -c nginx.conf
exec "$nginx" -e stderr -p "$folder" -c nginx.conf
