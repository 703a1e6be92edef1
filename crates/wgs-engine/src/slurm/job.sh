#!/bin/sh
# What every job runs: its command, which comes as arguments, and the job's number in the batch.
# `exec` lets the signals that SLURM sends reach the command itself.
exec "$@" "${SLURM_ARRAY_TASK_ID:?this script runs as part of a job array}"
