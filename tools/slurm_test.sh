#!/usr/bin/env bash
# Test on a SLURM cluster, one process per GPU.
#
#   tools/slurm_test.sh PARTITION JOB CONFIG CHECKPOINT [flags of test.py]
#
# In the environment: GPUS (8) processes, GPUS_PER_NODE (8), CPUS_PER_TASK (5), SRUN_ARGS. With
# `--device cpu` among the flags no GPU is requested, and GPUS counts processes.
set -euo pipefail
[ $# -ge 4 ] || {
    echo "usage: tools/slurm_test.sh PARTITION JOB CONFIG CHECKPOINT [flags]" >&2
    exit 2
}
source "$(dirname "$0")/slurm_srun.sh"
run_on_slurm "$1" "$2" test.py "${@:3}"
