/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The optimisation step: from a model folder to a smaller one, with a report and gates.
 *
 * Size, figures on the hold-out and latency (median over many runs) are measured before and after, both through
 * libsedge on the files. The threshold of a reconstruction is moved by what quantisation does to the scores of the
 * calibration vectors, never of the hold-out. Trees have nothing to quantise: they pass through, and through the gates.
 */
#ifndef SEDGE_OPTIMIZE_OPTIMIZE_H
#define SEDGE_OPTIMIZE_OPTIMIZE_H

#include "conf/rows.h"
#include "os/clock.h"
#include "train/model_card.h"

/** optimize.yaml (docs/spec/model-folder.md). */
typedef struct sedge_optimize_config {
    int64_t version;
    int quantize; /**< 0: int8, 1: none */
    struct {
        double max_accuracy_drop; /**< NaN: no gate */
        int64_t max_bytes;        /**< SEDGE_CONF_UNSET: no gate */
        double max_latency_us;    /**< NaN: no gate */
    } gates;
} sedge_optimize_config;

extern const sedge_conf_rows SEDGE_OPTIMIZE_CONFIG;

typedef struct sedge_optimize_options {
    const sedge_fs *fs;       /**< NULL: the machine's */
    const sedge_clock *clock; /**< for the latency */
    const char *folder;
    const char *config; /**< path of optimize.yaml, copied into the new folder; NULL: int8 without gates */
    const char *out;    /**< the new folder */
} sedge_optimize_options;

typedef struct sedge_optimize_report {
    sedge_card_optimize measured;
    sedge_card_text name;
    const char *variant; /**< how it was quantised; NULL: it was not */
    size_t weights;      /**< of a net; 0 for trees */
} sedge_optimize_report;

/**
 * @param ret  the report; also set when a gate said no
 * @return SEDGE_EGATE with a sentence that names gate, value and limit (then nothing is written); SEDGE_EINVALID,
 *         SEDGE_EUNSUPPORTED (an int8 model already), SEDGE_ECONFLICT and what reading says
 */
SEDGE_NODISCARD sedge_status sedge_optimize(const sedge_optimize_options *options, sedge_optimize_report *ret,
                                            sedge_error *err);

#endif
