#!/usr/bin/env bash
# Train on a SLURM cluster, one process per GPU.
#
#   tools/slurm_train.sh PARTITION JOB CONFIG [flags of train.py]
#
# In the environment: GPUS (8) processes, GPUS_PER_NODE (8), CPUS_PER_TASK (5), SRUN_ARGS. With
# `--device cpu` among the flags no GPU is requested, and GPUS counts processes.
#
# A job that is cancelled or pre-empted saves on SIGTERM; continue it with `--resume auto`. To
# have SLURM requeue it automatically, submit this script instead of running it; the job then
# resumes its own run:
#   GPUS=8 sbatch --requeue -p PARTITION -n 8 --wrap "tools/slurm_train.sh PARTITION JOB CONFIG"
set -euo pipefail
[ $# -ge 3 ] || { echo "usage: tools/slurm_train.sh PARTITION JOB CONFIG [flags]" >&2; exit 2; }
source "$(dirname "$0")/slurm_srun.sh"
run_on_slurm "$1" "$2" train.py "${@:3}"
