/* SPDX-License-Identifier: Apache-2.0 */
#include "model/onnx_read.h"

#include <string.h>

#include "base/own.h"
#include "model/onnx_reader.h"
#include "model/onnx_schema.h"
#include "model/onnx_tensor.h"

enum { BRANCH_DEPTH_MAX = 16 };

static const sedge_onnx_family *const families[] = {
    &sedge_onnx_math,   &sedge_onnx_axes,  &sedge_onnx_tensor, &sedge_onnx_nn,
    &sedge_onnx_signal, &sedge_onnx_quant, &sedge_onnx_ml,
};

/* ---- inputs ---- */

sedge_dtype sedge_onnx_dtype(sedge_pbr *r, uint64_t number) {
#define ROW(NAME, number) { number, SEDGE_##NAME },
    static const struct { uint8_t number, dtype; } rows[] = { SEDGE_ONNX_TYPE_LIST(ROW) };
#undef ROW
#define ROW(name, number) #name,
    static const char *const others[] = { SEDGE_ONNX_OTHER_TYPE_LIST(ROW) };
#undef ROW
#define ROW(name, number) number,
    static const uint8_t other_numbers[] = { SEDGE_ONNX_OTHER_TYPE_LIST(ROW) };
#undef ROW
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++)
        if (rows[i].number == number)
            return (sedge_dtype)rows[i].dtype;
    const char *name = "unknown";
    for (size_t i = 0; i < SEDGE_COUNT(others); i++)
        if (other_numbers[i] == number)
            name = others[i];
    sedge_pbr_fail(r, SEDGE_EUNSUPPORTED, "element type %llu (%s) is not supported", (unsigned long long)number, name);
    return SEDGE_DTYPE_FREE;
}

static sedge_dtype input_type(sedge_onnx_reader *r, uint64_t number) {
    return number == ONNX_TYPE_INT4    ? SEDGE_INT8
           : number == ONNX_TYPE_UINT4 ? SEDGE_UINT8
                                       : sedge_onnx_dtype(&r->r, number);
}

static void read_dim(sedge_onnx_reader *r, sedge_bytes dim, sedge_tensor *t) {
    int64_t size = -1; /* stays for a name or nothing: free */
    sedge_pb_field f;
    while (sedge_pbr_next(&r->r, &dim, &f))
        if (f.number == DIM_VALUE && f.wire == SEDGE_PB_VARINT)
            size = (int64_t)f.value;
    if (t->rank == SEDGE_RANK_MAX)
        sedge_onnx_refuse(r, SEDGE_ELIMIT, "more than %d dimensions", SEDGE_RANK_MAX);
    else if (size > INT32_MAX)
        sedge_onnx_refuse(r, SEDGE_ELIMIT, "dimension %u is larger than %d", t->rank, INT32_MAX);
    else
        t->dims[t->rank++] = size >= 0 ? (int32_t)size : SEDGE_DIM_FREE;
}

static void read_tensor_type(sedge_onnx_reader *r, sedge_bytes type, sedge_tensor *t) {
    sedge_pb_field f, dim;
    while (sedge_pbr_next(&r->r, &type, &f)) {
        if (f.number == TENSOR_ELEMENT && f.wire == SEDGE_PB_VARINT) {
            t->dtype = input_type(r, f.value);
            if (f.value == ONNX_TYPE_INT4 || f.value == ONNX_TYPE_UINT4)
                sedge_onnx_mark_4_bits(r, (int32_t)(t - r->tensors));
        } else if (f.number == TENSOR_SHAPE && f.wire == SEDGE_PB_BYTES && t->rank == SEDGE_RANK_FREE) {
            t->rank = 0;
            while (sedge_pbr_next(&r->r, &f.bytes, &dim))
                if (dim.number == SHAPE_DIM && dim.wire == SEDGE_PB_BYTES)
                    read_dim(r, dim.bytes, t);
        }
    }
    if (t->dtype == SEDGE_DTYPE_FREE)
        sedge_onnx_refuse(r, SEDGE_EUNSUPPORTED, "it has no element type");
    if (!r->r.status)
        r->r.status = sedge_tensor_set_size(t, r->r.err);
}

/* the parts of a message that occur once: the last one counts, as the encoding says */
static bool find_bytes(sedge_onnx_reader *r, sedge_bytes message, uint32_t number, sedge_bytes *ret) {
    sedge_pb_field f;
    bool found = false;
    while (sedge_pbr_next(&r->r, &message, &f))
        if (f.number == number && f.wire == SEDGE_PB_BYTES) {
            *ret = f.bytes;
            found = true;
        }
    return found;
}

static const char *type_word(sedge_onnx_reader *r, sedge_bytes type) {
    static const struct {
        uint8_t field;
        const char *name;
    } rows[] = {
        { TYPE_SEQUENCE, "a sequence" },
        { TYPE_MAP, "a map" },
        { TYPE_SPARSE, "a sparse tensor" },
        { TYPE_OPTIONAL, "an optional" },
    };
    sedge_bytes part;
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++)
        if (find_bytes(r, type, rows[i].field, &part))
            return rows[i].name;
    return "no tensor";
}

static void read_input(sedge_onnx_reader *r, sedge_bytes value, sedge_bytes name, int32_t *ret) {
    sedge_bytes type = sedge_bytes_of("", 0), tensor;
    int32_t index = sedge_onnx_name_tensor(r, name);
    if (r->r.status)
        return;
    sedge_tensor *t = &r->tensors[index];
    if (find_bytes(r, value, VALUE_TYPE, &type) && find_bytes(r, type, TYPE_TENSOR, &tensor))
        read_tensor_type(r, tensor, t);
    else
        sedge_onnx_refuse(r, SEDGE_EUNSUPPORTED, "it is %s, a tensor is needed", type_word(r, type));
    if (r->r.status)
        (void)sedge_wrap(r->r.err, r->r.status, "input '%s'", t->name);
    *ret = index;
}

/* ---- nodes ---- */

static void refuse_operator(sedge_onnx_reader *r, const char *domain, sedge_bytes type, const sedge_onnx_row *near) {
    int n = (int)(type.n < 64 ? type.n : 64);
    const char *p = (const char *)type.p;
    if (!near) {
        sedge_onnx_refuse(r, SEDGE_EUNSUPPORTED, "operator %s%.*s is not supported", domain, n, p);
        return;
    }
    bool ml = *domain != '\0';
    int newest = ml ? SEDGE_ONNX_ML_VERSION_MAX : SEDGE_ONNX_VERSION_MAX;
    sedge_onnx_refuse(r, SEDGE_EUNSUPPORTED, "operator %s%.*s of version %lld is not supported; %d to %d are", domain,
                      n, p, (long long)(ml ? r->ml_version : r->version), near->since,
                      near->until ? near->until : newest);
}

static const sedge_onnx_row *find_in(const sedge_onnx_family *family, sedge_bytes type, int64_t version,
                                     const sedge_onnx_row **near) {
    int64_t newest = family->ml ? SEDGE_ONNX_ML_VERSION_MAX : SEDGE_ONNX_VERSION_MAX;
    for (size_t i = 0; i < family->n; i++) {
        const sedge_onnx_row *row = &family->rows[i];
        if (!sedge_bytes_equal(type, sedge_bytes_text(row->type)))
            continue;
        if (version >= row->since && version <= (row->until ? row->until : newest))
            return row;
        *near = row;
    }
    return NULL;
}

static const sedge_onnx_row *find_row(sedge_onnx_reader *r, sedge_bytes node) {
    sedge_bytes type = sedge_bytes_of("", 0), domain = sedge_bytes_of("", 0);
    (void)find_bytes(r, node, NODE_OP_TYPE, &type);
    (void)find_bytes(r, node, NODE_DOMAIN, &domain);
    bool ml = sedge_bytes_equal(domain, sedge_bytes_text(SEDGE_ONNX_ML_DOMAIN));
    bool standard = domain.n == 0 || sedge_bytes_equal(domain, sedge_bytes_text(SEDGE_ONNX_DOMAIN));
    const sedge_onnx_row *row = NULL, *near = NULL;
    for (size_t i = 0; !row && (ml || standard) && i < SEDGE_COUNT(families); i++)
        if (families[i]->ml == ml)
            row = find_in(families[i], type, ml ? r->ml_version : r->version, &near);
    if (row || r->r.status)
        return row;
    if (ml || standard)
        refuse_operator(r, ml ? SEDGE_ONNX_ML_DOMAIN "." : "", type, near);
    else
        sedge_onnx_refuse(r, SEDGE_EUNSUPPORTED, "operator %.*s of domain %.*s is not supported",
                          (int)(type.n < 64 ? type.n : 64), (const char *)type.p, (int)(domain.n < 64 ? domain.n : 64),
                          (const char *)domain.p);
    return NULL;
}

static uint32_t count_fields(sedge_onnx_reader *r, sedge_bytes message, uint32_t number, uint32_t max,
                             const char *what) {
    sedge_pb_field f;
    uint32_t n = 0;
    while (sedge_pbr_next(&r->r, &message, &f))
        if (f.number == number && f.wire == SEDGE_PB_BYTES && n++ == max)
            sedge_onnx_refuse(r, SEDGE_ELIMIT, "more than %u %s", max, what);
    return n;
}

static int32_t find_end(sedge_onnx_reader *r, sedge_bytes name) {
    int32_t tensor = sedge_onnx_find_tensor(r, name);
    if (tensor < 0)
        sedge_onnx_refuse(r, SEDGE_EINVALID, "nothing makes the tensor '%s' before it is used",
                          sedge_onnx_copy_text(r, name));
    return tensor;
}

static int32_t *take_ends(sedge_onnx_reader *r, sedge_bytes node, uint32_t number, const char *what) {
    uint32_t n = count_fields(r, node, number, SEDGE_OP_ENDS_MAX, what);
    return sedge_onnx_take(r, n, sizeof(int32_t));
}

/* ends without a name are absent; those at the end do not count */
static void read_ends(sedge_onnx_reader *r, sedge_bytes node, sedge_op *op) {
    int32_t *inputs = take_ends(r, node, NODE_INPUT, "inputs"), *outputs = take_ends(r, node, NODE_OUTPUT, "outputs");
    uint32_t n_in = 0, n_out = 0;
    sedge_pb_field f;
    while (sedge_pbr_next(&r->r, &node, &f)) {
        if (f.number == NODE_INPUT && f.wire == SEDGE_PB_BYTES && inputs) {
            inputs[n_in++] = f.bytes.n ? find_end(r, f.bytes) : -1;
            op->n_inputs = f.bytes.n ? n_in : op->n_inputs;
        } else if (f.number == NODE_OUTPUT && f.wire == SEDGE_PB_BYTES && outputs) {
            outputs[n_out++] = sedge_onnx_name_tensor(r, f.bytes);
            op->n_outputs = f.bytes.n ? n_out : op->n_outputs;
        }
    }
    op->inputs = inputs;
    op->outputs = outputs;
}

/* numbers of 4 bits are 8 bits here: right for who reads or moves them, not for who makes them */
static void check_4_bits(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_op *op) {
    static const char *const readers[] = { "Cast", "DequantizeLinear", "Shape", "Size" };
    static const char *const movers[] = { "Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose" };
    bool found = false, reads = false, moves = false;
    for (uint32_t i = 0; i < op->n_inputs; i++)
        found = found || sedge_onnx_is_4_bits(r, op->inputs[i]);
    for (size_t i = 0; found && i < SEDGE_COUNT(readers); i++)
        reads = reads || strcmp(row->type, readers[i]) == 0;
    for (size_t i = 0; found && i < SEDGE_COUNT(movers); i++)
        moves = moves || strcmp(row->type, movers[i]) == 0;
    if (found && !reads && !moves)
        sedge_onnx_refuse(r, SEDGE_EUNSUPPORTED, "an input of 4 bits");
    for (uint32_t i = 0; moves && i < op->n_outputs; i++)
        sedge_onnx_mark_4_bits(r, op->outputs[i]);
}

static void read_node(sedge_onnx_reader *r, sedge_bytes node, sedge_op *op) {
    sedge_bytes name = sedge_bytes_of("", 0);
    (void)find_bytes(r, node, NODE_NAME, &name);
    op->name = sedge_onnx_copy_text(r, name);
    const sedge_onnx_row *row = find_row(r, node);
    if (!row)
        return;
    op->kind = row->kind;
    read_ends(r, node, op);
    const sedge_onnx_node n = { &r->r, node, r->pool };
    if (!r->r.status)
        check_4_bits(r, row, op);
    if (!r->r.status && row->read)
        row->read(r, row, &n, op);
    if (!r->r.status && op->n_outputs)
        sedge_onnx_emit(r, op);
    if (r->r.status)
        (void)sedge_wrap(r->r.err, r->r.status, "operator %s", row->type);
}

/* ---- the graph ---- */

static void read_nodes(sedge_onnx_reader *r, sedge_bytes graph) {
    sedge_pb_field f;
    uint32_t i = 0;
    while (sedge_pbr_next(&r->r, &graph, &f))
        if (f.number == GRAPH_NODE && f.wire == SEDGE_PB_BYTES) {
            sedge_op op = { .name = "" };
            read_node(r, f.bytes, &op);
            if (r->r.status)
                (void)sedge_wrap(r->r.err, r->r.status, "node %u '%s'", i, op.name);
            i++;
        }
}

static void read_initializers(sedge_onnx_reader *r, sedge_bytes graph) {
    sedge_pb_field f;
    while (sedge_pbr_next(&r->r, &graph, &f)) {
        if (f.number == GRAPH_SPARSE_INITIALIZER)
            sedge_onnx_refuse(r, SEDGE_EUNSUPPORTED, "sparse constants (sparse_initializer) are not supported");
        if (f.number != GRAPH_INITIALIZER || f.wire != SEDGE_PB_BYTES)
            continue;
        int32_t index = sedge_onnx_name_tensor(r, sedge_onnx_tensor_name(&r->r, f.bytes));
        if (r->r.status)
            return;
        sedge_onnx_load_tensor(r, f.bytes, index);
        if (r->r.status)
            (void)sedge_wrap(r->r.err, r->r.status, "initializer '%s'", r->tensors[index].name);
    }
}

/* an input with an initializer is that constant */
static void read_inputs(sedge_onnx_reader *r, sedge_bytes graph) {
    int32_t *inputs = NULL;
    uint32_t n = count_fields(r, graph, GRAPH_INPUT, SEDGE_GRAPH_TENSORS_MAX, "graph inputs");
    inputs = sedge_onnx_take(r, n, sizeof *inputs);
    sedge_pb_field f;
    while (inputs && sedge_pbr_next(&r->r, &graph, &f)) {
        if (f.number != GRAPH_INPUT || f.wire != SEDGE_PB_BYTES)
            continue;
        sedge_bytes name = sedge_bytes_of("", 0);
        (void)find_bytes(r, f.bytes, VALUE_NAME, &name);
        int32_t constant = sedge_onnx_find_tensor(r, name);
        if (constant < 0 || !sedge_onnx_tensor_at(r, constant)->data)
            read_input(r, f.bytes, name, &inputs[r->g->n_inputs++]);
    }
    r->g->inputs = inputs;
}

static void read_outputs(sedge_onnx_reader *r, sedge_bytes graph) {
    uint32_t n = count_fields(r, graph, GRAPH_OUTPUT, SEDGE_GRAPH_ENDS_MAX, "graph outputs");
    int32_t *outputs = sedge_onnx_take(r, n, sizeof *outputs);
    sedge_pb_field f;
    while (outputs && sedge_pbr_next(&r->r, &graph, &f))
        if (f.number == GRAPH_OUTPUT && f.wire == SEDGE_PB_BYTES) {
            sedge_bytes name = sedge_bytes_of("", 0);
            (void)find_bytes(r, f.bytes, VALUE_NAME, &name);
            outputs[r->g->n_outputs++] = find_end(r, name);
        }
    r->g->outputs = outputs;
}

/* nodes of a branch, within its guard and with names of its own */
static void read_body(sedge_onnx_reader *r, sedge_bytes graph, uint32_t n_outputs, int32_t *ret) {
    sedge_pb_field f;
    if (count_fields(r, graph, GRAPH_INPUT, SEDGE_GRAPH_ENDS_MAX, "inputs"))
        sedge_onnx_refuse(r, SEDGE_EINVALID, "the branch has inputs");
    read_initializers(r, graph);
    read_nodes(r, graph);
    uint32_t n = 0;
    while (sedge_pbr_next(&r->r, &graph, &f)) {
        if (f.number != GRAPH_OUTPUT || f.wire != SEDGE_PB_BYTES || n++ >= n_outputs)
            continue;
        sedge_bytes name = sedge_bytes_of("", 0);
        (void)find_bytes(r, f.bytes, VALUE_NAME, &name);
        ret[n - 1] = find_end(r, name);
    }
    if (n != n_outputs)
        sedge_onnx_refuse(r, SEDGE_EINVALID, "the branch has %u outputs, %u are needed", n, n_outputs);
}

void sedge_onnx_read_branch(sedge_onnx_reader *r, const sedge_onnx_node *n, const char *name, int32_t condition,
                            bool when, uint32_t n_outputs, int32_t *ret) {
    sedge_bytes graph;
    uint32_t names = r->n_names, outer = r->guard;
    if (!sedge_onnx_message(n, name, ATTRIBUTE_G, &graph))
        sedge_onnx_refuse(r, SEDGE_EINVALID, "attribute %s is missing", name);
    if (++r->depth > BRANCH_DEPTH_MAX)
        sedge_onnx_refuse(r, SEDGE_ELIMIT, "more than %d branches within each other", BRANCH_DEPTH_MAX);
    uint32_t guard = sedge_onnx_add_guard(r, condition, when);
    if (!r->r.status) {
        r->guard = guard;
        read_body(r, graph, n_outputs, ret);
        if (r->r.status)
            (void)sedge_wrap(r->r.err, r->r.status, "%s", name);
    }
    r->guard = outer;
    r->depth--;
    sedge_onnx_forget_names(r, names);
}

static void read_graph(sedge_onnx_reader *r, sedge_bytes graph) {
    read_initializers(r, graph);
    read_inputs(r, graph);
    read_nodes(r, graph);
    read_outputs(r, graph);
    r->g->tensors = sedge_onnx_take(r, r->g->n_tensors, sizeof *r->tensors);
    r->g->ops = sedge_onnx_take(r, r->g->n_ops, sizeof *r->ops);
    if (r->r.status)
        return;
    if (r->g->n_tensors)
        memcpy(r->g->tensors, r->tensors, r->g->n_tensors * sizeof *r->tensors);
    if (r->g->n_ops)
        memcpy(r->g->ops, r->ops, r->g->n_ops * sizeof *r->ops);
    sedge_guard *guards = sedge_onnx_take(r, r->g->n_guards, sizeof *guards);
    if (guards && r->g->n_guards)
        memcpy(guards, r->guards, r->g->n_guards * sizeof *guards);
    r->g->guards = guards;
    const char **strings = sedge_onnx_take(r, r->g->n_strings, sizeof *strings);
    if (strings && r->g->n_strings)
        memcpy(strings, r->strings, r->g->n_strings * sizeof *strings);
    r->g->strings = strings;
}

static void read_opset(sedge_onnx_reader *r, sedge_bytes opset) {
    sedge_bytes domain = sedge_bytes_of("", 0);
    int64_t version = 0;
    sedge_pb_field f;
    (void)find_bytes(r, opset, OPSET_DOMAIN, &domain);
    while (sedge_pbr_next(&r->r, &opset, &f))
        if (f.number == OPSET_VERSION && f.wire == SEDGE_PB_VARINT)
            version = (int64_t)f.value;
    if (sedge_bytes_equal(domain, sedge_bytes_text(SEDGE_ONNX_ML_DOMAIN)))
        r->ml_version = version;
    else if (domain.n == 0 || sedge_bytes_equal(domain, sedge_bytes_text(SEDGE_ONNX_DOMAIN)))
        r->version = version;
}

static void read_model(sedge_onnx_reader *r, sedge_bytes model) {
    sedge_bytes graph = sedge_bytes_of("", 0);
    sedge_pb_field f;
    for (sedge_bytes in = model; sedge_pbr_next(&r->r, &in, &f);)
        if (f.number == MODEL_OPSET && f.wire == SEDGE_PB_BYTES)
            read_opset(r, f.bytes);
    if (find_bytes(r, model, MODEL_GRAPH, &graph))
        read_graph(r, graph);
    else
        sedge_onnx_refuse(r, SEDGE_EINVALID, "it has neither the identifier of .tflite nor the graph of .onnx");
}

sedge_status sedge_onnx_read(sedge_bytes file, sedge_graph_file *ret, sedge_error *err) {
    sedge_onnx_reader r = { .r = { .start = file.p, .err = err }, .pool = &ret->pool, .g = &ret->graph };
    r.work = sedge_pool_init(ret->pool.max);
    ret->format = "onnx";
    ret->graph.description = "";
    read_model(&r, file);
    sedge_pool_done(&r.work);
    return r.r.status ? r.r.status : sedge_graph_check(&ret->graph, err);
}
