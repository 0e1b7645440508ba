/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Ownership by scope. SEDGE_DEFINE_AUTO(sedge_model, sedge_model_free) once after the type's _free makes
 *     sedge_auto(sedge_model) m = NULL;
 * a pointer that is freed on every way out, unless SEDGE_STEAL(m) has handed it over.
 */
#ifndef SEDGE_BASE_OWN_H
#define SEDGE_BASE_OWN_H

#include <stdlib.h>

#include "sedge/attr.h"

#define SEDGE_DEFINE_AUTO(type, free_fn)                                                                               \
    static inline void type##_auto_free(type **p) {                                                                    \
        if (*p)                                                                                                        \
            free_fn(*p);                                                                                               \
    }
#define sedge_auto(type) SEDGE_CLEANUP(type##_auto_free) type *

/** The pointer's value, leaving NULL behind. */
#define SEDGE_STEAL(p)                                                                                                 \
    (__extension__({                                                                                                   \
        __typeof__(p) stolen_ = (p);                                                                                   \
        (p) = NULL;                                                                                                    \
        stolen_;                                                                                                       \
    }))

static inline void sedge_auto_free_mem(void *p) {
    void **at = (void **)p;
    free(*at);
}
/** For malloc'ed memory: SEDGE_AUTO_MEM char *text = NULL; */
#define SEDGE_AUTO_MEM SEDGE_CLEANUP(sedge_auto_free_mem)

#define SEDGE_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
