/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/metrics.h"

#include "base/own.h"

/** A metric of the agent, or one of each model. */
typedef struct metric {
    const char *name, *type, *help;
    double (*agent)(const sedge_agent *a);
    double (*model)(sedge_supervised *m);
} metric;

static double bytes_sent(const sedge_agent *a) {
    return (double)sedge_agent_bytes(a).sent;
}

static double bytes_received(const sedge_agent *a) {
    return (double)sedge_agent_bytes(a).received;
}

static double raw_bytes(const sedge_agent *a) {
    return (double)sedge_agent_raw_bytes(a);
}

static double spooled(const sedge_agent *a) {
    return (double)a->reporter.spool.n;
}

static double online(const sedge_agent *a) {
    return a->online;
}

static double source_malformed(const sedge_agent *a) {
    uint64_t sum = 0;
    for (size_t i = 0; i < a->n_sources; i++)
        sum += sedge_feed_get_counts(a->sources[i]).malformed;
    return (double)sum;
}

static const sedge_tally *totals(sedge_supervised *m) {
    return sedge_serving_totals(sedge_supervised_serving(m));
}

static double rows(sedge_supervised *m) {
    return (double)totals(m)->rows;
}

static double inferences(sedge_supervised *m) {
    return (double)totals(m)->inferences;
}

static double failures(sedge_supervised *m) {
    return (double)totals(m)->failures;
}

static double anomalies(sedge_supervised *m) {
    return (double)totals(m)->anomalies;
}

static double cpu_seconds(sedge_supervised *m) {
    return (double)totals(m)->cpu.sum_ns / 1e9;
}

static double release(sedge_supervised *m) {
    const sedge_installed *runs = sedge_intent_current(&sedge_supervised_slots(m)->intent);
    return runs ? (double)runs->release : 0;
}

static double ready(sedge_supervised *m) {
    return sedge_serving_is_active(sedge_supervised_serving(m));
}

static const metric metrics[] = {
    { "sedge_agent_online", "gauge", "1 while the hub answers", online, NULL },
    { "sedge_agent_bytes_sent", "counter", "TLS payload sent to the hub", bytes_sent, NULL },
    { "sedge_agent_bytes_received", "counter", "TLS payload received from the hub", bytes_received, NULL },
    { "sedge_agent_raw_bytes", "counter", "float32 of all rows seen", raw_bytes, NULL },
    { "sedge_agent_spooled_reports", "gauge", "reports that wait for the hub", spooled, NULL },
    { "sedge_agent_malformed_rows", "counter", "rows of sources that could not be read", source_malformed, NULL },
    { "sedge_model_release", "gauge", "release that runs, 0: none", NULL, release },
    { "sedge_model_ready", "gauge", "1 while a worker serves", NULL, ready },
    { "sedge_model_rows", "counter", "rows seen", NULL, rows },
    { "sedge_model_inferences", "counter", "inferences made", NULL, inferences },
    { "sedge_model_failures", "counter", "inferences without a result", NULL, failures },
    { "sedge_model_anomalies", "counter", "results that the decision calls an anomaly", NULL, anomalies },
    { "sedge_model_cpu_seconds", "counter", "thread CPU time of inferences", NULL, cpu_seconds },
};

void sedge_metrics_write(const sedge_agent *a, sedge_buf *out) {
    for (size_t i = 0; i < SEDGE_COUNT(metrics); i++) {
        const metric *m = &metrics[i];
        const char *suffix = m->type[0] == 'c' ? "_total" : "";
        sedge_buf_printf(out, "# TYPE %s %s\n# HELP %s %s\n", m->name, m->type, m->name, m->help);
        if (m->agent)
            sedge_buf_printf(out, "%s%s %.15g\n", m->name, suffix, m->agent(a));
        for (size_t k = 0; m->model && k < a->n_models; k++)
            sedge_buf_printf(out, "%s%s{model=\"%s\"} %.15g\n", m->name, suffix, sedge_supervised_name(a->models[k]),
                             m->model(a->models[k]));
    }
    sedge_buf_text(out, "# EOF\n");
}
