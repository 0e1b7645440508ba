/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/format.h"
#include "monitor/monitor.h"
#include "monitor/varint.h"

enum { HEADER_MAX = 1 + 2 * SEDGE_VARINT_MAX + 1, CELL_MAX = 2 + (SEDGE_MONITOR_BINS)*5 };

size_t sedge_monitor_pack_max(uint32_t n_features) {
    return HEADER_MAX + (size_t)n_features * CELL_MAX;
}

static bool any_nan(const sedge_monitor_counts *counts) {
    for (uint32_t f = 0; f < counts->n_features; f++)
        if (counts->cells[f].nan)
            return true;
    return false;
}

static uint8_t *put_cell(uint8_t *p, const sedge_monitor_cell *cell, bool nan) {
    uint16_t mask = 0;
    int last = -1;
    for (int bin = 0; bin < SEDGE_MONITOR_BINS; bin++) {
        if (!cell->bins[bin])
            continue;
        mask |= (uint16_t)(1U << bin);
        last = bin;
    }
    if (nan)
        p = sedge_varint_put(p, cell->nan);
    sedge_store_u16(p, mask);
    p += 2;
    for (int bin = 0; bin < last; bin++)
        if (cell->bins[bin])
            p = sedge_varint_put(p, cell->bins[bin]);
    return p;
}

sedge_status sedge_monitor_pack(const sedge_monitor_counts *counts, uint8_t *out, size_t size, size_t *ret_n,
                                sedge_error *err) {
    size_t need = sedge_monitor_pack_max(counts->n_features);
    if (size < need)
        return sedge_fail(err, SEDGE_EUSAGE, "packing needs room for %zu bytes, %zu were given", need, size);
    bool nan = any_nan(counts);
    uint8_t *p = out;
    *p++ = SEDGE_MONITOR_PACK_FORMAT;
    p = sedge_varint_put(p, counts->n_features);
    p = sedge_varint_put(p, counts->total);
    *p++ = nan;
    for (uint32_t f = 0; f < counts->n_features; f++)
        p = put_cell(p, &counts->cells[f], nan);
    *ret_n = (size_t)(p - out);
    return SEDGE_OK;
}

static sedge_status take(sedge_bytes *in, const char *what, uint64_t max, uint64_t *ret, sedge_error *err) {
    switch (sedge_varint_take(in, max, ret)) {
    case SEDGE_VARINT_OK:
        return SEDGE_OK;
    case SEDGE_VARINT_CUT:
        return sedge_fail(err, SEDGE_ETRUNCATED, "packed counts end within the %s", what);
    case SEDGE_VARINT_BAD:
        break;
    }
    return sedge_fail(err, SEDGE_EINVALID, "packed counts: the %s is malformed or above %llu", what,
                      (unsigned long long)max);
}

static sedge_status take_cell(sedge_bytes *in, uint64_t total, bool nan, sedge_monitor_cell *ret, sedge_error *err) {
    sedge_status st;
    uint64_t n = 0, left = total;
    uint16_t mask;
    *ret = (sedge_monitor_cell){ 0 };
    if (nan && (st = take(in, "number of NaN", total, &n, err)))
        return st;
    ret->nan = (uint32_t)n;
    left -= n;
    if (!sedge_take_u16(in, &mask))
        return sedge_fail(err, SEDGE_ETRUNCATED, "packed counts end within a mask");
    if (!mask != !left)
        return sedge_fail(err, SEDGE_EINVALID, "packed counts: mask %x for %llu values", mask,
                          (unsigned long long)left);
    for (int bin = 0; bin < SEDGE_MONITOR_BINS; bin++) {
        if (!(mask >> bin & 1))
            continue;
        bool last = mask >> bin == 1;
        n = left;
        if (!last && ((st = take(in, "count of a bin", left - 1, &n, err))))
            return st;
        if (!n)
            return sedge_fail(err, SEDGE_EINVALID, "packed counts: a bin of the mask is empty");
        ret->bins[bin] = (uint32_t)n;
        left -= n;
    }
    return SEDGE_OK;
}

static sedge_status take_head(sedge_bytes *in, uint64_t *ret_features, uint64_t *ret_total, sedge_error *err) {
    uint8_t format;
    if (!sedge_take_u8(in, &format))
        return sedge_fail(err, SEDGE_ETRUNCATED, "packed counts are empty");
    if (format != SEDGE_MONITOR_PACK_FORMAT)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "packed counts of format %u, this program knows %d", format,
                          SEDGE_MONITOR_PACK_FORMAT);
    sedge_status st = take(in, "number of features", SEDGE_MONITOR_FEATURES_MAX, ret_features, err);
    return st ? st : take(in, "total", UINT32_MAX, ret_total, err);
}

/** Reads everything; adds to `into` when it is not NULL. */
static sedge_status read_packed(sedge_bytes in, const sedge_monitor_counts *like, sedge_monitor_counts *into,
                                sedge_error *err) {
    uint8_t nan;
    uint64_t n_features, total;
    sedge_status st = take_head(&in, &n_features, &total, err);
    if (st)
        return st;
    if (n_features != like->n_features)
        return sedge_fail(err, SEDGE_EINVALID, "packed counts of %llu features, expected are %u",
                          (unsigned long long)n_features, like->n_features);
    if (!into && total > UINT32_MAX - like->total)
        return sedge_fail(err, SEDGE_ELIMIT, "%u and %llu vectors are more than counts can hold", like->total,
                          (unsigned long long)total);
    if (!sedge_take_u8(&in, &nan))
        return sedge_fail(err, SEDGE_ETRUNCATED, "packed counts end too early");
    if (nan > 1)
        return sedge_fail(err, SEDGE_EINVALID, "packed counts: NaN flag %u", nan);
    for (uint32_t f = 0; f < like->n_features; f++) {
        sedge_monitor_cell cell;
        if ((st = take_cell(&in, total, nan, &cell, err)))
            return sedge_wrap(err, st, "feature %u", f);
        for (int bin = 0; into && bin < SEDGE_MONITOR_BINS; bin++)
            into->cells[f].bins[bin] += cell.bins[bin];
        if (into)
            into->cells[f].nan += cell.nan;
    }
    if (in.n)
        return sedge_fail(err, SEDGE_EINVALID, "%zu bytes behind the packed counts", in.n);
    if (into)
        into->total += (uint32_t)total;
    return SEDGE_OK;
}

sedge_status sedge_monitor_unpack(sedge_monitor_counts *counts, const void *packed, size_t size, sedge_error *err) {
    sedge_bytes in = sedge_bytes_of(packed, size);
    sedge_status st = read_packed(in, counts, NULL, err);
    return st ? st : read_packed(in, counts, counts, err);
}

sedge_status sedge_monitor_packed_features(const void *packed, size_t size, uint32_t *ret, sedge_error *err) {
    sedge_bytes in = sedge_bytes_of(packed, size);
    uint64_t n_features = 0, total = 0;
    sedge_status st = take_head(&in, &n_features, &total, err);
    if (!st && n_features == 0)
        st = sedge_fail(err, SEDGE_EINVALID, "packed counts of no features");
    if (!st)
        *ret = (uint32_t)n_features;
    return st;
}
