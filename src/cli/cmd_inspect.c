/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"
#include "cli/model_file.h"

typedef struct options {
    sedge_model_choice model;
} options;
static const sedge_conf_row rows[] = { SEDGE_MODEL_CHOICE_ROWS(options, model) };
static const sedge_conf_rows conf = SEDGE_CONF_ROWS(options, rows);

typedef const sedge_tensor *end_fn(const sedge_model *model, uint32_t index);

static json_t *ends_json(const sedge_model *model, end_fn *end, uint32_t n) {
    json_t *list = json_array();
    for (uint32_t i = 0; i < n; i++)
        json_array_append_new(list, sedge_tensor_json(end(model, i)));
    return list;
}

static json_t *indices_json(const int32_t *tensors, uint32_t n) {
    json_t *list = json_array();
    for (uint32_t i = 0; i < n; i++)
        json_array_append_new(list, json_integer(tensors[i]));
    return list;
}

static json_t *ops_json(const sedge_model *model) {
    json_t *list = json_array();
    sedge_op_info op;
    for (uint32_t i = 0; sedge_model_op(model, i, &op); i++)
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:s, s:o, s:o, s:I, s:I, s:I}", "type", op.type, "name", op.name, "kernel",
                            op.kernel, "inputs", indices_json(op.inputs, op.n_inputs), "outputs",
                            indices_json(op.outputs, op.n_outputs), "macs", (json_int_t)op.macs, "packed_bytes",
                            (json_int_t)op.packed_bytes, "scratch_bytes", (json_int_t)op.scratch_bytes));
    return list;
}

static sedge_status print_json(const sedge_command_io *io, const sedge_model_file *f, sedge_error *err) {
    const sedge_model *m = f->model;
    sedge_model_stats stats = sedge_model_get_stats(m);
    char cpu[128];
    sedge_cpu_format(stats.cpu_mask, cpu, sizeof cpu);
    json_t *tensors = ends_json(m, sedge_model_tensor, sedge_model_tensor_count(m));
    json_t *doc = json_pack(
        "{s:s, s:I, s:o, s:o, s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:s, s:{s:I, s:I, s:I}}", "format",
        sedge_model_format(m), "file_bytes", (json_int_t)f->n, "inputs",
        ends_json(m, sedge_model_input, sedge_model_input_count(m)), "outputs",
        ends_json(m, sedge_model_output, sedge_model_output_count(m)), "operators", ops_json(m), "tensors", tensors,
        "macs", (json_int_t)stats.macs, "constant_bytes", (json_int_t)stats.constant_bytes, "packed_bytes",
        (json_int_t)stats.packed_bytes, "arena_bytes", (json_int_t)stats.arena_bytes, "instance_bytes",
        (json_int_t)stats.instance_bytes, "cpu", cpu, "slimmed", "channels", (json_int_t)stats.slimmed_channels,
        "constant_bytes", (json_int_t)stats.slimmed_bytes, "macs", (json_int_t)stats.slimmed_macs);
    return sedge_command_print_json(io, doc, err);
}

static void print_ends(const sedge_command_io *io, const char *what, const sedge_model *model, end_fn *end,
                       uint32_t n) {
    char shape[SEDGE_SHAPE_TEXT_MAX];
    for (uint32_t i = 0; i < n; i++) {
        const sedge_tensor *t = end(model, i);
        fprintf(io->out, "%s %u  %s  %s  '%s'", what, i, sedge_dtype_name(t->dtype), sedge_shape_text(t, shape),
                t->name);
        if (t->quant.count == 1)
            fprintf(io->out, "  scale %.9g, zero point %d", (double)t->quant.scales[0],
                    t->quant.zero_points ? t->quant.zero_points[0] : 0);
        fputc('\n', io->out);
    }
}

static sedge_status print_ops(const sedge_command_io *io, const sedge_model *model, sedge_error *err) {
    sedge_table t = sedge_table_init(6);
    const char *head[] = { "", "operator", "output", "multiply-adds", "weights", "kernel" };
    for (size_t i = 0; i < SEDGE_COUNT(head); i++)
        sedge_table_cell(&t, "%s", head[i]);
    sedge_op_info op;
    for (uint32_t i = 0; sedge_model_op(model, i, &op); i++) {
        char shape[SEDGE_SHAPE_TEXT_MAX] = "";
        const sedge_tensor *y = sedge_model_tensor(model, (uint32_t)op.outputs[op.n_outputs - 1]);
        sedge_table_cell(&t, "%u", i);
        sedge_table_cell(&t, "%s", op.type);
        sedge_table_cell(&t, "%s %s", sedge_dtype_name(y->dtype), sedge_shape_text(y, shape));
        sedge_table_cell(&t, "%llu", (unsigned long long)op.macs);
        sedge_table_cell(&t, "%zu", op.packed_bytes);
        sedge_table_cell(&t, "%s", op.kernel);
    }
    return sedge_table_print(io, &t, err);
}

static sedge_status run(const sedge_command_io *io, void *object, sedge_error *err) {
    const options *o = object;
    SEDGE_AUTO_MODEL_FILE f = { 0 };
    sedge_status st = sedge_model_file_open(&o->model, NULL, &f, err);
    if (st || io->json)
        return st ? st : print_json(io, &f, err);
    const sedge_model *m = f.model;
    sedge_model_stats stats = sedge_model_get_stats(m);
    char cpu[128];
    sedge_cpu_format(stats.cpu_mask, cpu, sizeof cpu);
    fprintf(io->out, "%s: %s, %zu bytes, %u operators, %u tensors\n", o->model.path, sedge_model_format(m), f.n,
            sedge_model_op_count(m), sedge_model_tensor_count(m));
    print_ends(io, "input ", m, sedge_model_input, sedge_model_input_count(m));
    print_ends(io, "output", m, sedge_model_output, sedge_model_output_count(m));
    st = print_ops(io, m, err);
    fprintf(io->out,
            "multiply-adds %llu, constants %zu bytes, prepared weights %zu bytes, arena %zu bytes, instance %zu bytes, "
            "kernels for %s\n",
            (unsigned long long)stats.macs, stats.constant_bytes, stats.packed_bytes, stats.arena_bytes,
            stats.instance_bytes, cpu);
    if (stats.slimmed_channels)
        fprintf(io->out, "slimming took out %u channels, %zu bytes of constants, %llu multiply-adds\n",
                stats.slimmed_channels, stats.slimmed_bytes, (unsigned long long)stats.slimmed_macs);
    return st;
}

static const sedge_command commands[] = {
    { "inspect", "show a model's inputs, outputs, operators and memory plan", &conf, run, NULL },
};
const sedge_command_group sedge_cmd_inspect = { "inspect", "what a model holds", commands, SEDGE_COUNT(commands) };
