/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/format.h"
#include "monitor/varint.h"
#include "sedge/monitor.h"

enum { LAST = SEDGE_LATENCY_BUCKETS - 1, FIRST_END_NS = 256 };

/** 2^(i/4) in 1/65536. */
static const uint32_t quarter[4] = { 65536, 77936, 92682, 110218 };

uint64_t sedge_latency_bucket_end_ns(uint32_t bucket) {
    if (bucket >= LAST)
        return UINT64_MAX;
    return ((uint64_t)FIRST_END_NS << bucket / 4) * quarter[bucket % 4] >> 16;
}

static uint32_t bucket_of(uint64_t ns) {
    uint32_t low = 0, high = LAST;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (ns <= sedge_latency_bucket_end_ns(middle))
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static uint64_t add_u64(uint64_t a, uint64_t b) {
    return b > UINT64_MAX - a ? UINT64_MAX : a + b;
}

static uint32_t add_u32(uint32_t a, uint32_t b) {
    return b > UINT32_MAX - a ? UINT32_MAX : a + b;
}

void sedge_latency_add(sedge_latency *latency, uint64_t ns) {
    uint32_t *bucket = &latency->buckets[bucket_of(ns)];
    *bucket = add_u32(*bucket, 1);
    latency->count = add_u64(latency->count, 1);
    latency->sum_ns = add_u64(latency->sum_ns, ns);
    latency->max_ns = ns > latency->max_ns ? ns : latency->max_ns;
}

void sedge_latency_merge(sedge_latency *into, const sedge_latency *from) {
    for (uint32_t i = 0; i < SEDGE_LATENCY_BUCKETS; i++)
        into->buckets[i] = add_u32(into->buckets[i], from->buckets[i]);
    into->count = add_u64(into->count, from->count);
    into->sum_ns = add_u64(into->sum_ns, from->sum_ns);
    into->max_ns = from->max_ns > into->max_ns ? from->max_ns : into->max_ns;
}

uint64_t sedge_latency_quantile(const sedge_latency *latency, double share) {
    uint64_t total = 0, below = 0;
    for (uint32_t i = 0; i < SEDGE_LATENCY_BUCKETS; i++)
        total += latency->buckets[i];
    if (!total)
        return 0;
    for (uint32_t i = 0; i < LAST; i++) {
        below += latency->buckets[i];
        if ((double)below < share * (double)total || !below)
            continue;
        uint64_t end = sedge_latency_bucket_end_ns(i);
        return end < latency->max_ns ? end : latency->max_ns;
    }
    return latency->max_ns;
}

sedge_status sedge_latency_pack(const sedge_latency *latency, uint8_t *out, size_t size, size_t *ret_n,
                                sedge_error *err) {
    if (size < SEDGE_LATENCY_PACK_MAX)
        return sedge_fail(err, SEDGE_EUSAGE, "packing needs room for %d bytes, %zu were given", SEDGE_LATENCY_PACK_MAX,
                          size);
    uint32_t pairs = 0, skipped = 0;
    for (uint32_t i = 0; i < SEDGE_LATENCY_BUCKETS; i++)
        pairs += latency->buckets[i] != 0;
    uint8_t *p = out;
    *p++ = SEDGE_MONITOR_PACK_FORMAT;
    p = sedge_varint_put(p, latency->sum_ns);
    p = sedge_varint_put(p, latency->max_ns);
    p = sedge_varint_put(p, pairs);
    for (uint32_t i = 0; i < SEDGE_LATENCY_BUCKETS; i++, skipped++) {
        if (!latency->buckets[i])
            continue;
        p = sedge_varint_put(p, skipped);
        p = sedge_varint_put(p, latency->buckets[i]);
        skipped = UINT32_MAX; /* 0 after the loop's ++ */
    }
    *ret_n = (size_t)(p - out);
    return SEDGE_OK;
}

static sedge_status take(sedge_bytes *in, uint64_t max, uint64_t *ret, sedge_error *err) {
    switch (sedge_varint_take(in, max, ret)) {
    case SEDGE_VARINT_OK:
        return SEDGE_OK;
    case SEDGE_VARINT_CUT:
        return sedge_fail(err, SEDGE_ETRUNCATED, "a packed latency histogram ends too early");
    case SEDGE_VARINT_BAD:
        break;
    }
    return sedge_fail(err, SEDGE_EINVALID, "a packed latency histogram holds a number that is malformed or above %llu",
                      (unsigned long long)max);
}

static sedge_status read_packed(sedge_bytes in, sedge_latency *ret, sedge_error *err) {
    uint8_t format;
    uint64_t pairs, at = 0;
    sedge_status st;
    if (!sedge_take_u8(&in, &format))
        return sedge_fail(err, SEDGE_ETRUNCATED, "a packed latency histogram is empty");
    if (format != SEDGE_MONITOR_PACK_FORMAT)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "a packed latency histogram of format %u, this program knows %d",
                          format, SEDGE_MONITOR_PACK_FORMAT);
    if ((st = take(&in, UINT64_MAX, &ret->sum_ns, err)) || (st = take(&in, UINT64_MAX, &ret->max_ns, err)) ||
        (st = take(&in, SEDGE_LATENCY_BUCKETS, &pairs, err)))
        return st;
    for (; pairs; pairs--, at++) {
        uint64_t skipped, count;
        if ((st = take(&in, SEDGE_LATENCY_BUCKETS, &skipped, err)) || (st = take(&in, UINT32_MAX, &count, err)))
            return st;
        at += skipped;
        if (at >= SEDGE_LATENCY_BUCKETS || !count)
            return sedge_fail(err, SEDGE_EINVALID, "a packed latency histogram has bucket %llu with count %llu",
                              (unsigned long long)at, (unsigned long long)count);
        ret->buckets[at] = (uint32_t)count;
        ret->count += count;
    }
    return in.n ? sedge_fail(err, SEDGE_EINVALID, "%zu bytes behind a packed latency histogram", in.n) : SEDGE_OK;
}

sedge_status sedge_latency_unpack(sedge_latency *latency, const void *packed, size_t size, sedge_error *err) {
    sedge_latency read = { 0 };
    sedge_status st = read_packed(sedge_bytes_of(packed, size), &read, err);
    if (st)
        return st;
    sedge_latency_merge(latency, &read);
    return SEDGE_OK;
}
