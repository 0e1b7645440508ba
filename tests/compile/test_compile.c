/* SPDX-License-Identifier: Apache-2.0 */
#include "include/sedge_test.h"

#include <string.h>

#include "compile/compile.h"
#include "runtime/compiled.h"

/* x [1 x 3] int8 -> FULLY_CONNECTED -> y [1 x 2], or another operator between x and y */
typedef struct net {
    float scale;
    sedge_tensor tensors[3];
    sedge_op op;
    int32_t inputs[2], output;
    sedge_graph g;
} net;

static const int8_t weights[] = { 1, -2, 3, 4, 5, -6 };

static sedge_tensor tensor(net *n, const char *name, int32_t rows, int32_t columns) {
    return (sedge_tensor){ .name = name,
                           .dtype = SEDGE_INT8,
                           .rank = 2,
                           .dims = { rows, columns },
                           .size_bytes = (size_t)(rows * columns),
                           .quant = { .count = 1, .scales = &n->scale } };
}

static void dense(net *n) {
    *n = (net){ .scale = .25f, .inputs = { 0, 1 }, .output = 2 };
    n->tensors[0] = tensor(n, "x", 1, 3);
    n->tensors[1] = tensor(n, "w", 2, 3);
    n->tensors[1].data = weights;
    n->tensors[2] = tensor(n, "y */ #error", 1, 2);
    n->op = (sedge_op){
        .kind = SEDGE_OP_FULLY_CONNECTED, .n_inputs = 2, .inputs = n->inputs, .n_outputs = 1, .outputs = &n->output
    };
    n->g = (sedge_graph){ .n_tensors = 3,
                          .tensors = n->tensors,
                          .n_ops = 1,
                          .ops = &n->op,
                          .n_inputs = 1,
                          .inputs = n->inputs,
                          .n_outputs = 1,
                          .outputs = &n->output };
}

static sedge_status compile(const net *n, const char *name, sedge_c_sources *ret, sedge_error *err) {
    sedge_model *model = NULL;
    sedge_status st = sedge_model_from_graph(&n->g, NULL, &model, err);
    assert_int_equal(st, SEDGE_OK);
    st = sedge_compile(model, name, "a*/b.tflite", ret, err);
    sedge_model_free(model);
    return st;
}

static const char *text_of(const sedge_c_sources *s, const char *name) {
    for (size_t i = 0; i < s->n; i++)
        if (strcmp(s->files[i].name, name) == 0)
            return (const char *)s->files[i].text.p;
    return NULL;
}

static void test_sources(void **state) {
    (void)state;
    net n;
    dense(&n);
    SEDGE_AUTO_C_SOURCES s = { 0 };
    sedge_error err;
    assert_int_equal(compile(&n, "tiny", &s, &err), SEDGE_OK);
    const char *header = text_of(&s, "tiny.h"), *model = text_of(&s, "tiny.c");
    assert_non_null(header);
    assert_non_null(model);
    assert_non_null(strstr(header, "#define TINY_INPUT_0_BYTES 3\n"));
    assert_non_null(strstr(header, "#define TINY_OUTPUT_0_SCALE 0.25f\n"));
    assert_non_null(strstr(header, "void tiny_invoke(void);"));
    assert_non_null(strstr(header, "'y _/ #error'"));
    assert_non_null(strstr(model, "a_/b.tflite"));
    assert_non_null(strstr(model, "1, -2, 3, 4, 5, -6,"));
    assert_null(strstr(model, "malloc"));
    assert_non_null(text_of(&s, "sedge_fully_connected_s8.c"));
    assert_non_null(text_of(&s, "sedge_rounding.h"));
    assert_null(text_of(&s, "sedge_softmax_s8.c"));
    assert_null(strstr(text_of(&s, "sedge_fully_connected_s8.c"), "compile/micro"));
}

static void test_refusals(void **state) {
    (void)state;
    net n;
    dense(&n);
    SEDGE_AUTO_C_SOURCES s = { 0 };
    sedge_error err;
    assert_int_equal(compile(&n, "Tiny", &s, &err), SEDGE_EUSAGE);
    assert_int_equal(compile(&n, "1tiny", &s, &err), SEDGE_EUSAGE);
    assert_int_equal(compile(&n, "", &s, &err), SEDGE_EUSAGE);
    n.op.kind = SEDGE_OP_CAST;
    n.op.n_inputs = 1;
    n.tensors[2].dims[1] = 3;
    n.tensors[0].size_bytes = n.tensors[2].size_bytes = 12;
    n.tensors[0].dtype = SEDGE_INT32;
    n.tensors[2].dtype = SEDGE_FLOAT32;
    n.tensors[2].quant.count = n.tensors[0].quant.count = 0;
    assert_int_equal(compile(&n, "tiny", &s, &err), SEDGE_EUNSUPPORTED);
    assert_non_null(strstr(err.text, "operator 0 CAST"));
}

static void test_names(void **state) {
    (void)state;
    static const char *const rows[][2] = {
        { "models/kws.tflite", "kws" },
        { "Kws-1.b.onnx", "kws_1_b" },
        { "9.tflite", "model_9" },
        { ".tflite", "model__tflite" },
        { "", "model_" },
    };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        char name[SEDGE_C_NAME_MAX + 1];
        sedge_c_name_of(rows[i][0], name);
        assert_string_equal(name, rows[i][1]);
    }
    char long_path[300], name[SEDGE_C_NAME_MAX + 1];
    memset(long_path, 'x', sizeof long_path - 1);
    long_path[sizeof long_path - 1] = '\0';
    sedge_c_name_of(long_path, name);
    assert_int_equal(strlen(name), SEDGE_C_NAME_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sources),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
