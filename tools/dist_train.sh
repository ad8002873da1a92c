#!/usr/bin/env bash
# Train in several processes on this machine, or on several machines.
#
#   tools/dist_train.sh CONFIG N [flags of train.py] [--max-restarts R]
#
# N: processes on this machine (one per GPU). For several machines, start it on each with NNODES,
# NODE_RANK, MASTER_ADDR and PORT in the environment. PORT is optional on one machine.
set -euo pipefail
[ $# -ge 2 ] || { echo "usage: tools/dist_train.sh CONFIG N [flags]" >&2; exit 2; }
config=$1 processes=$2
shift 2
tools=$(dirname "$0")
exec "${PYTHON:-python}" "$tools/dist_launch.py" "$processes" \
    "$tools/train.py" "$config" --launcher pytorch "$@"
