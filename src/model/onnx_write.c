/* SPDX-License-Identifier: Apache-2.0 */
#include "model/onnx_write.h"

#include "model/onnx_schema.h"
#include "model/protobuf.h"
#include "model/tree_link.h"

enum { IR_VERSION = 8, OPSET_STANDARD = 15, OPSET_ML = 3, ELEMENT_FLOAT = 1, ELEMENT_INT64 = 7 };

/* ---- attributes: each is built in part, then appended to the node ---- */

static void begin(sedge_buf *part, const char *name) {
    sedge_buf_clear(part);
    sedge_pbw_text(part, ATTRIBUTE_NAME, name);
}

static void end(sedge_buf *node, sedge_buf *part, uint64_t type) {
    sedge_pbw_varint(part, ATTRIBUTE_TYPE, type);
    sedge_pbw_bytes(node, NODE_ATTRIBUTE, sedge_buf_bytes(part));
    node->failed |= part->failed;
}

static void put_text(sedge_buf *node, sedge_buf *part, const char *name, const char *text) {
    begin(part, name);
    sedge_pbw_text(part, ATTRIBUTE_S, text);
    end(node, part, TYPE_STRING);
}

static void put_node_attributes(sedge_buf *node, sedge_buf *part, const sedge_tree_ensemble *e) {
#define INTS(name, member)                                                                                             \
    begin(part, #name);                                                                                                \
    for (uint32_t i = 0; i < e->n_nodes && !part->failed; i++)                                                         \
        sedge_pbw_varint(part, ATTRIBUTE_INTS, e->nodes[i].member);                                                    \
    end(node, part, TYPE_INTS);
    SEDGE_ONNX_NODE_INTS(INTS)
#undef INTS
    begin(part, "nodes_modes");
    for (uint32_t i = 0; i < e->n_nodes && !part->failed; i++)
        sedge_pbw_text(part, ATTRIBUTE_STRINGS, sedge_tree_mode_name(e->nodes[i].mode));
    end(node, part, TYPE_STRINGS);
    begin(part, "nodes_values");
    for (uint32_t i = 0; i < e->n_nodes && !part->failed; i++)
        sedge_pbw_f32(part, ATTRIBUTE_FLOATS, (float)e->nodes[i].value);
    end(node, part, TYPE_FLOATS);
}

static void put_entry_attributes(sedge_buf *node, sedge_buf *part, const sedge_tree_ensemble *e) {
#define INTS(class_name, target_name, member)                                                                          \
    begin(part, e->classifier ? class_name : target_name);                                                             \
    for (uint32_t i = 0; i < e->n_leaves && !part->failed; i++)                                                        \
        sedge_pbw_varint(part, ATTRIBUTE_INTS, e->leaves[i].member);                                                   \
    end(node, part, TYPE_INTS);
    INTS("class_treeids", "target_treeids", tree)
    INTS("class_nodeids", "target_nodeids", node)
    INTS("class_ids", "target_ids", target)
#undef INTS
    begin(part, e->classifier ? "class_weights" : "target_weights");
    for (uint32_t i = 0; i < e->n_leaves && !part->failed; i++)
        sedge_pbw_f32(part, ATTRIBUTE_FLOATS, e->leaves[i].weight);
    end(node, part, TYPE_FLOATS);
}

static void put_head_attributes(sedge_buf *node, sedge_buf *part, const sedge_tree_ensemble *e) {
    if (e->classifier) {
        begin(part, "classlabels_int64s");
        for (uint32_t i = 0; i < e->n_targets; i++)
            sedge_pbw_varint(part, ATTRIBUTE_INTS, (uint64_t)e->labels[i]);
        end(node, part, TYPE_INTS);
    } else {
        begin(part, "n_targets");
        sedge_pbw_varint(part, ATTRIBUTE_I, e->n_targets);
        end(node, part, TYPE_INT);
        put_text(node, part, "aggregate_function", sedge_tree_aggregate_name(e->aggregate));
    }
    if (e->n_base_values) {
        begin(part, "base_values");
        for (uint32_t i = 0; i < e->n_base_values; i++)
            sedge_pbw_f32(part, ATTRIBUTE_FLOATS, e->base_values[i]);
        end(node, part, TYPE_FLOATS);
    }
    put_text(node, part, "post_transform", sedge_tree_post_name(e->post));
}

/* ---- the graph ---- */

static void put_node(sedge_buf *graph, const sedge_tree_ensemble *e) {
    SEDGE_AUTO_BUF node = sedge_buf_init(graph->max);
    SEDGE_AUTO_BUF part = sedge_buf_init(graph->max);
    sedge_pbw_text(&node, NODE_INPUT, "input");
    if (e->classifier)
        sedge_pbw_text(&node, NODE_OUTPUT, "label");
    sedge_pbw_text(&node, NODE_OUTPUT, e->classifier ? "probabilities" : "variable");
    sedge_pbw_text(&node, NODE_NAME, "trees");
    sedge_pbw_text(&node, NODE_OP_TYPE, e->classifier ? "TreeEnsembleClassifier" : "TreeEnsembleRegressor");
    put_node_attributes(&node, &part, e);
    put_entry_attributes(&node, &part, e);
    put_head_attributes(&node, &part, e);
    sedge_pbw_text(&node, NODE_DOMAIN, SEDGE_ONNX_ML_DOMAIN);
    sedge_pbw_bytes(graph, GRAPH_NODE, sedge_buf_bytes(&node));
    graph->failed |= node.failed;
}

/* a tensor [N] or, with columns, [N, columns] */
static void put_value(sedge_buf *graph, uint32_t field, const char *name, uint64_t element, uint32_t columns) {
    SEDGE_AUTO_BUF dim = sedge_buf_init(1024);
    SEDGE_AUTO_BUF shape = sedge_buf_init(1024);
    SEDGE_AUTO_BUF tensor = sedge_buf_init(1024);
    SEDGE_AUTO_BUF type = sedge_buf_init(1024);
    SEDGE_AUTO_BUF value = sedge_buf_init(1024);
    sedge_pbw_text(&dim, DIM_PARAM, "N");
    sedge_pbw_bytes(&shape, SHAPE_DIM, sedge_buf_bytes(&dim));
    if (columns) {
        sedge_buf_clear(&dim);
        sedge_pbw_varint(&dim, DIM_VALUE, columns);
        sedge_pbw_bytes(&shape, SHAPE_DIM, sedge_buf_bytes(&dim));
    }
    sedge_pbw_varint(&tensor, TENSOR_ELEMENT, element);
    sedge_pbw_bytes(&tensor, TENSOR_SHAPE, sedge_buf_bytes(&shape));
    sedge_pbw_bytes(&type, TYPE_TENSOR, sedge_buf_bytes(&tensor));
    sedge_pbw_text(&value, VALUE_NAME, name);
    sedge_pbw_bytes(&value, VALUE_TYPE, sedge_buf_bytes(&type));
    sedge_pbw_bytes(graph, field, sedge_buf_bytes(&value));
    graph->failed |= dim.failed | shape.failed | tensor.failed | type.failed | value.failed;
}

static void put_opset(sedge_buf *model, const char *domain, uint64_t version) {
    SEDGE_AUTO_BUF opset = sedge_buf_init(1024);
    sedge_pbw_text(&opset, OPSET_DOMAIN, domain);
    sedge_pbw_varint(&opset, OPSET_VERSION, version);
    sedge_pbw_bytes(model, MODEL_OPSET, sedge_buf_bytes(&opset));
    model->failed |= opset.failed;
}

static void put_model(sedge_buf *out, const sedge_tree_ensemble *e) {
    SEDGE_AUTO_BUF graph = sedge_buf_init(out->max);
    put_node(&graph, e);
    sedge_pbw_text(&graph, GRAPH_NAME, "sedge");
    put_value(&graph, GRAPH_INPUT, "input", ELEMENT_FLOAT, e->n_features);
    if (e->classifier)
        put_value(&graph, GRAPH_OUTPUT, "label", ELEMENT_INT64, 0);
    put_value(&graph, GRAPH_OUTPUT, e->classifier ? "probabilities" : "variable", ELEMENT_FLOAT, e->n_targets);
    sedge_pbw_varint(out, MODEL_IR_VERSION, IR_VERSION);
    sedge_pbw_text(out, MODEL_PRODUCER, "sedge");
    sedge_pbw_text(out, MODEL_PRODUCER_VERSION, SEDGE_VERSION);
    sedge_pbw_bytes(out, MODEL_GRAPH, sedge_buf_bytes(&graph));
    put_opset(out, "", OPSET_STANDARD);
    put_opset(out, SEDGE_ONNX_ML_DOMAIN, OPSET_ML);
    out->failed |= graph.failed;
}

sedge_status sedge_onnx_write_trees(const sedge_tree_ensemble *e, sedge_buf *out, sedge_error *err) {
    sedge_pool work = sedge_pool_init(SIZE_MAX);
    sedge_tree_links links;
    sedge_status st = sedge_tree_link(e, &work, &links, err);
    sedge_pool_done(&work);
    if (!st && e->n_features == 0)
        st = sedge_fail(err, SEDGE_EINVALID, "an ensemble without features");
    if (st)
        return sedge_wrap(err, st, "writing .onnx");
    put_model(out, e);
    if (out->failed)
        return sedge_fail(err, SEDGE_ELIMIT, "the .onnx file needs more than %zu bytes, or memory ran out", out->max);
    return SEDGE_OK;
}
