/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "base/own.h"
#include "monitor/format.h"
#include "monitor/monitor.h"

SEDGE_DEFINE_AUTO(sedge_monitor, sedge_monitor_free)

enum { HEADER_BYTES = 36, FEATURE_BYTES = 8 + 4 * SEDGE_MONITOR_EDGES + 4 * SEDGE_MONITOR_BINS };

static sedge_status truncated(sedge_error *err) {
    return sedge_fail(err, SEDGE_ETRUNCATED, "the file ends too early");
}

static sedge_status read_header(sedge_bytes *in, sedge_monitor *m, sedge_error *err) {
    sedge_bytes magic;
    uint32_t version;
    if (!sedge_take(in, 4, &magic))
        return truncated(err);
    if (!sedge_bytes_equal(magic, sedge_bytes_text(SEDGE_MONITOR_MAGIC)))
        return sedge_fail(err, SEDGE_EINVALID, "no monitor file: it does not begin with " SEDGE_MONITOR_MAGIC);
    if (!sedge_take_u32(in, &version))
        return truncated(err);
    if (version != SEDGE_MONITOR_VERSION)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "version %u of the format, this program knows version %d", version,
                          SEDGE_MONITOR_VERSION);
    sedge_monitor_promise *promise = &m->promise;
    if (!sedge_take_u32(in, &m->n_features) || !sedge_take_u32(in, &promise->report_rows) ||
        !sedge_take_f64(in, &promise->false_alarm_rate) || !sedge_take_u64(in, &promise->baseline_rows))
        return truncated(err);
    if (!m->n_features || m->n_features > SEDGE_MONITOR_FEATURES_MAX)
        return sedge_fail(err, m->n_features ? SEDGE_ELIMIT : SEDGE_EINVALID, "%u features, allowed are 1 to %d",
                          m->n_features, SEDGE_MONITOR_FEATURES_MAX);
    double rate = promise->false_alarm_rate;
    if (!(rate >= 0 && rate < 1) || (rate > 0 && !promise->report_rows))
        return sedge_fail(err, SEDGE_EINVALID, "a false alarm rate of %g for %u rows is no promise", rate,
                          promise->report_rows);
    if (!promise->baseline_rows)
        return sedge_fail(err, SEDGE_EINVALID, "the baseline has no rows");
    return SEDGE_OK;
}

static sedge_status read_feature(sedge_bytes *in, const sedge_monitor_promise *promise, sedge_monitor_feature *f,
                                 sedge_error *err) {
    bool whole = sedge_take_f64(in, &f->threshold);
    for (int i = 0; i < SEDGE_MONITOR_EDGES; i++)
        whole = whole && sedge_take_f32(in, &f->edges[i]);
    for (int i = 0; i < SEDGE_MONITOR_BINS; i++)
        whole = whole && sedge_take_u32(in, &f->baseline[i]);
    if (!whole)
        return truncated(err);
    bool calibrated = promise->false_alarm_rate > 0;
    if (!isfinite(f->threshold) || (calibrated ? !(f->threshold > 0) : f->threshold != 0))
        return sedge_fail(err, SEDGE_EINVALID, "its threshold is %g", f->threshold);
    for (int i = 0; i < SEDGE_MONITOR_EDGES; i++)
        if (!isfinite(f->edges[i]) || (i && f->edges[i] < f->edges[i - 1]))
            return sedge_fail(err, SEDGE_EINVALID, "edge %d is %g: not finite, or below the one before", i,
                              (double)f->edges[i]);
    uint64_t sum = 0;
    for (int i = 0; i < SEDGE_MONITOR_BINS; i++)
        sum += f->baseline[i];
    if (sum != promise->baseline_rows)
        return sedge_fail(err, SEDGE_EINVALID, "its counts add up to %llu, the baseline has %llu rows",
                          (unsigned long long)sum, (unsigned long long)promise->baseline_rows);
    return SEDGE_OK;
}

static sedge_status read_file(sedge_bytes in, sedge_monitor *m, sedge_error *err) {
    sedge_status st = read_header(&in, m, err);
    if (st)
        return st;
    if (in.n / FEATURE_BYTES < m->n_features)
        return truncated(err);
    m->features = calloc(m->n_features, sizeof *m->features);
    if (!m->features)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for %u features", m->n_features);
    for (uint32_t i = 0; i < m->n_features; i++)
        if ((st = read_feature(&in, &m->promise, &m->features[i], err)))
            return sedge_wrap(err, st, "feature %u", i);
    if (in.n)
        return sedge_fail(err, SEDGE_EINVALID, "%zu bytes behind the last feature", in.n);
    return SEDGE_OK;
}

sedge_status sedge_monitor_open(const void *data, size_t size, sedge_monitor **ret, sedge_error *err) {
    sedge_auto(sedge_monitor) m = calloc(1, sizeof *m);
    if (!m)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for the monitor");
    sedge_status st = read_file(sedge_bytes_of(data, size), m, err);
    if (st)
        return sedge_wrap(err, st, "monitor");
    *ret = SEDGE_STEAL(m);
    return SEDGE_OK;
}

void sedge_monitor_free(sedge_monitor *monitor) {
    if (!monitor)
        return;
    free(monitor->features);
    free(monitor);
}

uint32_t sedge_monitor_features(const sedge_monitor *monitor) {
    return monitor->n_features;
}

sedge_monitor_promise sedge_monitor_get_promise(const sedge_monitor *monitor) {
    return monitor->promise;
}

const float *sedge_monitor_edges(const sedge_monitor *monitor, uint32_t feature) {
    return monitor->features[feature].edges;
}

const uint32_t *sedge_monitor_baseline(const sedge_monitor *monitor, uint32_t feature) {
    return monitor->features[feature].baseline;
}

double sedge_monitor_threshold(const sedge_monitor *monitor, uint32_t feature) {
    return monitor->features[feature].threshold;
}

sedge_status sedge_monitor_write(const sedge_monitor_promise *promise, const sedge_monitor_feature *features,
                                 uint32_t n_features, sedge_buf *out, sedge_error *err) {
    SEDGE_AUTO_BUF file = sedge_buf_init((size_t)HEADER_BYTES + (size_t)SEDGE_MONITOR_FEATURES_MAX * FEATURE_BYTES);
    sedge_buf_text(&file, SEDGE_MONITOR_MAGIC);
    sedge_buf_u32(&file, SEDGE_MONITOR_VERSION);
    sedge_buf_u32(&file, n_features);
    sedge_buf_u32(&file, promise->report_rows);
    sedge_buf_f64(&file, promise->false_alarm_rate);
    sedge_buf_u64(&file, promise->baseline_rows);
    for (uint32_t i = 0; i < n_features && !file.failed; i++) {
        sedge_buf_f64(&file, features[i].threshold);
        for (int k = 0; k < SEDGE_MONITOR_EDGES; k++)
            sedge_buf_f32(&file, features[i].edges[k]);
        for (int k = 0; k < SEDGE_MONITOR_BINS; k++)
            sedge_buf_u32(&file, features[i].baseline[k]);
    }
    if (file.failed)
        return sedge_fail(err, n_features > SEDGE_MONITOR_FEATURES_MAX ? SEDGE_ELIMIT : SEDGE_ENOMEM,
                          "monitor: no memory for %u features, or more than the limit of %d", n_features,
                          SEDGE_MONITOR_FEATURES_MAX);
    sedge_monitor *opened;
    sedge_status st = sedge_monitor_open(file.data, file.n, &opened, err);
    if (st)
        return st;
    sedge_monitor_free(opened);
    sedge_buf_put(out, file.data, file.n);
    return out->failed ? sedge_fail(err, SEDGE_ENOMEM, "monitor: no memory for the file") : SEDGE_OK;
}
