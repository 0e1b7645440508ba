/* SPDX-License-Identifier: Apache-2.0 */
/** model.json of a model folder: the facts for machines. The format is docs/spec/model-folder.md. */
#ifndef SEDGE_TRAIN_MODEL_CARD_H
#define SEDGE_TRAIN_MODEL_CARD_H

#include <stdbool.h>

#include "base/own.h"
#include "conf/json.h"
#include "features/decision.h"
#include "os/fs.h"
#include "train/metrics.h"

/** X(NAME, name) */
#define SEDGE_TASK_LIST(X)         X(AUTOENCODER, autoencoder) X(CLASSIFIER, classifier)
#define SEDGE_KIND_LIST(X)         X(DENSE, dense) X(TREES, trees)
#define SEDGE_FORMAT_LIST(X)       X(TFLITE, tflite) X(ONNX, onnx)
#define SEDGE_QUANTIZATION_LIST(X) X(FLOAT32, float32) X(INT8, int8)

#define SEDGE_TASK_ENUM(NAME, name)         SEDGE_TASK_##NAME,
#define SEDGE_KIND_ENUM(NAME, name)         SEDGE_KIND_##NAME,
#define SEDGE_FORMAT_ENUM(NAME, name)       SEDGE_FORMAT_##NAME,
#define SEDGE_QUANTIZATION_ENUM(NAME, name) SEDGE_QUANTIZATION_##NAME,
typedef enum sedge_task { SEDGE_TASK_LIST(SEDGE_TASK_ENUM) SEDGE_TASK_COUNT } sedge_task;
typedef enum sedge_model_kind { SEDGE_KIND_LIST(SEDGE_KIND_ENUM) SEDGE_KIND_COUNT } sedge_model_kind;
typedef enum sedge_file_format { SEDGE_FORMAT_LIST(SEDGE_FORMAT_ENUM) SEDGE_FORMAT_COUNT } sedge_file_format;
typedef enum sedge_quantization {
    SEDGE_QUANTIZATION_LIST(SEDGE_QUANTIZATION_ENUM) SEDGE_QUANTIZATION_COUNT
} sedge_quantization;
#undef SEDGE_TASK_ENUM
#undef SEDGE_KIND_ENUM
#undef SEDGE_FORMAT_ENUM
#undef SEDGE_QUANTIZATION_ENUM

/** The names in the order of the enums, NULL-terminated, as configuration rows and JSON want them. */
extern const char *const SEDGE_TASK_NAMES[];
extern const char *const SEDGE_KIND_NAMES[];
extern const char *const SEDGE_FORMAT_NAMES[];
extern const char *const SEDGE_QUANTIZATION_NAMES[];

enum {
    SEDGE_CARD_VERSION = 1,
    SEDGE_CARD_TEXT_MAX = 128, /**< of a name or an id, with the NUL */
    SEDGE_CARD_PARAMS_MAX = 64,
    SEDGE_CARD_STRETCHES_MAX = 65536,
};

typedef char sedge_card_text[SEDGE_CARD_TEXT_MAX];

typedef struct sedge_card_param {
    sedge_card_text key, value;
} sedge_card_param;

/** Lengths of the stretches of consecutive vectors in calibration.npy or holdout.npy. */
typedef struct sedge_card_lengths {
    size_t *items; /**< owned */
    size_t n;
} sedge_card_lengths;

/** What sedge optimize has measured. */
typedef struct sedge_card_optimize {
    uint64_t bytes_before, bytes_after;
    sedge_metrics metrics_before, metrics_after;
    double latency_us_before, latency_us_after;
} sedge_card_optimize;

typedef struct sedge_model_card {
    sedge_card_text name;
    sedge_task task;
    sedge_model_kind kind;
    sedge_file_format format;
    sedge_quantization quantization;
    uint32_t n_classes;
    sedge_card_text classes[SEDGE_METRICS_CLASSES_MAX]; /**< class 0 is normal */
    sedge_decision decision;
    double false_alarm_rate; /**< that the threshold was picked for; 0 when there is no threshold */
    size_t n_params;
    sedge_card_param params[SEDGE_CARD_PARAMS_MAX];
    sedge_metrics metrics; /**< of this model on the hold-out */
    sedge_card_lengths calibration, holdout;
    struct {
        sedge_card_text dataset, run_id, parent_run_id, sedge; /**< "" when there is none */
        uint64_t seed;
    } lineage;
    bool optimized; /**< optimize is set */
    sedge_card_optimize optimize;
} sedge_model_card;

sedge_model_card *sedge_model_card_new(void); /**< zeroed, of this sedge; NULL: no memory */
void sedge_model_card_free(sedge_model_card *card);
SEDGE_DEFINE_AUTO(sedge_model_card, sedge_model_card_free)

/** "model.tflite" or "model.onnx". */
const char *sedge_model_card_file(const sedge_model_card *card);
/** Adds a parameter; the value is formatted as base/format.h says. SEDGE_ELIMIT when there are too many. */
SEDGE_NODISCARD sedge_status sedge_model_card_param(sedge_model_card *card, sedge_error *err, const char *key,
                                                    const char *fmt, ...) SEDGE_PRINTF(4, 5);
/** Appends a stretch of n vectors; an empty one is dropped. */
SEDGE_NODISCARD sedge_status sedge_card_lengths_add(sedge_card_lengths *lengths, size_t n, sedge_error *err);

/** accuracy, precision, recall, f1, far, mar, mse as an object; NULL: no memory. */
json_t *sedge_metrics_to_json(const sedge_metrics *m);
/** The caller's to json_decref(); NULL: no memory. */
json_t *sedge_model_card_to_json(const sedge_model_card *card);
/** Unknown members are ignored. SEDGE_EINVALID and SEDGE_EUNSUPPORTED (version) name file and member. */
SEDGE_NODISCARD sedge_status sedge_model_card_load(const sedge_fs *fs, const char *path, sedge_model_card **ret,
                                                   sedge_error *err);
SEDGE_NODISCARD sedge_status sedge_model_card_save(const sedge_fs *fs, const char *path, const sedge_model_card *card,
                                                   sedge_error *err);

#endif
