/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/model_file.h"
#include "data/npy_text.h"
#include "model/graph.h"
#include "os/file.h"

enum { ARRAY_FILE_MAX = 1 << 30 };

typedef struct options {
    sedge_model_choice model;
    sedge_conf_pairs inputs;
    char *output_dir;
    bool reset_state;
} options;
static const sedge_conf_row rows[] = {
    SEDGE_MODEL_CHOICE_ROWS(options, model),
    { "input", SEDGE_CONF_PAIRS, SEDGE_AT(options, inputs), .metavar = "INPUT=FILE",
      .help = "an array for an input, which is named by number or name" },
    { "output_dir", SEDGE_CONF_STRING, SEDGE_AT(options, output_dir), .metavar = "DIR", .flags = SEDGE_CONF_REQUIRED,
      .help = "where output_0.npy, output_1.npy ... are written" },
    { "reset_state", SEDGE_CONF_BOOL, SEDGE_AT(options, reset_state),
      .help = "forget the state of variables between the steps of a sequence" },
};
static const sedge_conf_rows conf = SEDGE_CONF_ROWS(options, rows);

/* ---- the arrays ---- */

typedef struct array {
    const char *path; /* NULL: not given */
    uint8_t *file;
    sedge_npy npy;
    bool sequence; /* one rank more than the input: the first axis is time */
} array;

typedef struct job {
    const options *o;
    sedge_tensor *inputs; /* as the file has them, dimensions may be free */
    array *arrays;
    sedge_input_shape *shapes;
    sedge_input_value *values; /* of the arrays that are no sequences */
    uint32_t n, n_values;
    uint64_t steps; /* 0: no sequence */
} job;

static void job_done(job *j) {
    for (uint32_t i = 0; j->arrays && i < j->n; i++)
        free(j->arrays[i].file);
    free(j->inputs);
    free(j->arrays);
    free(j->shapes);
    free(j->values);
}

static bool find_input(const job *j, const sedge_graph *g, const char *key, uint32_t *ret) {
    char *end;
    unsigned long index = strtoul(key, &end, 10);
    if (*key >= '0' && *key <= '9' && *end == '\0') {
        *ret = (uint32_t)index;
        return index < j->n;
    }
    for (*ret = 0; *ret < j->n; (*ret)++)
        if (strcmp(g->tensors[g->inputs[*ret]].name, key) == 0)
            return true;
    return false;
}

static sedge_status assign_files(job *j, const sedge_graph *g, sedge_error *err) {
    for (size_t k = 0; k < j->o->inputs.n; k++) {
        const sedge_conf_pair *pair = &j->o->inputs.items[k];
        uint32_t i;
        if (!find_input(j, g, pair->key, &i))
            return sedge_fail(err, SEDGE_EUSAGE, "--input %s: the model has no such input; it has %u", pair->key, j->n);
        if (j->arrays[i].path)
            return sedge_fail(err, SEDGE_EUSAGE, "--input %s: input %u is given twice", pair->key, i);
        j->arrays[i].path = pair->value;
    }
    for (uint32_t i = 0; i < j->n; i++)
        if (!j->arrays[i].path)
            return sedge_fail(err, SEDGE_EUSAGE, "input %u '%s' is missing: give --input %u=FILE.npy", i,
                              g->tensors[g->inputs[i]].name, i);
    return SEDGE_OK;
}

static sedge_status check_array(job *j, uint32_t i, sedge_error *err) {
    const sedge_tensor *t = &j->inputs[i];
    array *a = &j->arrays[i];
    bool free_rank = t->rank == SEDGE_RANK_FREE;
    uint32_t rank = free_rank ? a->npy.rank : t->rank;
    if (a->npy.dtype != t->dtype)
        return sedge_fail(err, SEDGE_EINVALID, "%s is %s, input %u is %s", a->path, sedge_dtype_name(a->npy.dtype), i,
                          sedge_dtype_name(t->dtype));
    if (a->npy.rank != rank && a->npy.rank != rank + 1)
        return sedge_fail(err, SEDGE_EINVALID, "%s has %u dimensions, input %u has %u (one more is a sequence)",
                          a->path, a->npy.rank, i, rank);
    a->sequence = a->npy.rank == rank + 1;
    if (a->sequence) {
        if (j->steps && a->npy.dims[0] != j->steps)
            return sedge_fail(err, SEDGE_EINVALID, "%s has %llu steps, another input has %llu", a->path,
                              (unsigned long long)a->npy.dims[0], (unsigned long long)j->steps);
        j->steps = a->npy.dims[0];
    }
    sedge_input_shape *shape = &j->shapes[i];
    *shape = (sedge_input_shape){ .input = i, .rank = rank };
    for (uint32_t d = 0; d < rank; d++) {
        uint64_t size = a->npy.dims[d + a->sequence];
        if (size > INT32_MAX)
            return sedge_fail(err, SEDGE_EINVALID, "%s: dimension %u has size %llu", a->path, d + a->sequence,
                              (unsigned long long)size);
        if (!free_rank && t->dims[d] != SEDGE_DIM_FREE && (uint64_t)t->dims[d] != size)
            return sedge_fail(err, SEDGE_EINVALID, "%s: dimension %u is %llu, input %u needs %d%s", a->path,
                              d + a->sequence, (unsigned long long)size, i, t->dims[d],
                              d == 0 && !a->sequence ? " (for a sequence add an axis in front: array[:, None])" : "");
        shape->dims[d] = (int32_t)size;
    }
    return a->sequence && j->steps == 0 ? sedge_fail(err, SEDGE_EINVALID, "%s holds no step", a->path) : SEDGE_OK;
}

static sedge_status load_array(job *j, uint32_t i, sedge_error *err) {
    array *a = &j->arrays[i];
    size_t n;
    sedge_status st = sedge_file_read(NULL, a->path, ARRAY_FILE_MAX, &a->file, &n, err);
    if (!st)
        st = sedge_npy_open(sedge_bytes_of(a->file, n), a->path, &a->npy, err);
    if (!st)
        st = check_array(j, i, err);
    if (!st && !a->sequence && a->npy.dtype != SEDGE_STRING)
        j->values[j->n_values++] = (sedge_input_value){ i, a->npy.data.p, a->npy.data.n };
    return st;
}

/* Learns the inputs from the file before the model is opened, because their free dimensions come from the arrays. */
static sedge_status load_inputs(job *j, sedge_error *err) {
    SEDGE_AUTO_MEM uint8_t *data = NULL;
    size_t n;
    sedge_graph_file file;
    sedge_status st = sedge_file_read(NULL, j->o->model.path, ARRAY_FILE_MAX, &data, &n, err);
    if (st)
        return st;
    st = sedge_graph_read(data, n, &file, err);
    if (st)
        return sedge_wrap(err, st, "%s", j->o->model.path);
    j->n = file.graph.n_inputs;
    j->inputs = calloc(j->n, sizeof *j->inputs);
    j->arrays = calloc(j->n, sizeof *j->arrays);
    j->shapes = calloc(j->n, sizeof *j->shapes);
    j->values = calloc(j->n, sizeof *j->values);
    if (!j->inputs || !j->arrays || !j->shapes || !j->values)
        st = sedge_fail(err, SEDGE_ENOMEM, "no memory for %u inputs", j->n);
    for (uint32_t i = 0; !st && i < j->n; i++)
        j->inputs[i] = file.graph.tensors[file.graph.inputs[i]];
    if (!st)
        st = assign_files(j, &file.graph, err);
    for (uint32_t i = 0; !st && i < j->n; i++)
        st = load_array(j, i, err);
    sedge_graph_file_done(&file);
    return st;
}

/* ---- the run ---- */

typedef struct result {
    uint8_t *data; /* of all steps */
    uint32_t rank; /* the shape of the last step */
    int32_t dims[SEDGE_RANK_MAX];
} result;

typedef struct results {
    result *all; /* by output */
    uint32_t n;
} results;

static void results_done(results *r) {
    for (uint32_t i = 0; r->all && i < r->n; i++)
        free(r->all[i].data);
    free(r->all);
}

static sedge_status results_init(results *r, const sedge_model *model, uint64_t steps, sedge_error *err) {
    r->n = sedge_model_output_count(model);
    r->all = calloc(r->n, sizeof *r->all);
    for (uint32_t i = 0; r->all && i < r->n; i++) {
        const sedge_tensor *t = sedge_model_output(model, i);
        if (steps > 1 && t->sizes_in)
            return sedge_fail(err, SEDGE_EUNSUPPORTED, "output %u '%s' has another size each step: run single steps", i,
                              t->name);
        r->all[i].data = calloc(steps, t->size_bytes ? t->size_bytes : 1);
        if (!r->all[i].data)
            return sedge_fail(err, SEDGE_ENOMEM, "no memory for output %u of %llu steps", i, (unsigned long long)steps);
    }
    return r->all ? SEDGE_OK : sedge_fail(err, SEDGE_ENOMEM, "no memory for %u outputs", r->n);
}

/* texts become their numbers in the model, in place of the file */
static sedge_status number_texts(array *a, const sedge_model *model, sedge_error *err) {
    uint8_t *numbers = calloc(a->npy.count ? a->npy.count : 1, sizeof(uint32_t));
    char text[4 * SEDGE_NPY_TEXT_MAX + 1];
    if (!numbers)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for %zu texts", a->npy.count);
    for (size_t i = 0; i < a->npy.count; i++) {
        if (!sedge_npy_text(&a->npy, i, text, sizeof text)) {
            free(numbers);
            return sedge_fail(err, SEDGE_EINVALID, "%s: element %zu is no text", a->path, i);
        }
        sedge_store_u32(numbers + 4 * i, sedge_model_find_string(model, text));
    }
    free(a->file);
    a->file = numbers;
    a->npy.data = sedge_bytes_of(numbers, a->npy.count * sizeof(uint32_t));
    return SEDGE_OK;
}

static sedge_status number_all_texts(job *j, const sedge_model *model, sedge_error *err) {
    sedge_status st = SEDGE_OK;
    for (uint32_t i = 0; !st && i < j->n; i++)
        if (j->arrays[i].npy.dtype == SEDGE_STRING)
            st = number_texts(&j->arrays[i], model, err);
    return st;
}

static sedge_status run_step(const job *j, const sedge_model *model, sedge_instance *instance, uint64_t step,
                             const results *r, sedge_error *err) {
    sedge_status st = SEDGE_OK;
    for (uint32_t i = 0; !st && i < j->n; i++) {
        size_t n = sedge_model_input(model, i)->size_bytes;
        st = sedge_instance_set_input(instance, i, j->arrays[i].npy.data.p + (j->arrays[i].sequence ? step * n : 0), n,
                                      err);
    }
    if (!st)
        st = sedge_instance_invoke(instance, err);
    for (uint32_t i = 0; !st && i < r->n; i++) {
        size_t n = sedge_model_output(model, i)->size_bytes;
        st = sedge_instance_get_output(instance, i, r->all[i].data + step * n, n, err);
        if (!st)
            st = sedge_instance_output_shape(instance, i, &r->all[i].rank, r->all[i].dims, err);
    }
    return st;
}

SEDGE_DEFINE_AUTO(sedge_instance, sedge_instance_free)

static sedge_status run_steps(const job *j, const sedge_model *model, const results *r, sedge_error *err) {
    sedge_auto(sedge_instance) instance = NULL;
    sedge_status st = sedge_instance_new(model, &instance, err);
    for (uint64_t step = 0; !st && step < (j->steps ? j->steps : 1); step++) {
        if (j->o->reset_state)
            sedge_instance_reset(instance);
        st = run_step(j, model, instance, step, r, err);
        if (st)
            return sedge_wrap(err, st, "step %llu", (unsigned long long)step);
    }
    return st;
}

/* ---- the outcome ---- */

static sedge_status put_texts(const sedge_model *model, uint32_t rank, const uint64_t *dims, const uint8_t *data,
                              sedge_buf *buf, sedge_error *err) {
    size_t count = 1;
    for (uint32_t d = 0; d < rank; d++)
        count *= (size_t)dims[d];
    const char **texts = calloc(count ? count : 1, sizeof *texts);
    if (!texts)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for %zu texts", count);
    for (size_t i = 0; i < count; i++) {
        const char *text = sedge_model_string(model, sedge_load_u32(data + 4 * i));
        texts[i] = text ? text : "";
    }
    sedge_status st = sedge_npy_write_texts(rank, dims, texts, count, buf, err);
    free(texts);
    return st;
}

static sedge_status write_output(const job *j, const sedge_model *model, const sedge_tensor *t, uint32_t i,
                                 const uint8_t *data, char *path, size_t path_size, sedge_error *err) {
    uint64_t dims[SEDGE_RANK_MAX + 1];
    uint32_t rank = 0;
    if (j->steps)
        dims[rank++] = j->steps;
    for (uint32_t d = 0; d < t->rank; d++)
        dims[rank++] = (uint64_t)t->dims[d];
    if (rank > SEDGE_RANK_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "output %u would have %u dimensions, the limit is %d", i, rank,
                          SEDGE_RANK_MAX);
    if (snprintf(path, path_size, "%s/output_%u.npy", j->o->output_dir, i) >= (int)path_size)
        return sedge_fail(err, SEDGE_EUSAGE, "--output-dir: the path is too long");
    SEDGE_AUTO_BUF buf = sedge_buf_init(SIZE_MAX / 4);
    sedge_status st = t->dtype == SEDGE_STRING ? put_texts(model, rank, dims, data, &buf, err)
                                               : sedge_npy_write(t->dtype, rank, dims, data, &buf, err);
    return st ? st : sedge_file_write_atomic(NULL, path, sedge_buf_bytes(&buf), 0644, err);
}

static sedge_status write_outputs(const sedge_command_io *io, const job *j, const sedge_model *model, const results *r,
                                  sedge_error *err) {
    SEDGE_AUTO_JSON json_t *files = json_array();
    for (uint32_t i = 0; i < r->n; i++) {
        char path[SEDGE_PATH_MAX], shape[SEDGE_SHAPE_TEXT_MAX];
        sedge_tensor t = *sedge_model_output(model, i);
        memcpy(t.dims, r->all[i].dims, t.rank * sizeof *t.dims);
        sedge_status st = write_output(j, model, &t, i, r->all[i].data, path, sizeof path, err);
        if (st)
            return st;
        json_t *entry = sedge_tensor_json(&t);
        json_object_set_new(entry, "file", json_string(path));
        json_array_append_new(files, entry);
        if (!io->json)
            fprintf(io->out, "%s  %s  %s  '%s'\n", path, sedge_dtype_name(t.dtype), sedge_shape_text(&t, shape),
                    t.name);
    }
    if (io->json)
        return sedge_command_print_json(
            io, json_pack("{s:I, s:O}", "steps", (json_int_t)(j->steps ? j->steps : 1), "outputs", files), err);
    fprintf(io->note, "%llu step(s)\n", (unsigned long long)(j->steps ? j->steps : 1));
    return SEDGE_OK;
}

static sedge_status run_job(const sedge_command_io *io, job *j, results *r, sedge_error *err) {
    SEDGE_AUTO_MODEL_FILE f = { 0 };
    sedge_status st = load_inputs(j, err);
    const sedge_known_inputs known = { j->shapes, j->n, j->values, j->n_values };
    if (!st)
        st = sedge_model_file_open(&j->o->model, &known, &f, err);
    if (!st)
        st = number_all_texts(j, f.model, err);
    if (!st)
        st = results_init(r, f.model, j->steps ? j->steps : 1, err);
    if (!st)
        st = run_steps(j, f.model, r, err);
    if (!st)
        st = sedge_dir_make(NULL, j->o->output_dir, 0755, err);
    return st ? st : write_outputs(io, j, f.model, r, err);
}

static sedge_status run(const sedge_command_io *io, void *object, sedge_error *err) {
    job j = { .o = object };
    results r = { 0 };
    sedge_status st = run_job(io, &j, &r, err);
    results_done(&r);
    job_done(&j);
    return st;
}

static const sedge_command commands[] = {
    { "run", "run a model on arrays", &conf, run,
      "An array with one dimension more than its input is a sequence: the model runs once for each entry of the first\n"
      "axis, in order, and the outputs get the same axis. Free dimensions take their size from the array. An array "
      "that\n"
      "decides a shape (the new shape of a Reshape) is used when the model is opened." },
};
const sedge_command_group sedge_cmd_run = { "run", "run a model on arrays", commands, SEDGE_COUNT(commands) };
