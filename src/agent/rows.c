/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/rows.h"

#include <stdlib.h>
#include <string.h>

/** Vectors that are made again to warm the smoothing of the decision. */
enum { WARM_VECTORS = 32 };

sedge_status sedge_rows_init(sedge_rows *rows, uint32_t channels, uint64_t capacity, sedge_error *err) {
    *rows = (sedge_rows){ .channels = channels, .capacity = capacity };
    rows->values = calloc(capacity, channels * sizeof(float));
    rows->info = calloc(capacity, sizeof rows->info[0]);
    if (rows->values && rows->info)
        return SEDGE_OK;
    sedge_rows_done(rows);
    return sedge_fail(err, SEDGE_ENOMEM, "no memory for %llu rows", (unsigned long long)capacity);
}

void sedge_rows_done(sedge_rows *rows) {
    free(rows->values);
    free(rows->info);
    *rows = (sedge_rows){ 0 };
}

uint64_t sedge_rows_room(const sedge_rows *rows) {
    return rows->capacity - (rows->end - rows->acknowledged);
}

void sedge_rows_add(sedge_rows *rows, const float *values, sedge_row_info info) {
    uint64_t at = rows->end % rows->capacity;
    memcpy(rows->values + at * rows->channels, values, rows->channels * sizeof(float));
    rows->info[at] = info;
    rows->end++;
    if (rows->end - rows->oldest > rows->capacity)
        rows->oldest = rows->end - rows->capacity;
}

const float *sedge_rows_values(const sedge_rows *rows, uint64_t number) {
    return rows->values + number % rows->capacity * rows->channels;
}

const sedge_row_info *sedge_rows_info(const sedge_rows *rows, uint64_t number) {
    return &rows->info[number % rows->capacity];
}

void sedge_rows_acknowledge(sedge_rows *rows, uint64_t n) {
    uint64_t open = rows->sent - rows->acknowledged;
    rows->acknowledged += n < open ? n : open;
}

void sedge_rows_rewind(sedge_rows *rows) {
    rows->sent = rows->acknowledged;
}

uint64_t sedge_rows_warm_from(const sedge_rows *rows, uint64_t at, uint32_t length, uint32_t step) {
    uint64_t wanted = (uint64_t)length + (uint64_t)WARM_VECTORS * step;
    uint64_t from = at > wanted ? at - wanted : 0;
    if (from < rows->oldest)
        from = rows->oldest;
    uint64_t phase = from % step; /* windows begin at row 0, step, 2 step ... of the stream */
    from += phase ? step - phase : 0;
    return from < at ? from : at;
}
