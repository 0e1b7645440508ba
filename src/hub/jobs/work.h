/* SPDX-License-Identifier: Apache-2.0 */
/** Running a job's steps; between jobs/open.c, jobs/runner.c and jobs/steps.c. */
#ifndef SEDGE_HUB_JOBS_WORK_H
#define SEDGE_HUB_JOBS_WORK_H

#include "base/name.h"
#include "crypto/rand.h"
#include "hub/hub.h"
#include "os/file.h"

enum { JOB_FILES_MAX = 2048, JOB_LOG_MAX = 64 * 1024, JOB_TEXT_MAX = 200 };

/** A job while it runs. */
typedef struct job_run {
    hub *h;
    char id[SEDGE_UUID_MAX];
    char model[SEDGE_NAME_MAX];
    char deployment[SEDGE_NAME_MAX];
    int64_t release;              /**< that drifted */
    int64_t new_release;          /**< 0: not registered yet */
    char dir[SEDGE_PATH_MAX];     /**< working folder */
    char dataset[80];             /**< name of the data set */
    char parent[80];              /**< its version: sha256:..., or the name */
    char run[SEDGE_UUID_MAX];     /**< that trained the release that drifted, or "" */
    int64_t cpu_us, memory_bytes; /**< the old release's limits, which the new one keeps */
    bool has_optimize;
    int64_t step;                  /**< number of the next row in job_steps */
    char (*files)[SEDGE_PATH_MAX]; /**< recordings made of samples; owned */
    size_t files_n;
    char token[SEDGE_TOKEN_MAX]; /**< of this run; "" with --plain */
} job_run;

/** Runs a program as one step: its outputs are kept in job_steps; ret_out (may be NULL) gets its standard output. */
SEDGE_NODISCARD sedge_status job_step(job_run *r, const char *name, const char *const *args, sedge_buf *ret_out,
                                      sedge_error *err);
/** All steps from unpacked bundle to roll-out, in jobs/steps.c. */
SEDGE_NODISCARD sedge_status job_work(job_run *r, sedge_error *err);

/** Marks the job failed, with an event. */
SEDGE_NODISCARD sedge_status job_fail(hub *h, const char *id, const char *reason, sedge_error *err);
/** Something may be to run. Any thread. */
void jobs_wake(jobs *j);
/** Is the hub stopping? Then steps end early with SEDGE_EBUSY. */
bool jobs_stopping(const jobs *j);

#endif
