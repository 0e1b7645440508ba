/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "cli/arithmetic.h"
#include "cli/command.h"
#include "cli/model_file.h"
#include "os/clock.h"
#include "os/file.h"

enum { OPENS = 5, STATM_MAX = 256, PAGE_BYTES = 4096 };

typedef struct options {
    sedge_model_choice model;
    int64_t runs, time_ms;
    bool ops;
} options;
static const sedge_conf_row rows[] = {
    SEDGE_MODEL_CHOICE_ROWS(options, model),
    { "runs", SEDGE_CONF_INT, SEDGE_AT(options, runs), "10000", .min = 10, .max = 1e7, .help = "inferences at most" },
    { "time", SEDGE_CONF_DURATION, SEDGE_AT(options, time_ms), "1s", .min = 1, .max = 3.6e6,
      .help = "no inference begins after this time" },
    { "ops", SEDGE_CONF_BOOL, SEDGE_AT(options, ops), .help = "a profile by operator" },
};
static const sedge_conf_rows conf = SEDGE_CONF_ROWS(options, rows);

typedef struct figures {
    double load_us, first_us, min_us, median_us, p99_us;
    double limit_us; /* what the multiply-accumulates would take if nothing else had to be done */
    size_t runs, rss_bytes;
    double *op_us; /* the median of each operator; NULL without --ops */
} figures;

static double now_us(void) {
    return (double)sedge_monotonic_ns(sedge_clock_os()) / 1e3;
}

static int compare(const void *a, const void *b) {
    double x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

static double quantile(double *sorted, size_t n, double q) {
    return sorted[(size_t)((double)(n - 1) * q + 0.5)];
}

/* ---- inputs: seeded numbers, copied in before each inference because the arena reuses their bytes ---- */

typedef struct feed {
    uint8_t **data;
    uint32_t n;
} feed;

static void feed_done(feed *f) {
    for (uint32_t i = 0; f->data && i < f->n; i++)
        free(f->data[i]);
    free(f->data);
}

static void fill(const sedge_tensor *t, sedge_random *random, uint8_t *data) {
    size_t step = t->dtype == SEDGE_FLOAT32 ? sizeof(float) : 1;
    for (size_t i = 0; i + step <= t->size_bytes; i += step)
        if (t->dtype == SEDGE_FLOAT32)
            sedge_store_f32(data + i, (float)sedge_random_normal(random));
        else
            data[i] = t->dtype == SEDGE_INT8 || t->dtype == SEDGE_UINT8 ? (uint8_t)sedge_random_u64(random) : 0;
}

static sedge_status feed_init(feed *f, const sedge_model *model, sedge_error *err) {
    sedge_random random;
    sedge_random_init(&random, 1);
    f->n = sedge_model_input_count(model);
    f->data = calloc(f->n, sizeof *f->data);
    for (uint32_t i = 0; f->data && i < f->n; i++) {
        const sedge_tensor *t = sedge_model_input(model, i);
        f->data[i] = malloc(t->size_bytes);
        if (!f->data[i])
            return sedge_fail(err, SEDGE_ENOMEM, "no memory for input %u", i);
        fill(t, &random, f->data[i]);
    }
    return f->data ? SEDGE_OK : sedge_fail(err, SEDGE_ENOMEM, "no memory for %u inputs", f->n);
}

static sedge_status invoke(sedge_instance *instance, const feed *f, double *ret_us, sedge_error *err) {
    for (uint32_t i = 0; i < f->n; i++)
        memcpy(sedge_instance_input(instance, i), f->data[i],
               sedge_model_input(sedge_instance_model(instance), i)->size_bytes);
    double start = now_us();
    sedge_status st = sedge_instance_invoke(instance, err);
    *ret_us = now_us() - start;
    return st;
}

/* ---- measurements ---- */

static sedge_status measure_load(const sedge_model_choice *choice, figures *r, sedge_error *err) {
    SEDGE_AUTO_MODEL_FILE f = { 0 };
    sedge_model_options how;
    sedge_status st = sedge_model_file_open(choice, NULL, &f, err);
    if (!st)
        st = sedge_model_choice_options(choice, &how, err);
    double us[OPENS];
    for (size_t i = 0; !st && i < OPENS; i++) {
        sedge_model *model = NULL;
        double start = now_us();
        st = sedge_model_open(f.data, f.n, &how, &model, err);
        us[i] = now_us() - start;
        sedge_model_free(model);
    }
    if (!st) {
        qsort(us, OPENS, sizeof *us, compare);
        r->load_us = us[OPENS / 2];
    }
    return st;
}

static sedge_status measure_runs(const options *o, sedge_instance *instance, const feed *f, figures *r,
                                 sedge_error *err) {
    SEDGE_AUTO_MEM double *us = malloc((size_t)o->runs * sizeof *us);
    if (!us)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for %lld figures", (long long)o->runs);
    sedge_status st = invoke(instance, f, &r->first_us, err);
    double end = now_us() + (double)o->time_ms * 1e3;
    size_t n = 0;
    while (!st && n < (size_t)o->runs && (n == 0 || now_us() < end)) {
        st = invoke(instance, f, &us[n], err);
        n++;
    }
    if (st)
        return st;
    qsort(us, n, sizeof *us, compare);
    r->runs = n;
    r->min_us = us[0];
    r->median_us = quantile(us, n, 0.5);
    r->p99_us = quantile(us, n, 0.99);
    return SEDGE_OK;
}

enum { PROFILE_RUNS = 101 };

typedef struct profile {
    double *us; /* [operator][run] */
    size_t run;
    double last, clock_us;
} profile;

static void observe(void *user, const sedge_instance *instance, uint32_t op) {
    (void)instance;
    profile *p = user;
    double now = now_us(), us = now - p->last - p->clock_us;
    p->us[op * (size_t)PROFILE_RUNS + p->run] = us > 0 ? us : 0;
    p->last = now_us();
}

static double clock_cost(void) {
    double us[PROFILE_RUNS];
    for (size_t i = 0; i < PROFILE_RUNS; i++) {
        double start = now_us();
        us[i] = now_us() - start;
    }
    qsort(us, PROFILE_RUNS, sizeof *us, compare);
    return quantile(us, PROFILE_RUNS, 0.5);
}

static sedge_status measure_ops(sedge_instance *instance, const feed *f, figures *r, sedge_error *err) {
    uint32_t n = sedge_model_op_count(sedge_instance_model(instance));
    SEDGE_AUTO_MEM double *us = calloc((size_t)n * PROFILE_RUNS + 1, sizeof *us);
    r->op_us = calloc((size_t)n + 1, sizeof *r->op_us);
    if (!us || !r->op_us)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for the profile");
    profile p = { .us = us, .clock_us = clock_cost() };
    sedge_instance_observe(instance, observe, &p);
    sedge_status st = SEDGE_OK;
    for (; !st && p.run < PROFILE_RUNS; p.run++) {
        double whole;
        p.last = now_us();
        st = invoke(instance, f, &whole, err);
    }
    sedge_instance_observe(instance, NULL, NULL);
    for (uint32_t i = 0; i < n; i++) {
        double *runs = us + (size_t)i * PROFILE_RUNS;
        qsort(runs, PROFILE_RUNS, sizeof *runs, compare);
        r->op_us[i] = quantile(runs, PROFILE_RUNS, 0.5);
    }
    return st;
}

static sedge_status measure_memory(figures *r, sedge_error *err) {
    SEDGE_AUTO_MEM uint8_t *text = NULL;
    size_t n;
    sedge_status st = sedge_file_read(NULL, "/proc/self/statm", STATM_MAX, &text, &n, err);
    if (!st && strchr((const char *)text, ' '))
        r->rss_bytes = strtoull(strchr((const char *)text, ' '), NULL, 10) * PAGE_BYTES;
    return st;
}

SEDGE_DEFINE_AUTO(sedge_instance, sedge_instance_free)

static sedge_status measure(const options *o, const sedge_model *model, figures *r, sedge_error *err) {
    sedge_auto(sedge_instance) instance = NULL;
    feed f = { 0 };
    sedge_status st = sedge_instance_new(model, &instance, err);
    if (!st)
        st = feed_init(&f, model, err);
    if (!st)
        st = measure_runs(o, instance, &f, r, err);
    if (!st && o->ops)
        st = measure_ops(instance, &f, r, err);
    if (!st)
        st = measure_memory(r, err);
    sedge_arithmetic rate = sedge_arithmetic_measure(sedge_model_get_stats(model).cpu_mask);
    r->limit_us = sedge_arithmetic_limit_us(&rate, model);
    feed_done(&f);
    return st;
}

/* ---- output ---- */

static json_t *ops_json(const sedge_model *model, const figures *r) {
    json_t *list = json_array();
    sedge_op_info op;
    for (uint32_t i = 0; sedge_model_op(model, i, &op); i++)
        json_array_append_new(list, json_pack("{s:s, s:s, s:f, s:I}", "type", op.type, "kernel", op.kernel, "median_us",
                                              r->op_us[i], "macs", (json_int_t)op.macs));
    return list;
}

static sedge_status print_json(const sedge_command_io *io, const sedge_model *model, const figures *r,
                               sedge_error *err) {
    sedge_model_stats stats = sedge_model_get_stats(model);
    char cpu[128];
    sedge_cpu_format(stats.cpu_mask, cpu, sizeof cpu);
    json_t *doc =
        json_pack("{s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:I, s:I, s:I, s:I, s:I, s:s}", "load_us", r->load_us,
                  "first_us", r->first_us, "min_us", r->min_us, "median_us", r->median_us, "p99_us", r->p99_us,
                  "limit_us", r->limit_us, "share_of_limit", r->limit_us / r->min_us, "runs", (json_int_t)r->runs,
                  "arena_bytes", (json_int_t)stats.arena_bytes, "packed_bytes", (json_int_t)stats.packed_bytes,
                  "rss_bytes", (json_int_t)r->rss_bytes, "macs", (json_int_t)stats.macs, "cpu", cpu);
    if (r->op_us)
        json_object_set_new(doc, "operators", ops_json(model, r));
    return sedge_command_print_json(io, doc, err);
}

static sedge_status print_text(const sedge_command_io *io, const sedge_model *model, const figures *r,
                               sedge_error *err) {
    sedge_model_stats stats = sedge_model_get_stats(model);
    char cpu[128];
    sedge_cpu_format(stats.cpu_mask, cpu, sizeof cpu);
    fprintf(io->out, "load %.1f us, first %.2f us\n", r->load_us, r->first_us);
    fprintf(io->out,
            "inference: least %.2f us, median %.2f us, 99 %% within %.2f us (%zu runs, one thread, kernels for %s)\n",
            r->min_us, r->median_us, r->p99_us, r->runs, cpu);
    fprintf(io->out, "arena %zu bytes, prepared weights %zu bytes, process %zu bytes, %llu multiply-adds\n",
            stats.arena_bytes, stats.packed_bytes, r->rss_bytes, (unsigned long long)stats.macs);
    fprintf(io->out,
            "the multiply-adds alone would take %.2f us on this CPU: %.0f %% of its arithmetic limit is used\n",
            r->limit_us, 100 * r->limit_us / r->min_us);
    if (!r->op_us)
        return SEDGE_OK;
    sedge_table t = sedge_table_init(4);
    const char *head[] = { "", "operator", "median us", "kernel" };
    for (size_t i = 0; i < SEDGE_COUNT(head); i++)
        sedge_table_cell(&t, "%s", head[i]);
    sedge_op_info op;
    for (uint32_t i = 0; sedge_model_op(model, i, &op); i++) {
        sedge_table_cell(&t, "%u", i);
        sedge_table_cell(&t, "%s", op.type);
        sedge_table_cell(&t, "%.3f", r->op_us[i]);
        sedge_table_cell(&t, "%s", op.kernel);
    }
    return sedge_table_print(io, &t, err);
}

static sedge_status run(const sedge_command_io *io, void *object, sedge_error *err) {
    const options *o = object;
    figures r = { 0 };
    SEDGE_AUTO_MODEL_FILE f = { 0 };
    sedge_status st = measure_load(&o->model, &r, err);
    if (!st)
        st = sedge_model_file_open(&o->model, NULL, &f, err);
    if (!st)
        st = measure(o, f.model, &r, err);
    if (!st)
        st = io->json ? print_json(io, f.model, &r, err) : print_text(io, f.model, &r, err);
    free(r.op_us);
    return st;
}

static const sedge_command commands[] = {
    { "bench", "measure a model's latency and memory", &conf, run,
      "Inputs are seeded random numbers, free dimensions are 1. Times are of the wall clock, one thread." },
};
const sedge_command_group sedge_cmd_bench = { "bench", "measure a model", commands, SEDGE_COUNT(commands) };
