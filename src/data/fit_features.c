/* SPDX-License-Identifier: Apache-2.0 */
#include "data/fit_features.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "base/checked.h"

void sedge_fit_standard(const float *x, size_t rows, uint32_t columns, double *ret_mean, double *ret_scale) {
    double n = (double)rows;
    for (uint32_t c = 0; c < columns; c++)
        ret_mean[c] = ret_scale[c] = 0;
    for (size_t i = 0; i < rows; i++)
        for (uint32_t c = 0; c < columns; c++)
            ret_mean[c] += (double)x[i * columns + c];
    for (uint32_t c = 0; c < columns; c++)
        ret_mean[c] /= n;
    for (size_t i = 0; i < rows; i++) {
        for (uint32_t c = 0; c < columns; c++) {
            double d = (double)x[i * columns + c] - ret_mean[c];
            ret_scale[c] += d * d;
        }
    }
    for (uint32_t c = 0; c < columns; c++) {
        double variance = ret_scale[c] / n, rounding = n * ret_mean[c] * DBL_EPSILON;
        bool constant = variance <= n * DBL_EPSILON * variance + rounding * rounding;
        ret_scale[c] = constant ? 1 : sqrt(variance);
    }
}

static double mean_of_channel(const sedge_fit_block *blocks, size_t n, uint32_t channels, uint32_t channel) {
    double sum = 0, count = 0;
    for (size_t b = 0; b < n; b++) {
        for (size_t i = 0; i < blocks[b].rows; i++) {
            float x = blocks[b].values[i * channels + channel];
            if (!isfinite(x) || (blocks[b].use && !blocks[b].use[i]))
                continue;
            sum += (double)x;
            count++;
        }
    }
    return sum / count;
}

sedge_status sedge_fit_fills(sedge_features_source *source, const sedge_fit_block *blocks, size_t n, sedge_error *err) {
    for (uint32_t c = 0; c < source->spec.n_channels; c++) {
        sedge_features_channel *channel = &source->channels[c];
        if (channel->impute != SEDGE_IMPUTE_HOLD && channel->impute != SEDGE_IMPUTE_MEAN)
            continue;
        double mean = mean_of_channel(blocks, n, source->spec.n_channels, c);
        if (isnan(mean))
            return sedge_fail(err, SEDGE_EINVALID,
                              "channel '%s' has no sample to learn from; impute it with zero or a value",
                              channel->name);
        channel->fill = (float)mean;
    }
    return SEDGE_OK;
}

/** Opens the description as it is, without scaling. */
static sedge_status open_unscaled(sedge_features_source *source, sedge_features **ret, sedge_error *err) {
    for (uint32_t i = 0; i < source->spec.n_entries; i++) {
        source->entries[i].mean = 0;
        source->entries[i].scale = 1;
    }
    return sedge_features_source_open(source, ret, err);
}

sedge_status sedge_features_source_open(const sedge_features_source *source, sedge_features **ret, sedge_error *err) {
    SEDGE_AUTO_BUF file = sedge_buf_init((size_t)1 << 20);
    sedge_status st = sedge_features_write(&source->spec, &file, err);
    return st ? st : sedge_features_open(file.data, file.n, ret, err);
}

sedge_status sedge_fit_vectors(const sedge_features *features, const sedge_fit_block *blocks, size_t n,
                               sedge_fit_matrix *ret, sedge_error *err) {
    size_t columns = sedge_features_count(features), most = 0, bytes;
    for (size_t b = 0; b < n; b++)
        if (blocks[b].rows >= sedge_features_length(features))
            most += (blocks[b].rows - sedge_features_length(features)) / sedge_features_step(features) + 1;
    if (!sedge_mul_size(most, columns * sizeof(float), &bytes))
        return sedge_fail(err, SEDGE_ELIMIT, "%zu vectors are too many for this machine", most);
    size_t state_bytes = sedge_features_state_bytes(features);
    SEDGE_AUTO_MEM void *memory = malloc(state_bytes);
    SEDGE_AUTO_MEM float *values = malloc(bytes ? bytes : 1);
    SEDGE_AUTO_MEM sedge_fit_place *places = calloc(most ? most : 1, sizeof *places);
    if (!memory || !values || !places)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for %zu vectors", most);
    size_t rows = 0, channels = sedge_features_channels(features);
    for (size_t b = 0; b < n; b++) {
        sedge_features_state *state;
        sedge_status st = sedge_features_state_init(features, memory, state_bytes, &state, err);
        if (st)
            return st;
        for (size_t i = 0; i < blocks[b].rows; i++) {
            if (!sedge_features_push(state, blocks[b].values + i * channels, values + rows * columns) ||
                (blocks[b].use && !blocks[b].use[i]))
                continue;
            places[rows++] = (sedge_fit_place){ .block = b, .row = i };
        }
    }
    *ret = (sedge_fit_matrix){ SEDGE_STEAL(values), SEDGE_STEAL(places), rows, (uint32_t)columns };
    return SEDGE_OK;
}

void sedge_fit_matrix_done(sedge_fit_matrix *matrix) {
    free(matrix->values);
    free(matrix->places);
    *matrix = (sedge_fit_matrix){ 0 };
}

sedge_status sedge_fit_scaling(sedge_features_source *source, const sedge_fit_block *blocks, size_t n,
                               sedge_error *err) {
    if (!source->scale)
        return SEDGE_OK;
    sedge_features *features;
    sedge_status st = open_unscaled(source, &features, err);
    if (st)
        return st;
    sedge_fit_matrix matrix = { 0 };
    st = sedge_fit_vectors(features, blocks, n, &matrix, err);
    sedge_features_free(features);
    if (st)
        return st;
    double mean[SEDGE_FEATURES_COUNT_MAX], scale[SEDGE_FEATURES_COUNT_MAX];
    if (matrix.rows)
        sedge_fit_standard(matrix.values, matrix.rows, matrix.columns, mean, scale);
    else
        st = sedge_fail(err, SEDGE_EINVALID, "no window of %u rows is complete: nothing to fit the scaling to",
                        source->spec.length);
    for (uint32_t i = 0; !st && i < matrix.columns; i++) {
        source->entries[i].mean = mean[i];
        source->entries[i].scale = scale[i];
    }
    sedge_fit_matrix_done(&matrix);
    return st;
}
