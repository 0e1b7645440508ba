/* SPDX-License-Identifier: Apache-2.0 */
/**
 * How the settings of the SKAB benchmark were found (docs/skab.md): `skab_select DIR` tries candidates on rows that the
 * benchmark does not test, the anomaly-free recording and the first 400 rows of the others, with synthetic faults put
 * in.
 *
 * Cases: stretches of 1150 rows of the anomaly-free recording (400 train, a fault in 400 of the others), and the first
 * 400 rows of each other recording (200 train, a fault in 100 of the others). A fault changes 1 to 3 channels, by 1 to
 * 4 deviations of the training rows: a step, a wider spread, a stuck value, a ramp, or noise.
 */
#include <stdio.h>
#include <string.h>

#include "base/random.h"
#include "data/table.h"
#include "optimize/skab.h"
#include "os/file.h"

enum { CASES_MAX = 256, STRETCH = 1150, HEAD_TRAIN = 200, ROUNDS = 2, CHANNELS = SEDGE_SKAB_CHANNELS };
enum { ALL = 0xff, STATIONARY = 0xcf };

typedef struct fault_case {
    float values[STRETCH * CHANNELS];
    int32_t labels[STRETCH];
    sedge_skab_case c;
} fault_case;

typedef struct case_list {
    fault_case *items[CASES_MAX];
    size_t n;
} case_list;

static double deviation(const float *values, size_t rows, uint32_t channel) {
    double sum = 0, squares = 0;
    for (size_t i = 0; i < rows; i++) {
        double v = (double)values[i * CHANNELS + channel];
        sum += v;
        squares += v * v;
    }
    double mean = sum / (double)rows, variance = squares / (double)rows - mean * mean;
    return variance > 0 ? __builtin_sqrt(variance) : 0;
}

static double between(sedge_random *r, double low, double high) {
    return low + (high - low) * sedge_random_unit(r);
}

static void spoil_channel(float *values, size_t from, size_t to, uint32_t channel, int kind, double scale,
                          sedge_random *r) {
    double k = between(r, 1, 4), sign = sedge_random_below(r, 2) ? 1 : -1, mean = 0;
    float first = values[from * CHANNELS + channel];
    for (size_t i = from; i < to; i++)
        mean += (double)values[i * CHANNELS + channel] / (double)(to - from);
    for (size_t i = from; i < to; i++) {
        float *v = &values[i * CHANNELS + channel];
        double part = (double)(i - from) / (double)(to - from);
        switch (kind) {
        case 0:
            *v += (float)(sign * k * scale);
            break;
        case 1:
            *v = (float)(mean + ((double)*v - mean) * (1 + k / 1.5));
            break;
        case 2:
            *v = first;
            break;
        case 3:
            *v += (float)(sign * part * 1.5 * k * scale);
            break;
        default:
            *v += (float)(k / 1.5 * scale * sedge_random_normal(r));
        }
    }
}

static void put_fault(fault_case *f, size_t from, size_t to, sedge_random *r) {
    int kind = (int)sedge_random_below(r, 5);
    unsigned n = 1 + (unsigned)sedge_random_below(r, 3), done = 0;
    while (n--) {
        uint32_t channel = (uint32_t)sedge_random_below(r, CHANNELS);
        if (done >> channel & 1)
            continue;
        done |= 1u << channel;
        spoil_channel(f->values, from, to, channel, kind, deviation(f->values, f->c.n_train, channel), r);
    }
    for (size_t i = from; i < to; i++)
        f->labels[i] = 1;
}

static void add_case(case_list *list, const float *values, size_t rows, size_t n_train, size_t from, size_t length,
                     sedge_random *r) {
    fault_case *f = list->n < CASES_MAX ? calloc(1, sizeof *f) : NULL;
    if (!f)
        return;
    memcpy(f->values, values, rows * CHANNELS * sizeof *values);
    f->c = (sedge_skab_case){ .values = f->values, .labels = f->labels, .rows = rows, .n_train = n_train };
    put_fault(f, from, from + length, r);
    list->items[list->n++] = f;
}

static sedge_status load(const char *root, const char *name, sedge_data_table **ret, sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    sedge_status st = sedge_path_format(path, err, "%s/%s", root, name);
    const char *paths[] = { path };
    sedge_data_table_options options = { .channels = sedge_skab_channels, .n_channels = CHANNELS };
    return st ? st : sedge_data_table_load_files(NULL, paths, 1, NULL, &options, ret, err);
}

static sedge_status add_stretches(case_list *list, const char *root, sedge_random *r, sedge_error *err) {
    sedge_auto(sedge_data_table) table = NULL;
    sedge_status st = load(root, "anomaly-free/anomaly-free.csv", &table, err);
    if (st)
        return st;
    const sedge_recording *free_of = &table->recordings[0];
    for (size_t at = 0; at + STRETCH <= free_of->rows; at += STRETCH / 2)
        add_case(list, free_of->values + at * CHANNELS, STRETCH, SEDGE_SKAB_TRAIN_ROWS,
                 500 + (size_t)sedge_random_below(r, 150), 400, r);
    return SEDGE_OK;
}

static sedge_status add_heads(case_list *list, const char *root, const char *folder, sedge_random *r,
                              sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    SEDGE_CLEANUP(sedge_names_done) sedge_names names = { 0 };
    sedge_status st = sedge_path_format(path, err, "%s/%s", root, folder);
    if (st || (st = sedge_dir_list(NULL, path, &names, err)))
        return st;
    for (size_t i = 0; i < names.n; i++) {
        char name[SEDGE_PATH_MAX];
        sedge_auto(sedge_data_table) table = NULL;
        if ((st = sedge_path_format(name, err, "%s/%s", folder, names.items[i])) ||
            (st = load(root, name, &table, err)))
            return st;
        add_case(list, table->recordings[0].values, SEDGE_SKAB_TRAIN_ROWS, HEAD_TRAIN,
                 260 + (size_t)sedge_random_below(r, 40), 100, r);
    }
    return SEDGE_OK;
}

static sedge_status make_cases(case_list *list, const char *root, sedge_error *err) {
    sedge_random r;
    sedge_random_init(&r, 1);
    sedge_status st = SEDGE_OK;
    for (int round = 0; round < ROUNDS && !st; round++)
        if (!(st = add_stretches(list, root, &r, err)) && !(st = add_heads(list, root, "valve1", &r, err)) &&
            !(st = add_heads(list, root, "valve2", &r, err)))
            st = add_heads(list, root, "other", &r, err);
    return st;
}

static sedge_status try_settings(const case_list *list, const sedge_skab_settings *s, sedge_metrics *ret,
                                 sedge_error *err) {
    sedge_counts all = { 0 };
    for (size_t i = 0; i < list->n; i++) {
        sedge_skab_outcome o;
        sedge_status st = sedge_skab_try(&list->items[i]->c, s, &o, err);
        if (st)
            return st;
        all.tp += o.counts.tp;
        all.fp += o.counts.fp;
        all.tn += o.counts.tn;
        all.fn += o.counts.fn;
    }
    *ret = sedge_metrics_of_counts(&all);
    return SEDGE_OK;
}

/* ---- candidates: first features, window, bottleneck and decision; then, around the best, how the net is trained ----
 */

static const struct {
    const char *name;
    uint32_t n_stats;
    sedge_skab_stat stats[SEDGE_SKAB_STATS_MAX];
} feature_sets[] = {
    { "mean", 1, { { SEDGE_STAT_MEAN, ALL } } },
    { "mean std", 2, { { SEDGE_STAT_MEAN, ALL }, { SEDGE_STAT_STD, ALL } } },
    { "mean(stationary) std", 2, { { SEDGE_STAT_MEAN, STATIONARY }, { SEDGE_STAT_STD, ALL } } },
    { "(mean std)(stationary) slope",
      3,
      { { SEDGE_STAT_MEAN, STATIONARY }, { SEDGE_STAT_STD, STATIONARY }, { SEDGE_STAT_SLOPE, ALL & ~STATIONARY } } },
};
static const uint32_t lengths[] = { 8, 16, 32 };
static const uint32_t bottlenecks[] = { 1, 2, 4 };
static const double alphas[] = { 0.2, 1 };
static const double factors[] = { 1, 4.0 / 3, 2 };

static const uint32_t widths[] = { 8, 16, 32 };
static const uint32_t epochs[] = { 60, 120 };
static const double noises[] = { 0, 0.3 };
static const double rates[] = { 0, 0.01, 0.05 };

/* where the search starts; the lists above replace most of it */
static const sedge_skab_settings start = {
    .length = 16,
    .n_hidden = 3,
    .hidden = { 16, 2, 16 },
    .activation = SEDGE_NET_TANH,
    .epochs = 60,
    .batch = 32,
    .learning_rate = 0.003,
    .rate = 0.01,
    .seed = 1,
};

/* a candidate must be better by more than this; else the earlier one, which is the simpler, stays */
static const double least_gain = 5e-5;

typedef struct search {
    const case_list *list;
    sedge_skab_settings best;
    double best_f1;
} search;

static sedge_status consider(search *all, const sedge_skab_settings *s, const char *features, sedge_error *err) {
    sedge_metrics m;
    sedge_status st = try_settings(all->list, s, &m, err);
    if (st)
        return st;
    (void)printf(
        "F1 %.4f  FAR %5.1f %%  MAR %5.1f %%  %-28s length %2u  hidden %2u %u %2u  epochs %3u  noise %.1f  alpha %.1f  "
        "rate %.2f  factor %.2f\n",
        m.f1, 100 * m.far, 100 * m.mar, features, s->length, s->hidden[0], s->hidden[1], s->hidden[2], s->epochs,
        s->noise, s->alpha, s->rate, s->factor);
    (void)fflush(stdout);
    if (m.f1 > all->best_f1 + least_gain) {
        all->best_f1 = m.f1;
        all->best = *s;
    }
    return SEDGE_OK;
}

/** Candidate number i of a list of lists: the place in each list, the last list turning fastest. */
static size_t take_place(size_t *i, size_t n) {
    size_t place = *i % n;
    *i /= n;
    return place;
}

static sedge_status first_round(search *all, sedge_error *err) {
    size_t n = SEDGE_COUNT(feature_sets) * SEDGE_COUNT(lengths) * SEDGE_COUNT(bottlenecks) * SEDGE_COUNT(alphas) *
               SEDGE_COUNT(factors);
    sedge_status st = SEDGE_OK;
    for (size_t k = 0; k < n && !st; k++) {
        size_t i = k;
        sedge_skab_settings s = start;
        s.factor = factors[take_place(&i, SEDGE_COUNT(factors))];
        s.alpha = alphas[take_place(&i, SEDGE_COUNT(alphas))];
        s.hidden[1] = bottlenecks[take_place(&i, SEDGE_COUNT(bottlenecks))];
        s.length = lengths[take_place(&i, SEDGE_COUNT(lengths))];
        s.n_stats = feature_sets[i].n_stats;
        memcpy(s.stats, feature_sets[i].stats, sizeof s.stats);
        st = consider(all, &s, feature_sets[i].name, err);
    }
    return st;
}

static sedge_status second_round(search *all, sedge_error *err) {
    size_t n = SEDGE_COUNT(widths) * SEDGE_COUNT(epochs) * SEDGE_COUNT(noises) * SEDGE_COUNT(rates);
    const sedge_skab_settings centre = all->best;
    sedge_status st = SEDGE_OK;
    for (size_t k = 0; k < n && !st; k++) {
        size_t i = k;
        sedge_skab_settings s = centre;
        s.rate = rates[take_place(&i, SEDGE_COUNT(rates))];
        s.noise = noises[take_place(&i, SEDGE_COUNT(noises))];
        s.epochs = epochs[take_place(&i, SEDGE_COUNT(epochs))];
        s.hidden[0] = s.hidden[2] = widths[i];
        st = consider(all, &s, "as the best so far", err);
    }
    return st;
}

int main(int argc, char **argv) {
    static case_list list;
    sedge_error err = SEDGE_ERROR_INIT;
    if (argc != 2) {
        (void)fprintf(stderr, "usage: skab_select DIR\n");
        return 2;
    }
    sedge_status st = make_cases(&list, argv[1], &err);
    if (!st) {
        (void)printf("%zu cases\n", list.n);
        search all = { .list = &list };
        if (!(st = first_round(&all, &err)) && !(st = second_round(&all, &err)))
            st = consider(&all, &all.best, "the best", &err);
    }
    for (size_t i = 0; i < list.n; i++)
        free(list.items[i]);
    if (st)
        (void)fprintf(stderr, "skab_select: %s\n", err.text);
    return sedge_status_exit(st);
}
