/* SPDX-License-Identifier: Apache-2.0 */
/**
 * features.yaml (docs/spec/features.md, point 3) as a description that features/write.h compiles.
 *
 * "*" stands for all channels. The fitted values (fill of hold and mean, scaling) are still 0 and 1:
 * data/fit_features.h finds them.
 */
#ifndef SEDGE_DATA_FEATURES_YAML_H
#define SEDGE_DATA_FEATURES_YAML_H

#include "base/own.h"
#include "features/write.h"
#include "os/fs.h"

typedef struct sedge_features_source {
    sedge_features_spec spec; /**< points to the arrays below */
    sedge_features_channel *channels;
    sedge_features_entry *entries;
    bool scale; /**< scale: standard */
} sedge_features_source;

/**
 * Reads and checks a file; the sentence names file and line.
 * @return SEDGE_OK; SEDGE_ENOTFOUND, SEDGE_EINVALID (unknown key, unknown channel, a band without lines ...),
 *         SEDGE_ELIMIT, SEDGE_ENOMEM
 */
SEDGE_NODISCARD sedge_status sedge_features_source_load(const sedge_fs *fs, const char *path,
                                                        sedge_features_source **ret, sedge_error *err);
void sedge_features_source_free(sedge_features_source *source);
SEDGE_DEFINE_AUTO(sedge_features_source, sedge_features_source_free)

#endif
