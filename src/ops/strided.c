/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/strided.h"

#include <string.h>

#include "ops/copy.h"

void sedge_strided_steps(const sedge_tensor *t, ptrdiff_t *ret) {
    size_t step = sedge_dtype_size(t->dtype);
    for (uint32_t i = t->rank; i-- > 0;) {
        ret[i] = (ptrdiff_t)step;
        step *= (size_t)t->dims[i];
    }
}

static bool continues(const sedge_strided *s, uint32_t outer, size_t dim, ptrdiff_t from_step, ptrdiff_t to_step) {
    return s->from_step[outer] == from_step * (ptrdiff_t)dim && s->to_step[outer] == to_step * (ptrdiff_t)dim;
}

void sedge_strided_simplify(sedge_strided *s) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->rank; i++) {
        if (s->dims[i] == 0)
            s->unit = 0;
        if (s->dims[i] <= 1)
            continue;
        size_t dim = s->dims[i];
        ptrdiff_t from_step = s->from_step[i], to_step = s->to_step[i];
        if (n > 0 && continues(s, n - 1, dim, from_step, to_step))
            dim *= s->dims[--n];
        s->dims[n] = dim;
        s->from_step[n] = from_step;
        s->to_step[n++] = to_step;
    }
    if (n > 0 && s->from_step[n - 1] == (ptrdiff_t)s->unit && s->to_step[n - 1] == (ptrdiff_t)s->unit)
        s->unit *= s->dims[--n];
    s->rank = s->unit ? n : 0;
}

#define ROW_FN(size)                                                                                                   \
    static void row_##size(const sedge_strided *s, const uint8_t *from, uint8_t *to) {                                 \
        uint32_t last = s->rank - 1;                                                                                   \
        for (size_t i = 0; i < s->dims[last]; i++)                                                                     \
            memcpy(to + (ptrdiff_t)i * s->to_step[last], from + (ptrdiff_t)i * s->from_step[last], (size));            \
    }
ROW_FN(1)
ROW_FN(2)
ROW_FN(4)
ROW_FN(8)
#undef ROW_FN

static void row_any(const sedge_strided *s, const uint8_t *from, uint8_t *to) {
    uint32_t last = s->rank - 1;
    for (size_t i = 0; i < s->dims[last]; i++)
        memcpy(to + (ptrdiff_t)i * s->to_step[last], from + (ptrdiff_t)i * s->from_step[last], s->unit);
}

typedef void row_fn(const sedge_strided *s, const uint8_t *from, uint8_t *to);

static row_fn *row_of(size_t unit) {
    return unit == 1 ? row_1 : unit == 2 ? row_2 : unit == 4 ? row_4 : unit == 8 ? row_8 : row_any;
}

void sedge_strided_copy(const sedge_strided *s, const void *from, void *to) {
    const uint8_t *a = (const uint8_t *)from + s->from_start;
    uint8_t *b = (uint8_t *)to + s->to_start;
    if (s->rank == 0) {
        memcpy(b, a, s->unit);
        return;
    }
    row_fn *row = row_of(s->unit);
    size_t index[SEDGE_STRIDED_RANK] = { 0 };
    ptrdiff_t at_a = 0, at_b = 0;
    for (;;) {
        row(s, a + at_a, b + at_b);
        uint32_t i = s->rank - 1;
        for (; i > 0; i--) {
            uint32_t d = i - 1;
            at_a += s->from_step[d];
            at_b += s->to_step[d];
            if (++index[d] < s->dims[d])
                break;
            at_a -= s->from_step[d] * (ptrdiff_t)s->dims[d];
            at_b -= s->to_step[d] * (ptrdiff_t)s->dims[d];
            index[d] = 0;
        }
        if (i == 0)
            return;
    }
}

static void run(const sedge_op_call *call) {
    sedge_strided_copy(call->prepared, call->inputs[0], call->outputs[0]);
}

sedge_status sedge_strided_prepare(const sedge_op_site *site, const sedge_strided *s, const char *kernel,
                                   sedge_prepared *ret, sedge_error *err) {
    sedge_strided *own = sedge_pool_take(site->pool, 1, sizeof *own);
    if (!own)
        return sedge_op_no_memory(err);
    *own = *s;
    sedge_strided_simplify(own);
    size_t bytes = sedge_op_output(site, 0)->size_bytes;
    bool still = own->rank == 0 && own->from_start == 0 && sedge_op_input(site, 0)->size_bytes == bytes;
    if (still)
        return sedge_view_prepare(site, ret, err);
    *ret = (sedge_prepared){ .run = run, .data = own, .kernel = kernel, .macs = bytes / s->unit };
    return SEDGE_OK;
}
