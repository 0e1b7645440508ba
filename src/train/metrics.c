/* SPDX-License-Identifier: Apache-2.0 */
#include "train/metrics.h"

#include <string.h>

static double share(uint64_t part, uint64_t whole) {
    return whole ? (double)part / (double)whole : 0;
}

void sedge_counts_add(sedge_counts *c, int is_anomaly, int said_anomaly) {
    if (is_anomaly)
        *(said_anomaly ? &c->tp : &c->fn) += 1;
    else
        *(said_anomaly ? &c->fp : &c->tn) += 1;
}

sedge_metrics sedge_metrics_of_counts(const sedge_counts *c) {
    uint64_t n = c->tp + c->fp + c->tn + c->fn;
    return (sedge_metrics){
        .n = n,
        .accuracy = share(c->tp + c->tn, n),
        .precision = share(c->tp, c->tp + c->fp),
        .recall = share(c->tp, c->tp + c->fn),
        .f1 = share(2 * c->tp, 2 * c->tp + c->fp + c->fn),
        .far = share(c->fp, c->fp + c->tn),
        .mar = share(c->fn, c->fn + c->tp),
    };
}

sedge_status sedge_confusion_count(const int32_t *truth, const int32_t *answer, size_t n, uint32_t n_classes,
                                   sedge_confusion *ret, sedge_error *err) {
    if (n_classes < 2 || n_classes > SEDGE_METRICS_CLASSES_MAX)
        return sedge_fail(err, SEDGE_EINVALID, "%u classes, there must be 2 to %d", n_classes,
                          SEDGE_METRICS_CLASSES_MAX);
    sedge_confusion c = { .n_classes = n_classes };
    for (size_t i = 0; i < n; i++) {
        if (truth[i] < 0 || answer[i] < 0 || (uint32_t)truth[i] >= n_classes || (uint32_t)answer[i] >= n_classes)
            return sedge_fail(err, SEDGE_EINVALID, "row %zu: class %d or answer %d is not below %u", i, truth[i],
                              answer[i], n_classes);
        c.cells[(uint32_t)truth[i] * n_classes + (uint32_t)answer[i]]++;
    }
    *ret = c;
    return SEDGE_OK;
}

static sedge_counts counts_of_class(const sedge_confusion *c, uint32_t class) {
    sedge_counts counts = { 0 };
    for (uint32_t t = 0; t < c->n_classes; t++)
        for (uint32_t a = 0; a < c->n_classes; a++) {
            uint64_t n = c->cells[t * c->n_classes + a];
            if (t == class)
                *(a == class ? &counts.tp : &counts.fn) += n;
            else
                *(a == class ? &counts.fp : &counts.tn) += n;
        }
    return counts;
}

sedge_metrics sedge_metrics_of_confusion(const sedge_confusion *c, uint32_t normal) {
    sedge_counts is_normal = counts_of_class(c, normal);
    sedge_counts is_anomaly = { .tp = is_normal.tn, .fp = is_normal.fn, .tn = is_normal.tp, .fn = is_normal.fp };
    sedge_metrics m = sedge_metrics_of_counts(&is_anomaly);
    if (c->n_classes == 2)
        return m;
    uint64_t right = 0;
    double f1 = 0;
    for (uint32_t class = 0; class < c->n_classes; class ++) {
        sedge_counts one = counts_of_class(c, class);
        right += one.tp;
        f1 += sedge_metrics_of_counts(&one).f1;
    }
    m.accuracy = share(right, m.n);
    m.f1 = f1 / c->n_classes;
    return m;
}

double sedge_mean_squared_error(const float *a, const float *b, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        double d = (double)a[i] - (double)b[i];
        sum += d * d;
    }
    return n ? sum / (double)n : 0;
}
