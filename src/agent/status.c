/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/status.h"

#include "base/format.h"

static json_t *digest_json(const sedge_installed *what) {
    return what && what->digest[0] ? json_sprintf("sha256:%s", what->digest) : json_null();
}

static double us(uint64_t ns) {
    return (double)ns / 1000;
}

static json_t *tally_json(const sedge_tally *t) {
    return json_pack("{s:I, s:I, s:I, s:I, s:f, s:f, s:f}", "rows", (json_int_t)t->rows, "inferences",
                     (json_int_t)t->inferences, "failures", (json_int_t)t->failures, "anomalies",
                     (json_int_t)t->anomalies, "cpu_us_p50", us(sedge_latency_quantile(&t->cpu, 0.5)), "cpu_us_p99",
                     us(sedge_latency_quantile(&t->cpu, 0.99)), "cpu_us_max", us(t->cpu.max_ns));
}

static json_t *model_json(sedge_supervised *m) {
    sedge_report_model d;
    sedge_supervised_describe(m, &d);
    const sedge_intent *intent = &sedge_supervised_slots(m)->intent;
    const sedge_feed *source = sedge_supervised_source(m);
    sedge_serving *serving = sedge_supervised_serving(m);
    char slot[2] = { d.slot, '\0' };
    return json_pack("{s:s, s:I, s:o, s:s, s:s, s:s, s:I, s:s, s:s, s:s, s:I, s:i, s:s?, s:o}", "name", d.name,
                     "release", (json_int_t)d.release, "digest", digest_json(sedge_intent_current(intent)), "slot",
                     slot, "state", sedge_model_state_name(d.state), "step", sedge_step_name(intent->step),
                     "target_release", (json_int_t)d.target_release, "rollout", d.rollout, "error",
                     d.error ? sedge_status_name(d.error) : "", "error_text", d.error_text, "floor",
                     (json_int_t)intent->floor, "worker", (int)sedge_serving_pid(serving), "source",
                     source ? sedge_feed_name(source) : NULL, "totals", tally_json(sedge_serving_totals(serving)));
}

static json_t *source_json(const sedge_feed *source) {
    sedge_feed_counts c = sedge_feed_get_counts(source);
    return json_pack("{s:s, s:s, s:I, s:I, s:I, s:b, s:s}", "name", sedge_feed_name(source), "path",
                     sedge_feed_path(source), "rows", (json_int_t)c.rows, "malformed", (json_int_t)c.malformed,
                     "restarts", (json_int_t)c.restarts, "ended", (int)sedge_feed_ended(source), "complaint",
                     sedge_feed_complaint(source));
}

/** Appends, or marks a failure by freeing the array. */
static json_t *append(json_t *array, json_t *item) {
    if (json_array_append_new(array, item) == 0)
        return array;
    json_decref(array);
    return NULL;
}

json_t *sedge_status_of_agent(const sedge_agent *a) {
    sedge_net_counters bytes = sedge_agent_bytes(a);
    json_t *models = json_array(), *sources = json_array();
    for (size_t i = 0; i < a->n_models; i++)
        models = append(models, model_json(a->models[i]));
    for (size_t i = 0; i < a->n_sources; i++)
        sources = append(sources, source_json(a->sources[i]));
    return json_pack(
        "{s:i, s:b, s:s, s:s, s:s, s:s, s:b, s:s, s:I, s:o, s:o, s:{s:I, s:I, s:I, s:I}, s:{s:I, s:I, s:I, s:I, s:I}}",
        "version", 1, "running", 1, "agent", SEDGE_VERSION, "device", a->enrolled ? a->identity.device : "", "boot",
        a->reporter.boot, "hub", a->o->hub, "online", (int)a->online, "offline_why", a->offline_why, "uptime_ms",
        (json_int_t)(sedge_monotonic_ms(a->clock) - a->reporter.started_ms), "models", models, "sources", sources,
        "spool", "messages", (json_int_t)a->reporter.spool.n, "bytes", (json_int_t)a->reporter.spool.bytes, "merged",
        (json_int_t)a->reporter.spool.merged, "dropped", (json_int_t)a->reporter.spool.dropped, "bytes", "sent",
        (json_int_t)bytes.sent, "received", (json_int_t)bytes.received, "raw", (json_int_t)sedge_agent_raw_bytes(a),
        "connections", (json_int_t)bytes.connections, "resumed", (json_int_t)bytes.resumed);
}

json_t *sedge_status_of_model_v2(sedge_supervised *m) {
    const sedge_installed *runs = sedge_intent_current(&sedge_supervised_slots(m)->intent);
    const sedge_ready *wants = sedge_serving_wants(sedge_supervised_serving(m));
    json_int_t features = wants ? wants->features : 0, length = wants ? wants->length : 0;
    json_int_t channels = wants ? wants->channels : 0;
    char version[24] = "";
    if (runs)
        sedge_format(version, sizeof version, "%llu", (unsigned long long)runs->release);
    return json_pack("{s:s, s:[s], s:s, s:[{s:s, s:s, s:[i, I]}, {s:s, s:s, s:[i, I, I]}], "
                     "s:[{s:s, s:s, s:[i, i]}, {s:s, s:s, s:[i]}, {s:s, s:s, s:[i]}]}",
                     "name", sedge_supervised_name(m), "versions", version, "platform", "sedge", "inputs", "name",
                     "features", "datatype", "FP32", "shape", -1, features, "name", "window", "datatype", "FP32",
                     "shape", -1, length, channels, "outputs", "name", "output", "datatype", "FP32", "shape", -1, -1,
                     "name", "score", "datatype", "FP32", "shape", -1, "name", "anomaly", "datatype", "BOOL", "shape",
                     -1);
}

json_t *sedge_status_of_intent(const char *name, const sedge_intent *intent) {
    const sedge_installed *runs = sedge_intent_current(intent);
    return json_pack("{s:s, s:I, s:o, s:s, s:s, s:I}", "name", name, "release", (json_int_t)(runs ? runs->release : 0),
                     "digest", digest_json(runs), "slot", sedge_slot_name(intent->current), "step",
                     sedge_step_name(intent->step), "floor", (json_int_t)intent->floor);
}
