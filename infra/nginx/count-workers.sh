#!/bin/sh
# Prints how many workers nginx should have: one for each core, but not more than the limits of the container allow.
# nginx's own `auto` counts the cores of the machine: 64 cores are 64 workers, more than 128 MiB can hold.
#
#   count-workers.sh [<folder of the control groups> [<number of cores>]]
set -eu
folder=${1:-/sys/fs/cgroup}
workers=${2:-$(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN)}

# A worker with 8,192 connections takes 4 MiB when it is idle; the rest is for the buffers of its requests.
WORKER_BYTES=$((16 * 1024 * 1024))

# read_limit <file of version 2> <file of version 1>: prints the first that exists
read_limit() {
  for file; do [ ! -r "$folder/$file" ] || { cat "$folder/$file"; return; }; done
}

# limit_workers <number>
limit_workers() {
  [ "$1" -ge "$workers" ] || workers=$1
}

# Version 2: `max` or a quota, and its period in one file. Version 1: a quota, -1 if there is none.
cpu=$(read_limit cpu.max cpu/cpu.cfs_quota_us)
quota=${cpu%% *}
period=$(read_limit cpu/cpu.cfs_period_us)
case $cpu in *' '*) period=${cpu##* } ;; esac
case $quota in '' | max | -1) ;; *) limit_workers $(((quota + period - 1) / period)) ;; esac

bytes=$(read_limit memory.max memory/memory.limit_in_bytes)
case $bytes in '' | max) ;; *) limit_workers $((bytes / WORKER_BYTES)) ;; esac

[ "$workers" -ge 1 ] || workers=1
echo "$workers"
