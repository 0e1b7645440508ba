/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/alerts/monitors.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/bundle.h"
#include "hub/release.h"

typedef struct entry {
    char model[SEDGE_NAME_MAX];
    int64_t release;
    baseline b;
    struct entry *next;
} entry;

struct monitors {
    hub *h;
    pthread_mutex_t lock; /**< first */
    entry *first;         /**< entries are added in front and stay */
};

sedge_status monitors_new(hub *h, monitors **ret, sedge_error *err) {
    monitors *m = calloc(1, sizeof *m);
    if (!m)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for the baselines");
    m->h = h;
    pthread_mutex_init(&m->lock, NULL);
    *ret = m;
    return SEDGE_OK;
}

void monitors_free(monitors *m) {
    if (!m)
        return;
    for (entry *e = m->first, *next; e; e = next) {
        next = e->next;
        sedge_monitor_free(e->b.monitor);
        sedge_features_free(e->b.features);
        free(e);
    }
    pthread_mutex_destroy(&m->lock);
    free(m);
}

static entry *find(monitors *m, const char *model, int64_t release) {
    for (entry *e = m->first; e; e = e->next)
        if (e->release == release && strcmp(e->model, model) == 0)
            return e;
    return NULL;
}

/** Opens the file of a role when the bundle has one. */
typedef sedge_status open_fn(const void *data, size_t n, baseline *ret, sedge_error *err);

static sedge_status open_monitor(const void *data, size_t n, baseline *ret, sedge_error *err) {
    return sedge_monitor_open(data, n, &ret->monitor, err);
}

/** Names are for people only: a bundle whose features this version cannot read is still watched. */
static sedge_status open_features(const void *data, size_t n, baseline *ret, sedge_error *err) {
    (void)err;
    if (sedge_features_open(data, n, &ret->features, NULL))
        ret->features = NULL;
    return SEDGE_OK;
}

static sedge_status open_role(const sedge_bundle *b, sedge_bundle_role role, open_fn *open, baseline *ret,
                              sedge_error *err) {
    SEDGE_AUTO_MEM uint8_t *data = NULL;
    size_t n = 0;
    const sedge_bundle_file *file = sedge_manifest_file(sedge_bundle_manifest(b), role);
    if (!file)
        return SEDGE_OK;
    sedge_status st = sedge_bundle_read(b, file, &data, &n, err);
    return st ? st : open(data, n, ret, err);
}

static sedge_status load(monitors *m, const char *model, int64_t release, baseline *ret, sedge_error *err) {
    sedge_auto(sedge_bundle) b = NULL;
    sedge_status st = hub_release_open(m->h, model, release, &b, err);
    if (!st)
        st = open_role(b, SEDGE_ROLE_MONITOR, open_monitor, ret, err);
    return st ? st : open_role(b, SEDGE_ROLE_FEATURES, open_features, ret, err);
}

void baseline_label(const baseline *b, uint32_t feature, char ret[SEDGE_FEATURES_LABEL_MAX]) {
    ret[0] = 0;
    if (b->features)
        sedge_features_label(b->features, feature, ret);
    if (!ret[0])
        snprintf(ret, SEDGE_FEATURES_LABEL_MAX, "%u", feature);
}

sedge_status monitors_get(monitors *m, const char *model, int64_t release, const baseline **ret, sedge_error *err) {
    sedge_status st = SEDGE_OK;
    pthread_mutex_lock(&m->lock);
    entry *e = find(m, model, release);
    if (!e && (e = calloc(1, sizeof *e))) {
        snprintf(e->model, sizeof e->model, "%s", model);
        e->release = release;
        st = load(m, model, release, &e->b, err);
        if (st) {
            free(e);
            e = NULL;
        } else {
            e->next = m->first;
            m->first = e;
        }
    } else if (!e) {
        st = sedge_fail(err, SEDGE_ENOMEM, "no memory for a baseline");
    }
    pthread_mutex_unlock(&m->lock);
    if (!st)
        *ret = &e->b;
    return st;
}
