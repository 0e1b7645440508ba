/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/fleet/fleet.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { OFFLINE_POLLS = 3, OFFLINE_LEAST_MS = 5000 };

typedef struct sight {
    char device[SEDGE_DEVICE_ID_MAX];
    int64_t seen_ms;
    bool stored;
} sight;

struct fleet {
    hub *h;
    pthread_mutex_t lock; /**< all below */
    fleet_state *state;
    sight *sights; /**< sorted by device */
    size_t sights_n, sights_capacity;
};

sedge_status fleet_new(hub *h, fleet **ret, sedge_error *err) {
    fleet *f = calloc(1, sizeof *f);
    if (!f)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for the fleet");
    f->h = h;
    pthread_mutex_init(&f->lock, NULL);
    *ret = f;
    return SEDGE_OK;
}

void fleet_free(fleet *f) {
    if (!f)
        return;
    fleet_state_unref(f->state);
    pthread_mutex_destroy(&f->lock);
    free(f->sights);
    free(f);
}

/** The current picture with a reference, or NULL when it is older than the last commit that touched it. */
static fleet_state *current_state(fleet *f, unsigned long long generation) {
    fleet_state *s = NULL;
    pthread_mutex_lock(&f->lock);
    if (f->state && f->state->generation == generation) {
        s = f->state;
        atomic_fetch_add(&s->refs, 1);
    }
    pthread_mutex_unlock(&f->lock);
    return s;
}

sedge_status fleet_get_state(fleet *f, fleet_state **ret, sedge_error *err) {
    unsigned long long generation = atomic_load(&f->h->generation);
    fleet_state *s = current_state(f, generation);
    if (!s) {
        /* the number was read first, so the picture is at least as new as it says */
        sedge_status st = store_read(f->h->store, fleet_state_read, &s, err);
        if (st)
            return st;
        s->generation = generation;
        atomic_fetch_add(&s->refs, 1);
        pthread_mutex_lock(&f->lock);
        fleet_state *old = f->state;
        f->state = s;
        pthread_mutex_unlock(&f->lock);
        fleet_state_unref(old);
    }
    *ret = s;
    return SEDGE_OK;
}

/** Where the device is or belongs. The lock is held. */
static size_t place_of(const fleet *f, const char *device, bool *ret_found) {
    size_t low = 0, high = f->sights_n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(device, f->sights[middle].device);
        if (order == 0) {
            *ret_found = true;
            return middle;
        }
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    *ret_found = false;
    return low;
}

/** Without memory the sight is lost, which the next one mends. */
static void note_sight(fleet *f, const char *device) {
    bool found = false;
    pthread_mutex_lock(&f->lock);
    size_t at = place_of(f, device, &found);
    if (!found && f->sights_n == f->sights_capacity) {
        size_t capacity = f->sights_capacity ? 2 * f->sights_capacity : 64;
        sight *more = realloc(f->sights, capacity * sizeof *more);
        if (!more) {
            pthread_mutex_unlock(&f->lock);
            return;
        }
        f->sights = more;
        f->sights_capacity = capacity;
    }
    if (!found) {
        memmove(f->sights + at + 1, f->sights + at, (f->sights_n++ - at) * sizeof *f->sights);
        f->sights[at] = (sight){ .stored = true };
        strncpy(f->sights[at].device, device, SEDGE_DEVICE_ID_MAX - 1);
    }
    f->sights[at].seen_ms = hub_now_ms(f->h);
    f->sights[at].stored = false;
    pthread_mutex_unlock(&f->lock);
}

sedge_status fleet_check_device(fleet *f, const char *device, sedge_error *err) {
    fleet_state *s = NULL;
    sedge_status st = fleet_get_state(f, &s, err);
    if (st)
        return st;
    const fleet_device *d = fleet_state_device(s, device);
    if (!d)
        st = sedge_fail(err, SEDGE_EREFUSED, "device '%s' is not enrolled here", device);
    else if (d->revoked)
        st = sedge_fail(err, SEDGE_EREFUSED, "device '%s' is revoked", device);
    fleet_state_unref(s);
    if (!st)
        note_sight(f, device);
    return st;
}

int64_t fleet_last_seen_ms(fleet *f, const fleet_device *d) {
    bool found = false;
    pthread_mutex_lock(&f->lock);
    size_t at = place_of(f, d->id, &found);
    int64_t seen_ms = found ? f->sights[at].seen_ms : 0;
    pthread_mutex_unlock(&f->lock);
    return seen_ms > d->last_seen_ms ? seen_ms : d->last_seen_ms;
}

typedef struct batch {
    sight *items;
    size_t n;
} batch;

static sedge_status write_sights(store_tx *tx, void *ctx, sedge_error *err) {
    const batch *b = ctx;
    sedge_status st = SEDGE_OK;
    for (size_t i = 0; !st && i < b->n; i++)
        st = store_exec(tx, NULL, err, "UPDATE devices SET last_seen_ms = $1 WHERE id = $2",
                        STORE_ARGS(STORE_INT(b->items[i].seen_ms), STORE_TEXT(b->items[i].device)));
    return st;
}

sedge_status fleet_flush(fleet *f, sedge_error *err) {
    batch b = { 0 };
    pthread_mutex_lock(&f->lock);
    b.items = malloc((f->sights_n + 1) * sizeof *b.items);
    for (size_t i = 0; b.items && i < f->sights_n; i++)
        if (!f->sights[i].stored) {
            f->sights[i].stored = true;
            b.items[b.n++] = f->sights[i];
        }
    pthread_mutex_unlock(&f->lock);
    sedge_status st = b.n ? store_write(f->h->store, write_sights, &b, err) : SEDGE_OK;
    free(b.items);
    return st;
}

int64_t fleet_offline_after_ms(const hub *h) {
    int64_t after_ms = OFFLINE_POLLS * h->options->poll_ms;
    return after_ms > OFFLINE_LEAST_MS ? after_ms : OFFLINE_LEAST_MS;
}
