/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The part of the database that desired state is computed from, as one immutable picture in memory, and the
 * computation. A picture is made anew when a commit has touched it (hub.generation); asking for desired state reads
 * memory only.
 */
#ifndef SEDGE_HUB_FLEET_STATE_H
#define SEDGE_HUB_FLEET_STATE_H

#include <stdatomic.h>

#include "crypto/cert.h"
#include "hub/rollout/spec.h"
#include "hub/store/store.h"
#include "proto/desired.h"
#include "proto/labels.h"

typedef struct fleet_deployment {
    char name[SEDGE_NAME_MAX];
    char model[SEDGE_NAME_MAX];
    sedge_labels selector;
    double probation_s;
    int64_t release;               /**< of the last finished roll-out; 0: none */
    char finished[SEDGE_UUID_MAX]; /**< that roll-out */
    int64_t next_release;          /**< of the active roll-out; 0: none is active */
    char active[SEDGE_UUID_MAX];
    bool started;       /**< its first phase has begun, so there is a threshold */
    uint64_t threshold; /**< greatest rank that is in */
} fleet_deployment;

typedef struct fleet_device {
    char id[SEDGE_DEVICE_ID_MAX];
    bool revoked;
    int64_t last_seen_ms;                           /**< as stored; 0: never */
    uint32_t deployments[SEDGE_DESIRED_MODELS_MAX]; /**< that select it, one a model, by place */
    size_t deployments_n;
    uint32_t request; /**< place of the sample request that asks it, or UINT32_MAX */
} fleet_device;

typedef struct fleet_request {
    char job[SEDGE_UUID_MAX];
    char model[SEDGE_NAME_MAX];
    int64_t rows;
} fleet_request;

typedef struct fleet_state {
    atomic_uint refs;
    unsigned long long generation;
    fleet_device *devices; /**< sorted by id */
    size_t devices_n;
    fleet_deployment *deployments; /**< sorted by name: the first that selects a device for a model counts */
    size_t deployments_n;
    fleet_request *requests;
    size_t requests_n;
} fleet_state;

/** Reads the picture; a store_fn whose ctx is a fleet_state **. */
SEDGE_NODISCARD sedge_status fleet_state_read(store_tx *tx, void *ret, sedge_error *err);
void fleet_state_unref(fleet_state *s);
const fleet_device *fleet_state_device(const fleet_state *s, const char *id);

/** What this device shall run. A pure function of the picture. */
SEDGE_NODISCARD sedge_status fleet_desired(const fleet_state *s, const fleet_device *d, double poll_s, double report_s,
                                           sedge_desired *ret, sedge_error *err);

#endif
