/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operator vectors of ONNX (models/onnx-node and models/onnx-pytorch of the test data): each passes. Prints
 * the share.
 *
 * SEDGE_ONNX_CASE=text runs only the cases whose name has that text.
 */
#include "sedge/instance.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../include/sedge_test.h"

#include "model/onnx_tensor.h"
#include "os/file.h"

enum { FILE_MAX = 64 << 20, ENDS_MAX = 16, CASES_MAX = 1024, TEXTS_MAX = 32 };
static const double tolerance = 1e-3;

typedef struct vector {
    uint8_t *file;
    sedge_pool pool;
    sedge_tensor tensor;
    char texts[TEXTS_MAX][64]; /* of type string: its numbers are of this array */
    uint32_t n_texts;
    sedge_error err; /* of an array that cannot be read */
} vector;

static uint32_t add_text(void *user, sedge_bytes text) {
    vector *v = user;
    assert_true(v->n_texts < TEXTS_MAX && text.n < sizeof v->texts[0]);
    memcpy(v->texts[v->n_texts], text.p, text.n);
    return v->n_texts++;
}

/* from numbers of the array to numbers of the model */
static void number_texts(vector *v, const sedge_model *model) {
    uint32_t *numbers = sedge_pool_take(&v->pool, v->n_texts, sizeof *numbers);
    for (uint32_t i = 0; i < v->n_texts; i++)
        numbers[i] = sedge_model_find_string(model, v->texts[i]);
    if (v->tensor.dtype == SEDGE_STRING)
        v->tensor.data = numbers;
}

static void vector_done(vector *v) {
    free(v->file);
    sedge_pool_done(&v->pool);
}

static bool load(const char *path, vector *v) {
    if (!sedge_file_exists(NULL, path))
        return false;
    size_t n;
    *v = (vector){ .pool = sedge_pool_init(SIZE_MAX), .tensor = { .name = "" }, .err = SEDGE_ERROR_INIT };
    if (sedge_file_read(NULL, path, FILE_MAX, &v->file, &n, &v->err))
        fail_msg("%s", v->err.text);
    sedge_pbr r = { .start = v->file, .err = &v->err };
    const sedge_onnx_numbering texts = { add_text, v };
    sedge_onnx_read_tensor(&r, &v->pool, &texts, sedge_bytes_of(v->file, n), &v->tensor);
    return true;
}

static uint32_t load_all(const char *folder, const char *what, vector *v) {
    char path[1024];
    uint32_t n = 0;
    for (; n < ENDS_MAX; n++) {
        snprintf(path, sizeof path, "%s/test_data_set_0/%s_%u.pb", folder, what, n);
        if (!load(path, &v[n]))
            break;
    }
    return n;
}

/* ---- comparing ---- */

static double half(uint16_t bits) {
    int exponent = bits >> 10 & 31;
    double m = bits & 1023, v = exponent == 0 ? ldexp(m, -24) : ldexp(m + 1024, exponent - 25);
    if (exponent == 31)
        v = m != 0 ? (double)NAN : (double)INFINITY;
    return bits & 0x8000 ? -v : v;
}

static double real_at(const sedge_tensor *t, const uint8_t *p, size_t i) {
    float f;
    double d;
    uint16_t h;
    if (t->dtype == SEDGE_FLOAT32) {
        memcpy(&f, p + 4 * i, 4);
        return (double)f;
    }
    if (t->dtype == SEDGE_FLOAT64) {
        memcpy(&d, p + 8 * i, 8);
        return d;
    }
    memcpy(&h, p + 2 * i, 2);
    return half(h);
}

static bool is_real(sedge_dtype dtype) {
    return dtype == SEDGE_FLOAT32 || dtype == SEDGE_FLOAT64 || dtype == SEDGE_FLOAT16;
}

static bool equal_real(double want, double got, double largest) {
    if (isnan(want) || isinf(want))
        return isnan(want) ? isnan(got) : want == got;
    return fabs(want - got) <= tolerance * fabs(want) + 1e-6 * largest + 1e-7;
}

/* NULL, or what is wrong */
static const char *compare(const sedge_tensor *want, const sedge_tensor *t, uint32_t rank, const int32_t *dims,
                           const uint8_t *got, char *text, size_t size) {
    bool same = t->dtype == want->dtype && rank == want->rank;
    for (uint32_t i = 0; same && i < rank; i++)
        same = dims[i] == want->dims[i];
    if (!same) {
        int n = snprintf(text, size, "type %s and shape", sedge_dtype_name(t->dtype));
        for (uint32_t i = 0; i < rank; i++)
            n += snprintf(text + n, size - (size_t)n, " %d", dims[i]);
        n += snprintf(text + n, size - (size_t)n, ", wanted %s", sedge_dtype_name(want->dtype));
        for (uint32_t i = 0; i < want->rank; i++)
            n += snprintf(text + n, size - (size_t)n, " %d", want->dims[i]);
        return text;
    }
    size_t n = want->size_bytes / sedge_dtype_size(want->dtype);
    if (!is_real(want->dtype)) {
        for (size_t i = 0; i < want->size_bytes; i++)
            if (got[i] != ((const uint8_t *)want->data)[i]) {
                snprintf(text, size, "byte %zu is %d, wanted %d", i, got[i], ((const uint8_t *)want->data)[i]);
                return text;
            }
        return NULL;
    }
    double largest = 0;
    for (size_t i = 0; i < n; i++) {
        double w = fabs(real_at(want, want->data, i));
        largest = w > largest && !isinf(w) ? w : largest;
    }
    for (size_t i = 0; i < n; i++) {
        double w = real_at(want, want->data, i), g = real_at(want, got, i);
        if (!equal_real(w, g, largest)) {
            snprintf(text, size, "element %zu is %.9g, wanted %.9g", i, g, w);
            return text;
        }
    }
    return NULL;
}

/* ---- one case ---- */

typedef enum outcome { PASSED, REFUSED, FAILED } outcome;

typedef struct one_case {
    const char *name;
    vector in[ENDS_MAX], want[ENDS_MAX];
    uint32_t n_in, n_want;
    uint8_t *file;
    size_t size;
    char text[512]; /* why it was refused or failed */
} one_case;

static outcome run_model(one_case *c, const sedge_model *model) {
    sedge_error err = SEDGE_ERROR_INIT;
    sedge_instance *instance;
    if (sedge_instance_new(model, &instance, &err))
        fail_msg("%s: %s", c->name, err.text);
    sedge_status st = SEDGE_OK;
    for (uint32_t i = 0; i < c->n_in; i++)
        number_texts(&c->in[i], model);
    for (uint32_t i = 0; !st && i < c->n_in; i++)
        st = sedge_instance_set_input(instance, i, c->in[i].tensor.data, c->in[i].tensor.size_bytes, &err);
    if (!st)
        st = sedge_instance_invoke(instance, &err);
    for (uint32_t i = 0; i < c->n_want; i++)
        number_texts(&c->want[i], model);
    const char *wrong = st ? err.text : NULL;
    if (sedge_model_output_count(model) != c->n_want)
        wrong = "another number of outputs";
    for (uint32_t i = 0; !wrong && i < c->n_want; i++) {
        uint32_t rank;
        int32_t dims[SEDGE_RANK_MAX];
        st = sedge_instance_output_shape(instance, i, &rank, dims, &err);
        wrong = st ? err.text
                   : compare(&c->want[i].tensor, sedge_model_output(model, i), rank, dims,
                             sedge_instance_output(instance, i), c->text, sizeof c->text);
    }
    if (wrong && wrong != c->text)
        snprintf(c->text, sizeof c->text, "%s", wrong);
    sedge_instance_free(instance);
    return wrong ? FAILED : PASSED;
}

/* an array of a type that is not known: the model must be refused */
static bool unreadable(const vector *v, uint32_t n) {
    for (uint32_t i = 0; i < n; i++)
        if (v[i].err.status)
            return true;
    return false;
}

static outcome run_case(one_case *c) {
    sedge_error err = SEDGE_ERROR_INIT;
    sedge_input_shape shapes[ENDS_MAX];
    sedge_input_value values[ENDS_MAX];
    for (uint32_t i = 0; i < c->n_in; i++) {
        const sedge_tensor *t = &c->in[i].tensor;
        shapes[i] = (sedge_input_shape){ .input = i, .rank = t->rank };
        memcpy(shapes[i].dims, t->dims, sizeof t->dims);
        values[i] = (sedge_input_value){ i, t->data, t->size_bytes };
    }
    sedge_model_options options = SEDGE_MODEL_OPTIONS_INIT;
    options.shapes = shapes;
    options.values = values;
    bool readable = !unreadable(c->in, c->n_in) && !unreadable(c->want, c->n_want);
    options.n_shapes = options.n_values = readable ? c->n_in : 0;
    sedge_model *model;
    sedge_status st = sedge_model_open(c->file, c->size, &options, &model, &err);
    if (st) {
        snprintf(c->text, sizeof c->text, "%s", err.text);
        return st == SEDGE_EUNSUPPORTED ? REFUSED : FAILED;
    }
    outcome o = readable && sedge_model_input_count(model) == c->n_in ? run_model(c, model) : FAILED;
    sedge_model_free(model);
    return o;
}

static outcome run_folder(const char *folder, const char *name) {
    one_case c = { .name = name };
    char path[1024];
    sedge_error err = SEDGE_ERROR_INIT;
    snprintf(path, sizeof path, "%s/model.onnx", folder);
    if (sedge_file_read(NULL, path, FILE_MAX, &c.file, &c.size, &err))
        fail_msg("%s", err.text);
    c.n_in = load_all(folder, "input", c.in);
    c.n_want = load_all(folder, "output", c.want);
    outcome o = run_case(&c);
    if (o != PASSED)
        print_message("%s %s: %s\n", o == REFUSED ? "refused" : "FAILED ", name, c.text);
    for (uint32_t i = 0; i < c.n_in; i++)
        vector_done(&c.in[i]);
    for (uint32_t i = 0; i < c.n_want; i++)
        vector_done(&c.want[i]);
    free(c.file);
    return o;
}

/* ---- all cases ---- */

static int by_name(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static size_t list(const char *path, const char *filter, char **names) {
    DIR *dir = opendir(path);
    if (!dir)
        fail_msg("%s cannot be listed", path);
    size_t n = 0;
    for (struct dirent *e; (e = readdir(dir)) && n < CASES_MAX;)
        if (e->d_name[0] != '.' && (!filter || strstr(e->d_name, filter)))
            names[n++] = strdup(e->d_name);
    closedir(dir);
    qsort(names, n, sizeof *names, by_name);
    return n;
}

static void run_set(const char *data, const char *set, size_t counts[3]) {
    static char *names[CASES_MAX];
    char path[1024], folder[2048];
    snprintf(path, sizeof path, "%s/models/%s", data, set);
    size_t n = list(path, getenv("SEDGE_ONNX_CASE"), names);
    for (size_t i = 0; i < n; i++) {
        snprintf(folder, sizeof folder, "%s/%s", path, names[i]);
        counts[run_folder(folder, names[i])]++;
        free(names[i]);
    }
}

static void test_vectors(void **state) {
    (void)state;
    const char *data = getenv("SEDGE_TEST_DATA");
    if (!data || !sedge_file_exists(NULL, data)) {
        print_message("skipped: SEDGE_TEST_DATA names no folder\n");
        skip();
    }
    size_t counts[3] = { 0 };
    run_set(data, "onnx-node", counts);
    run_set(data, "onnx-pytorch", counts);
    size_t all = counts[PASSED] + counts[REFUSED] + counts[FAILED];
    print_message("%zu of %zu vectors pass, %zu are refused by name, %zu fail\n", counts[PASSED], all, counts[REFUSED],
                  counts[FAILED]);
    assert_int_equal(counts[PASSED], all);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_vectors) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
