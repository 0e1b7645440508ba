/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/samples.h"

#include <math.h>
#include <string.h>
#include <zstd.h>

#include "base/own.h"
#include "proto/fields.h"
#include "proto/planes.h"

enum { ZSTD_LEVEL = 6, TIME_BYTES = 8, VALUE_BYTES = 4 };

/* The message; channels travel as one list of texts, the rows as one packed and compressed byte string. */
typedef struct channel {
    char name[SEDGE_NAME_MAX];
} channel;

typedef struct message {
    uint64_t version;
    char device[SEDGE_DEVICE_ID_MAX];
    char request[SEDGE_UUID_MAX];
    char model[SEDGE_NAME_MAX];
    uint64_t release;
    channel *channels;
    size_t n_channels;
    uint64_t n_rows;
    sedge_bytes packed;
} message;

#define AT(member)   .name = #member, .offset = offsetof(message, member)
#define TEXT(member) .kind = SEDGE_FIELD_TEXT, AT(member), .size = sizeof(((message *)0)->member)

static const sedge_field channel_rows[] = {
    { 1, SEDGE_FIELD_TEXT, "name", offsetof(channel, name), .size = SEDGE_NAME_MAX },
};
static const sedge_fields channel_fields = { channel_rows, SEDGE_COUNT(channel_rows), sizeof(channel) };

static const sedge_field message_rows[] = {
    { 0, SEDGE_FIELD_U64, AT(version) },
    { 1, TEXT(device) },
    { 2, SEDGE_FIELD_UUID, AT(request) },
    { 3, TEXT(model) },
    { 4, SEDGE_FIELD_U64, AT(release) },
    { 5, SEDGE_FIELD_LIST, AT(channels), .size = SEDGE_SAMPLES_CHANNELS_MAX, .second = offsetof(message, n_channels),
      .of = &channel_fields },
    { 6, SEDGE_FIELD_U64, AT(n_rows) },
    { 7, SEDGE_FIELD_BYTES, AT(packed), .size = SEDGE_SAMPLES_BYTES_MAX },
};
static const sedge_fields message_fields = { message_rows, SEDGE_COUNT(message_rows), sizeof(message) };

_Static_assert(sizeof(channel) == sizeof(((sedge_samples *)0)->channels[0]), "channels are the same bytes");

static sedge_status check(const char *device, const char *request, const char *model, uint64_t n_channels,
                          uint64_t n_rows, sedge_error *err) {
    if (!sedge_is_device_id(device) || !sedge_is_uuid(request) || !sedge_is_name(model))
        return sedge_fail(err, SEDGE_EINVALID, "samples: device '%s', request '%s', model '%s': one is malformed",
                          device, request, model);
    if (n_channels == 0 || n_channels > SEDGE_SAMPLES_CHANNELS_MAX || n_rows > SEDGE_SAMPLES_ROWS_MAX ||
        n_channels * n_rows > SEDGE_SAMPLES_VALUES_MAX)
        return sedge_fail(err, SEDGE_ELIMIT,
                          "samples: %llu channels and %llu rows, the limits are %d, %d and %d values",
                          (unsigned long long)n_channels, (unsigned long long)n_rows, SEDGE_SAMPLES_CHANNELS_MAX,
                          SEDGE_SAMPLES_ROWS_MAX, SEDGE_SAMPLES_VALUES_MAX);
    return SEDGE_OK;
}

/* Bytes before compression: times, then each channel. */
static size_t plain_bytes(size_t n_channels, size_t n_rows) {
    return n_rows * (TIME_BYTES + VALUE_BYTES * n_channels);
}

static void pack(const sedge_samples *s, uint8_t *plain) {
    uint64_t before = 0;
    for (size_t i = 0; i < s->n_rows; i++) {
        uint8_t raw[TIME_BYTES];
        sedge_store_u64(raw, (uint64_t)s->times_ms[i] - before);
        before = (uint64_t)s->times_ms[i];
        sedge_planes_put(plain, s->n_rows, i, raw, TIME_BYTES);
    }
    plain += s->n_rows * TIME_BYTES;
    for (size_t c = 0; c < s->n_channels; c++, plain += s->n_rows * VALUE_BYTES)
        for (size_t i = 0; i < s->n_rows; i++) {
            uint8_t raw[VALUE_BYTES];
            sedge_store_f32(raw, s->values[i * s->n_channels + c]);
            sedge_planes_put(plain, s->n_rows, i, raw, VALUE_BYTES);
        }
}

static void unpack(const uint8_t *plain, sedge_samples *s) {
    uint64_t time = 0;
    for (size_t i = 0; i < s->n_rows; i++) {
        uint8_t raw[TIME_BYTES];
        sedge_planes_get(plain, s->n_rows, i, raw, TIME_BYTES);
        time += sedge_load_u64(raw);
        s->times_ms[i] = (int64_t)time;
    }
    plain += s->n_rows * TIME_BYTES;
    for (size_t c = 0; c < s->n_channels; c++, plain += s->n_rows * VALUE_BYTES)
        for (size_t i = 0; i < s->n_rows; i++) {
            uint8_t raw[VALUE_BYTES];
            sedge_planes_get(plain, s->n_rows, i, raw, VALUE_BYTES);
            s->values[i * s->n_channels + c] = sedge_load_f32(raw);
        }
}

static sedge_status compress(const sedge_samples *s, sedge_buf *out, sedge_error *err) {
    size_t n = plain_bytes(s->n_channels, s->n_rows);
    SEDGE_AUTO_MEM uint8_t *plain = malloc(n + 1);
    uint8_t *at = sedge_buf_add(out, ZSTD_compressBound(n));
    if (!plain || !at)
        return sedge_fail(err, SEDGE_ENOMEM, "samples: no memory to pack %zu rows", s->n_rows);
    pack(s, plain);
    size_t got = ZSTD_compress(at, out->n, plain, n, ZSTD_LEVEL);
    if (ZSTD_isError(got))
        return sedge_fail(err, SEDGE_ENOMEM, "samples: %s", ZSTD_getErrorName(got));
    out->n = got;
    return SEDGE_OK;
}

sedge_status sedge_samples_encode(const sedge_samples *s, sedge_buf *out, sedge_error *err) {
    sedge_status st = check(s->device, s->request, s->model, s->n_channels, s->n_rows, err);
    if (st)
        return st;
    SEDGE_AUTO_BUF packed = sedge_buf_init(ZSTD_compressBound(plain_bytes(s->n_channels, s->n_rows)) + 1);
    if ((st = compress(s, &packed, err)))
        return st;
    message m = { .version = SEDGE_SAMPLES_VERSION,
                  .release = s->release,
                  .channels = (channel *)s->channels,
                  .n_channels = s->n_channels,
                  .n_rows = s->n_rows,
                  .packed = sedge_buf_bytes(&packed) };
    memcpy(m.device, s->device, sizeof m.device);
    memcpy(m.request, s->request, sizeof m.request);
    memcpy(m.model, s->model, sizeof m.model);
    st = sedge_fields_encode(&message_fields, &m, out, err);
    return st ? sedge_wrap(err, st, "samples") : SEDGE_OK;
}

static sedge_status decompress(const message *m, sedge_samples *s, sedge_error *err) {
    size_t n = plain_bytes(s->n_channels, s->n_rows);
    SEDGE_AUTO_MEM uint8_t *plain = malloc(n + 1);
    s->times_ms = calloc(s->n_rows + 1, sizeof *s->times_ms);
    s->values = calloc(s->n_rows * s->n_channels + 1, sizeof *s->values);
    if (!plain || !s->times_ms || !s->values)
        return sedge_fail(err, SEDGE_ENOMEM, "samples: no memory for %zu rows", s->n_rows);
    size_t got = ZSTD_decompress(plain, n, m->packed.p, m->packed.n);
    if (ZSTD_isError(got) || got != n)
        return sedge_fail(err, SEDGE_EINVALID, "samples: the packed rows are not %zu compressed bytes: %s", n,
                          ZSTD_isError(got) ? ZSTD_getErrorName(got) : "they are fewer");
    unpack(plain, s);
    return SEDGE_OK;
}

static sedge_status check_message(const message *m, const sedge_cbor *in, sedge_error *err) {
    if (m->version != SEDGE_SAMPLES_VERSION)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "samples: version %llu, this hub knows %d",
                          (unsigned long long)m->version, SEDGE_SAMPLES_VERSION);
    if (!sedge_cbor_at_end(in))
        return sedge_fail(err, SEDGE_EINVALID, "samples: %zu bytes behind their end", in->rest.n);
    return check(m->device, m->request, m->model, m->n_channels, m->n_rows, err);
}

static sedge_status decode(message *m, sedge_bytes bytes, sedge_samples *ret, sedge_error *err) {
    if (bytes.n > SEDGE_SAMPLES_BYTES_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "samples: %zu bytes, the limit is %d", bytes.n, SEDGE_SAMPLES_BYTES_MAX);
    sedge_cbor in = sedge_cbor_of(bytes);
    sedge_status st = sedge_fields_decode(&message_fields, &in, m, err);
    if (st)
        return sedge_wrap(err, st, "samples");
    if ((st = check_message(m, &in, err)))
        return st;
    sedge_samples s = { .release = m->release, .n_channels = m->n_channels, .n_rows = (size_t)m->n_rows };
    memcpy(s.device, m->device, sizeof s.device);
    memcpy(s.request, m->request, sizeof s.request);
    memcpy(s.model, m->model, sizeof s.model);
    if ((st = decompress(m, &s, err))) {
        sedge_samples_done(&s);
        return st;
    }
    s.channels = (char(*)[SEDGE_NAME_MAX])SEDGE_STEAL(m->channels);
    *ret = s;
    return SEDGE_OK;
}

sedge_status sedge_samples_decode(sedge_bytes bytes, sedge_samples *ret, sedge_error *err) {
    message m = { 0 };
    sedge_status st = decode(&m, bytes, ret, err);
    sedge_fields_done(&message_fields, &m);
    return st;
}

void sedge_samples_done(sedge_samples *samples) {
    free(samples->channels);
    free(samples->times_ms);
    free(samples->values);
    *samples = (sedge_samples){ 0 };
}
