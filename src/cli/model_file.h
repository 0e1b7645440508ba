/* SPDX-License-Identifier: Apache-2.0 */
/** What the commands that open a model share: options, the file in memory, descriptions of tensors. */
#ifndef SEDGE_CLI_MODEL_FILE_H
#define SEDGE_CLI_MODEL_FILE_H

#include "cli/command.h"
#include "sedge/instance.h"

typedef struct sedge_model_choice {
    char *path;
    int64_t max_arena_bytes;
    int64_t max_macs;
    char *cpu;
    bool keep_channels;
} sedge_model_choice;

/** Rows for an options struct with a member of the type above. */
#define SEDGE_MODEL_CHOICE_ROWS(type, member)                                                                          \
    { "model",                                                                                                         \
      SEDGE_CONF_STRING,                                                                                               \
      SEDGE_AT(type, member.path),                                                                                     \
      .metavar = "MODEL",                                                                                              \
      .flags = SEDGE_CONF_POSITIONAL | SEDGE_CONF_REQUIRED,                                                            \
      .help = "a .tflite or .onnx file" },                                                                             \
        { "max_arena",                                                                                                 \
          SEDGE_CONF_BYTES,                                                                                            \
          SEDGE_AT(type, member.max_arena_bytes),                                                                      \
          "256M",                                                                                                      \
          .min = 1,                                                                                                    \
          .max = 1e12,                                                                                                 \
          .help = "refuse a model that needs more memory to run" },                                                    \
        { "max_macs",                                                                                                  \
          SEDGE_CONF_INT,                                                                                              \
          SEDGE_AT(type, member.max_macs),                                                                             \
          "17179869184",                                                                                               \
          .min = 1,                                                                                                    \
          .max = 1e15,                                                                                                 \
          .help = "refuse a model with more multiply-accumulates" },                                                   \
        { "keep_channels", SEDGE_CONF_BOOL, SEDGE_AT(type, member.keep_channels),                                      \
          .help = "no slimming: compute channels that nobody uses" },                                                  \
    {                                                                                                                  \
        "cpu", SEDGE_CONF_STRING, SEDGE_AT(type, member.cpu), "all",                                                   \
            .metavar = "LIST", .help = "extensions that kernels may use, joined by commas: " SEDGE_CPU_WORDS           \
    }

/** An open model and the bytes that it borrows. */
typedef struct sedge_model_file {
    uint8_t *data;
    size_t n;
    sedge_model *model;
} sedge_model_file;

/** The options as the library takes them, without what is known of the inputs. */
SEDGE_NODISCARD sedge_status sedge_model_choice_options(const sedge_model_choice *choice, sedge_model_options *ret,
                                                        sedge_error *err);
/** What is known of the inputs when a model is opened, as in sedge_model_options. */
typedef struct sedge_known_inputs {
    const sedge_input_shape *shapes;
    size_t n_shapes;
    const sedge_input_value *values;
    size_t n_values;
} sedge_known_inputs;

/** Reads the file and opens it; inputs may be NULL. Sentences begin with the path. */
SEDGE_NODISCARD sedge_status sedge_model_file_open(const sedge_model_choice *choice, const sedge_known_inputs *inputs,
                                                   sedge_model_file *ret, sedge_error *err);
void sedge_model_file_done(sedge_model_file *f);
#define SEDGE_AUTO_MODEL_FILE SEDGE_CLEANUP(sedge_model_file_done) sedge_model_file

enum { SEDGE_SHAPE_TEXT_MAX = 128 };
/** "1 x 640". */
const char *sedge_shape_text(const sedge_tensor *t, char out[SEDGE_SHAPE_TEXT_MAX]);
/** {"name", "dtype", "shape", and of a quantised one "scale", "zero_point" or "scales" (their number)}; NULL: no
 * memory. */
json_t *sedge_tensor_json(const sedge_tensor *t);

#endif
