/* SPDX-License-Identifier: Apache-2.0 */
/** Every function that a route names, by the file that holds it. */
#ifndef SEDGE_HUB_HANDLERS_H
#define SEDGE_HUB_HANDLERS_H

#include "hub/call.h"

/* api_system.c */
hub_handler hub_get_page, hub_get_health, hub_get_ready, hub_get_metrics;
/* api_tokens.c */
store_fn hub_post_token, hub_get_tokens, hub_revoke_token;
/* api_events.c */
hub_handler hub_get_events;
/* api_blobs.c */
hub_handler hub_put_blob, hub_get_blob;
/* api_datasets.c */
store_fn hub_post_dataset, hub_get_datasets, hub_get_dataset;

/* api_models.c */
store_fn hub_get_models, hub_get_model;
hub_handler hub_put_bundle;
/* rollout/api_deployments.c */
store_fn hub_get_deployment, hub_get_deployments, hub_put_deployment;
/* rollout/api_rollouts.c */
store_fn hub_get_rollout, hub_get_rollouts, hub_post_rollout, hub_pause_rollout, hub_resume_rollout;
hub_handler hub_abort_rollout;
/* alerts/api_alerts.c */
store_fn hub_get_alerts;
/* jobs/api_jobs.c */
store_fn hub_get_jobs, hub_get_job;
/* fleet/device_*.c */
hub_handler device_post_enrol, device_get_desired, device_post_report, device_post_samples, device_get_tuf_metadata,
    device_get_tuf_target;
/* fleet/api_devices.c */
store_fn hub_patch_device, hub_revoke_device;
hub_handler hub_get_devices, hub_get_device;
/* fleet/api_stats.c */
hub_handler hub_get_stats;

/* mlflow/experiments.c */
store_fn mlflow_experiment_create, mlflow_experiment_get, mlflow_experiment_get_by_name, mlflow_experiments_search,
    mlflow_experiment_update, mlflow_experiment_delete, mlflow_experiment_restore, mlflow_experiment_set_tag;
/* mlflow/runs.c */
store_fn mlflow_run_create, mlflow_run_get, mlflow_run_update, mlflow_run_delete, mlflow_run_restore,
    mlflow_runs_search;
/* mlflow/run_data.c */
store_fn mlflow_log_metric, mlflow_log_parameter, mlflow_set_tag, mlflow_delete_tag, mlflow_log_batch,
    mlflow_metric_history;
/* mlflow/artifacts.c */
hub_handler mlflow_artifact_put, mlflow_artifact_get;
store_fn mlflow_artifacts_of_run, mlflow_artifacts_list, mlflow_artifact_delete;
/* mlflow/models.c */
store_fn mlflow_model_create, mlflow_model_get, mlflow_models_search, mlflow_model_update, mlflow_model_set_tag,
    mlflow_model_delete_tag, mlflow_alias_set, mlflow_alias_delete, mlflow_alias_get;
/* mlflow/versions.c */
store_fn mlflow_version_create, mlflow_version_get, mlflow_version_update, mlflow_versions_search,
    mlflow_version_transition, mlflow_version_download_uri, mlflow_latest_versions, mlflow_version_set_tag,
    mlflow_version_delete_tag;

#endif
