/* SPDX-License-Identifier: Apache-2.0 */
#include "train/windows.h"

#include <stdlib.h>
#include <string.h>

static sedge_status no_memory(size_t n, sedge_error *err) {
    return sedge_fail(err, SEDGE_ENOMEM, "no memory for %zu feature vectors", n);
}

static size_t windows_of(size_t rows, uint32_t length, uint32_t step) {
    return rows < length ? 0 : (rows - length) / step + 1;
}

/** Runs one recording through the features. */
static void compute_recording(sedge_windows *w, sedge_features_state *state, const sedge_recording *r, uint32_t index,
                              uint32_t channels) {
    sedge_features_reset(state);
    size_t dirty = SIZE_MAX; /* the newest row with a label */
    for (size_t row = 0; row < r->rows; row++) {
        if (r->labels && r->labels[row] != 0)
            dirty = row;
        if (!sedge_features_push(state, r->values + row * channels, w->x + w->n * w->width))
            continue;
        w->labels[w->n] = r->labels ? r->labels[row] : 0;
        w->clean[w->n] = dirty == SIZE_MAX || row - dirty >= w->length;
        w->recording[w->n] = index;
        w->last[w->n] = row;
        w->n++;
    }
}

sedge_status sedge_windows_compute(const sedge_features *features, const sedge_data_table *table, sedge_windows **ret,
                                   sedge_error *err) {
    sedge_auto(sedge_windows) w = calloc(1, sizeof *w);
    if (!w)
        return no_memory(0, err);
    w->width = sedge_features_count(features);
    w->length = sedge_features_length(features);
    size_t n = 0;
    for (size_t i = 0; i < table->n; i++)
        n += windows_of(table->recordings[i].rows, w->length, sedge_features_step(features));
    if (n == 0)
        return sedge_fail(err, SEDGE_EINVALID,
                          "the recordings have %zu rows in all and none has the %u rows of a window", table->rows,
                          w->length);
    w->x = calloc(n * w->width, sizeof *w->x);
    w->labels = calloc(n, sizeof *w->labels);
    w->clean = calloc(n, sizeof *w->clean);
    w->recording = calloc(n, sizeof *w->recording);
    w->last = calloc(n, sizeof *w->last);
    size_t state_bytes = sedge_features_state_bytes(features);
    SEDGE_AUTO_MEM void *memory = malloc(state_bytes);
    if (!w->x || !w->labels || !w->clean || !w->recording || !w->last || !memory)
        return no_memory(n, err);
    sedge_features_state *state;
    sedge_status st = sedge_features_state_init(features, memory, state_bytes, &state, err);
    if (st)
        return st;
    for (size_t i = 0; i < table->n; i++)
        compute_recording(w, state, &table->recordings[i], (uint32_t)i, table->n_channels);
    *ret = SEDGE_STEAL(w);
    return SEDGE_OK;
}

void sedge_windows_free(sedge_windows *windows) {
    if (!windows)
        return;
    free(windows->x);
    free(windows->labels);
    free(windows->clean);
    free(windows->recording);
    free(windows->last);
    free(windows);
}

static bool is_in(const sedge_windows *w, const sedge_split *s, sedge_windows_part part, size_t i) {
    size_t last = w->last[i], first = last + 1 - w->length;
    switch (part) {
    case SEDGE_WINDOWS_FIT:
        return sedge_split_fits(s, last);
    case SEDGE_WINDOWS_CHECK:
        return sedge_split_checks(s, first, last);
    case SEDGE_WINDOWS_TRAIN:
        return sedge_split_trains(s, last);
    case SEDGE_WINDOWS_HOLDOUT:
        return sedge_split_holds_out(s, first);
    }
    return false;
}

sedge_status sedge_windows_pick(const sedge_windows *w, const sedge_split *splits, sedge_windows_part part,
                                bool clean_only, sedge_windows_picked *ret, sedge_error *err) {
    sedge_windows_picked p = { .v.width = w->width };
    p.x = calloc(w->n * w->width, sizeof *p.x);
    p.labels = calloc(w->n, sizeof *p.labels);
    p.lengths = calloc(w->n + 1, sizeof *p.lengths);
    if (!p.x || !p.labels || !p.lengths) {
        sedge_windows_picked_done(&p);
        return no_memory(w->n, err);
    }
    size_t n = 0, stretches = 0, previous = SIZE_MAX;
    for (size_t i = 0; i < w->n; i++) {
        if (!is_in(w, &splits[w->recording[i]], part, i) || (clean_only && !w->clean[i]))
            continue;
        if (previous == SIZE_MAX || i != previous + 1 || w->recording[i] != w->recording[previous])
            stretches++;
        previous = i;
        memcpy(p.x + n * w->width, w->x + i * w->width, w->width * sizeof *p.x);
        p.labels[n++] = w->labels[i];
        p.lengths[stretches - 1]++;
    }
    p.v = (sedge_vectors){
        .width = w->width, .n = n, .x = p.x, .labels = p.labels, .lengths = p.lengths, .n_stretches = stretches
    };
    *ret = p;
    return SEDGE_OK;
}

void sedge_windows_picked_done(sedge_windows_picked *picked) {
    free(picked->x);
    free(picked->labels);
    free(picked->lengths);
    *picked = (sedge_windows_picked){ 0 };
}
