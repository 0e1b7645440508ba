/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle/golden.h"

#include <stdlib.h>
#include <string.h>

#include "base/own.h"

#define MAGIC "SDGG"

enum { MAGIC_BYTES = 4 };

static sedge_status check_shape(uint32_t count, uint32_t input_bytes, uint32_t output_bytes, sedge_error *err) {
    if (count == 0 || count > SEDGE_GOLDEN_COUNT_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "%u golden vectors, 1 to %d are allowed", count, SEDGE_GOLDEN_COUNT_MAX);
    if (input_bytes == 0 || input_bytes > SEDGE_GOLDEN_TENSOR_BYTES_MAX || output_bytes == 0 ||
        output_bytes > SEDGE_GOLDEN_TENSOR_BYTES_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "golden tensors of %u and %u bytes, 1 to %d are allowed", input_bytes,
                          output_bytes, SEDGE_GOLDEN_TENSOR_BYTES_MAX);
    uint64_t all = (uint64_t)count * ((uint64_t)input_bytes + output_bytes);
    if (all > SEDGE_GOLDEN_BYTES_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "golden vectors of %llu bytes, the limit is %d; take fewer",
                          (unsigned long long)all, SEDGE_GOLDEN_BYTES_MAX);
    return SEDGE_OK;
}

sedge_status sedge_golden_make(sedge_bytes inputs, uint32_t count, uint32_t output_bytes, sedge_golden_run_fn run,
                               void *ctx, sedge_buf *out, sedge_error *err) {
    if (count == 0 || inputs.n % count != 0 || inputs.n / count > UINT32_MAX)
        return sedge_fail(err, SEDGE_EINVALID, "%zu bytes are not %u golden inputs", inputs.n, count);
    uint32_t input_bytes = (uint32_t)(inputs.n / count);
    sedge_status st = check_shape(count, input_bytes, output_bytes, err);
    if (st)
        return st;
    sedge_buf_put(out, MAGIC, MAGIC_BYTES);
    sedge_buf_u32(out, SEDGE_GOLDEN_VERSION);
    sedge_buf_u32(out, count);
    sedge_buf_u32(out, input_bytes);
    sedge_buf_u32(out, output_bytes);
    for (uint32_t i = 0; i < count; i++) {
        sedge_bytes input = sedge_bytes_of(inputs.p + (size_t)i * input_bytes, input_bytes);
        sedge_buf_put(out, input.p, input.n);
        uint8_t *output = sedge_buf_add(out, output_bytes);
        if (!output)
            return sedge_fail(err, SEDGE_ENOMEM, "no memory for golden vectors");
        memset(output, 0, output_bytes);
        if ((st = run(ctx, input, output, output_bytes, err)))
            return sedge_wrap(err, st, "golden vector %u", i);
    }
    return SEDGE_OK;
}

sedge_status sedge_golden_parse(sedge_bytes bytes, sedge_golden *ret, sedge_error *err) {
    sedge_bytes magic;
    uint32_t version;
    sedge_golden g;
    if (!sedge_take(&bytes, MAGIC_BYTES, &magic) || !sedge_take_u32(&bytes, &version) ||
        !sedge_take_u32(&bytes, &g.count) || !sedge_take_u32(&bytes, &g.input_bytes) ||
        !sedge_take_u32(&bytes, &g.output_bytes))
        return sedge_fail(err, SEDGE_ETRUNCATED, "golden vectors: shorter than their header of %d bytes",
                          SEDGE_GOLDEN_HEADER_BYTES);
    if (memcmp(magic.p, MAGIC, MAGIC_BYTES) != 0)
        return sedge_fail(err, SEDGE_EINVALID, "golden vectors: the file does not start with %s", MAGIC);
    if (version != SEDGE_GOLDEN_VERSION)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "golden vectors: version %u, this reader knows %d", version,
                          SEDGE_GOLDEN_VERSION);
    sedge_status st = check_shape(g.count, g.input_bytes, g.output_bytes, err);
    if (st)
        return st;
    size_t need = (size_t)g.count * ((size_t)g.input_bytes + g.output_bytes);
    if (bytes.n != need)
        return sedge_fail(err, bytes.n < need ? SEDGE_ETRUNCATED : SEDGE_EINVALID,
                          "golden vectors: %zu bytes follow the header, %zu are needed", bytes.n, need);
    g.pairs = bytes;
    *ret = g;
    return SEDGE_OK;
}

static const uint8_t *pair(const sedge_golden *g, uint32_t i) {
    return g->pairs.p + (size_t)i * ((size_t)g->input_bytes + g->output_bytes);
}

sedge_bytes sedge_golden_input(const sedge_golden *g, uint32_t i) {
    return sedge_bytes_of(pair(g, i), g->input_bytes);
}

sedge_bytes sedge_golden_output(const sedge_golden *g, uint32_t i) {
    return sedge_bytes_of(pair(g, i) + g->input_bytes, g->output_bytes);
}

static sedge_status compare(uint32_t i, sedge_bytes want, const uint8_t *got, sedge_error *err) {
    for (size_t at = 0; at < want.n; at++)
        if (want.p[at] != got[at])
            return sedge_fail(err, SEDGE_EGATE,
                              "golden vector %u: output byte %zu is %u, it must be %u: this model computes something "
                              "else here",
                              i, at, got[at], want.p[at]);
    return SEDGE_OK;
}

sedge_status sedge_golden_check(const sedge_golden *g, size_t input_bytes, size_t output_bytes, sedge_golden_run_fn run,
                                void *ctx, sedge_error *err) {
    if (g->input_bytes != input_bytes || g->output_bytes != output_bytes)
        return sedge_fail(err, SEDGE_EINVALID,
                          "golden vectors have %u input and %u output bytes, the model has %zu and %zu", g->input_bytes,
                          g->output_bytes, input_bytes, output_bytes);
    SEDGE_AUTO_MEM uint8_t *output = malloc(output_bytes);
    if (!output)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for an output of %zu bytes", output_bytes);
    for (uint32_t i = 0; i < g->count; i++) {
        memset(output, 0, output_bytes);
        sedge_status st = run(ctx, sedge_golden_input(g, i), output, output_bytes, err);
        if (st)
            return sedge_wrap(err, st, "golden vector %u", i);
        if ((st = compare(i, sedge_golden_output(g, i), output, err)))
            return st;
    }
    return SEDGE_OK;
}
