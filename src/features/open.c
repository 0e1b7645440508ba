/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/bytes.h"
#include "base/exact_math.h"
#include "base/fft.h"
#include "base/own.h"
#include "base/utf8.h"
#include "features/features.h"
#include "features/format.h"

SEDGE_DEFINE_AUTO(sedge_features, sedge_features_free)

/** Below any difference that matters, above the rounding of a division: which bin belongs to which band. */
static const double bin_slack = 1e-9;

static bool is_finite(double x) {
    return x - x == 0;
}

static sedge_status truncated(sedge_error *err) {
    return sedge_fail(err, SEDGE_ETRUNCATED, "the file ends too early");
}

static sedge_status check_range(const char *what, uint64_t value, uint64_t min, uint64_t max, sedge_error *err) {
    if (value >= min && value <= max)
        return SEDGE_OK;
    return sedge_fail(err, value > max ? SEDGE_ELIMIT : SEDGE_EINVALID, "%s is %llu, allowed are %llu to %llu", what,
                      (unsigned long long)value, (unsigned long long)min, (unsigned long long)max);
}

static sedge_status read_header(sedge_bytes *in, size_t size, sedge_features *f, sedge_error *err) {
    sedge_bytes magic;
    uint32_t version, total;
    if (!sedge_take(in, 4, &magic))
        return truncated(err);
    if (!sedge_bytes_equal(magic, sedge_bytes_text(SEDGE_FEATURES_MAGIC)))
        return sedge_fail(err, SEDGE_EINVALID, "no features file: it does not begin with " SEDGE_FEATURES_MAGIC);
    if (!sedge_take_u32(in, &version) || !sedge_take_u32(in, &total))
        return truncated(err);
    if (version != SEDGE_FEATURES_VERSION)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "version %u of the format, this program knows version %d", version,
                          SEDGE_FEATURES_VERSION);
    if (size < total)
        return truncated(err);
    if (size > total)
        return sedge_fail(err, SEDGE_EINVALID, "%zu bytes, but the file says that it has %u", size, total);
    if (!sedge_take_u32(in, &f->n_channels) || !sedge_take_u32(in, &f->n_entries) || !sedge_take_u32(in, &f->length) ||
        !sedge_take_u32(in, &f->step) || !sedge_take_f64(in, &f->rate_hz))
        return truncated(err);
    sedge_status st;
    if ((st = check_range("the number of channels", f->n_channels, 1, SEDGE_FEATURES_CHANNELS_MAX, err)) ||
        (st = check_range("the number of features", f->n_entries, 1, SEDGE_FEATURES_COUNT_MAX, err)) ||
        (st = check_range("the window's length", f->length, 1, SEDGE_FEATURES_LENGTH_MAX, err)) ||
        (st = check_range("the window's step", f->step, 1, SEDGE_FEATURES_STEP_MAX, err)))
        return st;
    if (!(f->rate_hz >= 1e-9 && f->rate_hz <= 1e9))
        return sedge_fail(err, SEDGE_EINVALID, "the rate is %g Hz, allowed are 1e-9 to 1e9", f->rate_hz);
    return SEDGE_OK;
}

static sedge_status read_text(sedge_bytes *in, const char *what, uint8_t n, char ret[SEDGE_FEATURES_NAME_MAX],
                              sedge_error *err) {
    sedge_bytes text;
    if (!sedge_take(in, n, &text))
        return truncated(err);
    if (n >= SEDGE_FEATURES_NAME_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "its %s has %u bytes, the limit is %d", what, n,
                          SEDGE_FEATURES_NAME_MAX - 1);
    if (!sedge_utf8_is_label(text))
        return sedge_fail(err, SEDGE_EINVALID, "its %s is not clean UTF-8", what);
    memcpy(ret, text.p, n);
    ret[n] = '\0';
    return SEDGE_OK;
}

static sedge_status read_channel(sedge_bytes *in, const sedge_features *f, uint32_t index, sedge_error *err) {
    sedge_features_channel *channel = &f->channels[index];
    uint8_t impute, name_n, unit_n, zero;
    if (!sedge_take_u8(in, &impute) || !sedge_take_u8(in, &name_n) || !sedge_take_u8(in, &unit_n) ||
        !sedge_take_u8(in, &zero) || !sedge_take_f32(in, &channel->fill))
        return truncated(err);
    if (impute >= SEDGE_IMPUTE_COUNT || zero)
        return sedge_fail(err, SEDGE_EINVALID, "imputation %u (and %u) is not known", impute, zero);
    if (!name_n)
        return sedge_fail(err, SEDGE_EINVALID, "it has no name");
    if (!is_finite((double)channel->fill))
        return sedge_fail(err, SEDGE_EINVALID, "its fill is not finite");
    channel->impute = (sedge_impute)impute;
    sedge_status st;
    if ((st = read_text(in, "name", name_n, channel->name, err)) ||
        (st = read_text(in, "unit", unit_n, channel->unit, err)))
        return st;
    for (uint32_t i = 0; i < index; i++)
        if (!strcmp(f->channels[i].name, channel->name))
            return sedge_fail(err, SEDGE_EINVALID, "'%s' is the name of channel %u too", channel->name, i);
    return SEDGE_OK;
}

static sedge_status check_band(const sedge_features *f, const sedge_features_entry *entry, sedge_error *err) {
    if (!(entry->lo_hz >= 0 && entry->lo_hz < entry->hi_hz))
        return sedge_fail(err, SEDGE_EINVALID, "a band from %g to %g Hz is none", entry->lo_hz, entry->hi_hz);
    if (!(entry->hi_hz <= f->rate_hz / 2 * (1 + bin_slack)))
        return sedge_fail(err, SEDGE_EINVALID, "the band ends at %g Hz, above half the rate of %g Hz", entry->hi_hz,
                          f->rate_hz);
    return SEDGE_OK;
}

static bool same_feature(const sedge_features_entry *a, const sedge_features_entry *b) {
    return a->channel == b->channel && a->stat == b->stat && a->lo_hz == b->lo_hz && a->hi_hz == b->hi_hz;
}

static sedge_status read_entry(sedge_bytes *in, const sedge_features *f, uint32_t index, sedge_error *err) {
    sedge_features_entry *entry = &f->entries[index];
    uint16_t channel;
    uint8_t stat, zero;
    if (!sedge_take_u16(in, &channel) || !sedge_take_u8(in, &stat) || !sedge_take_u8(in, &zero) ||
        !sedge_take_f64(in, &entry->mean) || !sedge_take_f64(in, &entry->scale))
        return truncated(err);
    if (channel >= f->n_channels)
        return sedge_fail(err, SEDGE_EINVALID, "channel %u of %u", channel, f->n_channels);
    if (stat >= SEDGE_STAT_COUNT || zero)
        return sedge_fail(err, SEDGE_EINVALID, "statistic %u (and %u) is not known", stat, zero);
    if (!is_finite(entry->mean) || !is_finite(entry->scale) || !(entry->scale > 0))
        return sedge_fail(err, SEDGE_EINVALID, "mean %g and scale %g must be finite, the scale above 0", entry->mean,
                          entry->scale);
    entry->channel = channel;
    entry->stat = (sedge_stat)stat;
    if (entry->stat == SEDGE_STAT_BAND) {
        if (!sedge_take_f64(in, &entry->lo_hz) || !sedge_take_f64(in, &entry->hi_hz))
            return truncated(err);
        sedge_status st = check_band(f, entry, err);
        if (st)
            return st;
    }
    for (uint32_t i = 0; i < index; i++)
        if (same_feature(&f->entries[i], entry))
            return sedge_fail(err, SEDGE_EINVALID, "it repeats feature %u", i);
    return SEDGE_OK;
}

/** The bins k of the band: lo <= k rate / N < hi, the last band closed. */
static sedge_status find_bins(const sedge_features *f, sedge_features_item *item, sedge_error *err) {
    const sedge_features_entry *entry = &f->entries[item->feature];
    double width = f->rate_hz / f->fft_length, slack = f->rate_hz * bin_slack;
    double end = entry->hi_hz >= f->rate_hz / 2 - slack ? f->rate_hz : entry->hi_hz;
    uint32_t bins = f->fft_length / 2 + 1;
    while (item->bin < bins && item->bin * width < entry->lo_hz - slack)
        item->bin++;
    item->end_bin = item->bin;
    while (item->end_bin < bins && item->end_bin * width < end - slack)
        item->end_bin++;
    if (item->bin == item->end_bin)
        return sedge_fail(err, SEDGE_EINVALID,
                          "no line of the spectrum lies between %g and %g Hz: the lines of %u rows are %g Hz apart",
                          entry->lo_hz, entry->hi_hz, f->length, width);
    return SEDGE_OK;
}

/** Orders the features by channel. */
static sedge_status plan_items(sedge_features *f, sedge_error *err) {
    uint32_t n = 0;
    for (uint32_t c = 0; c < f->n_channels; c++) {
        f->first_item[c] = n;
        for (uint32_t i = 0; i < f->n_entries; i++) {
            if (f->entries[i].channel != c)
                continue;
            sedge_features_item *item = &f->items[n++];
            item->feature = i;
            if (f->entries[i].stat != SEDGE_STAT_BAND)
                continue;
            f->band_channels |= UINT64_C(1) << c;
            sedge_status st = find_bins(f, item, err);
            if (st)
                return sedge_wrap(err, st, "feature %u", i);
        }
    }
    f->first_item[f->n_channels] = n;
    return SEDGE_OK;
}

static void plan_slope(sedge_features *f) {
    double centre = (f->length - 1) / 2.0, sum = 0;
    for (uint32_t i = 0; i < f->length; i++)
        sum += (i - centre) * (i - centre);
    f->slope_scale = sum > 0 ? f->rate_hz / sum : 0;
}

static sedge_status plan_spectrum(sedge_features *f, sedge_error *err) {
    bool bands = false;
    for (uint32_t i = 0; i < f->n_entries; i++)
        bands |= f->entries[i].stat == SEDGE_STAT_BAND;
    if (!bands)
        return SEDGE_OK;
    if (f->length < 4)
        return sedge_fail(err, SEDGE_EINVALID, "bands need a window of at least 4 rows, it has %u", f->length);
    f->fft_length = sedge_fft_length(f->length);
    f->hann = calloc(f->length, sizeof *f->hann);
    f->fft_table = calloc(f->fft_length, sizeof *f->fft_table);
    if (!f->hann || !f->fft_table)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for the spectrum");
    sedge_fft_table(f->fft_length, f->fft_table);
    double power = 0;
    for (uint32_t i = 0; i < f->length; i++) {
        f->hann[i] = 0.5 - 0.5 * sedge_cos(2 * SEDGE_PI * i / f->length);
        power += f->hann[i] * f->hann[i];
    }
    f->band_scale = 1 / (f->fft_length * power);
    return SEDGE_OK;
}

static sedge_status take_memory(sedge_features *f, sedge_error *err) {
    f->channels = calloc(f->n_channels, sizeof *f->channels);
    f->entries = calloc(f->n_entries, sizeof *f->entries);
    f->items = calloc(f->n_entries, sizeof *f->items);
    f->first_item = calloc(f->n_channels + 1, sizeof *f->first_item);
    if (!f->channels || !f->entries || !f->items || !f->first_item)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for the features");
    return SEDGE_OK;
}

static sedge_status read_file(sedge_bytes in, sedge_features *f, sedge_error *err) {
    sedge_status st = read_header(&in, in.n, f, err);
    if (st || (st = take_memory(f, err)))
        return st;
    for (uint32_t i = 0; i < f->n_channels; i++)
        if ((st = read_channel(&in, f, i, err)))
            return sedge_wrap(err, st, "channel %u", i);
    for (uint32_t i = 0; i < f->n_entries; i++)
        if ((st = read_entry(&in, f, i, err)))
            return sedge_wrap(err, st, "feature %u", i);
    if (in.n)
        return sedge_fail(err, SEDGE_EINVALID, "%zu bytes behind the last feature", in.n);
    plan_slope(f);
    if ((st = plan_spectrum(f, err)))
        return st;
    return plan_items(f, err);
}

sedge_status sedge_features_open(const void *data, size_t size, sedge_features **ret, sedge_error *err) {
    if (size > SEDGE_FEATURES_FILE_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "features: %zu bytes, the limit is %d", size, SEDGE_FEATURES_FILE_MAX);
    sedge_auto(sedge_features) f = calloc(1, sizeof *f);
    if (!f)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for the features");
    sedge_status st = read_file(sedge_bytes_of(data, size), f, err);
    if (st)
        return sedge_wrap(err, st, "features");
    *ret = SEDGE_STEAL(f);
    return SEDGE_OK;
}

void sedge_features_free(sedge_features *features) {
    if (!features)
        return;
    free(features->channels);
    free(features->entries);
    free(features->items);
    free(features->first_item);
    free(features->hann);
    free(features->fft_table);
    free(features);
}

uint32_t sedge_features_channels(const sedge_features *features) {
    return features->n_channels;
}

uint32_t sedge_features_count(const sedge_features *features) {
    return features->n_entries;
}

uint32_t sedge_features_length(const sedge_features *features) {
    return features->length;
}

uint32_t sedge_features_step(const sedge_features *features) {
    return features->step;
}

double sedge_features_rate_hz(const sedge_features *features) {
    return features->rate_hz;
}

const sedge_features_channel *sedge_features_channel_at(const sedge_features *features, uint32_t channel) {
    return channel < features->n_channels ? &features->channels[channel] : NULL;
}

const sedge_features_entry *sedge_features_entry_at(const sedge_features *features, uint32_t feature) {
    return feature < features->n_entries ? &features->entries[feature] : NULL;
}
