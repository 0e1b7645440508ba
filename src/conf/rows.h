/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Configuration rows: one table per struct, from which come reading YAML, command-line flags, environment, defaults,
 * ranges, --help, --print-config, and freeing.
 *
 *     typedef struct { int64_t soak_ms; double share; } phase;
 *     static const sedge_conf_row phase_rows[] = {
 *         { "soak_time", SEDGE_CONF_DURATION, SEDGE_AT(phase, soak_ms), "10m", .help = "wait before the next phase" },
 *         { "share", SEDGE_CONF_DOUBLE, SEDGE_AT(phase, share), .min = 0, .max = 100, .flags = SEDGE_CONF_REQUIRED,
 *           .help = "per cent of the selected devices" },
 *     };
 *     static const sedge_conf_rows phase_conf = SEDGE_CONF_ROWS(phase, phase_rows);
 *
 * The value wanted comes from flag over environment over file over default. Wrong input gives one sentence with the
 * place: rollout.yaml:12: phases[1].share: 140 is outside 0..100 rollout.yaml:7: unknown key 'soak_tme'; did you mean
 * soak_time?
 *     --soak-time: '10x' is no duration; write it like 250ms, 10s, 5m, 2h or 1d
 *     SEDGE_HUB_LISTEN: ...
 * Statuses: SEDGE_EINVALID for what stands in files, SEDGE_EUSAGE for flags and environment, SEDGE_ENOMEM.
 *
 * Tables are static and correct by construction: tests call sedge_conf_defaults() on them once, which parses every
 * preset.
 */
#ifndef SEDGE_CONF_ROWS_H
#define SEDGE_CONF_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "conf/yaml.h"
#include "os/fs.h"
#include "sedge/error.h"

typedef enum sedge_conf_type {                      /* the field's C type, and what is written */
                               SEDGE_CONF_BOOL,     /**< bool; true false yes no on off; as a flag --key or --no-key */
                               SEDGE_CONF_INT,      /**< int64_t */
                               SEDGE_CONF_DOUBLE,   /**< double, finite */
                               SEDGE_CONF_STRING,   /**< char *, owned; NULL when there is no value */
                               SEDGE_CONF_ENUM,     /**< int: the index in choices */
                               SEDGE_CONF_DURATION, /**< int64_t milliseconds; 250ms 10s 5m 2h 1d, fractions allowed */
                               SEDGE_CONF_BYTES,    /**< int64_t; 64k 10M 2G are powers of 1024 */
                               SEDGE_CONF_STRINGS,  /**< sedge_conf_strings; a sequence or one scalar; a flag may be
                                                       repeated */
                               SEDGE_CONF_INTS,     /**< sedge_conf_ints; as a flag 1,2,3 */
                               SEDGE_CONF_DOUBLES,  /**< sedge_conf_doubles; as a flag 1,2.5 */
                               SEDGE_CONF_PAIRS,  /**< sedge_conf_pairs; a mapping of scalars in the order written; as a
                                                     flag key=value, repeated */
                               SEDGE_CONF_STRUCT, /**< a nested struct, by its own rows; flags are --outer-inner */
                               SEDGE_CONF_LIST,   /**< sedge_conf_list of nested structs; files only */
} sedge_conf_type;

typedef struct sedge_conf_strings {
    char **items;
    size_t n;
} sedge_conf_strings;
typedef struct sedge_conf_ints {
    int64_t *items;
    size_t n;
} sedge_conf_ints;
typedef struct sedge_conf_doubles {
    double *items;
    size_t n;
} sedge_conf_doubles;
typedef struct sedge_conf_pair {
    char *key;
    char *value;
} sedge_conf_pair;
typedef struct sedge_conf_pairs {
    sedge_conf_pair *items;
    size_t n;
} sedge_conf_pairs;
/** The field of a SEDGE_CONF_LIST: struct { T *items; size_t n; } */
#define SEDGE_CONF_LIST_OF(T)                                                                                          \
    struct {                                                                                                           \
        T *items;                                                                                                      \
        size_t n;                                                                                                      \
    }

enum {                                  /* sedge_conf_row.flags; bit 0 stays unused so that a stray true is noticed */
       SEDGE_CONF_REQUIRED = 1 << 1,    /**< in a nested struct: also when nothing of that struct is given */
       SEDGE_CONF_POSITIONAL = 1 << 2,  /**< on the command line without a name, in the order of the rows; a STRINGS row
                                             takes all that are left */
       SEDGE_CONF_SECRET = 1 << 3,      /**< never printed */
       SEDGE_CONF_NO_FILE = 1 << 4,     /**< not in files */
       SEDGE_CONF_NO_FLAG = 1 << 5,     /**< not on the command line or in the environment */
       SEDGE_CONF_CONFIG_FILE = 1 << 6, /**< a STRING row that names the configuration file; implies NO_FILE */
       SEDGE_CONF_OPTIONAL =
           1 << 7, /**< a number without a value holds SEDGE_CONF_UNSET or NaN instead of 0; an ENUM -1 */
       SEDGE_CONF_NOT_EMPTY = 1 << 8, /**< texts and lists must hold something when given */
       SEDGE_CONF_HIDDEN = 1 << 9,    /**< works, but not in --help */
};
#define SEDGE_CONF_UNSET INT64_MIN

typedef struct sedge_conf_rows sedge_conf_rows;

typedef struct sedge_conf_row {
    const char *key; /**< snake_case; the flag is --snake-case */
    sedge_conf_type type;
    size_t offset;
    const char *preset;          /**< the default as it would be written in a flag; NULL: 0, false, NULL, empty */
    double min, max;             /**< inclusive, of the number as stored (ms, bytes); both 0: no limit */
    const char *const *choices;  /**< ENUM: NULL-terminated */
    const sedge_conf_rows *rows; /**< STRUCT and LIST */
    const char *metavar;         /**< "HOST:PORT"; NULL: from the type */
    const char *help;            /**< half a sentence, no full stop */
    unsigned flags;
    char letter; /**< short flag, or 0 */
} sedge_conf_row;

struct sedge_conf_rows {
    const sedge_conf_row *rows;
    size_t n;
    size_t size_bytes; /**< of the struct */
    /** Rules among several fields, run when a whole struct has been read; may be NULL. The sentence gets the place in
     * front. */
    sedge_status (*check)(const void *object, sedge_error *err);
};

#define SEDGE_AT(type, member) offsetof(type, member)
#define SEDGE_CONF_ROWS(type, table)                                                                                   \
    { table, sizeof(table) / sizeof((table)[0]), sizeof(type), NULL }
#define SEDGE_CONF_ROWS_CHECKED(type, table, check)                                                                    \
    { table, sizeof(table) / sizeof((table)[0]), sizeof(type), check }

/**
 * Fills *object (rows->size_bytes, uninitialised) with the presets. In all functions here: on failure *object is zero
 * and owns nothing; on success it is the caller's to sedge_conf_free().
 */
SEDGE_NODISCARD sedge_status sedge_conf_defaults(const sedge_conf_rows *rows, void *object, sedge_error *err);
/** Frees what the fields own and zeroes the object (not the object itself). Safe on a zeroed one. */
void sedge_conf_free(const sedge_conf_rows *rows, void *object);

/** Reads a mapping of a YAML document over the presets. */
SEDGE_NODISCARD sedge_status sedge_conf_from_yaml(const sedge_conf_rows *rows, const sedge_yaml *doc,
                                                  const sedge_yaml_node *node, void *object, sedge_error *err);
/** Reads a file, whose root must be a mapping, over the presets. fs may be NULL. */
SEDGE_NODISCARD sedge_status sedge_conf_load_file(const sedge_conf_rows *rows, const sedge_fs *fs, const char *path,
                                                  void *object, sedge_error *err);

/** What a program is started with. */
typedef struct sedge_conf_args {
    int argc; /**< arguments after the program's and command's name */
    const char *const *argv;
    const char *const *env;  /**< NULL: no environment */
    const char *env_prefix;  /**< "SEDGE_HUB_" */
    const sedge_fs *fs;      /**< for the configuration file; NULL: the machine's */
    const char *const *also; /**< flags that the caller takes itself, for suggestions, NULL-terminated; or NULL */
} sedge_conf_args;

/** Where each value came from, for --print-config. */
typedef struct sedge_conf_origins sedge_conf_origins;
void sedge_conf_origins_free(sedge_conf_origins *origins);
SEDGE_DEFINE_AUTO(sedge_conf_origins, sedge_conf_origins_free)

/**
 * Flags over environment over file over presets.
 * Flags: --key value, --key=value, -k value, --flag, --no-flag; "--" ends them; "-" is an ordinary word. A scalar flag
 * given twice is an error, as is a missing required row ("missing --hub URL").
 * @param ret_origins  NULL, or the caller's to free
 */
SEDGE_NODISCARD sedge_status sedge_conf_parse(const sedge_conf_rows *rows, const sedge_conf_args *args, void *object,
                                              sedge_conf_origins **ret_origins, sedge_error *err);

/** "  --soak-time DURATION   wait before ... (10m)" lines, positional arguments first; columns at most 100. */
void sedge_conf_put_help(const sedge_conf_rows *rows, sedge_buf *out);
/** The arguments' part of a usage line: " [options] FILE [FILE ...]". */
void sedge_conf_put_usage(const sedge_conf_rows *rows, sedge_buf *out);
/** YAML with one value a line and its origin as comment; secrets as "***". origins may be NULL. */
void sedge_conf_put_values(const sedge_conf_rows *rows, const void *object, const sedge_conf_origins *origins,
                           sedge_buf *out);
/** One value as text, as rows read it: for other places that take a duration or size. Sentences without place. */
SEDGE_NODISCARD sedge_status sedge_conf_duration_parse(const char *text, int64_t *ret_ms, sedge_error *err);
SEDGE_NODISCARD sedge_status sedge_conf_bytes_parse(const char *text, int64_t *ret_bytes, sedge_error *err);
SEDGE_NODISCARD sedge_status sedge_conf_double_parse(const char *text, double *ret, sedge_error *err);
SEDGE_NODISCARD sedge_status sedge_conf_int_parse(const char *text, int64_t *ret, sedge_error *err);

#endif
