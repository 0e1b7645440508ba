/* SPDX-License-Identifier: Apache-2.0 */
#include "features/write.h"

#include <string.h>

#include "features/format.h"

/** Bytes of a text in an array of SEDGE_FEATURES_NAME_MAX; one that lacks its NUL becomes too long for the reader. */
static uint8_t text_bytes(const char *text) {
    const char *end = memchr(text, '\0', SEDGE_FEATURES_NAME_MAX);
    return (uint8_t)(end ? end - text : SEDGE_FEATURES_NAME_MAX);
}

static void put_channel(sedge_buf *out, const sedge_features_channel *channel) {
    uint8_t name_n = text_bytes(channel->name), unit_n = text_bytes(channel->unit);
    sedge_buf_u8(out, (uint8_t)channel->impute);
    sedge_buf_u8(out, name_n);
    sedge_buf_u8(out, unit_n);
    sedge_buf_u8(out, 0);
    sedge_buf_f32(out, channel->fill);
    sedge_buf_put(out, channel->name, name_n);
    sedge_buf_put(out, channel->unit, unit_n);
}

static void put_entry(sedge_buf *out, const sedge_features_entry *entry) {
    sedge_buf_u16(out, (uint16_t)(entry->channel > UINT16_MAX ? UINT16_MAX : entry->channel));
    sedge_buf_u8(out, (uint8_t)entry->stat);
    sedge_buf_u8(out, 0);
    sedge_buf_f64(out, entry->mean);
    sedge_buf_f64(out, entry->scale);
    if (entry->stat == SEDGE_STAT_BAND) {
        sedge_buf_f64(out, entry->lo_hz);
        sedge_buf_f64(out, entry->hi_hz);
    }
}

static void put_file(sedge_buf *out, const sedge_features_spec *spec) {
    sedge_buf_text(out, SEDGE_FEATURES_MAGIC);
    sedge_buf_u32(out, SEDGE_FEATURES_VERSION);
    sedge_buf_u32(out, 0); /* the size, below */
    sedge_buf_u32(out, spec->n_channels);
    sedge_buf_u32(out, spec->n_entries);
    sedge_buf_u32(out, spec->length);
    sedge_buf_u32(out, spec->step);
    sedge_buf_f64(out, spec->rate_hz);
    for (uint32_t i = 0; i < spec->n_channels; i++)
        put_channel(out, &spec->channels[i]);
    for (uint32_t i = 0; i < spec->n_entries; i++)
        put_entry(out, &spec->entries[i]);
    if (!out->failed)
        sedge_store_u32(out->data + 8, (uint32_t)out->n);
}

sedge_status sedge_features_write(const sedge_features_spec *spec, sedge_buf *out, sedge_error *err) {
    if (spec->n_channels > SEDGE_FEATURES_CHANNELS_MAX || spec->n_entries > SEDGE_FEATURES_COUNT_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "features: %u channels and %u features, the limits are %d and %d",
                          spec->n_channels, spec->n_entries, SEDGE_FEATURES_CHANNELS_MAX, SEDGE_FEATURES_COUNT_MAX);
    SEDGE_AUTO_BUF file = sedge_buf_init(SEDGE_FEATURES_FILE_MAX);
    put_file(&file, spec);
    if (file.failed)
        return sedge_fail(err, SEDGE_ENOMEM, "features: no memory, or more than %d bytes", SEDGE_FEATURES_FILE_MAX);
    sedge_features *opened;
    sedge_status st = sedge_features_open(file.data, file.n, &opened, err);
    if (st)
        return st;
    sedge_features_free(opened);
    sedge_buf_put(out, file.data, file.n);
    return out->failed ? sedge_fail(err, SEDGE_ENOMEM, "features: no memory for the file") : SEDGE_OK;
}
