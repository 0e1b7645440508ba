/* SPDX-License-Identifier: Apache-2.0 */
#include "data/features_yaml.h"

#include <stdlib.h>
#include <string.h>

#include "conf/nearest.h"
#include "conf/rows.h"
#include "features/format.h"

enum { VERSION = 1 };

typedef struct reading {
    const sedge_yaml *doc;
    sedge_features_source *source;
    sedge_error *err;
} reading;

/** Reads the value of one key into object. */
typedef sedge_status read_fn(reading *r, const sedge_yaml_node *value, void *object);

typedef struct member {
    const char *key;
    bool required;
    read_fn *read;
} member;

/** What one entry of the list of features says. */
typedef struct wish {
    bool channels[SEDGE_FEATURES_CHANNELS_MAX];
    bool stats[SEDGE_STAT_COUNT]; /* only for duplicates; the order is in `order` */
    sedge_stat order[SEDGE_STAT_COUNT];
    size_t n_stats;
    const sedge_yaml_node *bands;
} wish;

static sedge_status want(const reading *r, const sedge_yaml_node *node, sedge_yaml_kind kind) {
    static const char *const names[] = { "a single value", "a list", "a mapping" };
    if (node->kind == kind)
        return SEDGE_OK;
    return sedge_yaml_fail(r->doc, node, r->err, "%s%s%s is wanted here", node->key ? node->key : "",
                           node->key ? ": " : "", names[kind]);
}

static bool is_member(const member *members, const char *key) {
    for (; members->key; members++)
        if (!strcmp(members->key, key))
            return true;
    return false;
}

static sedge_status fail_unknown(const reading *r, const sedge_yaml_node *node, const member *members) {
    sedge_nearest near = { .word = node->key };
    for (; members->key; members++)
        sedge_nearest_offer(&near, members->key);
    if (near.best)
        return sedge_yaml_fail(r->doc, node, r->err, "unknown key '%.60s'; did you mean %s?", node->key, near.best);
    return sedge_yaml_fail(r->doc, node, r->err, "unknown key '%.60s'", node->key);
}

/** Reads a mapping by its members, in their order; members ends with a NULL key. */
static sedge_status read_mapping(reading *r, const sedge_yaml_node *node, const member *members, void *object) {
    sedge_status st = want(r, node, SEDGE_YAML_MAPPING);
    if (st)
        return st;
    for (const sedge_yaml_node *child = node->first; child; child = child->next)
        if (!is_member(members, child->key))
            return fail_unknown(r, child, members);
    for (; members->key; members++) {
        const sedge_yaml_node *value = sedge_yaml_get(node, members->key);
        if (!value && members->required)
            return sedge_yaml_fail(r->doc, node, r->err, "'%s' is missing", members->key);
        if (value && (st = members->read(r, value, object)))
            return st;
    }
    return SEDGE_OK;
}

static sedge_status wrap_at(const reading *r, const sedge_yaml_node *node, sedge_status st) {
    return sedge_wrap(r->err, st, "%s:%u: %s", sedge_yaml_source(r->doc), node->line, node->key ? node->key : "value");
}

static sedge_status read_number(reading *r, const sedge_yaml_node *node, double *ret) {
    sedge_status st = want(r, node, SEDGE_YAML_SCALAR);
    if (st)
        return st;
    st = sedge_conf_double_parse(node->text, ret, r->err);
    return st ? wrap_at(r, node, SEDGE_EINVALID) : SEDGE_OK;
}

static sedge_status read_count(reading *r, const sedge_yaml_node *node, uint32_t max, uint32_t *ret) {
    int64_t n;
    sedge_status st = want(r, node, SEDGE_YAML_SCALAR);
    if (st)
        return st;
    if (sedge_conf_int_parse(node->text, &n, r->err))
        return wrap_at(r, node, SEDGE_EINVALID);
    if (n < 1 || n > max)
        return sedge_yaml_fail(r->doc, node, r->err, "%s: %lld is outside 1..%u", node->key, (long long)n, max);
    *ret = (uint32_t)n;
    return SEDGE_OK;
}

static sedge_status read_version(reading *r, const sedge_yaml_node *node, void *object) {
    (void)object;
    if (node->kind == SEDGE_YAML_SCALAR && !strcmp(node->text, "1"))
        return SEDGE_OK;
    return sedge_yaml_fail(r->doc, node, r->err, "version must be %d", VERSION);
}

static sedge_status read_rate(reading *r, const sedge_yaml_node *node, void *object) {
    (void)object;
    return read_number(r, node, &r->source->spec.rate_hz);
}

static sedge_status read_text(reading *r, const sedge_yaml_node *node, char ret[SEDGE_FEATURES_NAME_MAX]) {
    sedge_status st = want(r, node, SEDGE_YAML_SCALAR);
    if (st)
        return st;
    size_t n = strlen(node->text);
    if (n >= SEDGE_FEATURES_NAME_MAX)
        return sedge_yaml_fail(r->doc, node, r->err, "%s has %zu bytes, the limit is %d", node->key, n,
                               SEDGE_FEATURES_NAME_MAX - 1);
    memcpy(ret, node->text, n + 1);
    return SEDGE_OK;
}

static sedge_status read_name(reading *r, const sedge_yaml_node *node, void *object) {
    sedge_features_channel *channel = object;
    return read_text(r, node, channel->name);
}

static sedge_status read_unit(reading *r, const sedge_yaml_node *node, void *object) {
    sedge_features_channel *channel = object;
    return read_text(r, node, channel->unit);
}

static sedge_status read_fill(reading *r, const sedge_yaml_node *node, void *object) {
    sedge_features_channel *channel = object;
    double value;
    sedge_status st = read_number(r, node, &value);
    if (st)
        return st;
    channel->impute = SEDGE_IMPUTE_VALUE;
    channel->fill = (float)value;
    return SEDGE_OK;
}

static sedge_status read_impute(reading *r, const sedge_yaml_node *node, void *object) {
    static const member members[] = { { "value", true, read_fill }, { 0 } };
    sedge_features_channel *channel = object;
    if (node->kind == SEDGE_YAML_MAPPING)
        return read_mapping(r, node, members, object);
    for (int i = 0; node->kind == SEDGE_YAML_SCALAR && i < SEDGE_IMPUTE_VALUE; i++) {
        channel->impute = (sedge_impute)i;
        if (!strcmp(node->text, sedge_impute_name(channel->impute)))
            return SEDGE_OK;
    }
    return sedge_yaml_fail(r->doc, node, r->err, "impute must be hold, mean, zero or {value: NUMBER}");
}

static sedge_status read_channels(reading *r, const sedge_yaml_node *node, void *object) {
    static const member members[] = {
        { "name", true, read_name }, { "unit", false, read_unit }, { "impute", false, read_impute }, { 0 }
    };
    (void)object;
    sedge_features_spec *spec = &r->source->spec;
    sedge_status st = want(r, node, SEDGE_YAML_SEQUENCE);
    if (st)
        return st;
    for (const sedge_yaml_node *child = node->first; child; child = child->next) {
        if (spec->n_channels == SEDGE_FEATURES_CHANNELS_MAX)
            return sedge_yaml_fail(r->doc, child, r->err, "more than %d channels", SEDGE_FEATURES_CHANNELS_MAX);
        sedge_features_channel *channel = &r->source->channels[spec->n_channels];
        if ((st = read_mapping(r, child, members, channel)))
            return st;
        for (uint32_t i = 0; i < spec->n_channels; i++)
            if (!strcmp(spec->channels[i].name, channel->name))
                return sedge_yaml_fail(r->doc, child, r->err, "channel '%s' is there already", channel->name);
        spec->n_channels++;
    }
    return spec->n_channels ? SEDGE_OK : sedge_yaml_fail(r->doc, node, r->err, "channels: the list is empty");
}

static sedge_status read_length(reading *r, const sedge_yaml_node *node, void *object) {
    (void)object;
    return read_count(r, node, SEDGE_FEATURES_LENGTH_MAX, &r->source->spec.length);
}

static sedge_status read_step(reading *r, const sedge_yaml_node *node, void *object) {
    (void)object;
    return read_count(r, node, SEDGE_FEATURES_STEP_MAX, &r->source->spec.step);
}

static sedge_status read_window(reading *r, const sedge_yaml_node *node, void *object) {
    static const member members[] = { { "length", true, read_length }, { "step", false, read_step }, { 0 } };
    return read_mapping(r, node, members, object);
}

static sedge_status wish_channel(reading *r, const sedge_yaml_node *node, wish *w) {
    const sedge_features_spec *spec = &r->source->spec;
    sedge_status st = want(r, node, SEDGE_YAML_SCALAR);
    if (st)
        return st;
    bool all = !strcmp(node->text, "*"), found = all;
    for (uint32_t i = 0; i < spec->n_channels; i++) {
        bool same = !strcmp(spec->channels[i].name, node->text);
        w->channels[i] |= all || same;
        found |= same;
    }
    return found ? SEDGE_OK : sedge_yaml_fail(r->doc, node, r->err, "there is no channel '%.60s'", node->text);
}

static sedge_status read_wish_channels(reading *r, const sedge_yaml_node *node, void *object) {
    if (node->kind == SEDGE_YAML_SCALAR)
        return wish_channel(r, node, object);
    sedge_status st = want(r, node, SEDGE_YAML_SEQUENCE);
    for (const sedge_yaml_node *child = node->first; child && !st; child = child->next)
        st = wish_channel(r, child, object);
    return st;
}

static sedge_status wish_stat(reading *r, const sedge_yaml_node *node, wish *w) {
    sedge_status st = want(r, node, SEDGE_YAML_SCALAR);
    if (st)
        return st;
    for (int i = 0; i < SEDGE_STAT_BAND; i++) {
        sedge_stat stat = (sedge_stat)i;
        if (strcmp(node->text, sedge_stat_name(stat)))
            continue;
        if (w->stats[i])
            return sedge_yaml_fail(r->doc, node, r->err, "'%s' is there already", node->text);
        w->stats[i] = true;
        w->order[w->n_stats++] = stat;
        return SEDGE_OK;
    }
    return sedge_yaml_fail(r->doc, node, r->err,
                           "there is no statistic '%.60s'; known are mean, std, rms, peak_to_peak, min, max, last, "
                           "slope",
                           node->text);
}

static sedge_status read_wish_stats(reading *r, const sedge_yaml_node *node, void *object) {
    if (node->kind == SEDGE_YAML_SCALAR)
        return wish_stat(r, node, object);
    sedge_status st = want(r, node, SEDGE_YAML_SEQUENCE);
    for (const sedge_yaml_node *child = node->first; child && !st; child = child->next)
        st = wish_stat(r, child, object);
    return st;
}

static sedge_status read_wish_bands(reading *r, const sedge_yaml_node *node, void *object) {
    wish *w = object;
    w->bands = node;
    return want(r, node, SEDGE_YAML_SEQUENCE);
}

static sedge_status add_entry(reading *r, const sedge_yaml_node *node, sedge_features_entry entry) {
    sedge_features_spec *spec = &r->source->spec;
    if (spec->n_entries == SEDGE_FEATURES_COUNT_MAX)
        return sedge_yaml_fail(r->doc, node, r->err, "more than %d features", SEDGE_FEATURES_COUNT_MAX);
    entry.scale = 1;
    r->source->entries[spec->n_entries++] = entry;
    return SEDGE_OK;
}

static sedge_status add_band(reading *r, const sedge_yaml_node *node, uint32_t channel) {
    sedge_features_entry entry = { .channel = channel, .stat = SEDGE_STAT_BAND };
    if (node->kind != SEDGE_YAML_SEQUENCE || node->count != 2)
        return sedge_yaml_fail(r->doc, node, r->err, "a band is written as [from, to] in Hz");
    sedge_status st;
    if ((st = read_number(r, node->first, &entry.lo_hz)) || (st = read_number(r, node->first->next, &entry.hi_hz)))
        return st;
    return add_entry(r, node, entry);
}

static sedge_status add_wish(reading *r, const sedge_yaml_node *node, const wish *w) {
    sedge_status st = SEDGE_OK;
    for (uint32_t c = 0; c < r->source->spec.n_channels; c++) {
        if (!w->channels[c])
            continue;
        for (size_t i = 0; i < w->n_stats && !st; i++)
            st = add_entry(r, node, (sedge_features_entry){ .channel = c, .stat = w->order[i] });
        for (const sedge_yaml_node *band = w->bands ? w->bands->first : NULL; band && !st; band = band->next)
            st = add_band(r, band, c);
    }
    return st;
}

static sedge_status read_features(reading *r, const sedge_yaml_node *node, void *object) {
    static const member members[] = { { "channels", true, read_wish_channels },
                                      { "stats", false, read_wish_stats },
                                      { "bands_hz", false, read_wish_bands },
                                      { 0 } };
    (void)object;
    sedge_status st = want(r, node, SEDGE_YAML_SEQUENCE);
    for (const sedge_yaml_node *child = node->first; child && !st; child = child->next) {
        wish w = { 0 };
        st = read_mapping(r, child, members, &w);
        if (!st && !w.n_stats && !w.bands)
            st = sedge_yaml_fail(r->doc, child, r->err, "the entry has neither stats nor bands_hz");
        if (!st)
            st = add_wish(r, child, &w);
    }
    return st;
}

static sedge_status read_scale(reading *r, const sedge_yaml_node *node, void *object) {
    (void)object;
    r->source->scale = node->kind == SEDGE_YAML_SCALAR && !strcmp(node->text, "standard");
    if (r->source->scale || (node->kind == SEDGE_YAML_SCALAR && !strcmp(node->text, "none")))
        return SEDGE_OK;
    return sedge_yaml_fail(r->doc, node, r->err, "scale must be standard or none");
}

static sedge_status read_document(reading *r) {
    /* in this order: the features need channels, rate and window */
    static const member members[] = { { "version", true, read_version },
                                      { "rate_hz", true, read_rate },
                                      { "channels", true, read_channels },
                                      { "window", true, read_window },
                                      { "features", true, read_features },
                                      { "scale", false, read_scale },
                                      { 0 } };
    sedge_status st = read_mapping(r, sedge_yaml_root(r->doc), members, NULL);
    if (st)
        return st;
    SEDGE_AUTO_BUF compiled = sedge_buf_init(SEDGE_FEATURES_FILE_MAX);
    st = sedge_features_write(&r->source->spec, &compiled, r->err);
    return st ? sedge_wrap(r->err, st, "%s", sedge_yaml_source(r->doc)) : SEDGE_OK;
}

static sedge_features_source *new_source(void) {
    sedge_features_source *source = calloc(1, sizeof *source);
    if (!source)
        return NULL;
    source->channels = calloc(SEDGE_FEATURES_CHANNELS_MAX, sizeof *source->channels);
    source->entries = calloc(SEDGE_FEATURES_COUNT_MAX, sizeof *source->entries);
    source->spec.channels = source->channels;
    source->spec.entries = source->entries;
    source->spec.step = 1;
    source->scale = true;
    if (source->channels && source->entries)
        return source;
    sedge_features_source_free(source);
    return NULL;
}

sedge_status sedge_features_source_load(const sedge_fs *fs, const char *path, sedge_features_source **ret,
                                        sedge_error *err) {
    sedge_auto(sedge_yaml) doc = NULL;
    sedge_status st = sedge_yaml_load_file(fs, path, &doc, err);
    if (st)
        return st;
    sedge_auto(sedge_features_source) source = new_source();
    if (!source)
        return sedge_fail(err, SEDGE_ENOMEM, "%s: no memory", path);
    reading r = { doc, source, err };
    if ((st = read_document(&r)))
        return st;
    *ret = SEDGE_STEAL(source);
    return SEDGE_OK;
}

void sedge_features_source_free(sedge_features_source *source) {
    if (!source)
        return;
    free(source->channels);
    free(source->entries);
    free(source);
}
