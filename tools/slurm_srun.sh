# Sourced by slurm_train.sh and slurm_test.sh: one srun, with a process per GPU.

# run_on_slurm PARTITION JOB TOOL [arguments of the tool]
run_on_slurm() {
    local partition=$1 job=$2 tool=$3
    shift 3
    local tasks=${GPUS:-8} per_node=${GPUS_PER_NODE:-8} status=0
    ((per_node <= tasks)) || per_node=$tasks
    local asked=(-p "$partition" --job-name="$job" --ntasks="$tasks"
        --ntasks-per-node="$per_node" --cpus-per-task="${CPUS_PER_TASK:-5}" --kill-on-bad-exit=1)
    [[ " $* " =~ device[=\ ]cpu\  ]] || asked+=(--gres="gpu:$per_node")
    # SRUN_ARGS is unquoted because it may contain several words.
    # shellcheck disable=SC2086
    srun "${asked[@]}" ${SRUN_ARGS:-} \
        "${PYTHON:-python}" -u "$(dirname "${BASH_SOURCE[0]}")/$tool" "$@" --launcher slurm ||
        status=$?
    # SLURM treats a job that saved and exited on pre-emption as failed.
    if ((status == 143)) && was_preempted; then
        scontrol requeue "$SLURM_JOB_ID"
    fi
    return "$status"
}

was_preempted() {
    [ -n "${SLURM_JOB_ID:-}" ] && scontrol show job "$SLURM_JOB_ID" | grep -q 'PreemptTime=[0-9]'
}
