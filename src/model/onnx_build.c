/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/utf8.h"
#include "model/onnx_reader.h"
#include "model/onnx_schema.h"
#include "model/onnx_tensor.h"

void sedge_onnx_refuse(sedge_onnx_reader *r, sedge_status status, const char *fmt, ...) {
    if (r->r.status)
        return;
    va_list args;
    va_start(args, fmt);
    r->r.status = sedge_vfail(r->r.err, status, fmt, args);
    va_end(args);
}

static void *take_from(sedge_onnx_reader *r, sedge_pool *pool, size_t n, size_t size) {
    void *p = r->r.status ? NULL : sedge_pool_take(pool, n, size);
    if (!p)
        sedge_onnx_refuse(r, SEDGE_ELIMIT, "the graph needs more than %zu bytes of memory", pool->max);
    return p;
}

void *sedge_onnx_take(sedge_onnx_reader *r, size_t n, size_t size) {
    return take_from(r, r->pool, n, size);
}

sedge_pool *sedge_onnx_work_pool(sedge_onnx_reader *r) {
    return &r->work;
}

const char *sedge_onnx_copy_text(sedge_onnx_reader *r, sedge_bytes bytes) {
    if (bytes.n > SEDGE_NAME_MAX)
        sedge_onnx_refuse(r, SEDGE_ELIMIT, "a name of %zu characters, the limit is %d", bytes.n, SEDGE_NAME_MAX);
    char *text = r->r.status ? NULL : sedge_onnx_take(r, bytes.n + 1, 1);
    for (size_t i = 0; text && i < bytes.n; i++)
        text[i] = bytes.p[i] >= 0x20 && bytes.p[i] != 0x7f ? (char)bytes.p[i] : '?';
    return text ? text : "";
}

/* an array with room for one more, twice as long when it is full; the old one stays in the pool until the end */
static void *grow(sedge_onnx_reader *r, void *old, uint32_t n, uint32_t *max, uint32_t limit, size_t size,
                  const char *what) {
    if (n == limit)
        sedge_onnx_refuse(r, SEDGE_ELIMIT, "more than %u %s", limit, what);
    if (r->r.status || n < *max)
        return old;
    uint32_t more = *max ? 2 * *max : 64;
    void *p = take_from(r, &r->work, more, size);
    if (!p)
        return old;
    if (n)
        memcpy(p, old, n * size);
    *max = more;
    return p;
}

/* ---- names ---- */

static uint32_t head_of(sedge_bytes name) {
    uint64_t h = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < name.n; i++)
        h = (h ^ name.p[i]) * UINT64_C(1099511628211);
    return (uint32_t)(h ^ h >> 32) % SEDGE_ONNX_NAME_HEADS;
}

/* false when the file has been looked through for too long */
static bool probe(sedge_onnx_reader *r) {
    if (r->probes < SEDGE_ONNX_PROBES_MAX) {
        r->probes++;
        return true;
    }
    sedge_onnx_refuse(r, SEDGE_ELIMIT, "more than %d comparisons of names", SEDGE_ONNX_PROBES_MAX);
    return false;
}

int32_t sedge_onnx_find_tensor(sedge_onnx_reader *r, sedge_bytes name) {
    if (!r->heads)
        return -1;
    for (uint32_t i = r->heads[head_of(name)]; i && probe(r); i = r->names[i - 1].next)
        if (sedge_bytes_equal(r->names[i - 1].text, name))
            return r->names[i - 1].tensor;
    return -1;
}

void sedge_onnx_add_name(sedge_onnx_reader *r, sedge_bytes name, int32_t tensor) {
    if (sedge_onnx_find_tensor(r, name) >= 0)
        sedge_onnx_refuse(r, SEDGE_EINVALID, "the name '%s' is given twice", sedge_onnx_copy_text(r, name));
    if (!r->heads)
        r->heads = take_from(r, &r->work, SEDGE_ONNX_NAME_HEADS, sizeof *r->heads);
    r->names = grow(r, r->names, r->n_names, &r->names_max, SEDGE_GRAPH_TENSORS_MAX, sizeof *r->names, "names");
    if (r->r.status)
        return;
    uint32_t *head = &r->heads[head_of(name)];
    r->names[r->n_names] = (sedge_onnx_name){ name, tensor, *head };
    *head = ++r->n_names;
}

void sedge_onnx_forget_names(sedge_onnx_reader *r, uint32_t n) {
    while (r->n_names > n) {
        const sedge_onnx_name *last = &r->names[--r->n_names];
        r->heads[head_of(last->text)] = last->next;
    }
}

/* ---- texts ---- */

uint32_t sedge_onnx_string(sedge_onnx_reader *r, sedge_bytes text) {
    if (text.n > SEDGE_STRING_BYTES_MAX)
        sedge_onnx_refuse(r, SEDGE_ELIMIT, "a text of %zu bytes, the limit is %d", text.n, SEDGE_STRING_BYTES_MAX);
    if (!sedge_utf8_is_label(text))
        sedge_onnx_refuse(r, SEDGE_EUNSUPPORTED, "a text that is not UTF-8 or has control characters");
    if (!r->string_heads)
        r->string_heads = take_from(r, &r->work, SEDGE_ONNX_NAME_HEADS, sizeof *r->string_heads);
    if (r->r.status)
        return SEDGE_STRING_UNKNOWN;
    uint32_t *head = &r->string_heads[head_of(text)];
    for (uint32_t i = *head; i && probe(r); i = r->string_next[i - 1])
        if (sedge_bytes_equal(text, sedge_bytes_text(r->strings[i - 1])))
            return i - 1;
    uint32_t n = r->g->n_strings;
    r->strings = grow(r, r->strings, n, &r->strings_max, SEDGE_STRINGS_MAX, sizeof *r->strings, "texts");
    r->string_next =
        grow(r, r->string_next, n, &r->string_next_max, SEDGE_STRINGS_MAX, sizeof *r->string_next, "texts");
    char *copy = sedge_onnx_take(r, text.n + 1, 1);
    if (!copy)
        return SEDGE_STRING_UNKNOWN;
    if (text.n)
        memcpy(copy, text.p, text.n);
    r->strings[n] = copy;
    r->string_next[n] = *head;
    *head = ++r->g->n_strings;
    return n;
}

static uint32_t number_text(void *user, sedge_bytes text) {
    return sedge_onnx_string(user, text);
}

void sedge_onnx_load_tensor(sedge_onnx_reader *r, sedge_bytes message, int32_t tensor) {
    const sedge_onnx_numbering texts = { number_text, r };
    if (!r->r.status)
        sedge_onnx_read_tensor(&r->r, r->pool, &texts, message, &r->tensors[tensor]);
    if (sedge_onnx_tensor_is_4_bits(&r->r, message))
        sedge_onnx_mark_4_bits(r, tensor);
}

void sedge_onnx_mark_4_bits(sedge_onnx_reader *r, int32_t tensor) {
    r->four_bits[tensor / 8] = (uint8_t)(r->four_bits[tensor / 8] | 1u << tensor % 8);
}

bool sedge_onnx_is_4_bits(const sedge_onnx_reader *r, int32_t tensor) {
    return tensor >= 0 && (r->four_bits[tensor / 8] >> tensor % 8 & 1);
}

/* ---- tensors ---- */

static int32_t add_tensor(sedge_onnx_reader *r) {
    r->tensors =
        grow(r, r->tensors, r->g->n_tensors, &r->tensors_max, SEDGE_GRAPH_TENSORS_MAX, sizeof *r->tensors, "tensors");
    if (r->r.status)
        return 0;
    r->tensors[r->g->n_tensors] = (sedge_tensor){ .name = "", .dtype = SEDGE_DTYPE_FREE, .rank = SEDGE_RANK_FREE };
    return (int32_t)r->g->n_tensors++;
}

int32_t sedge_onnx_name_tensor(sedge_onnx_reader *r, sedge_bytes name) {
    const char *text = sedge_onnx_copy_text(r, name);
    int32_t index = add_tensor(r);
    if (name.n)
        sedge_onnx_add_name(r, name, index);
    if (r->r.status)
        return 0;
    r->tensors[index].name = text;
    return index;
}

int32_t sedge_onnx_add_tensor(sedge_onnx_reader *r) {
    return add_tensor(r);
}

const sedge_tensor *sedge_onnx_tensor_at(const sedge_onnx_reader *r, int32_t tensor) {
    static const sedge_tensor none = { .name = "" };
    return tensor >= 0 && (uint32_t)tensor < r->g->n_tensors ? &r->tensors[tensor] : &none;
}

const sedge_tensor *sedge_onnx_constant_input(const sedge_onnx_reader *r, const sedge_op *op, uint32_t i) {
    const sedge_tensor *t = i < op->n_inputs && op->inputs[i] >= 0 ? sedge_onnx_tensor_at(r, op->inputs[i]) : NULL;
    return t && t->data ? t : NULL;
}

int32_t sedge_onnx_add_constant(sedge_onnx_reader *r, sedge_dtype dtype, uint32_t rank, const int32_t *dims,
                                const void *data) {
    int32_t index = add_tensor(r);
    if (r->r.status)
        return 0;
    sedge_tensor *t = &r->tensors[index];
    t->dtype = dtype;
    t->rank = rank;
    for (uint32_t i = 0; i < rank; i++)
        t->dims[i] = dims[i];
    r->r.status = sedge_tensor_set_size(t, r->r.err);
    void *copy = sedge_onnx_take(r, t->size_bytes, 1);
    if (copy && t->size_bytes)
        memcpy(copy, data, t->size_bytes);
    t->data = copy;
    return copy ? index : 0;
}

int32_t sedge_onnx_tensor_attribute(sedge_onnx_reader *r, const sedge_onnx_node *n, const char *name) {
    sedge_bytes message;
    if (!sedge_onnx_message(n, name, ATTRIBUTE_T, &message))
        return r->r.status ? 0 : -1;
    int32_t index = add_tensor(r);
    sedge_onnx_load_tensor(r, message, index);
    return index;
}

static const void *text_numbers(sedge_onnx_reader *r, const sedge_onnx_node *n, const char *name, bool list,
                                uint32_t *count) {
    const sedge_bytes *texts = list ? sedge_onnx_texts(n, name, SEDGE_ONNX_LIST_MAX, count) : NULL;
    const sedge_bytes one = list ? sedge_bytes_of("", 0) : sedge_onnx_text(n, name, "");
    if (!list)
        texts = &one;
    uint32_t *numbers = take_from(r, &r->work, *count, sizeof *numbers);
    for (uint32_t i = 0; numbers && texts && i < *count; i++)
        numbers[i] = sedge_onnx_string(r, texts[i]);
    return numbers;
}

int32_t sedge_onnx_number_attribute(sedge_onnx_reader *r, const sedge_onnx_node *n, const char *name, sedge_dtype dtype,
                                    bool list) {
    sedge_bytes attribute;
    if (!sedge_onnx_find(n, name, &attribute))
        return r->r.status ? 0 : -1;
    uint32_t count = 1;
    bool real = dtype == SEDGE_FLOAT32;
    const void *values = NULL;
    float one_float = real && !list ? sedge_onnx_float(n, name, 0) : 0;
    int64_t one_int = dtype == SEDGE_INT64 && !list ? sedge_onnx_int(n, name, 0) : 0;
    if (dtype == SEDGE_STRING)
        values = text_numbers(r, n, name, list, &count);
    else if (list && real)
        values = sedge_onnx_floats(n, name, SEDGE_ONNX_LIST_MAX, &count);
    else if (list)
        values = sedge_onnx_ints(n, name, SEDGE_ONNX_LIST_MAX, &count);
    else
        values = real ? (const void *)&one_float : (const void *)&one_int;
    int32_t dim = (int32_t)count;
    return sedge_onnx_add_constant(r, dtype, list ? 1 : 0, &dim, values);
}

void sedge_onnx_become_constant(sedge_onnx_reader *r, sedge_op *op, int32_t constant) {
    if (op->n_outputs != 1)
        sedge_onnx_refuse(r, SEDGE_EINVALID, "%u outputs, 1 is needed", op->n_outputs);
    if (r->r.status)
        return;
    sedge_tensor *t = &r->tensors[op->outputs[0]];
    const char *name = t->name;
    *t = *sedge_onnx_tensor_at(r, constant);
    t->name = name;
    if (sedge_onnx_is_4_bits(r, constant))
        sedge_onnx_mark_4_bits(r, op->outputs[0]);
    op->n_outputs = 0;
}

/* ---- operators ---- */

static const int32_t *longer(sedge_onnx_reader *r, const int32_t *old, uint32_t n, uint32_t want) {
    int32_t *ends = want > SEDGE_OP_ENDS_MAX ? NULL : sedge_onnx_take(r, want, sizeof *ends);
    if (!ends) {
        sedge_onnx_refuse(r, SEDGE_ELIMIT, "more than %d inputs or outputs", SEDGE_OP_ENDS_MAX);
        return old;
    }
    for (uint32_t i = 0; i < want; i++)
        ends[i] = i < n ? old[i] : -1;
    return ends;
}

void sedge_onnx_set_output_type(sedge_onnx_reader *r, const sedge_op *op, uint32_t i, sedge_dtype dtype) {
    if (!r->r.status && i < op->n_outputs)
        r->tensors[op->outputs[i]].dtype = dtype;
}

void sedge_onnx_set_input(sedge_onnx_reader *r, sedge_op *op, uint32_t i, int32_t tensor) {
    uint32_t want = i < op->n_inputs ? op->n_inputs : i + 1;
    const int32_t *old = op->inputs;
    const int32_t *ends = longer(r, old, op->n_inputs, want);
    if (r->r.status)
        return;
    ((int32_t *)(uintptr_t)ends)[i] = tensor;
    op->inputs = ends;
    op->n_inputs = want;
}

void sedge_onnx_add_output(sedge_onnx_reader *r, sedge_op *op, int32_t tensor) {
    const int32_t *ends = longer(r, op->outputs, op->n_outputs, op->n_outputs + 1);
    if (r->r.status)
        return;
    ((int32_t *)(uintptr_t)ends)[op->n_outputs] = tensor;
    op->outputs = ends;
    op->n_outputs++;
}

void sedge_onnx_ints_to_input(sedge_onnx_reader *r, const sedge_onnx_node *n, const char *name, sedge_op *op,
                              uint32_t i) {
    sedge_bytes attribute;
    if (!sedge_onnx_find(n, name, &attribute))
        return;
    uint32_t count;
    const int64_t *values = sedge_onnx_ints(n, name, SEDGE_ONNX_LIST_MAX, &count);
    int64_t one = count ? 0 : sedge_onnx_int(n, name, 0);
    int32_t dim = count ? (int32_t)count : 1;
    if (!r->r.status)
        sedge_onnx_set_input(r, op, i, sedge_onnx_add_constant(r, SEDGE_INT64, 1, &dim, count ? values : &one));
}

void sedge_onnx_numbers_to_input(sedge_onnx_reader *r, const sedge_onnx_node *n, const char *name, sedge_op *op,
                                 uint32_t i) {
    int32_t list = sedge_onnx_number_attribute(r, n, name, SEDGE_FLOAT32, true);
    if (list >= 0)
        sedge_onnx_set_input(r, op, i, list);
}

void sedge_onnx_float_to_input(sedge_onnx_reader *r, const sedge_onnx_node *n, const char *name, sedge_op *op,
                               uint32_t i) {
    sedge_bytes attribute;
    if (!sedge_onnx_find(n, name, &attribute))
        return;
    float value = sedge_onnx_float(n, name, 0);
    sedge_onnx_set_input(r, op, i, sedge_onnx_add_constant(r, SEDGE_FLOAT32, 0, NULL, &value));
}

void sedge_onnx_emit(sedge_onnx_reader *r, const sedge_op *op) {
    r->ops = grow(r, r->ops, r->g->n_ops, &r->ops_max, SEDGE_GRAPH_OPS_MAX, sizeof *r->ops, "nodes");
    if (r->r.status)
        return;
    r->ops[r->g->n_ops] = *op;
    r->ops[r->g->n_ops++].guard = r->guard;
}

uint32_t sedge_onnx_add_guard(sedge_onnx_reader *r, int32_t condition, bool when) {
    r->guards = grow(r, r->guards, r->g->n_guards, &r->guards_max, SEDGE_GUARDS_MAX, sizeof *r->guards, "branches");
    if (r->r.status)
        return 0;
    r->guards[r->g->n_guards] = (sedge_guard){ condition, when, r->guard };
    return ++r->g->n_guards;
}

int64_t sedge_onnx_version(const sedge_onnx_reader *r) {
    return r->version;
}
