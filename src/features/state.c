/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "features/features.h"

/*
 * Memory of a state, from the caller's address rounded up to ALIGNMENT:
 *
 *     | sedge_features_state | samples: length doubles | spectrum: fft_length doubles + 2 | ring: channels x length
 * floats |
 */
enum { ALIGNMENT = 16 };

struct sedge_features_state {
    const sedge_features *features;
    uint64_t rows;
    uint32_t next;    /**< column of the ring that the next row goes to: the oldest one */
    uint32_t pending; /**< rows until the next vector */
    double *samples;
    double *spectrum;
    float *ring;
};

static size_t header_bytes(void) {
    return (sizeof(sedge_features_state) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static size_t spectrum_doubles(const sedge_features *features) {
    return features->fft_length ? (size_t)features->fft_length + 2 : 0;
}

size_t sedge_features_state_bytes(const sedge_features *features) {
    return ALIGNMENT - 1 + header_bytes() + (features->length + spectrum_doubles(features)) * sizeof(double) +
           (size_t)features->n_channels * features->length * sizeof(float);
}

void sedge_features_reset(sedge_features_state *state) {
    state->rows = 0;
    state->next = 0;
    state->pending = state->features->length;
}

sedge_status sedge_features_state_init(const sedge_features *features, void *memory, size_t size,
                                       sedge_features_state **ret, sedge_error *err) {
    size_t need = sedge_features_state_bytes(features);
    if (size < need)
        return sedge_fail(err, SEDGE_EUSAGE, "a features state needs %zu bytes, %zu were given", need, size);
    uint8_t *at = memory;
    at += (ALIGNMENT - (uintptr_t)at % ALIGNMENT) % ALIGNMENT;
    sedge_features_state *state = (sedge_features_state *)(void *)at;
    state->features = features;
    state->samples = (double *)(void *)(at + header_bytes());
    state->spectrum = state->samples + features->length;
    state->ring = (float *)(void *)(state->spectrum + spectrum_doubles(features));
    sedge_features_reset(state);
    *ret = state;
    return SEDGE_OK;
}

uint64_t sedge_features_rows(const sedge_features_state *state) {
    return state->rows;
}

/** What stands for a missing sample of the channel, whose column of the ring this is. */
static float impute(const sedge_features_state *state, uint32_t channel, const float *column) {
    const sedge_features_channel *c = &state->features->channels[channel];
    if (c->impute != SEDGE_IMPUTE_HOLD || state->rows == 0)
        return c->fill;
    return column[(state->next ? state->next : state->features->length) - 1];
}

static void compute(sedge_features_state *state, float *vector) {
    const sedge_features *features = state->features;
    uint32_t length = features->length, older = length - state->next;
    for (uint32_t c = 0; c < features->n_channels; c++) {
        const float *column = state->ring + (size_t)c * length;
        for (uint32_t i = 0; i < older; i++)
            state->samples[i] = (double)column[state->next + i];
        for (uint32_t i = older; i < length; i++)
            state->samples[i] = (double)column[i - older];
        sedge_features_compute(features, c, state->samples, state->spectrum, vector);
    }
}

bool sedge_features_push(sedge_features_state *state, const float *row, float *vector) {
    const sedge_features *features = state->features;
    for (uint32_t c = 0; c < features->n_channels; c++) {
        float *column = state->ring + (size_t)c * features->length;
        column[state->next] = isfinite(row[c]) ? row[c] : impute(state, c, column);
    }
    state->next = state->next + 1 == features->length ? 0 : state->next + 1;
    state->rows++;
    if (--state->pending)
        return false;
    state->pending = features->step;
    compute(state, vector);
    return true;
}

sedge_status sedge_features_window(const sedge_features *features, const float *rows, void *scratch,
                                   size_t scratch_bytes, float *vector, sedge_error *err) {
    sedge_features_state *state;
    sedge_status st = sedge_features_state_init(features, scratch, scratch_bytes, &state, err);
    if (st)
        return st;
    bool ready = false;
    for (uint32_t i = 0; i < features->length; i++)
        ready = sedge_features_push(state, rows + (size_t)i * features->n_channels, vector);
    return ready ? SEDGE_OK : sedge_fail(err, SEDGE_EINTERNAL, "a whole window made no vector");
}
