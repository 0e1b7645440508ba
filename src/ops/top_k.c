/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TOP_K (x, k): the k largest (or smallest) elements along an axis, best first, and their places; of equals the one in
 * front is better. The places are int64 unless the output is declared int32.
 *
 * A heap of the k best seen so far has the worst of them on top; taking the top off k times sorts from behind. Scratch:
 *     | keys: int64_t [dim] | heap: uint32_t [k] |
 */
#include <string.h>

#include "ops/keys.h"
#include "ops/numbers.h"
#include "ops/ops.h"

typedef struct prepared {
    size_t outer, n, inner, k, unit;
    sedge_dtype from, to;
    bool smallest;
} prepared;

static sedge_status read_k(const sedge_op_site *site, uint32_t *ret_axis, int64_t *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    uint32_t n = 0;
    sedge_status st = sedge_op_axis(site->op->u.top_k.axis, x->rank, ret_axis, err);
    if (!st)
        st = sedge_op_constant_ints(site, 1, "k", 1, ret, &n, err);
    if (!st && (n != 1 || *ret < 0 || *ret > x->dims[*ret_axis]))
        st = sedge_fail(err, SEDGE_EINVALID, "the best %lld of %d elements", n == 1 ? (long long)*ret : 0,
                        x->dims[*ret_axis]);
    return st;
}

sedge_status sedge_op_top_k_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    sedge_tensor *y = sedge_op_output(site, 0), *places = sedge_op_output(site, 1);
    uint32_t axis;
    int64_t k;
    sedge_status st = read_k(site, &axis, &k, err);
    if (!st && !sedge_is_integer(x->dtype) && !sedge_is_float(x->dtype))
        st = sedge_op_bad_types(x, y, err);
    if (!st)
        st = sedge_op_set_type(y, x->dtype, err);
    if (!st && places->dtype != SEDGE_INT32)
        st = sedge_op_set_type(places, SEDGE_INT64, err);
    if (st)
        return st;
    int32_t dims[SEDGE_RANK_MAX];
    memcpy(dims, x->dims, sizeof dims);
    dims[axis] = (int32_t)k;
    st = sedge_op_set_shape(y, x->rank, dims, err);
    return st ? st : sedge_op_set_shape(places, x->rank, dims, err);
}

static bool better(const prepared *d, const int64_t *keys, uint32_t a, uint32_t b) {
    if (keys[a] == keys[b])
        return a < b;
    return d->smallest ? keys[a] < keys[b] : keys[a] > keys[b];
}

/* lets the element at i sink below those that are worse */
static void sink(const prepared *d, const int64_t *keys, uint32_t *heap, size_t n, size_t i) {
    for (;;) {
        size_t worst = i;
        for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < n; child++)
            if (better(d, keys, heap[worst], heap[child]))
                worst = child;
        if (worst == i)
            return;
        const uint32_t t = heap[i];
        heap[i] = heap[worst];
        heap[worst] = t;
        i = worst;
    }
}

static void find(const prepared *d, const int64_t *keys, uint32_t *heap) {
    for (size_t i = 0; i < d->k; i++)
        heap[i] = (uint32_t)i;
    for (size_t i = d->k / 2; i-- > 0;)
        sink(d, keys, heap, d->k, i);
    for (size_t i = d->k; i < d->n; i++)
        if (better(d, keys, (uint32_t)i, heap[0])) {
            heap[0] = (uint32_t)i;
            sink(d, keys, heap, d->k, 0);
        }
    for (size_t left = d->k; left-- > 1;) {
        const uint32_t worst = heap[0];
        heap[0] = heap[left];
        heap[left] = worst;
        sink(d, keys, heap, left, 0);
    }
}

static void run(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    int64_t *keys = call->scratch;
    uint32_t *heap = (uint32_t *)(void *)(keys + d->n);
    for (size_t o = 0; o < d->outer; o++)
        for (size_t i = 0; i < d->inner; i++) {
            const size_t from = o * d->n * d->inner + i, to = o * d->k * d->inner + i;
            sedge_load_keys(d->from, call->inputs[0], from, d->inner, d->n, keys);
            find(d, keys, heap);
            for (size_t k = 0; k < d->k; k++) {
                const int64_t place = heap[k];
                memcpy((uint8_t *)call->outputs[0] + (to + k * d->inner) * d->unit,
                       (const uint8_t *)call->inputs[0] + (from + heap[k] * d->inner) * d->unit, d->unit);
                sedge_store_i64(d->to, call->outputs[1], to + k * d->inner, 1, &place);
            }
        }
}

sedge_status sedge_op_top_k_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    uint32_t axis;
    int64_t k;
    sedge_status st = read_k(site, &axis, &k, err);
    if (st)
        return st;
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    *d = (prepared){ 1,
                     (size_t)x->dims[axis],
                     1,
                     (size_t)k,
                     sedge_dtype_size(x->dtype),
                     x->dtype,
                     sedge_op_output(site, 1)->dtype,
                     site->op->u.top_k.smallest };
    for (uint32_t i = 0; i < x->rank; i++)
        if (i < axis)
            d->outer *= (size_t)x->dims[i];
        else if (i > axis)
            d->inner *= (size_t)x->dims[i];
    uint64_t rounds = 2; /* of sinking in the heap */
    for (size_t n = d->k; n > 1; n /= 2)
        rounds += 2;
    *ret = (sedge_prepared){ .run = run,
                             .data = d,
                             .kernel = "top_k",
                             .scratch_bytes = d->n * sizeof(int64_t) + d->k * sizeof(uint32_t),
                             .macs = sedge_op_elements(x) * rounds };
    return SEDGE_OK;
}
