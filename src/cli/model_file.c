/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/model_file.h"

#include <stdlib.h>
#include <string.h>

#include "os/file.h"

enum { MODEL_FILE_MAX = 1 << 30 };

sedge_status sedge_model_choice_options(const sedge_model_choice *choice, sedge_model_options *ret, sedge_error *err) {
    *ret = SEDGE_MODEL_OPTIONS_INIT;
    ret->max_arena_bytes = (size_t)choice->max_arena_bytes;
    ret->max_macs = (uint64_t)choice->max_macs;
    ret->keep_channels = choice->keep_channels;
    sedge_status st = sedge_cpu_parse(choice->cpu, &ret->cpu_mask, err);
    return st ? sedge_wrap(err, st, "--cpu") : SEDGE_OK;
}

sedge_status sedge_model_file_open(const sedge_model_choice *choice, const sedge_known_inputs *inputs,
                                   sedge_model_file *ret, sedge_error *err) {
    SEDGE_AUTO_MODEL_FILE f = { 0 };
    sedge_model_options options;
    sedge_status st = sedge_model_choice_options(choice, &options, err);
    if (!st)
        st = sedge_file_read(NULL, choice->path, MODEL_FILE_MAX, &f.data, &f.n, err);
    if (st)
        return st;
    if (inputs) {
        options.shapes = inputs->shapes;
        options.n_shapes = inputs->n_shapes;
        options.values = inputs->values;
        options.n_values = inputs->n_values;
    }
    st = sedge_model_open(f.data, f.n, &options, &f.model, err);
    if (st)
        return sedge_wrap(err, st, "%s", choice->path);
    *ret = f;
    f = (sedge_model_file){ 0 };
    return SEDGE_OK;
}

void sedge_model_file_done(sedge_model_file *f) {
    sedge_model_free(f->model);
    free(f->data);
    *f = (sedge_model_file){ 0 };
}

const char *sedge_shape_text(const sedge_tensor *t, char out[SEDGE_SHAPE_TEXT_MAX]) {
    size_t n = 0;
    out[0] = '\0';
    for (uint32_t i = 0; i < t->rank && n < SEDGE_SHAPE_TEXT_MAX; i++)
        n += (size_t)snprintf(out + n, SEDGE_SHAPE_TEXT_MAX - n, i ? " x %d" : "%d", t->dims[i]);
    return t->rank ? out : "scalar";
}

json_t *sedge_tensor_json(const sedge_tensor *t) {
    json_t *shape = json_array();
    for (uint32_t i = 0; i < t->rank; i++)
        json_array_append_new(shape, json_integer(t->dims[i]));
    json_t *doc = json_pack("{s:s%, s:s, s:o}", "name", t->name, strlen(t->name), "dtype", sedge_dtype_name(t->dtype),
                            "shape", shape);
    if (t->quant.count == 1) {
        json_object_set_new(doc, "scale", json_real((double)t->quant.scales[0]));
        json_object_set_new(doc, "zero_point", json_integer(t->quant.zero_points ? t->quant.zero_points[0] : 0));
    } else if (t->quant.count > 1) {
        json_object_set_new(doc, "scales", json_integer(t->quant.count));
    }
    return doc;
}
