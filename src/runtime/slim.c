/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/slim.h"

#include <string.h>

#include "model/quant.h"

enum {
    VARIES = INT16_MAX,
    PASSES_MAX = 32,
    CHANNELS_MAX = 1 << 20, /* of all tensors together */
};

/* the channels of a tensor that may lose some; n is 0 for others */
typedef struct channels {
    uint32_t n;
    uint32_t class; /* the tensor that decides for all of its class */
    uint8_t *need;  /* [n], of the class's tensor */
    int16_t *value; /* [n], this tensor's: a quantised constant, or VARIES */
} channels;

typedef struct rule rule;

typedef struct slimmer {
    sedge_graph *g;
    sedge_pool *pool, *work;
    channels *of;       /* by tensor */
    uint8_t *uses;      /* by tensor: how often operators read it */
    const rule **rules; /* by operator; NULL: its tensors keep all */
    uint8_t *seen;      /* by channel: weights of the product that is looked at */
    bool changed;
    sedge_slim_report *report;
} slimmer;

/* a product with weights: CONV and FULLY_CONNECTED [out][taps][in], DEPTHWISE_CONV [taps][out] */
typedef struct product {
    sedge_tensor *x, *w, *b, *y;
    channels *from, *to;
    size_t out, taps, in;
    bool padded;
} product;

struct rule {
    sedge_op_kind kind;
    bool (*fits)(const slimmer *s, const sedge_op *op);
    bool ties; /* inputs and output have their channels in common */
    void (*values)(slimmer *s, const sedge_op *op);
    void (*needs)(slimmer *s, const sedge_op *op);
    bool (*rewrite)(slimmer *s, sedge_op *op);
};

static channels *channels_of(const slimmer *s, int32_t tensor) {
    return &s->of[tensor];
}

static uint8_t *need_of(const slimmer *s, const channels *c) {
    return s->of[c->class].need;
}

static bool kept(const slimmer *s, const channels *c, size_t i) {
    return c->n == 0 || need_of(s, c)[i];
}

static size_t count_kept(const slimmer *s, const channels *c, size_t all) {
    size_t n = 0;
    for (size_t i = 0; i < all; i++)
        n += kept(s, c, i);
    return n;
}

static int32_t last_dim(const sedge_tensor *t) {
    return t->rank ? t->dims[t->rank - 1] : 0;
}

/* ---- products with weights ---- */

static bool own_constant(const slimmer *s, int32_t tensor, sedge_dtype dtype) {
    const sedge_tensor *t = &s->g->tensors[tensor];
    return t->data && t->dtype == dtype && s->uses[tensor] == 1;
}

static bool weights_fit(const slimmer *s, const sedge_op *op) {
    const sedge_tensor *x = &s->g->tensors[op->inputs[0]], *w = &s->g->tensors[op->inputs[1]];
    bool bias = op->n_inputs > 2 && op->inputs[2] >= 0;
    if (x->dtype != SEDGE_INT8 || !own_constant(s, op->inputs[1], SEDGE_INT8) ||
        (bias && !own_constant(s, op->inputs[2], SEDGE_INT32)) || op->inputs[0] == op->inputs[1])
        return false;
    for (uint32_t i = 0; w->quant.zero_points && i < w->quant.count; i++)
        if (w->quant.zero_points[i] != 0)
            return false;
    return w->quant.count > 0;
}

static bool is_fully_connected(const sedge_op *op) {
    return op->kind == SEDGE_OP_FULLY_CONNECTED;
}

static bool has_border(const sedge_op *op, const sedge_tensor *w) {
    bool single = true;
    for (uint32_t i = 1; i + 1 < w->rank; i++)
        single = single && w->dims[i] == 1;
    if (is_fully_connected(op) || op->u.window.padding == SEDGE_PADDING_VALID)
        return false;
    return !single || op->u.window.padding == SEDGE_PADDING_EXPLICIT;
}

static product product_of(const slimmer *s, const sedge_op *op) {
    sedge_tensor *t = s->g->tensors;
    bool bias = op->n_inputs > 2 && op->inputs[2] >= 0;
    product p = { &t[op->inputs[0]],
                  &t[op->inputs[1]],
                  bias ? &t[op->inputs[2]] : NULL,
                  &t[op->outputs[0]],
                  channels_of(s, op->inputs[0]),
                  channels_of(s, op->outputs[0]),
                  0,
                  1,
                  0,
                  has_border(op, &t[op->inputs[1]]) };
    for (uint32_t i = 1; i + 1 < p.w->rank; i++)
        p.taps *= (size_t)p.w->dims[i];
    p.out = (size_t)(op->kind == SEDGE_OP_DEPTHWISE_CONV ? last_dim(p.w) : p.w->dims[0]);
    p.in = op->kind == SEDGE_OP_DEPTHWISE_CONV ? 1 : (size_t)last_dim(p.w);
    return p;
}

static bool dense_fits(const slimmer *s, const sedge_op *op) {
    const sedge_tensor *x = &s->g->tensors[op->inputs[0]], *w = &s->g->tensors[op->inputs[1]];
    const sedge_tensor *y = &s->g->tensors[op->outputs[0]];
    return weights_fit(s, op) && w->rank >= 2 && last_dim(x) == last_dim(w) && last_dim(y) == w->dims[0] &&
           (w->quant.count == 1 || w->quant.axis == 0);
}

static bool conv_fits(const slimmer *s, const sedge_op *op) {
    return !op->u.window.channels_first && op->u.window.groups <= 1 && dense_fits(s, op);
}

static bool depthwise_fits(const slimmer *s, const sedge_op *op) {
    const sedge_tensor *x = &s->g->tensors[op->inputs[0]], *w = &s->g->tensors[op->inputs[1]];
    const sedge_tensor *y = &s->g->tensors[op->outputs[0]];
    return !op->u.window.channels_first && weights_fit(s, op) && w->rank >= 3 && w->dims[0] == 1 &&
           last_dim(x) == last_dim(w) && last_dim(y) == last_dim(w) &&
           (w->quant.count == 1 || w->quant.axis == w->rank - 1);
}

/* whether input channel c can be added to the bias instead of being multiplied */
static bool foldable(const product *p, size_t c) {
    if (p->from->n == 0 || p->from->value[c] == VARIES)
        return false;
    return p->from->value[c] == sedge_zero_point(p->x) || (p->b && !p->padded);
}

static uint32_t folded(const product *p, size_t c, int8_t weight) {
    return (uint32_t)((p->from->value[c] - sedge_zero_point(p->x)) * weight);
}

static uint32_t bias_at(const product *p, size_t o) {
    return p->b ? (uint32_t)((const int32_t *)p->b->data)[o] : 0;
}

/* what an accumulator that is always the same becomes: the rounding of CONV and DEPTHWISE_CONV */
static int16_t requantised(const product *p, const sedge_op *op, size_t o, uint32_t sum) {
    const sedge_quant *q = &p->w->quant;
    double scale = (double)p->x->quant.scales[0] * (double)q->scales[q->count == 1 ? 0 : o];
    sedge_factor f;
    if (!sedge_factor_of(scale / (double)p->y->quant.scales[0], &f))
        return VARIES;
    sedge_range range = sedge_activation_range(op->activation, p->y);
    int64_t y = (int64_t)sedge_scale((int32_t)sum, f) + sedge_zero_point(p->y);
    return (int16_t)(y < range.low ? range.low : y > range.high ? range.high : y);
}

/* the constant that output o is, or VARIES */
static int16_t dense_value(const product *p, const sedge_op *op, size_t o) {
    const int8_t *w = (const int8_t *)p->w->data + o * p->taps * p->in;
    uint32_t sum = bias_at(p, o);
    for (size_t t = 0; t < p->taps; t++)
        for (size_t c = 0; c < p->in; c++, w++) {
            if (*w == 0)
                continue;
            if (!foldable(p, c))
                return VARIES;
            sum += folded(p, c, *w);
        }
    return requantised(p, op, o, sum);
}

static void dense_values(slimmer *s, const sedge_op *op) {
    product p = product_of(s, op);
    for (size_t o = 0; o < p.out; o++) /* FULLY_CONNECTED rounds its factors in another way */
        p.to->value[o] = is_fully_connected(op) ? VARIES : dense_value(&p, op, o);
}

static void depthwise_values(slimmer *s, const sedge_op *op) {
    product p = product_of(s, op);
    for (size_t o = 0; o < p.out; o++) {
        const int8_t *w = (const int8_t *)p.w->data + o;
        uint32_t sum = bias_at(&p, o);
        bool constant = true;
        for (size_t t = 0; t < p.taps; t++, w += p.out) {
            constant = constant && (*w == 0 || foldable(&p, o));
            sum += *w && constant ? folded(&p, o, *w) : 0;
        }
        p.to->value[o] = constant ? requantised(&p, op, o, sum) : VARIES;
    }
}

static void dense_needs(slimmer *s, const sedge_op *op) {
    product p = product_of(s, op);
    if (p.from->n == 0)
        return;
    uint8_t *need = need_of(s, p.from), *restrict seen = s->seen;
    memset(seen, 0, p.in);
    for (size_t o = 0; o < p.out; o++) {
        const uint8_t *w = (const uint8_t *)p.w->data + o * p.taps * p.in;
        for (size_t t = 0; t < p.taps && kept(s, p.to, o); t++, w += p.in)
            for (size_t c = 0; c < p.in; c++)
                seen[c] |= w[c];
    }
    for (size_t c = 0; c < p.in; c++)
        if (seen[c] && !need[c] && !foldable(&p, c)) {
            need[c] = 1;
            s->changed = true;
        }
}

/* ---- the constants without what goes ---- */

static bool shrink_scales(slimmer *s, sedge_tensor *t, const channels *c, size_t n, size_t left) {
    if (t->quant.count <= 1)
        return true;
    float *scales = sedge_pool_take(s->pool, left, sizeof *scales);
    if (!scales)
        return false;
    for (size_t i = 0, to = 0; i < n; i++)
        if (kept(s, c, i))
            scales[to++] = t->quant.scales[i];
    t->quant.scales = scales;
    t->quant.zero_points = NULL; /* they are zeros */
    t->quant.count = (uint32_t)left;
    return true;
}

static bool shrink_bias(slimmer *s, const product *p, const int32_t *sums, size_t left) {
    if (!p->b)
        return true;
    int32_t *bias = sedge_pool_take(s->pool, left, sizeof *bias);
    if (!bias || !shrink_scales(s, p->b, p->to, p->out, left))
        return false;
    for (size_t o = 0, to = 0; o < p->out; o++)
        if (kept(s, p->to, o))
            bias[to++] = sums[o];
    s->report->constant_bytes += (p->out - left) * sizeof *bias;
    p->b->data = bias;
    p->b->dims[p->b->rank - 1] = (int32_t)left;
    p->b->size_bytes = left * sizeof *bias;
    return true;
}

static bool replace_weights(slimmer *s, const product *p, const int8_t *w, size_t bytes, size_t left) {
    s->report->constant_bytes += p->w->size_bytes - bytes;
    s->report->macs += (uint64_t)(p->w->size_bytes - bytes) * (p->y->size_bytes / p->out);
    p->w->data = w;
    p->w->size_bytes = bytes;
    return shrink_scales(s, p->w, p->to, p->out, left);
}

/* the channels that stay, then those that go; returns how many stay */
static size_t sort_channels(const slimmer *s, const channels *c, size_t all, uint32_t *ret_order) {
    size_t n = count_kept(s, c, all), stays = 0, goes = n;
    for (uint32_t i = 0; i < all; i++)
        ret_order[kept(s, c, i) ? stays++ : goes++] = i;
    return n;
}

/* one row of weights without the channels that go; returns what their constants add to the bias */
static uint32_t rewrite_row(const product *p, size_t o, const uint32_t *order, size_t in, int8_t *to) {
    const int8_t *w = (const int8_t *)p->w->data + o * p->taps * p->in;
    uint32_t sum = 0;
    for (size_t t = 0; t < p->taps; t++, w += p->in) {
        for (size_t i = 0; i < in; i++)
            *to++ = w[order[i]];
        for (size_t i = in; i < p->in; i++)
            sum += w[order[i]] ? folded(p, order[i], w[order[i]]) : 0;
    }
    return sum;
}

static bool rewrite_dense(slimmer *s, sedge_op *op) {
    product p = product_of(s, op);
    uint32_t *order = sedge_pool_take(s->work, p.in, sizeof *order);
    int32_t *sums = sedge_pool_take(s->work, p.out, sizeof *sums);
    if (!order || !sums)
        return false;
    size_t in = sort_channels(s, p.from, p.in, order), out = count_kept(s, p.to, p.out);
    if (in == p.in && out == p.out)
        return true;
    int8_t *left = sedge_pool_take(s->pool, out * p.taps * in, 1), *to = left;
    if (!left)
        return false;
    for (size_t o = 0; o < p.out; o++)
        if (kept(s, p.to, o)) {
            sums[o] = (int32_t)(bias_at(&p, o) + rewrite_row(&p, o, order, in, to));
            to += p.taps * in;
        }
    bool done = shrink_bias(s, &p, sums, out) && replace_weights(s, &p, left, out * p.taps * in, out);
    p.w->dims[0] = (int32_t)out;
    p.w->dims[p.w->rank - 1] = (int32_t)in;
    return done;
}

static bool rewrite_depthwise(slimmer *s, sedge_op *op) {
    product p = product_of(s, op);
    uint32_t *order = sedge_pool_take(s->work, p.out, sizeof *order);
    int32_t *sums = sedge_pool_take(s->work, p.out, sizeof *sums);
    if (!order || !sums)
        return false;
    size_t out = sort_channels(s, p.to, p.out, order);
    if (out == p.out)
        return true;
    int8_t *left = sedge_pool_take(s->pool, p.taps * out, 1);
    if (!left)
        return false;
    for (size_t t = 0; t < p.taps; t++)
        for (size_t i = 0; i < out; i++)
            left[t * out + i] = ((const int8_t *)p.w->data)[t * p.out + order[i]];
    for (size_t o = 0; o < p.out; o++)
        sums[o] = (int32_t)bias_at(&p, o);
    bool done = shrink_bias(s, &p, sums, out) && replace_weights(s, &p, left, p.taps * out, out);
    p.w->dims[p.w->rank - 1] = (int32_t)out;
    if (op->u.window.groups > 1)
        op->u.window.groups = (int32_t)out;
    return done;
}

/* ---- operators that keep the channels ---- */

static bool same_channels(const slimmer *s, const sedge_op *op) {
    const sedge_tensor *y = &s->g->tensors[op->outputs[0]];
    for (uint32_t i = 0; i < op->n_inputs; i++)
        if (op->inputs[i] < 0 || last_dim(&s->g->tensors[op->inputs[i]]) != last_dim(y))
            return false;
    return op->n_inputs > 0;
}

static bool pool_fits(const slimmer *s, const sedge_op *op) {
    return !op->u.window.channels_first && !op->u.window.count_include_pad && same_channels(s, op);
}

static bool add_fits(const slimmer *s, const sedge_op *op) {
    return op->n_inputs == 2 && same_channels(s, op);
}

static bool reshape_fits(const slimmer *s, const sedge_op *op) {
    const sedge_tensor *x = &s->g->tensors[op->inputs[0]];
    return op->n_inputs == 1 && same_channels(s, op) && x->size_bytes == (size_t)last_dim(x);
}

static void copy_values(slimmer *s, const sedge_op *op) {
    const channels *x = channels_of(s, op->inputs[0]), *y = channels_of(s, op->outputs[0]);
    sedge_range range = sedge_activation_range(op->activation, &s->g->tensors[op->outputs[0]]);
    for (uint32_t c = 0; x->n && c < y->n; c++)
        if (x->value[c] != VARIES)
            y->value[c] = (int16_t)sedge_clamp(x->value[c], range.low, range.high);
}

static const rule rules[] = {
    { SEDGE_OP_CONV, conv_fits, false, dense_values, dense_needs, rewrite_dense },
    { SEDGE_OP_FULLY_CONNECTED, dense_fits, false, dense_values, dense_needs, rewrite_dense },
    { SEDGE_OP_DEPTHWISE_CONV, depthwise_fits, true, depthwise_values, NULL, rewrite_depthwise },
    { SEDGE_OP_AVERAGE_POOL, pool_fits, true, copy_values, NULL, NULL },
    { SEDGE_OP_MAX_POOL, pool_fits, true, copy_values, NULL, NULL },
    { SEDGE_OP_ADD, add_fits, true, NULL, NULL, NULL },
    { SEDGE_OP_RESHAPE, reshape_fits, true, copy_values, NULL, NULL },
};

static const rule *find_rule(const slimmer *s, const sedge_op *op) {
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        if (rules[i].kind == op->kind)
            return rules[i].fits(s, op) ? &rules[i] : NULL;
    return NULL;
}

/* ---- the whole graph ---- */

static bool eligible(const sedge_tensor *t) {
    return t->dtype == SEDGE_INT8 && !t->data && !t->variable && t->rank > 0 && t->quant.count == 1 && last_dim(t) > 0;
}

static void exclude(slimmer *s, const int32_t *tensors, uint32_t n) {
    for (uint32_t i = 0; i < n; i++)
        if (tensors[i] >= 0)
            s->of[tensors[i]].n = 0;
}

static void find_rules(slimmer *s) {
    const sedge_graph *g = s->g;
    for (uint32_t i = 0; i < g->n_ops; i++)
        for (uint32_t k = 0; k < g->ops[i].n_inputs; k++) {
            int32_t t = g->ops[i].inputs[k];
            if (t >= 0 && s->uses[t] < UINT8_MAX)
                s->uses[t]++;
        }
    for (uint32_t i = 0; i < g->n_ops; i++) {
        s->rules[i] = find_rule(s, &g->ops[i]);
        if (s->rules[i])
            continue;
        exclude(s, g->ops[i].inputs, g->ops[i].n_inputs);
        exclude(s, g->ops[i].outputs, g->ops[i].n_outputs);
    }
}

/* sizes in a file cost nothing: when there are too many channels, none is looked at */
static void limit_channels(slimmer *s) {
    size_t all = 0;
    for (uint32_t t = 0; t < s->g->n_tensors; t++)
        all += s->of[t].n;
    for (uint32_t t = 0; t < s->g->n_tensors && all > CHANNELS_MAX; t++)
        s->of[t].n = 0;
}

static bool take_channels(slimmer *s) {
    size_t widest = 1;
    for (uint32_t t = 0; t < s->g->n_tensors; t++) {
        uint32_t n = s->of[t].n;
        widest = n > widest ? n : widest;
        s->of[t].need = sedge_pool_take(s->work, n + 1, 1);
        s->of[t].value = sedge_pool_take(s->work, n + 1, sizeof(int16_t));
        if (!s->of[t].need || !s->of[t].value)
            return false;
        for (uint32_t c = 0; c < n; c++)
            s->of[t].value[c] = VARIES;
    }
    s->seen = sedge_pool_take(s->work, widest, 1);
    return s->seen != NULL;
}

static bool init(slimmer *s) {
    sedge_graph *g = s->g;
    s->of = sedge_pool_take(s->work, g->n_tensors, sizeof *s->of);
    s->uses = sedge_pool_take(s->work, g->n_tensors, 1);
    s->rules = sedge_pool_take(s->work, g->n_ops, sizeof *s->rules);
    if (!s->of || !s->uses || !s->rules)
        return false;
    for (uint32_t t = 0; t < g->n_tensors; t++)
        s->of[t] = (channels){ .n = eligible(&g->tensors[t]) ? (uint32_t)last_dim(&g->tensors[t]) : 0, .class = t };
    exclude(s, g->inputs, g->n_inputs);
    exclude(s, g->outputs, g->n_outputs);
    find_rules(s);
    limit_channels(s);
    return take_channels(s);
}

static uint32_t class_of(slimmer *s, uint32_t t) {
    while (s->of[t].class != t)
        t = s->of[t].class = s->of[s->of[t].class].class;
    return t;
}

/* one class for two tensors; one that must keep all makes the other keep all */
static void tie(slimmer *s, int32_t a, int32_t b) {
    if (s->of[a].n && s->of[b].n)
        s->of[class_of(s, (uint32_t)a)].class = class_of(s, (uint32_t)b);
    else
        memset(s->of[s->of[a].n ? a : b].need, 1, s->of[s->of[a].n ? a : b].n);
}

static void find_classes(slimmer *s) {
    for (uint32_t i = 0; i < s->g->n_ops; i++) {
        const sedge_op *op = &s->g->ops[i];
        uint32_t tied = !s->rules[i] || !s->rules[i]->ties ? 0 : op->kind == SEDGE_OP_ADD ? 2 : 1;
        for (uint32_t k = 0; k < tied; k++)
            tie(s, op->inputs[k], op->outputs[0]);
    }
    for (uint32_t t = 0; t < s->g->n_tensors; t++) {
        s->of[t].class = class_of(s, t);
        for (uint32_t c = 0; c < s->of[t].n; c++)
            s->of[s->of[t].class].need[c] |= s->of[t].need[c];
    }
}

static void find_values(slimmer *s) {
    for (uint32_t i = 0; i < s->g->n_ops; i++) {
        const sedge_op *op = &s->g->ops[i];
        if (s->rules[i] && s->rules[i]->values && s->of[op->outputs[0]].n)
            s->rules[i]->values(s, op);
    }
}

/* no tensor may vanish */
static void keep_one(slimmer *s) {
    for (uint32_t t = 0; t < s->g->n_tensors; t++)
        if (s->of[t].n && count_kept(s, &s->of[t], s->of[t].n) == 0) {
            need_of(s, &s->of[t])[0] = 1;
            s->changed = true;
        }
}

/* until nothing changes; false when that takes too long */
static bool find_needs(slimmer *s) {
    for (int pass = 0; pass < PASSES_MAX; pass++) {
        s->changed = false;
        for (uint32_t i = s->g->n_ops; i-- > 0;)
            if (s->rules[i] && s->rules[i]->needs)
                s->rules[i]->needs(s, &s->g->ops[i]);
        if (!s->changed)
            keep_one(s);
        if (!s->changed)
            return true;
    }
    return false;
}

static sedge_status rewrite(slimmer *s, sedge_error *err) {
    for (uint32_t i = 0; i < s->g->n_ops; i++)
        if (s->rules[i] && s->rules[i]->rewrite && !s->rules[i]->rewrite(s, &s->g->ops[i]))
            return sedge_fail(err, SEDGE_ELIMIT, "no memory within the limit for the constants of operator %u", i);
    return SEDGE_OK;
}

static sedge_status settle(slimmer *s, sedge_error *err) {
    sedge_graph *g = s->g;
    sedge_status st = SEDGE_OK;
    for (uint32_t t = 0; !st && t < g->n_tensors; t++) {
        uint32_t n = s->of[t].n, left = n ? (uint32_t)count_kept(s, &s->of[t], n) : 0;
        if (left == n)
            continue;
        s->report->channels += n - left;
        g->tensors[t].dims[g->tensors[t].rank - 1] = (int32_t)left;
        st = sedge_tensor_set_size(&g->tensors[t], err);
    }
    for (uint32_t i = 0; !st && i < g->n_ops; i++) {
        if (g->ops[i].kind != SEDGE_OP_RESHAPE || !s->rules[i])
            continue;
        const sedge_tensor *y = &g->tensors[g->ops[i].outputs[0]];
        g->ops[i].u.reshape.rank = y->rank;
        memcpy(g->ops[i].u.reshape.dims, y->dims, sizeof y->dims);
    }
    return st;
}

static sedge_status slim_in(slimmer *s, sedge_error *err) {
    if (!init(s))
        return sedge_fail(err, SEDGE_ENOMEM, "no memory to look for channels that can go");
    find_classes(s);
    find_values(s);
    if (!find_needs(s))
        return SEDGE_OK;
    sedge_status st = rewrite(s, err);
    return st ? st : settle(s, err);
}

sedge_status sedge_slim(sedge_graph *g, sedge_pool *pool, sedge_slim_report *ret, sedge_error *err) {
    sedge_pool work = sedge_pool_init(SIZE_MAX);
    slimmer s = { .g = g, .pool = pool, .work = &work, .report = ret };
    *ret = (sedge_slim_report){ 0 };
    sedge_status st = slim_in(&s, err);
    sedge_pool_done(&work);
    return st;
}
