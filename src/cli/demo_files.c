/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "cli/demo.h"

/** A file of the story: format with the model's name, then by need. */
typedef struct story_file {
    const char *path;
    const char *text; /**< {NAME} and {RATE} are replaced */
} story_file;

static const char FEATURES[] = "# What the models see of the recordings: statistics over windows of rows.\n"
                               "version: 1\n"
                               "rate_hz: {RATE}\n"
                               "channels:\n"
                               "  - {name: Accelerometer1RMS, unit: g, impute: hold}\n"
                               "  - {name: Accelerometer2RMS, unit: g, impute: hold}\n"
                               "  - {name: Current, unit: A, impute: hold}\n"
                               "  - {name: Pressure, unit: bar, impute: mean}\n"
                               "  - {name: Temperature, unit: C, impute: hold}\n"
                               "  - {name: Thermocouple, unit: C, impute: hold}\n"
                               "  - {name: Voltage, unit: V, impute: hold}\n"
                               "  - {name: Volume Flow RateRMS, unit: l/min, impute: hold}\n"
                               "window: {length: 32, step: 4}\n"
                               "features:\n"
                               "  - {channels: \"*\", stats: [mean, std, rms, peak_to_peak, min, max, last]}\n"
                               "scale: standard\n";

#define TRAIN_HEAD                                                                                                     \
    "version: 1\n"                                                                                                     \
    "name: {NAME}\n"                                                                                                   \
    "schema: schema.yaml\n"                                                                                            \
    "features: features.yaml\n"                                                                                        \
    "label: anomaly\n"                                                                                                 \
    "holdout: 0.3\n"                                                                                                   \
    "seed: 1\n"

static const char TRAIN_TREES[] = TRAIN_HEAD "task: classifier\n"
                                             "model: {kind: trees, rounds: 60, depth: 5}\n";
static const char TRAIN_CLASSIFIER[] = TRAIN_HEAD
    "task: classifier\n"
    "model: {kind: dense, hidden: [64, 32], activation: relu, epochs: 20, batch: 64, learning_rate: 0.001}\n";
static const char TRAIN_NET[] = TRAIN_HEAD
    "task: autoencoder\n"
    "model: {kind: dense, hidden: [128, 32, 128], activation: relu, epochs: 40, batch: 64, learning_rate: 0.001}\n"
    "decision: {alpha: 0.2, false_alarm_rate: 0.01}\n";
static const char TRAIN_WIDE[] = TRAIN_HEAD
    "task: autoencoder\n"
    "model: {kind: dense, hidden: [2048, 2048], activation: relu, epochs: 1, batch: 256, learning_rate: 0.0005}\n"
    "decision: {alpha: 0.2, false_alarm_rate: 0.01}\n";

static const char OPTIMIZE[] = "version: 1\n"
                               "quantize: int8\n"
                               "gates: {max_accuracy_drop: 0.02, max_bytes: 64k, max_latency_us: 2000}\n";
static const char OPTIMIZE_WIDE[] = "version: 1\n"
                                    "quantize: int8\n"
                                    "gates: {max_accuracy_drop: 0.5}\n";
static const char OPTIMIZE_TINY[] = "version: 1\n"
                                    "quantize: int8\n"
                                    "gates: {max_bytes: 1k}\n";

static const story_file FILES[] = {
    { "features.yaml", FEATURES },
    { "train-trees.yaml", TRAIN_TREES },
    { "train-classifier.yaml", TRAIN_CLASSIFIER },
    { "train.yaml", TRAIN_NET },
    { "train-wide.yaml", TRAIN_WIDE },
    { "optimize.yaml", OPTIMIZE },
    { "optimize-wide.yaml", OPTIMIZE_WIDE },
    { "optimize-tiny.yaml", OPTIMIZE_TINY },
};

enum { TEXT_MAX = 8192 };

static void fill_in(const char *text, const char *mark, const char *value, sedge_buf *out) {
    for (const char *at; (at = strstr(text, mark)); text = at + strlen(mark)) {
        sedge_buf_put(out, text, (size_t)(at - text));
        sedge_buf_text(out, value);
    }
    sedge_buf_text(out, text);
}

static sedge_status write_file(const demo *d, const story_file *file, sedge_error *err) {
    char rate[32];
    SEDGE_AUTO_BUF named = sedge_buf_init(TEXT_MAX);
    SEDGE_AUTO_BUF text = sedge_buf_init(TEXT_MAX);
    (void)snprintf(rate, sizeof rate, "%g", d->story->recorded_hz);
    fill_in(file->text, "{NAME}", d->story->name, &named);
    fill_in(sedge_buf_cstr(&named), "{RATE}", rate, &text);
    if (named.failed || text.failed)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for %s", file->path);
    return sedge_file_write_atomic(NULL, demo_path(d, "%s", file->path), sedge_buf_bytes(&text), 0600, err);
}

sedge_status demo_write_files(demo *d, sedge_error *err) {
    for (size_t i = 0; i < SEDGE_COUNT(FILES); i++) {
        sedge_status st = write_file(d, &FILES[i], err);
        if (st)
            return st;
    }
    return SEDGE_OK;
}
