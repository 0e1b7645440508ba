/* SPDX-License-Identifier: Apache-2.0 */
/** The first byte chooses monitor.bin, packed counts or packed latency; what is read is the same when written again. */
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "monitor/write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_file(sedge_bytes in) {
    sedge_monitor *m;
    if (sedge_monitor_open(in.p, in.n, &m, NULL))
        return;
    uint32_t n = sedge_monitor_features(m);
    SEDGE_AUTO_MEM sedge_monitor_feature *features = calloc(n, sizeof *features);
    for (uint32_t i = 0; features && i < n; i++) {
        features[i].threshold = sedge_monitor_threshold(m, i);
        memcpy(features[i].edges, sedge_monitor_edges(m, i), sizeof features[i].edges);
        memcpy(features[i].baseline, sedge_monitor_baseline(m, i), sizeof features[i].baseline);
    }
    sedge_monitor_promise promise = sedge_monitor_get_promise(m);
    SEDGE_AUTO_BUF out = sedge_buf_init(in.n + 64);
    if (!features || sedge_monitor_write(&promise, features, n, &out, NULL) ||
        !sedge_bytes_equal(sedge_buf_bytes(&out), in))
        abort();
    sedge_monitor_free(m);
}

static void try_counts(sedge_bytes in) {
    enum { FEATURES = 3 };
    uint8_t memory[1024], out[1024];
    sedge_monitor_counts *counts;
    size_t n;
    if (sedge_monitor_counts_init(FEATURES, memory, sizeof memory, &counts, NULL))
        abort();
    if (sedge_monitor_unpack(counts, in.p, in.n, NULL)) {
        if (sedge_monitor_counts_total(counts))
            abort();
        return;
    }
    if (sedge_monitor_pack(counts, out, sizeof out, &n, NULL))
        abort();
    /* only the flag for NaN may be set without need */
    if (n == in.n && !sedge_bytes_equal(sedge_bytes_of(out, n), in))
        abort();
    for (uint32_t f = 0; f < FEATURES; f++) {
        uint64_t sum = sedge_monitor_counts_nan(counts, f);
        for (int bin = 0; bin < SEDGE_MONITOR_BINS; bin++)
            sum += sedge_monitor_counts_bins(counts, f)[bin];
        if (sum != sedge_monitor_counts_total(counts))
            abort();
    }
}

static void try_latency(sedge_bytes in) {
    sedge_latency latency = { 0 }, again = { 0 };
    uint8_t out[SEDGE_LATENCY_PACK_MAX];
    size_t n;
    if (sedge_latency_unpack(&latency, in.p, in.n, NULL))
        return;
    if (sedge_latency_pack(&latency, out, sizeof out, &n, NULL) || sedge_latency_unpack(&again, out, n, NULL) ||
        memcmp(&latency, &again, sizeof latency) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static void (*const tries[])(sedge_bytes in) = { try_file, try_counts, try_latency };
    if (size)
        tries[data[0] % SEDGE_COUNT(tries)](sedge_bytes_of(data + 1, size - 1));
    return 0;
}
