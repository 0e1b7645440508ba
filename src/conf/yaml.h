/* SPDX-License-Identifier: Apache-2.0 */
/**
 * YAML as a small tree with line numbers: libyaml's events, with limits.
 *
 * One document a file: mappings with plain keys, sequences, scalars. Refused with line and remedy: anchors and aliases,
 * tags, several documents, duplicate keys, keys that are no scalars, NUL bytes. Scalars stay text; what `on`, `1e3` or
 * `10s` mean is decided by who asks (conf/rows.h), so that YAML's guesses surprise nobody.
 */
#ifndef SEDGE_CONF_YAML_H
#define SEDGE_CONF_YAML_H

#include "base/bytes.h"
#include "base/own.h"
#include "os/fs.h"
#include "sedge/error.h"

typedef enum sedge_yaml_kind { SEDGE_YAML_SCALAR, SEDGE_YAML_SEQUENCE, SEDGE_YAML_MAPPING } sedge_yaml_kind;

typedef struct sedge_yaml_node sedge_yaml_node;
struct sedge_yaml_node {
    sedge_yaml_kind kind;
    unsigned line;   /**< from 1 */
    const char *key; /**< in a mapping, else NULL */
    unsigned key_line;
    const char *text;       /**< scalars: NUL-terminated, "" when empty */
    bool quoted;            /**< the text stood in quotes or a block, so it is a string whatever it looks like */
    size_t count;           /**< children */
    sedge_yaml_node *first; /**< first child */
    sedge_yaml_node *next;  /**< next sibling */
};

typedef struct sedge_yaml sedge_yaml;

enum {
    SEDGE_YAML_BYTES_MAX = 1 << 20,
    SEDGE_YAML_DEPTH_MAX = 16,
    SEDGE_YAML_NODES_MAX = 100000,
    SEDGE_YAML_KEYS_MAX = 1000 /**< of one mapping */
};

/**
 * @param source  names the document in sentences ("train.yaml:12: ...") and is copied
 * @param ret     the caller's to sedge_yaml_free()
 * @return SEDGE_EINVALID, SEDGE_ELIMIT, SEDGE_ENOMEM
 */
SEDGE_NODISCARD sedge_status sedge_yaml_load(sedge_bytes text, const char *source, sedge_yaml **ret, sedge_error *err);
SEDGE_NODISCARD sedge_status sedge_yaml_load_file(const sedge_fs *fs, const char *path, sedge_yaml **ret,
                                                  sedge_error *err);
void sedge_yaml_free(sedge_yaml *doc);
SEDGE_DEFINE_AUTO(sedge_yaml, sedge_yaml_free)

/** The root; an empty document is an empty mapping. Nodes live as long as the document. */
const sedge_yaml_node *sedge_yaml_root(const sedge_yaml *doc);
const char *sedge_yaml_source(const sedge_yaml *doc);
/** The member of a mapping, or NULL. */
const sedge_yaml_node *sedge_yaml_get(const sedge_yaml_node *mapping, const char *key);
/** No value was written ("key:" alone, or ~ or null without quotes). */
bool sedge_yaml_is_null(const sedge_yaml_node *node);
/** Fails with "<source>:<line>: <formatted>". */
sedge_status sedge_yaml_fail(const sedge_yaml *doc, const sedge_yaml_node *node, sedge_error *err, const char *fmt, ...)
    SEDGE_PRINTF(4, 5);

#endif
