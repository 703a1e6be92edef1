#!/bin/sh
# What every job runs: its command, which comes as arguments, and the job's number in the batch.
# Nodes may share a host: records name them as SLURM does. `exec` lets the signals that SLURM sends
# reach the command itself.
if [ -n "${SLURMD_NODENAME:-}" ]; then
    WGS_PIPE_MACHINE=$SLURMD_NODENAME
    export WGS_PIPE_MACHINE
fi
exec "$@" "${SLURM_ARRAY_TASK_ID:?this script runs as part of a job array}"
