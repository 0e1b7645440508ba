/* SPDX-License-Identifier: Apache-2.0 */
/* ADD and SUB on int8, of equal shapes or with one value for all: micro/sum_s8.h. */
#include "compile/emit.h"
#include "ops/binary.h"

/* 1: an element of this input for each of the output, 0: one for all, -1: neither */
static int step_of(const sedge_emit_op *o, uint32_t input) {
    size_t n = sedge_op_elements(sedge_op_input(&o->site, input)),
           all = sedge_op_elements(sedge_op_output(&o->site, 0));
    return n == all ? 1 : n == 1 ? 0 : -1;
}

static sedge_status need(const sedge_emit_op *o, sedge_emit_need *ret, sedge_error *err) {
    sedge_status st = sedge_emit_want_types(o, SEDGE_INT8, SEDGE_INT8, err);
    if (st)
        return st;
    if (step_of(o, 0) < 0 || step_of(o, 1) < 0)
        return sedge_fail(err, SEDGE_EUNSUPPORTED,
                          "'%s' and '%s' have different shapes, which has no kernel for microcontrollers",
                          sedge_op_input(&o->site, 0)->name, sedge_op_input(&o->site, 1)->name);
    ret->in_place = true;
    return SEDGE_OK;
}

static sedge_status write(const sedge_emit_op *o, sedge_error *err) {
    const sedge_tensor *a = sedge_op_input(&o->site, 0), *b = sedge_op_input(&o->site, 1);
    const sedge_tensor *y = sedge_op_output(&o->site, 0);
    sedge_binary_quant q = { 0 };
    sedge_status st = sedge_binary_find(o->site.op->kind)->q_init(&o->site, &q, err);
    if (st)
        return st;
    sedge_range range = sedge_activation_range(o->site.op->activation, y);
    sedge_emit_use(o->e, "sedge_sum_s8.h");
    sedge_buf_printf(
        &o->e->constants,
        "static const sedge_micro_sum_s8 op_%u = {\n    .n = %zu, .a_step = %d, .b_step = %d, .sign = %d, "
        ".a_zero = %d, .b_zero = %d, .y_zero = %d,\n    .a = { %d, %d }, .b = { %d, %d }, .y = { %d, %d }, "
        ".low = %d, .high = %d,\n};\n",
        o->index, sedge_op_elements(y), step_of(o, 0), step_of(o, 1), q.sign, sedge_zero_point(a), sedge_zero_point(b),
        sedge_zero_point(y), q.a.multiplier, q.a.shift, q.b.multiplier, q.b.shift, q.y.multiplier, q.y.shift, range.low,
        range.high);
    sedge_buf_printf(&o->e->calls, "    sedge_micro_run_sum_s8(&op_%u, %s, %s, %s);\n", o->index,
                     sedge_emit_input(o, 0), sedge_emit_input(o, 1), sedge_emit_output(o, 0));
    return SEDGE_OK;
}

const sedge_emitter sedge_emitter_sum = { need, write };
