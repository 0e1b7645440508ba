/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operators that only move bytes: every run of bytes of their outputs comes from one place of an input or is constant.
 * The operator itself is asked where: it runs here on inputs whose bytes are the digits of their own numbers, and on
 * the complement, under which constant bytes do not change. What it does becomes memcpy and memset.
 */
#include <string.h>

#include "base/checked.h"
#include "compile/emit.h"

enum { RUNS_MAX = 256, DIGITS = 4 };

/** Where an output's byte comes from: the number of an input's byte, counted over all of them, or a constant. */
typedef struct source {
    bool constant;
    uint32_t byte;
} source;

typedef struct trial {
    const sedge_emit_op *o;
    uint8_t *inputs[SEDGE_OP_ENDS_MAX]; /* NULL: absent or constant */
    uint32_t first[SEDGE_OP_ENDS_MAX];  /* the number of an input's first byte */
    void *in[SEDGE_OP_ENDS_MAX], *out[SEDGE_OP_ENDS_MAX];
    void *scratch;
} trial;

static const sedge_tensor *end(const sedge_emit_op *o, int32_t tensor) {
    return &o->e->graph->tensors[tensor];
}

static bool take_memory(trial *t, sedge_pool *work) {
    const sedge_op *op = t->o->site.op;
    size_t number = 0;
    for (uint32_t i = 0; i < op->n_inputs; i++) {
        if (op->inputs[i] < 0)
            continue;
        const sedge_tensor *x = end(t->o, op->inputs[i]);
        union {
            const void *from;
            void *to;
        } bytes = { x->data };
        t->in[i] = bytes.to; /* no run function writes to an input */
        if (x->data)
            continue;
        t->first[i] = (uint32_t)number;
        if (!sedge_add_size(number, x->size_bytes, &number) || number > UINT32_MAX)
            return false;
        t->in[i] = t->inputs[i] = sedge_pool_take(work, x->size_bytes, 1);
    }
    for (uint32_t i = 0; i < op->n_outputs; i++)
        t->out[i] = sedge_pool_take(work, end(t->o, op->outputs[i])->size_bytes, 1);
    t->scratch = sedge_pool_take(work, t->o->e->host->steps[t->o->index].prepared.scratch_bytes, 1);
    return !work->failed;
}

/* every input's bytes become one digit (0 is the lowest) of their numbers, XOR flip */
static void run(const trial *t, uint32_t digit, uint8_t flip) {
    const sedge_op *op = t->o->site.op;
    for (uint32_t i = 0; i < op->n_inputs; i++)
        for (size_t k = 0; t->inputs[i] && k < end(t->o, op->inputs[i])->size_bytes; k++)
            t->inputs[i][k] = (uint8_t)((t->first[i] + (uint32_t)k) >> 8 * digit) ^ flip;
    const sedge_prepared *p = &t->o->e->host->steps[t->o->index].prepared;
    p->run(&(sedge_op_call){ p->data, t->in, t->out, t->scratch, NULL });
}

/* by byte of an output; sources[output] has its size */
static void find_sources(const trial *t, source *const *sources) {
    const sedge_op *op = t->o->site.op;
    for (uint32_t digit = 0; digit < DIGITS; digit++)
        for (int flipped = 0; flipped < 2; flipped++) {
            run(t, digit, flipped ? 0xff : 0);
            for (uint32_t i = 0; i < op->n_outputs; i++)
                for (size_t k = 0; k < end(t->o, op->outputs[i])->size_bytes; k++) {
                    source *s = &sources[i][k];
                    uint32_t value = ((const uint8_t *)t->out[i])[k];
                    if (!flipped)
                        s->byte |= value << 8 * digit;
                    else if (digit == 0)
                        s->constant = value == (s->byte & 0xff);
                }
        }
    for (uint32_t i = 0; i < op->n_outputs; i++)
        for (size_t k = 0; k < end(t->o, op->outputs[i])->size_bytes; k++)
            if (sources[i][k].constant)
                sources[i][k].byte &= 0xff;
}

/* ---- writing ---- */

/* how many bytes from k on come from neighbouring bytes of one input, or are equal constants */
static size_t run_length(const trial *t, const source *s, size_t k, size_t n) {
    const sedge_op *op = t->o->site.op;
    size_t length = 1;
    if (s[k].constant) {
        while (k + length < n && s[k + length].constant && s[k + length].byte == s[k].byte)
            length++;
        return length;
    }
    size_t left = 0;
    for (uint32_t i = 0; i < op->n_inputs; i++)
        if (t->inputs[i] && s[k].byte - t->first[i] < end(t->o, op->inputs[i])->size_bytes)
            left = end(t->o, op->inputs[i])->size_bytes - (s[k].byte - t->first[i]);
    while (length < left && k + length < n && !s[k + length].constant && s[k + length].byte == s[k].byte + length)
        length++;
    return length;
}

static uint32_t input_of(const trial *t, uint32_t byte) {
    const sedge_op *op = t->o->site.op;
    uint32_t found = 0;
    for (uint32_t i = 0; i < op->n_inputs; i++)
        if (t->inputs[i] && byte - t->first[i] < end(t->o, op->inputs[i])->size_bytes)
            found = i;
    return found;
}

static void put_run(const trial *t, uint32_t output, size_t k, const source *s, size_t length) {
    sedge_emit *e = t->o->e;
    const char *to = sedge_emit_output(t->o, output);
    if (s->constant) {
        sedge_buf_printf(&e->calls, "    memset((uint8_t *)%s + %zu, %u, %zu);\n", to, k, s->byte, length);
        return;
    }
    uint32_t i = input_of(t, s->byte);
    sedge_buf_printf(&e->calls, "    memcpy((uint8_t *)%s + %zu, (const uint8_t *)%s + %u, %zu);\n", to, k,
                     sedge_emit_input(t->o, i), s->byte - t->first[i], length);
}

static sedge_status put_runs(const trial *t, source *const *sources, sedge_error *err) {
    const sedge_op *op = t->o->site.op;
    uint32_t runs = 0;
    for (uint32_t i = 0; i < op->n_outputs; i++) {
        size_t n = end(t->o, op->outputs[i])->size_bytes;
        for (size_t k = 0, length; k < n; k += length) {
            if (++runs > RUNS_MAX)
                return sedge_fail(err, SEDGE_EUNSUPPORTED,
                                  "it moves more than %d pieces, which has no kernel for microcontrollers", RUNS_MAX);
            length = run_length(t, sources[i], k, n);
            put_run(t, i, k, &sources[i][k], length);
        }
    }
    return SEDGE_OK;
}

static sedge_status write_in(const sedge_emit_op *o, sedge_pool *work, sedge_error *err) {
    const sedge_op *op = o->site.op;
    trial t = { .o = o };
    source **sources = sedge_pool_take(work, op->n_outputs, sizeof *sources);
    if (!sources || !take_memory(&t, work))
        return sedge_op_no_memory(err);
    for (uint32_t i = 0; i < op->n_outputs; i++) {
        sources[i] = sedge_pool_take(work, end(o, op->outputs[i])->size_bytes, sizeof **sources);
        if (!sources[i])
            return sedge_op_no_memory(err);
    }
    find_sources(&t, sources);
    return put_runs(&t, sources, err);
}

static sedge_status need(const sedge_emit_op *o, sedge_emit_need *ret, sedge_error *err) {
    (void)ret;
    if (!o->e->host->steps[o->index].prepared.run || o->e->host->steps[o->index].prepared.state_bytes)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "it has no kernel for microcontrollers");
    return SEDGE_OK;
}

static sedge_status write(const sedge_emit_op *o, sedge_error *err) {
    sedge_pool work = sedge_pool_init((size_t)1 << 30);
    sedge_status st = write_in(o, &work, err);
    sedge_pool_done(&work);
    return st;
}

const sedge_emitter sedge_emitter_move = { need, write };
