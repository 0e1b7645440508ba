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
    sedge_monitor *monitor; /**< NULL: the bundle has none */
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
        sedge_monitor_free(e->monitor);
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

static sedge_status load(monitors *m, const char *model, int64_t release, sedge_monitor **ret, sedge_error *err) {
    sedge_auto(sedge_bundle) b = NULL;
    SEDGE_AUTO_MEM uint8_t *data = NULL;
    size_t n = 0;
    sedge_status st = hub_release_open(m->h, model, release, &b, err);
    if (st)
        return st;
    const sedge_bundle_file *file = sedge_manifest_file(sedge_bundle_manifest(b), SEDGE_ROLE_MONITOR);
    if (!file)
        return SEDGE_OK;
    st = sedge_bundle_read(b, file, &data, &n, err);
    return st ? st : sedge_monitor_open(data, n, ret, err);
}

sedge_status monitors_get(monitors *m, const char *model, int64_t release, const sedge_monitor **ret,
                          sedge_error *err) {
    sedge_status st = SEDGE_OK;
    pthread_mutex_lock(&m->lock);
    entry *e = find(m, model, release);
    if (!e && (e = calloc(1, sizeof *e))) {
        snprintf(e->model, sizeof e->model, "%s", model);
        e->release = release;
        st = load(m, model, release, &e->monitor, err);
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
        *ret = e->monitor;
    return st;
}
