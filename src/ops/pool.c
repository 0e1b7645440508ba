/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/pool.h"

#include "base/checked.h"
#include "model/quant.h"

static const sedge_pool_type *find_type(const sedge_pool_type *types, size_t n, sedge_dtype dtype) {
    for (size_t i = 0; i < n; i++)
        if (types[i].dtype == dtype)
            return &types[i];
    return NULL;
}

static sedge_status settle_spans(const sedge_op_site *site, sedge_layout *layout, sedge_span *ret, sedge_error *err) {
    const sedge_window *w = &site->op->u.window;
    const sedge_tensor *x = sedge_op_input(site, 0);
    sedge_status st = sedge_window_layout(w, x, layout, err);
    if (st)
        return st;
    int32_t kernel[SEDGE_SPACE_MAX] = { 0 };
    sedge_window whole = *w;
    for (uint32_t d = 0; d < layout->space; d++) {
        kernel[d] = w->kernel[d];
        if (kernel[d])
            continue;
        kernel[d] = x->dims[layout->first + d];
        whole.stride[d] = whole.dilation[d] = 1;
    }
    return sedge_window_settle(&whole, x, kernel, ret, err);
}

sedge_status sedge_pool_settle(const sedge_op_site *site, const sedge_pool_type *types, size_t n, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    sedge_tensor *y = sedge_op_output(site, 0);
    sedge_layout layout;
    sedge_span span[SEDGE_SPACE_MAX];
    if (!find_type(types, n, x->dtype))
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "tensor '%s' is %s, which is not supported", x->name,
                          sedge_dtype_name(x->dtype));
    sedge_status st = sedge_op_set_type(y, x->dtype, err);
    if (!st)
        st = settle_spans(site, &layout, span, err);
    return st ? st : sedge_window_output(&layout, x, x->dims[layout.channels], span, y, err);
}

/* ---- run ---- */

typedef struct place {
    const uint8_t *x;
    void *sums;
    int32_t seen;
} place;

/* adds the values of a window in dimensions d and further in */
static void add_window(const sedge_window_pool *p, const int32_t *o, uint32_t d, size_t index, place *at) {
    const sedge_span *s = &p->span[d];
    sedge_seen k = sedge_span_seen(s, o[d]);
    for (int32_t i = k.first; i < k.end; i++) {
        size_t inner = index * (size_t)s->in + (size_t)(o[d] * s->stride - s->before + i * s->dilation);
        if (d + 1 < SEDGE_SPACE_MAX) {
            add_window(p, o, d + 1, inner, at);
            continue;
        }
        p->type->add(p, at->sums, at->x + inner * p->channels * sedge_dtype_size(p->type->dtype), p->channels);
        at->seen++;
    }
}

/* what an average divides by */
static int32_t count(const sedge_window_pool *p, const int32_t *o, int32_t seen) {
    if (!p->count_padding)
        return seen ? seen : 1;
    int32_t n = 1;
    for (uint32_t d = 0; d < SEDGE_SPACE_MAX; d++)
        n *= sedge_span_padded(&p->span[d], o[d]);
    return n;
}

static uint8_t *run_picture(const sedge_window_pool *p, const uint8_t *x, uint8_t *y, void *sums) {
    int32_t o[SEDGE_SPACE_MAX];
    for (o[0] = 0; o[0] < p->span[0].out; o[0]++)
        for (o[1] = 0; o[1] < p->span[1].out; o[1]++)
            for (o[2] = 0; o[2] < p->span[2].out; o[2]++) {
                place at = { x, sums, 0 };
                p->type->begin(p, sums, p->channels);
                add_window(p, o, 0, 0, &at);
                p->type->end(p, sums, count(p, o, at.seen), y, p->channels);
                y += p->channels * sedge_dtype_size(p->type->dtype);
            }
    return y;
}

static void run(const sedge_op_call *call) {
    const sedge_window_pool *p = call->prepared;
    const uint8_t *x = call->inputs[0];
    uint8_t *y = call->outputs[0];
    size_t picture = p->channels * sedge_dtype_size(p->type->dtype);
    for (uint32_t d = 0; d < SEDGE_SPACE_MAX; d++)
        picture *= (size_t)p->span[d].in;
    for (size_t i = 0; i < p->pictures; i++, x += picture)
        y = run_picture(p, x, y, call->scratch);
}

/* ---- preparation ---- */

static void fill_range(const sedge_op_site *site, sedge_window_pool *p) {
    const sedge_tensor *y = sedge_op_output(site, 0);
    sedge_range r = sedge_dtype_range(y->dtype);
    sedge_activation_range_f32(site->op->activation, &p->low_f32, &p->high_f32);
    if (site->op->activation != SEDGE_ACTIVATION_NONE && y->quant.count == 1)
        r = sedge_activation_range(site->op->activation, y);
    p->low = r.low;
    p->high = r.high;
}

static sedge_status check_quant(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0), *y = sedge_op_output(site, 0);
    if (x->dtype == SEDGE_FLOAT32 || (x->quant.count == 0 && site->op->activation == SEDGE_ACTIVATION_NONE))
        return SEDGE_OK;
    sedge_status st = sedge_op_want_quant(x, err);
    if (!st)
        st = sedge_op_want_quant(y, err);
    if (!st && (x->quant.scales[0] != y->quant.scales[0] || sedge_zero_point(x) != sedge_zero_point(y)))
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "'%s' and '%s' have different scales or zero points", x->name,
                          y->name);
    return st;
}

sedge_status sedge_pool_prepare(const sedge_op_site *site, const sedge_pool_type *types, size_t n, sedge_prepared *ret,
                                sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    sedge_layout layout;
    sedge_span span[SEDGE_SPACE_MAX];
    sedge_status st = check_quant(site, err);
    if (!st)
        st = settle_spans(site, &layout, span, err);
    if (st)
        return st;
    sedge_window_pool *p = sedge_pool_take(site->pool, 1, sizeof *p);
    if (!p)
        return sedge_op_no_memory(err);
    p->type = find_type(types, n, x->dtype);
    p->channels = (size_t)x->dims[layout.channels];
    p->pictures = (size_t)x->dims[0];
    if (site->op->u.window.channels_first) {
        p->pictures *= p->channels;
        p->channels = 1;
    }
    int64_t window = 1, most = sedge_dtype_size(x->dtype) == 1 ? SEDGE_POOL_8BIT_MAX : INT32_MAX;
    for (uint32_t d = 0; d < SEDGE_SPACE_MAX; d++) {
        uint32_t unused = SEDGE_SPACE_MAX - layout.space;
        p->span[d] = d < unused ? (sedge_span){ 1, 1, 1, 1, 1, 0, 0 } : span[d - unused];
        window *= p->span[d].kernel;
        if (window > most)
            return sedge_fail(err, SEDGE_ELIMIT, "a window of more than %d values", (int)most);
    }
    p->power = site->op->u.window.power;
    p->count_padding = site->op->u.window.count_include_pad;
    fill_range(site, p);
    *ret = (sedge_prepared){
        .run = run, .data = p, .kernel = p->type->name, .scratch_bytes = p->channels * p->type->sum_bytes
    };
    return SEDGE_OK;
}
