/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A run on the hub, through the MLflow calls that any MLflow client uses.
 *
 *     st = sedge_hub_run_start(hub, "pump", "trees-1", parent_run_id, &run, err);
 *     st = sedge_hub_run_param(run, "depth", "5", err);
 *     st = sedge_hub_run_metric(run, "loss", 0.12, epoch, err);
 *     st = sedge_hub_run_artifacts(run, "out/pump", "model", err);
 *     st = sedge_hub_run_finish(run, true, err);
 *
 * Parameters, metrics and tags wait in memory and go out in batches of SEDGE_HUB_RUN_BATCH and at the end.
 */
#ifndef SEDGE_CLI_HUB_RUNS_H
#define SEDGE_CLI_HUB_RUNS_H

#include "cli/hub_client.h"

enum { SEDGE_HUB_RUN_BATCH = 100 };

typedef struct sedge_hub_run sedge_hub_run;

/**
 * Creates the experiment when it is new, then a run in it.
 * @param hub         must outlive the run
 * @param parent_run  NULL, or the run that this one follows (tag mlflow.parentRunId)
 */
SEDGE_NODISCARD sedge_status sedge_hub_run_start(sedge_hub_client *hub, const char *experiment, const char *name,
                                                 const char *parent_run, sedge_hub_run **ret, sedge_error *err);
/** A run that exists already, to add to it; it is left in the state that it has. SEDGE_ENOTFOUND when the hub has none.
 */
SEDGE_NODISCARD sedge_status sedge_hub_run_open(sedge_hub_client *hub, const char *run_id, sedge_hub_run **ret,
                                                sedge_error *err);
/** Frees; a run that was started here and not finished is marked FAILED on the hub when it can be reached. */
void sedge_hub_run_free(sedge_hub_run *run);
SEDGE_DEFINE_AUTO(sedge_hub_run, sedge_hub_run_free)

/** 32 hex digits. Lives as long as the run. */
const char *sedge_hub_run_id(const sedge_hub_run *run);

SEDGE_NODISCARD sedge_status sedge_hub_run_param(sedge_hub_run *run, const char *key, const char *value,
                                                 sedge_error *err);
/** NaN and infinities are kept. */
SEDGE_NODISCARD sedge_status sedge_hub_run_metric(sedge_hub_run *run, const char *key, double value, int64_t step,
                                                  sedge_error *err);
SEDGE_NODISCARD sedge_status sedge_hub_run_tag(sedge_hub_run *run, const char *key, const char *value,
                                               sedge_error *err);
/** "mlflow-artifacts:/..." of the run's artifacts, the place that a model version names as its source. As id. */
const char *sedge_hub_run_artifact_uri(const sedge_hub_run *run);
/** Uploads every file below folder as artifact "<path>/<file>". */
SEDGE_NODISCARD sedge_status sedge_hub_run_artifacts(sedge_hub_run *run, const char *folder, const char *path,
                                                     sedge_error *err);
/** Sends what waits and marks the run FINISHED, or FAILED when !good. */
SEDGE_NODISCARD sedge_status sedge_hub_run_finish(sedge_hub_run *run, bool good, sedge_error *err);

#endif
