/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every case under expected/ of the test data, with several CPU masks, against what the reference runtime computed:
 * integers of TensorFlow Lite Micro bit for bit, float32 within 1e-5 of the largest magnitude; LiteRT and ONNX Runtime
 * within 1e-3. LiteRT rounds quantised networks otherwise: its cases are in a table with the difference allowed. A
 * model that is not supported must be refused with SEDGE_EUNSUPPORTED.
 *
 * SEDGE_TEST_MACS is the arithmetic that a case may cost with one mask (multiply-accumulates; default below): of a
 * longer sequence the first steps run. With all that the CPU has every case runs a step; with lesser masks only a case
 * that can afford it.
 */
#include "sedge/instance.h"

#include <dirent.h>
#include <jansson.h>

#include "../include/sedge_test_data.h"

#include "model/graph.h"
#include "model/tflite_read.h"

enum { INPUTS_MAX = 8, OUTPUTS_MAX = 16 };
#define MACS_DEFAULT 1.5e8
/* scalar kernels in a build with sanitizers are slow */
#define MACS_SHARE_SCALAR 0.1

/* Largest difference to LiteRT: steps of an integer output, else a share of the largest magnitude. */
static const struct {
    const char *name;
    double limit;
} litert_limits[] = {
    { "kws_ref_float32.kws01_1000", 2e-3 }, /* activations quantised on the way: 1 of 1000 is beyond 1e-3 */
    { "mobilenet_v1_0.25_128_quant.burger", 1 },
    { "mobilenet_v1_0.25_128_quant.cat", 2 },
    { "mobilenet_v1_0.25_128_quant.grace_hopper", 2 },
    { "mobilenet_v1_0.25_224_quant.burger", 0 },
    { "mobilenet_v1_0.25_224_quant.cat", 6 },
    { "mobilenet_v1_0.25_224_quant.grace_hopper", 2 },
    { "mobilenet_v2_1.0_224_quant.cat", 3 },
    { "mobilenet_v2_1.0_224_quant.grace_hopper", 3 },
    { "movenet_lightning.squat", .36 }, /* confidences, of which there are few; places are within .02 */
    { "yamnet.speech_0", .026 },        /* six steps of its int8 output */
};

typedef struct run_case {
    const char *folder, *part, *name;
    json_t *doc;
    bool litert, sequence, reset;
    blob model;
} run_case;

/* ---- inputs that are not stored as arrays ---- */

static int8_t saturated(double x) {
    return (int8_t)(x < -128 ? -128 : x > 127 ? 127 : lrint(x));
}

/* a real number as an element of an input, quantised where the input is */
static void store_real(const sedge_tensor *t, uint8_t *to, size_t i, float x) {
    if (t->dtype == SEDGE_FLOAT32)
        sedge_store_f32(to + 4 * i, x);
    else
        to[i] = (uint8_t)saturated((double)(roundf(x / t->quant.scales[0]) + (float)t->quant.zero_points[0]));
}

/* windows of the anomaly detection recording: 640 of its float32 values, every 128 */
static blob ad01_windows(const run_case *c, const sedge_tensor *t) {
    enum { WINDOWS = 196, WIDTH = 640, STRIDE = 128 };
    blob raw = read_blob(c->folder, "inputs/ad01", "normal_id_01_00000000_hist_librosa.bin");
    assert_int_equal(raw.n, 4 * ((WINDOWS - 1) * STRIDE + WIDTH));
    blob b = { calloc(WINDOWS, t->size_bytes), WINDOWS * t->size_bytes };
    for (size_t w = 0; w < WINDOWS; w++)
        for (size_t i = 0; i < WIDTH; i++)
            store_real(t, b.data, w * WIDTH + i, sedge_load_f32(raw.data + 4 * (w * STRIDE + i)));
    free(raw.data);
    return b;
}

/* the files that y_labels.csv lists, in its order, which hold the int8 input */
static blob kws_files(const run_case *c, const sedge_tensor *t) {
    enum { FILES = 1000, VALUES = 490 };
    blob list = read_blob(c->folder, "inputs/kws01", "y_labels.csv"), b = { calloc(FILES, t->size_bytes), 0 };
    char *at = (char *)list.data;
    for (size_t f = 0; f < FILES; f++) {
        char name[64];
        assert_int_equal(sscanf(at, "%63[^,]", name), 1);
        at = strchr(at, '\n') + 1;
        blob file = read_blob(c->folder, "inputs/kws01", name);
        assert_int_equal(file.n, VALUES);
        for (size_t i = 0; i < VALUES; i++) {
            int8_t q = (int8_t)file.data[i];
            if (t->dtype == SEDGE_INT8)
                b.data[f * VALUES + i] = file.data[i];
            else
                store_element(t->dtype, b.data, f * VALUES + i, (float)(q - 83) * 0.5847029089927673f);
        }
        b.n += t->size_bytes;
        free(file.data);
    }
    free(list.data);
    return b;
}

static blob cifar_pixels(const run_case *c, const sedge_tensor *t) {
    blob raw = read_blob(c->folder, "inputs/cifar10", "cifar10_test_rgb_u8.bin");
    size_t size = sedge_dtype_size(t->dtype);
    blob b = { calloc(raw.n, size), raw.n * size };
    for (size_t i = 0; i < raw.n; i++)
        store_element(t->dtype, b.data, i, t->dtype == SEDGE_INT8 ? raw.data[i] - 128 : raw.data[i]);
    free(raw.data);
    return b;
}

/* windows of 480 samples, every 320, of a recording in a plain .wav file named after the case */
static blob wav_windows(const run_case *c, const sedge_tensor *t) {
    enum { HEADER = 44, WIDTH = 480, STRIDE = 320 };
    char name[128];
    snprintf(name, sizeof name, "%s.wav", strchr(c->name, '.') + 1);
    blob raw = read_blob(c->folder, "inputs/micro_speech", name);
    size_t samples = (raw.n - HEADER) / 2, windows = (samples - WIDTH) / STRIDE + 1;
    blob b = { calloc(windows, t->size_bytes), windows * t->size_bytes };
    for (size_t w = 0; w < windows; w++)
        memcpy(b.data + w * t->size_bytes, raw.data + HEADER + 2 * w * STRIDE, 2 * WIDTH);
    free(raw.data);
    return b;
}

static blob derived_input(const run_case *c, const sedge_tensor *t) {
    static const struct {
        const char *prefix;
        blob (*make)(const run_case *c, const sedge_tensor *t);
    } rows[] = {
        { "ad01_", ad01_windows },
        { "kws_ref_", kws_files },
        { "ic_resnet_", cifar_pixels },
        { "audio_preprocessor_", wav_windows },
    };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++)
        if (strncmp(c->name, rows[i].prefix, strlen(rows[i].prefix)) == 0)
            return rows[i].make(c, t);
    fail_msg("%s: no input", c->name);
    return (blob){ 0 };
}

/* ---- a case ---- */

static const char *text_of(json_t *list, size_t i, const char *key) {
    return json_string_value(json_object_get(json_array_get(list, i), key));
}

/* free dimensions take their size from the arrays, as sedge run has it */
static sedge_input_shape shape_of(const run_case *c, const sedge_tensor *t, uint32_t i) {
    json_t *dims = json_object_get(json_array_get(json_object_get(c->doc, "inputs"), i), "shape");
    sedge_input_shape shape = { .input = i, .rank = t->rank };
    for (uint32_t d = 0; d < t->rank; d++) {
        json_t *size = json_array_get(dims, d + (c->sequence ? 1 : 0));
        shape.dims[d] = t->dims[d] == SEDGE_DIM_FREE ? (int32_t)json_integer_value(size) : t->dims[d];
    }
    return shape;
}

static sedge_status open_model(const run_case *c, uint32_t cpu_mask, sedge_model **ret, sedge_error *err) {
    sedge_model_options options = SEDGE_MODEL_OPTIONS_INIT;
    sedge_input_shape shapes[INPUTS_MAX];
    sedge_graph_file file;
    sedge_status st = sedge_graph_read(c->model.data, c->model.n, &file, err);
    if (st)
        return st;
    for (uint32_t i = 0; i < file.graph.n_inputs && i < INPUTS_MAX; i++)
        shapes[options.n_shapes++] = shape_of(c, &file.graph.tensors[file.graph.inputs[i]], i);
    sedge_graph_file_done(&file);
    options.shapes = shapes;
    options.cpu_mask = cpu_mask;
    return sedge_model_open(c->model.data, c->model.n, &options, ret, err);
}

static double macs_budget(uint32_t mask) {
    const char *text = getenv("SEDGE_TEST_MACS");
    return (text ? atof(text) : MACS_DEFAULT) * (mask == SEDGE_CPU_NONE ? MACS_SHARE_SCALAR : 1);
}

static size_t affordable_steps(const sedge_model *model, uint32_t mask, size_t steps) {
    double afford = macs_budget(mask) / (double)(sedge_model_get_stats(model).macs + 1);
    if (afford < 1)
        return mask == SEDGE_CPU_ALL ? 1 : 0;
    return afford < (double)steps ? (size_t)afford : steps;
}

static void collect(const sedge_instance *instance, size_t step, blob *outputs) {
    const sedge_model *model = sedge_instance_model(instance);
    for (uint32_t o = 0; o < sedge_model_output_count(model); o++) {
        size_t n = sedge_model_output(model, o)->size_bytes;
        memcpy(outputs[o].data + step * n, sedge_instance_output(instance, o), n);
    }
}

/* runs the steps that the budget allows and collects each output */
static void run_steps(const run_case *c, const sedge_model *model, uint32_t mask, blob *inputs, blob *outputs) {
    sedge_error err = SEDGE_ERROR_INIT;
    sedge_instance *instance;
    assert_int_equal(sedge_instance_new(model, &instance, &err), SEDGE_OK);
    size_t steps = inputs[0].n / sedge_model_input(model, 0)->size_bytes;
    steps = affordable_steps(model, mask, steps);
    assert_true(sedge_model_output_count(model) <= OUTPUTS_MAX);
    for (uint32_t o = 0; o < sedge_model_output_count(model); o++) {
        outputs[o].n = steps * sedge_model_output(model, o)->size_bytes;
        outputs[o].data = malloc(outputs[o].n + 1);
    }
    for (size_t s = 0; s < steps; s++) {
        if (c->reset)
            sedge_instance_reset(instance);
        for (uint32_t i = 0; i < sedge_model_input_count(model); i++) {
            size_t n = sedge_model_input(model, i)->size_bytes;
            assert_true((s + 1) * n <= inputs[i].n);
            assert_int_equal(sedge_instance_set_input(instance, i, inputs[i].data + s * n, n, &err), SEDGE_OK);
        }
        assert_int_equal(sedge_instance_invoke(instance, &err), SEDGE_OK);
        collect(instance, s, outputs);
    }
    sedge_instance_free(instance);
}

static size_t largest_at(sedge_dtype dtype, const uint8_t *p, size_t n) {
    size_t at = 0;
    for (size_t i = 1; i < n; i++)
        if (element(dtype, p, i) > element(dtype, p, at))
            at = i;
    return at;
}

static double limit_of(const run_case *c, sedge_dtype dtype, double largest) {
    for (size_t i = 0; c->litert && i < SEDGE_COUNT(litert_limits); i++)
        if (strcmp(litert_limits[i].name, c->name) == 0)
            return litert_limits[i].limit * (dtype == SEDGE_FLOAT32 ? largest : 1);
    if (dtype != SEDGE_FLOAT32)
        return 0;
    bool micro = strncmp(json_string_value(json_object_get(c->doc, "producer")), "tflite-micro", 12) == 0;
    return (micro ? 1e-5 : 1e-3) * largest;
}

/* one output; an integer one of LiteRT must have its largest element at the same place in each step */
static void check_output(const run_case *c, const sedge_tensor *t, const sedge_npy *want, const blob *got) {
    if (want->dtype != t->dtype || got->n > want->data.n)
        fail_msg("%s: output '%s' is %s of %zu bytes, expected are %s and %zu", c->name, t->name,
                 sedge_dtype_name(t->dtype), got->n, sedge_dtype_name(want->dtype), want->data.n);
    difference d = compare_elements(t->dtype, want->data.p, got->data, got->n / sedge_dtype_size(t->dtype));
    double limit = limit_of(c, t->dtype, d.largest);
    if (!(d.worst <= limit))
        fail_msg("%s: output '%s' is off by %g, allowed is %g", c->name, t->name, d.worst, limit);
    for (size_t s = 0; c->litert && t->dtype != SEDGE_FLOAT32 && s < got->n; s += t->size_bytes) {
        size_t n = t->size_bytes / sedge_dtype_size(t->dtype);
        assert_int_equal(largest_at(t->dtype, got->data + s, n), largest_at(t->dtype, want->data.p + s, n));
    }
}

/* an array that is stored in a smaller type than the model's, as the model's; owns *file */
static blob as_input(const sedge_tensor *t, const sedge_npy *array, blob *file) {
    if (array->dtype == t->dtype)
        return (blob){ file->data + (array->data.p - file->data), array->data.n };
    size_t n = array->data.n / sedge_dtype_size(array->dtype), size = sedge_dtype_size(t->dtype);
    blob b = { calloc(n, size), n * size };
    for (size_t i = 0; i < n; i++)
        store_element(t->dtype, b.data, i, element(array->dtype, array->data.p, i));
    free(file->data);
    *file = b;
    return b;
}

static void check_case(const run_case *c, sedge_model *model, uint32_t mask) {
    blob inputs[INPUTS_MAX] = { 0 }, got[OUTPUTS_MAX] = { 0 }, files[INPUTS_MAX] = { 0 };
    json_t *in = json_object_get(c->doc, "inputs"), *out = json_object_get(c->doc, "outputs");
    assert_int_equal(json_array_size(in), sedge_model_input_count(model));
    for (size_t i = 0; i < json_array_size(in) && i < SEDGE_COUNT(inputs); i++) {
        const char *file = text_of(in, i, "file");
        sedge_npy array = { 0 };
        if (file) {
            files[i] = read_array(c->folder, c->part, file, &array);
            inputs[i] = as_input(sedge_model_input(model, (uint32_t)i), &array, &files[i]);
        } else {
            inputs[i] = files[i] = derived_input(c, sedge_model_input(model, (uint32_t)i));
        }
    }
    run_steps(c, model, mask, inputs, got);
    assert_true(json_array_size(out) <= sedge_model_output_count(model));
    for (size_t o = 0; o < json_array_size(out); o++) {
        sedge_npy want;
        blob b = read_array(c->folder, c->part, text_of(out, o, "file"), &want);
        check_output(c, sedge_model_output(model, (uint32_t)o), &want, &got[o]);
        free(b.data);
    }
    for (size_t i = 0; i < SEDGE_COUNT(files); i++)
        free(files[i].data);
    for (size_t o = 0; o < OUTPUTS_MAX; o++)
        free(got[o].data);
}

static void run_with_masks(const run_case *c) {
    const uint32_t masks[] = { SEDGE_CPU_ALL, SEDGE_CPU_AVX2, SEDGE_CPU_NONE };
    for (size_t m = 0; m < SEDGE_COUNT(masks); m++) {
        sedge_error err = SEDGE_ERROR_INIT;
        sedge_model *model = NULL;
        if (open_model(c, masks[m], &model, &err)) {
            if (err.status != SEDGE_EUNSUPPORTED || sedge_tflite_is(sedge_bytes_of(c->model.data, c->model.n)))
                fail_msg("%s: %s", c->name, err.text);
            print_message("refused: %s: %s\n", c->name, err.text);
            return;
        }
        json_t *arena = json_object_get(c->doc, "tflm_arena_used_bytes");
        if (arena && sedge_model_get_stats(model).arena_bytes > (size_t)json_integer_value(arena))
            fail_msg("%s: an arena of %zu bytes, TensorFlow Lite Micro needs %lld", c->name,
                     sedge_model_get_stats(model).arena_bytes, (long long)json_integer_value(arena));
        check_case(c, model, masks[m]);
        sedge_model_free(model);
    }
}

static void test_case(void **state) {
    run_case c = { .folder = data_folder(), .name = *state };
    char part[256];
    snprintf(part, sizeof part, "expected/%s", c.name);
    c.part = part;
    blob text = read_blob(c.folder, part, "case.json");
    c.doc = json_loadb((const char *)text.data, text.n, 0, NULL);
    free(text.data);
    assert_non_null(c.doc);
    if (strcmp(c.name, "silero_vad_onnx.speech") == 0) { /* test_silero.c: its state goes from outputs to inputs */
        json_decref(c.doc);
        return;
    }
    c.litert = strncmp(json_string_value(json_object_get(c.doc, "producer")), "LiteRT", 6) == 0;
    c.sequence = json_is_true(json_object_get(c.doc, "sequence"));
    c.reset = json_is_true(json_object_get(c.doc, "state_reset_between_steps"));
    c.model = read_blob(c.folder, ".", json_string_value(json_object_get(c.doc, "model")));
    run_with_masks(&c);
    free(c.model.data);
    json_decref(c.doc);
}

/* a test for each folder, so that a failure names it */
int main(void) {
    enum { CASES_MAX = 256 };
    static char names[CASES_MAX][128];
    static struct CMUnitTest tests[CASES_MAX];
    size_t n = 0;
    char path[1024];
    const char *folder = getenv("SEDGE_TEST_DATA");
    snprintf(path, sizeof path, "%s/expected", folder ? folder : "");
    DIR *dir = opendir(path);
    for (struct dirent *e; dir && (e = readdir(dir)) && n < CASES_MAX;)
        if (e->d_name[0] != '.' && snprintf(names[n], sizeof names[n], "%s", e->d_name) < (int)sizeof names[n]) {
            tests[n] = (struct CMUnitTest){ names[n], test_case, NULL, NULL, names[n] };
            n++;
        }
    if (dir)
        closedir(dir);
    else
        tests[n++] = (struct CMUnitTest){ "cases", test_case, NULL, NULL, NULL };
    return _cmocka_run_group_tests("cases", tests, n, NULL, NULL);
}
