/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operators of signals: streams of records of the test data (inputs/audio_frontend, published with TensorFlow Lite
 * Micro) through one instance each, so that state is held too; rows by hand for what has no published stream.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../include/op_run.h"

/* ---- streams ---- */

enum { VALUES_MAX = 1024, LINE_MAX_BYTES = 16384 };

/* one line of a record: which end of the operator it belongs to */
typedef struct line_rule {
    bool output, valid; /* valid: the line says whether the outputs before it count */
    uint32_t index;
    sedge_dtype dtype;
    int32_t n; /* 0: a scalar */
} line_rule;

typedef struct stream {
    const char *file;
    int head; /* lines before the first record */
    sedge_op op;
    line_rule lines[3];
    int32_t frames; /* not 0: output 0 has this dimension in front */
    const int16_t *window;
} stream;

static int16_t hann[400];

static const stream streams[] = {
    { "energy_test1.txt",
      1,
      { .kind = SEDGE_OP_SIGNAL_ENERGY, .u.signal_energy = { 5, 122 } },
      { { .dtype = SEDGE_INT16, .n = 514 }, { .output = true, .dtype = SEDGE_UINT32, .n = 257 } } },
    { "fft_auto_scale_test1.txt",
      0,
      { .kind = SEDGE_OP_SIGNAL_FFT_AUTO_SCALE },
      { { .dtype = SEDGE_INT16, .n = 400 },
        { .output = true, .dtype = SEDGE_INT16, .n = 400 },
        { .output = true, .index = 1, .dtype = SEDGE_INT32 } } },
    { "rfft_test1.txt",
      1,
      { .kind = SEDGE_OP_SIGNAL_RFFT, .u.signal_fft = { 512 } },
      { { .dtype = SEDGE_INT16, .n = 400 }, { .output = true, .dtype = SEDGE_INT16, .n = 514 } } },
    { "filter_bank_square_root_test1.txt",
      0,
      { .kind = SEDGE_OP_SIGNAL_FILTER_BANK_SQUARE_ROOT },
      { { .dtype = SEDGE_UINT64, .n = 32 },
        { .index = 1, .dtype = SEDGE_INT32 },
        { .output = true, .dtype = SEDGE_UINT32, .n = 32 } } },
    /* smoothing .04 and minimum .05 of the file's head, with 14 bits */
    { "filter_bank_spectral_subtraction_test1.txt",
      1,
      { .kind = SEDGE_OP_SIGNAL_SPECTRAL_SUBTRACTION,
        .u.spectral_subtraction = { 32, 655, 15729, 655, 15729, 0, 819, 0, 14 } },
      { { .dtype = SEDGE_UINT32, .n = 32 },
        { .output = true, .dtype = SEDGE_UINT32, .n = 32 },
        { .output = true, .index = 1, .dtype = SEDGE_UINT32, .n = 32 } } },
    { "framer_test1.txt",
      1,
      { .kind = SEDGE_OP_SIGNAL_FRAMER, .u.signal_framer = { 400, 160, 0 } },
      { { .dtype = SEDGE_INT16, .n = 160 },
        { .output = true, .dtype = SEDGE_INT16, .n = 400 },
        { .output = true, .valid = true, .index = 1, .dtype = SEDGE_BOOL } },
      .frames = 1 },
    { "stacker_test1.txt",
      1,
      { .kind = SEDGE_OP_SIGNAL_STACKER, .u.signal_stacker = { 32, 1, 1, 2 } },
      { { .dtype = SEDGE_INT16, .n = 32 },
        { .output = true, .dtype = SEDGE_INT16, .n = 96 },
        { .output = true, .valid = true, .index = 1, .dtype = SEDGE_BOOL } } },
    { "window_test1.txt",
      1,
      { .kind = SEDGE_OP_SIGNAL_WINDOW, .u.signal_window = { 12 } },
      { { .dtype = SEDGE_INT16, .n = 400 }, { .output = true, .dtype = SEDGE_INT16, .n = 400 } },
      .window = hann },
};

static void put(sedge_dtype dtype, void *to, size_t i, long long v) {
    size_t size = sedge_dtype_size(dtype);
    memcpy((uint8_t *)to + i * size, &v, size); /* little-endian */
}

static void add_end(const stream *s, const line_rule *rule, sedge_tensor *t) {
    *t = (sedge_tensor){ .name = rule->output ? "y" : "x", .dtype = rule->dtype };
    if (rule->output && rule->index == 0 && s->frames)
        t->dims[t->rank++] = s->frames;
    if (rule->n)
        t->dims[t->rank++] = rule->n;
}

/* the model borrows the lists of ends */
static sedge_instance *open_stream(const stream *s, sedge_model **model) {
    sedge_tensor tensors[4] = { 0 };
    static int32_t inputs[2], outputs[2], op_inputs[2];
    uint32_t n = 0, n_inputs = 0, n_outputs = 0, n_op_inputs = 0;
    for (size_t i = 0; i < SEDGE_COUNT(s->lines) && s->lines[i].dtype + s->lines[i].n; i++) {
        add_end(s, &s->lines[i], &tensors[n]);
        if (s->lines[i].output)
            outputs[n_outputs++] = (int32_t)n++;
        else
            inputs[n_inputs++] = op_inputs[n_op_inputs++] = (int32_t)n++;
    }
    if (s->window) {
        tensors[n] = (sedge_tensor){ "w", SEDGE_INT16, 1, { 400 }, .data = s->window };
        op_inputs[n_op_inputs++] = (int32_t)n++;
    }
    sedge_op op = s->op;
    op.inputs = op_inputs;
    op.n_inputs = n_op_inputs;
    op.outputs = outputs;
    op.n_outputs = n_outputs;
    const sedge_graph g = { n, tensors, 1, &op, n_inputs, inputs, n_outputs, outputs, NULL };
    sedge_error err = SEDGE_ERROR_INIT;
    if (sedge_model_from_graph(&g, NULL, model, &err))
        fail_msg("%s: %s", s->file, err.text);
    sedge_instance *instance;
    assert_int_equal(sedge_instance_new(*model, &instance, &err), SEDGE_OK);
    return instance;
}

static bool read_line(FILE *f, const line_rule *rule, uint8_t *values) {
    static char text[LINE_MAX_BYTES];
    if (!fgets(text, sizeof text, f))
        return false;
    char *at = text;
    size_t wanted = rule->n ? (size_t)rule->n : 1;
    for (size_t i = 0; i < wanted; i++)
        put(rule->dtype, values, i, strtoll(at, &at, 10));
    return true;
}

/* energies are defined inside the range of the operator only */
static void compare(const stream *s, const line_rule *rule, const uint8_t *want, const uint8_t *got, int record) {
    size_t size = sedge_dtype_size(rule->dtype), from = 0, to = rule->n ? (size_t)rule->n : 1;
    if (s->op.kind == SEDGE_OP_SIGNAL_ENERGY) {
        from = (size_t)s->op.u.signal_energy.start;
        to = (size_t)s->op.u.signal_energy.end;
    }
    for (size_t i = from; i < to; i++)
        if (memcmp(want + i * size, got + i * size, size) != 0)
            fail_msg("%s: record %d, output %u, value %zu differs", s->file, record, rule->index, i);
}

static bool run_record(const stream *s, FILE *f, sedge_instance *instance, int record) {
    static uint8_t lines[3][VALUES_MAX * 8];
    sedge_error err = SEDGE_ERROR_INIT;
    const sedge_model *model = sedge_instance_model(instance);
    bool valid = true;
    uint32_t n = 0;
    for (; n < 3 && s->lines[n].dtype + s->lines[n].n; n++) {
        const line_rule *rule = &s->lines[n];
        if (!read_line(f, rule, lines[n]))
            return false;
        if (rule->valid)
            valid = lines[n][0];
        if (!rule->output)
            assert_int_equal(sedge_instance_set_input(instance, rule->index, lines[n],
                                                      sedge_model_input(model, rule->index)->size_bytes, &err),
                             SEDGE_OK);
    }
    assert_int_equal(sedge_instance_invoke(instance, &err), SEDGE_OK);
    for (uint32_t i = 0; i < n; i++)
        if (s->lines[i].output && (valid || s->lines[i].valid))
            compare(s, &s->lines[i], lines[i], sedge_instance_output(instance, s->lines[i].index), record);
    return true;
}

static void run_stream(const stream *s, const char *folder, bool twice) {
    char path[1024], head[256];
    snprintf(path, sizeof path, "%s/inputs/audio_frontend/%s", folder, s->file);
    FILE *f = fopen(path, "r");
    if (!f)
        fail_msg("%s cannot be opened", path);
    sedge_model *model;
    sedge_instance *instance = open_stream(s, &model);
    for (int pass = 0; pass <= twice; pass++) { /* a reset gives the fresh state again */
        rewind(f);
        sedge_instance_reset(instance);
        for (int i = 0; i < s->head; i++)
            assert_non_null(fgets(head, sizeof head, f));
        int records = 0;
        while (run_record(s, f, instance, records))
            records++;
        assert_true(records > 1);
    }
    sedge_instance_free(instance);
    sedge_model_free(model);
    fclose(f);
}

static void test_streams(void **state) {
    (void)state;
    const char *folder = getenv("SEDGE_TEST_DATA");
    char path[1024];
    snprintf(path, sizeof path, "%s/inputs/audio_frontend/%s", folder ? folder : "", streams[0].file);
    FILE *f = fopen(path, "r");
    if (!f) {
        print_message("skipped: SEDGE_TEST_DATA names no folder with inputs/audio_frontend\n");
        skip();
    }
    fclose(f);
    for (int i = 0; i < 400; i++)
        hann[i] = (int16_t)rint((.5 - .5 * cos(2 * 3.14159265358979323846 / 400 * (i + .5))) * 4096);
    for (size_t i = 0; i < SEDGE_COUNT(streams); i++)
        run_stream(&streams[i], folder, true);
}

/* ---- rows ---- */

static const op_run rows[] = {
    { "delay of more than a frame",
      { .kind = SEDGE_OP_SIGNAL_DELAY, .u.signal_delay = 3 },
      .in = { { SEDGE_INT16, DIMS(2, 2), VALUES(int16_t, 1, 2, 3, 4) } },
      .out = { { SEDGE_INT16, DIMS(2, 2), VALUES(int16_t, 0, 0, 0, 0) } } },
    { "delay of less",
      { .kind = SEDGE_OP_SIGNAL_DELAY, .u.signal_delay = 1 },
      .in = { { SEDGE_INT16, DIMS(2, 3), VALUES(int16_t, 1, 2, 3, 4, 5, 6) } },
      .out = { { SEDGE_INT16, DIMS(2, 3), VALUES(int16_t, 0, 1, 2, 0, 4, 5) } } },
    { "overlap",
      { .kind = SEDGE_OP_SIGNAL_OVERLAP_ADD, .u.signal_overlap_step = 1 },
      .in = { { SEDGE_INT16, DIMS(3, 2), VALUES(int16_t, 1, 30000, 2767, 5, 6, 7) } },
      .out = { { SEDGE_INT16, DIMS(3), VALUES(int16_t, 1, 32767, 11) } } },
    { "overlap in float32",
      { .kind = SEDGE_OP_SIGNAL_OVERLAP_ADD, .u.signal_overlap_step = 2 },
      .in = { { SEDGE_FLOAT32, DIMS(2, 3), VALUES(float, 1, 2, 3, 4, 5, 6) } },
      .out = { { SEDGE_FLOAT32, DIMS(4), VALUES(float, 1, 2, 7, 5) } } },
    { "framer with prefill",
      { .kind = SEDGE_OP_SIGNAL_FRAMER, .u.signal_framer = { 3, 2, 1 } },
      .in = { { SEDGE_INT16, DIMS(4), VALUES(int16_t, 1, 2, 3, 4) } },
      .out = { { SEDGE_INT16, DIMS(2, 3), VALUES(int16_t, 0, 1, 2, 2, 3, 4) },
               { SEDGE_BOOL, .rank = 0, VALUES(uint8_t, 1) } } },
    { "filter that reaches too far",
      { .kind = SEDGE_OP_SIGNAL_FILTER_BANK, .u.signal_channels = 1 },
      .in = { { SEDGE_UINT32, DIMS(4), VALUES(uint32_t, 1, 2, 3, 4) },
              { SEDGE_INT16, DIMS(4), VALUES(int16_t, 1, 1, 1, 1), .constant = true },
              { SEDGE_INT16, DIMS(4), VALUES(int16_t, 1, 1, 1, 1), .constant = true },
              { SEDGE_INT16, DIMS(2), VALUES(int16_t, 0, 3), .constant = true },
              { SEDGE_INT16, DIMS(2), VALUES(int16_t, 0, 0), .constant = true },
              { SEDGE_INT16, DIMS(2), VALUES(int16_t, 2, 2), .constant = true } },
      .out = { { SEDGE_UINT64, DIMS(1), VALUES(uint64_t, 0) } },
      .refused = "reaches beyond" },
    { "float32 transform",
      { .kind = SEDGE_OP_SIGNAL_RFFT, .u.signal_fft = { 4 } },
      .in = { { SEDGE_FLOAT32, DIMS(3), VALUES(float, 1, 2, 3) } },
      .out = { { SEDGE_FLOAT32, DIMS(6), VALUES(float, 6, 0, -2, -2, 2, 0) } },
      .tolerance = 1e-6f },
    { "float32 inverse",
      { .kind = SEDGE_OP_SIGNAL_IRFFT, .u.signal_fft = { 4 } },
      .in = { { SEDGE_FLOAT32, DIMS(6), VALUES(float, 6, 0, -2, -2, 2, 0) } },
      .out = { { SEDGE_FLOAT32, DIMS(4), VALUES(float, 1, 2, 3, 0) } },
      .tolerance = 1e-6f },
    { "length 6",
      { .kind = SEDGE_OP_SIGNAL_RFFT, .u.signal_fft = { 6 } },
      .in = { { SEDGE_FLOAT32, DIMS(3), VALUES(float, 1, 2, 3) } },
      .out = { { SEDGE_FLOAT32, DIMS(8), VALUES(float, 0, 0, 0, 0, 0, 0, 0, 0) } },
      .refused = "power of two" },
    { "two dimensions",
      { .kind = SEDGE_OP_RFFT2D },
      .in = { { SEDGE_FLOAT32, DIMS(2, 2), VALUES(float, 1, 2, 3, 4) },
              { SEDGE_INT32, DIMS(2), VALUES(int32_t, 2, 2), .constant = true } },
      .out = { { SEDGE_COMPLEX64, DIMS(2, 2), VALUES(float, 10, 0, -2, 0, -4, 0, 0, 0) } } },
    { "magnitude",
      { .kind = SEDGE_OP_COMPLEX_ABS },
      .in = { { SEDGE_COMPLEX64, DIMS(2), VALUES(float, 3, -4, 0, 1) } },
      .out = { { SEDGE_FLOAT32, DIMS(2), VALUES(float, 5, 1) } } },
};

static void test_rows(void **state) {
    (void)state;
    op_run_all(rows, SEDGE_COUNT(rows), SEDGE_CPU_ALL);
}

/* ---- detections ---- */

/* three boxes, the second nearly on the first; scores of two classes behind the background */
#define BOXES                                                                                                          \
    { SEDGE_FLOAT32, DIMS(1, 3, 4), VALUES(float, 0, 0, 0, 0, .1f, 0, 0, 0, 0, 0, 0, 0) }
#define ANCHORS                                                                                                        \
    { SEDGE_FLOAT32, DIMS(3, 4), VALUES(float, .5f, .5f, 1, 1, .5f, .5f, 1, 1, 5, 5, 2, 2), .constant = true }
#define SCORES(...)                                                                                                    \
    { SEDGE_FLOAT32, DIMS(1, 3, 3), VALUES(float, __VA_ARGS__) }
#define OPTIONS(is_regular, n, per_box)                                                                                \
    {                                                                                                                  \
        .kind = SEDGE_OP_DETECTION_POSTPROCESS, .u.detection = {                                                       \
            .max_detections = (n),                                                                                     \
            .max_classes = (per_box),                                                                                  \
            .detections_per_class = 100,                                                                               \
            .num_classes = 2,                                                                                          \
            .regular = (is_regular),                                                                                   \
            .score_threshold = .2f,                                                                                    \
            .iou_threshold = .5f,                                                                                      \
            .scale = { 10, 10, 5, 5 }                                                                                  \
        }                                                                                                              \
    }

static const op_run detections[] = {
    { "fast", OPTIONS(0, 3, 1), .in = { BOXES, SCORES(0, .5f, .25f, 0, .25f, .75f, 0, .5f, 0), ANCHORS },
      .out = { { SEDGE_FLOAT32, DIMS(1, 3, 4), VALUES(float, .01f, 0, 1.01f, 1, 4, 4, 6, 6, 0, 0, 0, 0) },
               { SEDGE_FLOAT32, DIMS(1, 3), VALUES(float, 1, 0, 0) },
               { SEDGE_FLOAT32, DIMS(1, 3), VALUES(float, .75f, .5f, 0) },
               { SEDGE_FLOAT32, DIMS(1), VALUES(float, 2) } },
      .tolerance = 1e-6f },
    { "class by class", OPTIONS(1, 3, 1), .in = { BOXES, SCORES(0, .5f, .25f, 0, .25f, .75f, 0, .5f, 0), ANCHORS },
      .out = { { SEDGE_FLOAT32, DIMS(1, 3, 4), VALUES(float, .01f, 0, 1.01f, 1, 0, 0, 1, 1, 4, 4, 6, 6) },
               { SEDGE_FLOAT32, DIMS(1, 3), VALUES(float, 1, 0, 0) },
               { SEDGE_FLOAT32, DIMS(1, 3), VALUES(float, .75f, .5f, .5f) },
               { SEDGE_FLOAT32, DIMS(1), VALUES(float, 3) } },
      .tolerance = 1e-6f },
    { "no threshold of overlap",
      { .kind = SEDGE_OP_DETECTION_POSTPROCESS, .u.detection = { 1, 1, 1, 2, 0, 0, 0, { 1, 1, 1, 1 } } },
      .in = { BOXES, SCORES(0, .5f, .25f, 0, .25f, .75f, 0, .5f, 0), ANCHORS },
      .out = { { SEDGE_FLOAT32, DIMS(1, 1, 4), VALUES(float, 0, 0, 0, 0) },
               { SEDGE_FLOAT32, DIMS(1, 1), VALUES(float, 0) },
               { SEDGE_FLOAT32, DIMS(1, 1), VALUES(float, 0) },
               { SEDGE_FLOAT32, DIMS(1), VALUES(float, 0) } },
      .refused = "nms_iou_threshold" },
};

static void test_detections(void **state) {
    (void)state;
    op_run_all(detections, SEDGE_COUNT(detections), SEDGE_CPU_ALL);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_streams), cmocka_unit_test(test_rows),
                                        cmocka_unit_test(test_detections) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
