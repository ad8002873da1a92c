#!/usr/bin/env bash
# Test in several processes on this machine, or on several machines.
#
#   tools/dist_test.sh CONFIG CHECKPOINT N [flags of test.py]
#
# N: processes on this machine (one per GPU). For several machines, start it on each with NNODES,
# NODE_RANK, MASTER_ADDR and PORT in the environment. PORT is optional on one machine.
set -euo pipefail
[ $# -ge 3 ] || { echo "usage: tools/dist_test.sh CONFIG CHECKPOINT N [flags]" >&2; exit 2; }
config=$1 checkpoint=$2 processes=$3
shift 3
tools=$(dirname "$0")
exec "${PYTHON:-python}" "$tools/dist_launch.py" "$processes" \
    "$tools/test.py" "$config" "$checkpoint" --launcher pytorch "$@"
