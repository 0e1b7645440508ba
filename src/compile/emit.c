/* SPDX-License-Identifier: Apache-2.0 */
#include "compile/emit.h"

#include <string.h>

#include "base/format.h"

void sedge_emit_use(sedge_emit *e, const char *header) {
    sedge_micro_add(&e->files, header);
    for (size_t i = 0; sedge_micro_files[i].name; i++)
        if (strcmp(sedge_micro_files[i].name, header) == 0)
            e->includes.has[i] = true;
}

/* ---- numbers ---- */

/* a float32 as a hexadecimal constant, which has its exact bits */
static void put_f32(sedge_buf *b, float v) {
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    uint32_t exponent = bits >> 23 & 0xff, fraction = bits & 0x7fffff;
    const char *sign = bits >> 31 ? "-" : "";
    if (exponent == 0xff)
        sedge_buf_printf(b, fraction ? "%sNAN" : "%sINFINITY", sign);
    else if (exponent == 0)
        sedge_buf_printf(b, "%s0x0.%06xp-126f", sign, fraction << 1);
    else
        sedge_buf_printf(b, "%s0x1.%06xp%df", sign, fraction << 1, (int)exponent - 127);
}

static void put_number(sedge_buf *b, sedge_dtype dtype, const void *data, size_t i) {
    int32_t v = 0;
    switch (dtype) {
    case SEDGE_FLOAT32:
        put_f32(b, ((const float *)data)[i]);
        return;
    case SEDGE_INT8:
        v = ((const int8_t *)data)[i];
        break;
    case SEDGE_INT16:
        v = ((const int16_t *)data)[i];
        break;
    case SEDGE_INT32:
        v = ((const int32_t *)data)[i];
        break;
    default:
        v = ((const uint8_t *)data)[i];
    }
    if (v == INT32_MIN)
        sedge_buf_text(b, "INT32_MIN");
    else
        sedge_buf_printf(b, "%d", v);
}

static const char *c_type(sedge_dtype dtype) {
    switch (dtype) {
    case SEDGE_FLOAT32:
        return "float";
    case SEDGE_INT8:
        return "int8_t";
    case SEDGE_INT16:
        return "int16_t";
    case SEDGE_INT32:
        return "int32_t";
    default:
        return "uint8_t";
    }
}

static size_t element_size(sedge_dtype dtype) {
    switch (dtype) {
    case SEDGE_FLOAT32:
    case SEDGE_INT32:
        return 4;
    case SEDGE_INT16:
        return 2;
    default:
        return 1;
    }
}

static void put_array(sedge_emit *e, const char *prefix, uint32_t number, sedge_dtype dtype, const void *data,
                      size_t n) {
    sedge_buf *b = &e->constants;
    size_t a_line = element_size(dtype) == 1 ? 24 : 8;
    const char *place =
        sedge_dtype_size(dtype) > element_size(dtype) ? "_Alignas(8) " : ""; /* bytes that are read as wider ones */
    sedge_buf_printf(b, "static const %s%s %s_%u[%zu] = {", place, c_type(dtype), prefix, number, n);
    for (size_t i = 0; i < n; i++) {
        sedge_buf_text(b, i % a_line ? " " : "\n    ");
        put_number(b, dtype, data, i);
        sedge_buf_text(b, ",");
    }
    sedge_buf_text(b, "\n};\n");
    e->constant_bytes += n * element_size(dtype);
}

void sedge_emit_array(const sedge_emit_op *o, const char *prefix, sedge_dtype dtype, const void *data, size_t n) {
    put_array(o->e, prefix, o->index, dtype, data, n);
}

void sedge_emit_bytes(sedge_emit *e, const char *prefix, uint32_t number, const uint8_t *bytes, size_t n) {
    put_array(e, prefix, number, SEDGE_UINT8, bytes, n);
}

/* ---- places ---- */

enum { ADDRESS_SIZE = 48 };

static const char *arena_address(sedge_pool *pool, size_t offset) {
    char *text = sedge_pool_take(pool, ADDRESS_SIZE, 1);
    if (text)
        sedge_format(text, ADDRESS_SIZE, "(void *)(arena + %zu)", offset);
    return text;
}

static const char *constant_name(sedge_pool *pool, uint32_t tensor) {
    char *text = sedge_pool_take(pool, ADDRESS_SIZE, 1);
    if (text)
        sedge_format(text, ADDRESS_SIZE, "tensor_%u", tensor);
    return text;
}

const char *sedge_emit_address(sedge_emit *e, int32_t tensor) {
    if (tensor < 0)
        return "0";
    uint32_t root = e->model->root[tensor];
    const sedge_tensor *t = &e->graph->tensors[root];
    if (!t->data)
        return arena_address(e->pool, e->model->offset[tensor]);
    if (!e->defined[root]) {
        e->defined[root] = true;
        put_array(e, "tensor", root, t->dtype, t->data, t->size_bytes / element_size(t->dtype));
    }
    return constant_name(e->pool, root);
}

const char *sedge_emit_input(const sedge_emit_op *o, uint32_t i) {
    return sedge_emit_address(o->e, o->site.op->inputs[i]);
}

const char *sedge_emit_output(const sedge_emit_op *o, uint32_t i) {
    return sedge_emit_address(o->e, o->site.op->outputs[i]);
}

const char *sedge_emit_scratch(const sedge_emit_op *o) {
    return arena_address(o->e->pool, o->e->model->steps[o->index].scratch_offset);
}

sedge_status sedge_emit_want_types(const sedge_emit_op *o, sedge_dtype input, sedge_dtype output, sedge_error *err) {
    sedge_status st = sedge_op_want_type(sedge_op_input(&o->site, 0), input, err);
    return st ? st : sedge_op_want_type(sedge_op_output(&o->site, 0), output, err);
}

/* ---- rows ---- */

/* all rows have the same factor */
static bool one_factor(const sedge_emit_rows *r) {
    size_t i = 1;
    while (i < r->n && r->multiplier[i] == r->multiplier[0] && r->shift[i] == r->shift[0])
        i++;
    return i >= r->n;
}

/* as requantize.h has it */
static bool narrow(const sedge_emit_rows *r) {
    size_t i = 0;
    while (i < r->n && r->largest[i] < INT64_C(1) << 30 && r->shift[i] < 0 && r->shift[i] >= -22)
        i++;
    return i == r->n && r->low == INT8_MIN && r->high == INT8_MAX;
}

void sedge_emit_row_arrays(const sedge_emit_op *o, const sedge_emit_rows *r) {
    size_t n = one_factor(r) ? 1 : r->n;
    sedge_emit_array(o, "bias", SEDGE_INT32, r->bias, r->n);
    sedge_emit_array(o, "multiplier", SEDGE_INT32, r->multiplier, n);
    int8_t *shift = sedge_pool_take(o->e->pool, n, 1);
    if (!shift) {
        o->e->constants.failed = true;
        return;
    }
    for (size_t i = 0; i < n; i++)
        shift[i] = (int8_t)r->shift[i];
    sedge_emit_array(o, "shift", SEDGE_INT8, shift, n);
}

void sedge_emit_row_fields(const sedge_emit_op *o, const sedge_emit_rows *r) {
    sedge_buf_printf(&o->e->constants,
                     "    .rows = { .bias = bias_%u, .multiplier = multiplier_%u, .shift = shift_%u, .mask = %s,\n"
                     "              .narrow = %s, .y_zero = %d, .low = %d, .high = %d },\n",
                     o->index, o->index, o->index, one_factor(r) ? "0" : "UINT32_MAX", narrow(r) ? "true" : "false",
                     r->y_zero, r->low, r->high);
}
