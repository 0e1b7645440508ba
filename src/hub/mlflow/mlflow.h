/* SPDX-License-Identifier: Apache-2.0 */
/** What the MLflow calls share: names and limits, tag lists, the JSON of runs, models and versions. */
#ifndef SEDGE_HUB_MLFLOW_H
#define SEDGE_HUB_MLFLOW_H

#include "hub/handlers.h"

enum {
    MLFLOW_KEY_MAX = 250,
    MLFLOW_PARAM_MAX = 6000,
    MLFLOW_TAG_MAX = 8000,
    MLFLOW_NAME_MAX = 500,
    MLFLOW_BATCH_MAX = 1000,
    MLFLOW_MODEL_NAME_MAX = 64, /**< bundles name the model too (bundle/manifest.h) */
};

/** A metric, parameter or tag key: 1 to MLFLOW_KEY_MAX bytes, no control characters, a normal relative path. */
SEDGE_NODISCARD sedge_status mlflow_check_key(const char *what, const char *key, sedge_error *err);
/** Model names: 1 to 64 of A-Z a-z 0-9 '-' '_' '.', the first a letter or digit. */
SEDGE_NODISCARD sedge_status mlflow_check_model_name(const char *name, sedge_error *err);

/** [{"key", "value"}] of a query whose first two columns they are. A new reference. */
SEDGE_NODISCARD sedge_status mlflow_pairs(store_tx *tx, json_t **ret, sedge_error *err, const char *sql,
                                          const store_arg *args, size_t n);
/** Calls set for every {"key", "value"} in the array at `tags` (which may be absent). */
typedef sedge_status mlflow_set_fn(store_tx *tx, void *owner, const char *key, const char *value, sedge_error *err);
SEDGE_NODISCARD sedge_status mlflow_each_pair(store_tx *tx, const sedge_json *in, const char *name, size_t max,
                                              mlflow_set_fn *set, void *owner, sedge_error *err);

/** NaN as "NaN"; infinities do not occur in the database. */
json_t *mlflow_number(double value, bool is_nan);

/** {"info", "data", "inputs"} of a run. SEDGE_ENOTFOUND with MLflow's sentence. */
SEDGE_NODISCARD sedge_status mlflow_run_json(store_tx *tx, const char *run, json_t **ret, sedge_error *err);
/** The run exists and is active. */
SEDGE_NODISCARD sedge_status mlflow_run_check(store_tx *tx, const char *run, sedge_error *err);
/** run_id, or run_uuid as old clients call it. */
SEDGE_NODISCARD sedge_status mlflow_run_arg(const hub_call *c, const char **ret, sedge_error *err);
/** mlflow_set_fn for run tags; owner is the run id (const char *). */
SEDGE_NODISCARD sedge_status mlflow_run_tag(store_tx *tx, void *owner, const char *key, const char *value,
                                            sedge_error *err);

SEDGE_NODISCARD sedge_status mlflow_model_check(store_tx *tx, const char *name, sedge_error *err);
/** Moves the model's last_updated_timestamp. */
SEDGE_NODISCARD sedge_status mlflow_model_touch(store_tx *tx, const char *name, int64_t now_ms, sedge_error *err);
SEDGE_NODISCARD sedge_status mlflow_version_json(store_tx *tx, const char *model, int64_t version, json_t **ret,
                                                 sedge_error *err);

/** Offset in a page token ("" or NULL: 0) and back. */
SEDGE_NODISCARD sedge_status mlflow_page(const hub_call *c, int64_t most, int64_t otherwise, int64_t *ret_offset,
                                         int64_t *ret_limit, sedge_error *err);
/** Adds next_page_token to doc when n rows filled the page. */
SEDGE_NODISCARD sedge_status mlflow_next_page(json_t *doc, int64_t offset, int64_t limit, int64_t n, sedge_error *err);

/** The clients put this behind every search; alone it selects everything. */
SEDGE_NODISCARD sedge_status mlflow_no_filter(const hub_call *c, sedge_error *err);

#endif
