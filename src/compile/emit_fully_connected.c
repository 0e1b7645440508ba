/* SPDX-License-Identifier: Apache-2.0 */
/* FULLY_CONNECTED on int8: micro/fully_connected_s8.h. */
#include "compile/emit.h"
#include "compile/micro/fully_connected_s8.h"
#include "model/quant.h"
#include "ops/fully_connected.h"

static sedge_status need(const sedge_emit_op *o, sedge_emit_need *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(&o->site, 0), *w = sedge_op_input(&o->site, 1);
    sedge_status st = sedge_emit_want_types(o, SEDGE_INT8, SEDGE_INT8, err);
    if (!st)
        st = sedge_op_want_type(w, SEDGE_INT8, err);
    if (!st)
        ret->scratch_bytes = sedge_emit_dense_scratch((size_t)w->dims[1], sedge_op_elements(x) / (size_t)w->dims[1]);
    return st;
}

/* by row: the bias and every weight times the input that is farthest from the zero point */
static void find_largest(const sedge_emit_op *o, int64_t *largest) {
    const sedge_tensor *x = sedge_op_input(&o->site, 0), *w = sedge_op_input(&o->site, 1);
    const sedge_tensor *b = sedge_op_optional(&o->site, 2);
    const int8_t *weights = w->data;
    int32_t zero = sedge_zero_point(x), farthest = zero < 0 ? INT8_MAX - zero : zero - INT8_MIN;
    for (int32_t row = 0; row < w->dims[0]; row++) {
        int64_t bias = b ? ((const int32_t *)b->data)[row] : 0;
        largest[row] = bias < 0 ? -bias : bias;
        for (int32_t i = 0; i < w->dims[1]; i++, weights++)
            largest[row] += (int64_t)farthest * (*weights < 0 ? -*weights : *weights);
    }
}

size_t sedge_emit_dense_scratch(size_t in, size_t columns) {
    return columns > 1 ? SEDGE_MICRO_PAIR_BYTES(in) : 0;
}

void sedge_emit_dense(const sedge_emit_op *o, size_t in, size_t columns, const sedge_emit_rows *r) {
    sedge_emit_use(o->e, "sedge_fully_connected_s8.h");
    sedge_buf_printf(
        &o->e->constants,
        "static const sedge_micro_fully_connected_s8 op_%u = {\n    .in = %zu, .out = %zu, .columns = %zu, "
        ".weights = weights_%u,\n",
        o->index, in, r->n, columns, o->index);
    sedge_emit_row_fields(o, r);
    sedge_buf_text(&o->e->constants, "};\n");
    sedge_buf_printf(&o->e->calls, "    sedge_micro_run_fully_connected_s8(&op_%u, %s, %s, %s);\n", o->index,
                     sedge_emit_input(o, 0), sedge_emit_output(o, 0), columns > 1 ? sedge_emit_scratch(o) : "0");
}

static sedge_status write(const sedge_emit_op *o, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(&o->site, 0), *w = sedge_op_input(&o->site, 1);
    const sedge_tensor *y = sedge_op_output(&o->site, 0);
    size_t out = (size_t)w->dims[0], in = (size_t)w->dims[1];
    int32_t *rows = sedge_pool_take(o->e->pool, 3 * out, sizeof *rows);
    int64_t *largest = sedge_pool_take(o->e->pool, out, sizeof *largest);
    if (!rows || !largest)
        return sedge_op_no_memory(err);
    sedge_status st = sedge_fully_connected_s8_rows(&o->site, 0, rows, rows + out, rows + 2 * out, err);
    if (st)
        return st;
    find_largest(o, largest);
    sedge_range range = sedge_activation_range(o->site.op->activation, y);
    sedge_emit_rows r = { out, rows, rows + out, rows + 2 * out, largest, sedge_zero_point(y), range.low, range.high };
    sedge_emit_array(o, "weights", SEDGE_INT8, w->data, out * in);
    sedge_emit_row_arrays(o, &r);
    sedge_emit_dense(o, in, sedge_op_elements(x) / in, &r);
    return SEDGE_OK;
}

const sedge_emitter sedge_emitter_fully_connected = { need, write };
