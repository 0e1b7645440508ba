/* SPDX-License-Identifier: Apache-2.0 */
/* ai.onnx.ml: classical models. */
#include "base/own.h"
#include "model/onnx_nodes.h"
#include "model/onnx_tree_nodes.h"
#include "model/onnx_trees.h"

static void read_scaler(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    (void)row;
    uint32_t n_offset, n_scale;
    op->u.scaler.offset = sedge_onnx_floats(n, "offset", SEDGE_TREE_FEATURES_MAX, &n_offset);
    op->u.scaler.scale = sedge_onnx_floats(n, "scale", SEDGE_TREE_FEATURES_MAX, &n_scale);
    op->u.scaler.n = n_offset;
    if (n_offset == 0 || n_offset != n_scale)
        sedge_onnx_refuse(r, SEDGE_EINVALID, "%u offsets and %u scales", n_offset, n_scale);
}

static const char *const post_words[] = {
#define WORD(NAME) #NAME,
    SEDGE_TREE_POST_LIST(WORD)
#undef WORD
};

/* integers, or texts as their numbers */
static const int64_t *read_class_labels(sedge_onnx_reader *r, const sedge_onnx_node *n, const char *ints,
                                        const char *texts, uint32_t *ret_n, bool *ret_texts) {
    uint32_t n_texts;
    const int64_t *labels = sedge_onnx_ints(n, ints, SEDGE_TREE_TARGETS_MAX, ret_n);
    const sedge_bytes *words = sedge_onnx_texts(n, texts, SEDGE_TREE_TARGETS_MAX, &n_texts);
    *ret_texts = *ret_n == 0 && n_texts != 0;
    if (!*ret_texts)
        return labels;
    int64_t *numbers = sedge_onnx_take(r, n_texts, sizeof *numbers);
    for (uint32_t i = 0; numbers && i < n_texts; i++)
        numbers[i] = sedge_onnx_string(r, words[i]);
    *ret_n = numbers ? n_texts : 0;
    return numbers;
}

/* arg: it is a classifier */
static void read_linear(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    sedge_linear_model *m = sedge_onnx_take(r, 1, sizeof *m);
    uint32_t n_intercepts;
    if (!m)
        return;
    op->u.linear_model = m;
    m->classifier = row->arg != 0;
    m->coefficients = sedge_onnx_floats(n, "coefficients", SEDGE_TREE_NODES_MAX, &m->n_coefficients);
    m->intercepts = sedge_onnx_floats(n, "intercepts", SEDGE_TREE_TARGETS_MAX, &n_intercepts);
    m->post = (sedge_tree_post)sedge_onnx_word(n, "post_transform", post_words, SEDGE_COUNT(post_words));
    if (m->classifier) {
        m->labels = read_class_labels(r, n, "classlabels_ints", "classlabels_strings", &m->n_targets, &m->text_labels);
    } else {
        int64_t targets = sedge_onnx_int(n, "targets", 1);
        m->n_targets = targets >= 1 && targets <= SEDGE_TREE_TARGETS_MAX ? (uint32_t)targets : 0;
    }
    if (m->n_targets == 0 || !m->coefficients || (n_intercepts && n_intercepts != m->n_targets))
        sedge_onnx_refuse(r, SEDGE_EUNSUPPORTED, "%u coefficients and %u intercepts for %u scores", m->n_coefficients,
                          n_intercepts, m->n_targets);
}

static void read_normalizer(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    static const char *const words[] = { [SEDGE_NORM_MAX] = "MAX", [SEDGE_NORM_L1] = "L1", [SEDGE_NORM_L2] = "L2" };
    (void)r;
    (void)row;
    op->u.normalizer = (sedge_norm)sedge_onnx_word(n, "norm", words, SEDGE_COUNT(words));
}

static void read_imputer(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    (void)row;
    sedge_imputer *o = sedge_onnx_take(r, 1, sizeof *o);
    uint32_t n_ints;
    if (!o)
        return;
    op->u.imputer = o;
    o->floats = sedge_onnx_floats(n, "imputed_value_floats", SEDGE_TREE_FEATURES_MAX, &o->n);
    o->ints = sedge_onnx_ints(n, "imputed_value_int64s", SEDGE_TREE_FEATURES_MAX, &n_ints);
    o->missing_f32 = sedge_onnx_float(n, "replaced_value_float", 0);
    o->missing_s64 = sedge_onnx_int(n, "replaced_value_int64", 0);
    if ((o->n == 0) == (n_ints == 0))
        sedge_onnx_refuse(r, SEDGE_EINVALID, "%u floats and %u integers instead of missing values", o->n, n_ints);
    o->floats = o->n ? o->floats : NULL;
    o->n = o->n ? o->n : n_ints;
}

static void read_one_hot(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    (void)row;
    op->u.categories.values =
        read_class_labels(r, n, "cats_int64s", "cats_strings", &op->u.categories.n, &op->u.categories.texts);
    if (op->u.categories.n == 0)
        sedge_onnx_refuse(r, SEDGE_EINVALID, "it has no categories");
}

/* arg: it is a classifier */
static void read_trees(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    sedge_tree_ensemble *e = sedge_onnx_trees(n, sedge_onnx_work_pool(r), row->arg != 0);
    op->u.trees = e;
    if (!e || !e->classifier)
        return;
    e->labels = read_class_labels(r, n, "classlabels_int64s", "classlabels_strings", &e->n_targets, &e->text_labels);
    if (e->n_targets == 0)
        sedge_onnx_refuse(r, SEDGE_EINVALID, "it has no class labels");
}

/* the indices as a list, then GATHER along the last axis */
static void read_array_feature_extractor(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n,
                                         sedge_op *op) {
    (void)row;
    (void)n;
    sedge_op list = { .kind = SEDGE_OP_RESHAPE, .name = op->name, .u.reshape = { .rank = 1, .dims = { -1 } } };
    if (op->n_inputs != 2 || op->inputs[0] < 0 || op->inputs[1] < 0) {
        sedge_onnx_refuse(r, SEDGE_EINVALID, "%u inputs, 2 are needed", op->n_inputs);
        return;
    }
    int32_t indices = sedge_onnx_add_tensor(r);
    sedge_onnx_set_input(r, &list, 0, op->inputs[1]);
    sedge_onnx_add_output(r, &list, indices);
    sedge_onnx_emit(r, &list);
    sedge_onnx_set_input(r, op, 1, indices);
    op->u.gather.axis = -1;
}

/* one of the forms of an attribute: a tensor, or by type; -1 for none */
static int32_t label_part(sedge_onnx_reader *r, const sedge_onnx_node *n, const char *const names[4], bool list) {
    static const sedge_dtype types[] = { SEDGE_STRING, SEDGE_INT64, SEDGE_FLOAT32 };
    int32_t constant = sedge_onnx_tensor_attribute(r, n, names[3]);
    for (size_t i = 0; constant < 0 && i < SEDGE_COUNT(types); i++)
        constant = sedge_onnx_number_attribute(r, n, names[i], types[i], list);
    return constant;
}

/* what a label that is not listed becomes when the file does not say it */
static int32_t usual_label(sedge_onnx_reader *r, sedge_dtype dtype) {
    const int64_t whole = -1;
    const float real = -0.0f;
    uint32_t text = dtype == SEDGE_STRING ? sedge_onnx_string(r, sedge_bytes_text("_Unused")) : 0;
    const void *value = dtype == SEDGE_STRING  ? (const void *)&text
                        : dtype == SEDGE_INT64 ? (const void *)&whole
                                               : &real;
    if (dtype != SEDGE_STRING && dtype != SEDGE_INT64 && dtype != SEDGE_FLOAT32)
        sedge_onnx_refuse(r, SEDGE_EUNSUPPORTED, "labels of type %s without a default", sedge_dtype_name(dtype));
    return sedge_onnx_add_constant(r, dtype, 0, NULL, value);
}

/* of several defaults the one of the values' type counts */
static int32_t default_label(sedge_onnx_reader *r, const sedge_onnx_node *n, sedge_dtype dtype) {
    int32_t constant = sedge_onnx_tensor_attribute(r, n, "default_tensor");
    if (constant < 0 && dtype == SEDGE_STRING)
        constant = sedge_onnx_number_attribute(r, n, "default_string", dtype, false);
    if (constant < 0 && dtype == SEDGE_INT64)
        constant = sedge_onnx_number_attribute(r, n, "default_int64", dtype, false);
    if (constant < 0 && dtype == SEDGE_FLOAT32)
        constant = sedge_onnx_number_attribute(r, n, "default_float", dtype, false);
    return constant < 0 ? usual_label(r, dtype) : constant;
}

static void read_labels(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    static const char *const keys[] = { "keys_strings", "keys_int64s", "keys_floats", "keys_tensor" };
    static const char *const values[] = { "values_strings", "values_int64s", "values_floats", "values_tensor" };
    (void)row;
    int32_t from = label_part(r, n, keys, true), to = label_part(r, n, values, true);
    if (from < 0 || to < 0)
        sedge_onnx_refuse(r, SEDGE_EINVALID, "it has no keys or no values");
    if (n->r->status)
        return;
    sedge_onnx_set_input(r, op, 1, from);
    sedge_onnx_set_input(r, op, 2, to);
    sedge_onnx_set_input(r, op, 3, default_label(r, n, sedge_onnx_tensor_at(r, to)->dtype));
}

/* 1 where x is above the threshold, else 0, in the type of x: a comparison and a cast like x */
static void read_binarizer(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    (void)row;
    const float threshold = sedge_onnx_float(n, "threshold", 0);
    if (op->n_inputs != 1 || op->inputs[0] < 0) {
        sedge_onnx_refuse(r, SEDGE_EINVALID, "%u inputs, 1 is needed", op->n_inputs);
        return;
    }
    int32_t x = op->inputs[0], above = sedge_onnx_add_tensor(r);
    sedge_op compare = { .kind = SEDGE_OP_GREATER, .name = op->name };
    sedge_onnx_set_input(r, &compare, 0, x);
    sedge_onnx_set_input(r, &compare, 1, sedge_onnx_add_constant(r, SEDGE_FLOAT32, 0, NULL, &threshold));
    sedge_onnx_add_output(r, &compare, above);
    sedge_onnx_emit(r, &compare);
    sedge_onnx_set_input(r, op, 0, above);
    sedge_onnx_set_input(r, op, 1, x);
}

static const sedge_onnx_row rows[] = {
    { "ArrayFeatureExtractor", 1, 0, SEDGE_OP_GATHER, 0, read_array_feature_extractor },
    { "TreeEnsemble", 5, 0, SEDGE_OP_TREE_ENSEMBLE, 0, sedge_onnx_read_tree_nodes },
    { "TreeEnsembleClassifier", 1, 4, SEDGE_OP_TREE_ENSEMBLE, true, read_trees },
    { "TreeEnsembleRegressor", 1, 4, SEDGE_OP_TREE_ENSEMBLE, false, read_trees },
    { "LabelEncoder", 2, 0, SEDGE_OP_LABEL_ENCODER, 0, read_labels },
    { "Scaler", 1, 0, SEDGE_OP_SCALER, 0, read_scaler },
    { "LinearClassifier", 1, 0, SEDGE_OP_LINEAR_MODEL, true, read_linear },
    { "LinearRegressor", 1, 0, SEDGE_OP_LINEAR_MODEL, false, read_linear },
    { "Normalizer", 1, 0, SEDGE_OP_NORMALIZER, 0, read_normalizer },
    { "Binarizer", 1, 0, SEDGE_OP_CAST, 0, read_binarizer },
    { "Imputer", 1, 0, SEDGE_OP_IMPUTER, 0, read_imputer },
    { "OneHotEncoder", 1, 0, SEDGE_OP_ONE_HOT_ENCODER, 0, read_one_hot },
    { "FeatureVectorizer", 1, 0, SEDGE_OP_FEATURE_VECTORIZER, 0, NULL },
    { "ZipMap", 1, 0, SEDGE_OP_IDENTITY, 0, NULL },
};

const sedge_onnx_family sedge_onnx_ml = { true, rows, SEDGE_COUNT(rows) };
