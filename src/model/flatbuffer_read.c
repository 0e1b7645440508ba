/* SPDX-License-Identifier: Apache-2.0 */
#include "model/flatbuffer_read.h"

sedge_status sedge_fbr_fail(sedge_fbr *r, sedge_status status, const char *fmt, ...) {
    if (r->status)
        return r->status;
    va_list args;
    va_start(args, fmt);
    r->status = sedge_vfail(r->err, status, fmt, args);
    va_end(args);
    return r->status;
}

/* n bytes at a multiple of align */
static bool check_range(sedge_fbr *r, size_t at, size_t n, size_t align, const char *what) {
    if (r->status)
        return false;
    if (at > r->file.n || n > r->file.n - at) {
        sedge_fbr_fail(r, SEDGE_ETRUNCATED, "%s at byte %zu ends past the file's %zu bytes", what, at, r->file.n);
        return false;
    }
    if (at % align != 0) {
        sedge_fbr_fail(r, SEDGE_EINVALID, "%s at byte %zu is not aligned to %zu", what, at, align);
        return false;
    }
    return true;
}

static bool check_vtable(sedge_fbr *r, const sedge_fbr_table *t) {
    if (t->vtable_bytes < 4 || t->vtable_bytes % 2 != 0 || t->bytes < 4) {
        sedge_fbr_fail(r, SEDGE_EINVALID, "the vtable at byte %zu is malformed", t->vtable);
        return false;
    }
    if (!check_range(r, t->vtable, t->vtable_bytes, 2, "a vtable") || !check_range(r, t->at, t->bytes, 4, "a table"))
        return false;
    for (size_t i = 4; i < t->vtable_bytes; i += 2) {
        uint16_t offset = sedge_load_u16(r->file.p + t->vtable + i);
        if (offset != 0 && (offset < 4 || offset >= t->bytes)) {
            sedge_fbr_fail(r, SEDGE_EINVALID, "the vtable at byte %zu has a field outside its table", t->vtable);
            return false;
        }
    }
    return true;
}

static sedge_fbr_table table_at(sedge_fbr *r, size_t at) {
    const sedge_fbr_table none = { 0 };
    if (!check_range(r, at, 4, 4, "a table"))
        return none;
    int64_t vtable = (int64_t)at - (int32_t)sedge_load_u32(r->file.p + at);
    if (vtable < 0 || (uint64_t)vtable > r->file.n) {
        sedge_fbr_fail(r, SEDGE_EINVALID, "the table at byte %zu has its vtable outside the file", at);
        return none;
    }
    if (!check_range(r, (size_t)vtable, 4, 2, "a vtable"))
        return none;
    const uint8_t *p = r->file.p + vtable;
    sedge_fbr_table t = { at, (size_t)vtable, sedge_load_u16(p), sedge_load_u16(p + 2) };
    return check_vtable(r, &t) ? t : none;
}

/* what the reference at the checked position refers to; 0 after a failure */
static size_t follow(sedge_fbr *r, size_t at) {
    uint32_t offset = sedge_load_u32(r->file.p + at);
    if (offset == 0 || offset > r->file.n - at) {
        sedge_fbr_fail(r, SEDGE_EINVALID, "the reference at byte %zu points outside the file", at);
        return 0;
    }
    return at + offset;
}

sedge_fbr_table sedge_fbr_root(sedge_fbr *r, const char *identifier) {
    const sedge_fbr_table none = { 0 };
    if (r->file.n < 8) {
        sedge_fbr_fail(r, SEDGE_ETRUNCATED, "%zu bytes are no %s file", r->file.n, identifier);
        return none;
    }
    if (memcmp(r->file.p + 4, identifier, 4) != 0) {
        sedge_fbr_fail(r, SEDGE_EINVALID, "the identifier %s is missing", identifier);
        return none;
    }
    size_t at = follow(r, 0);
    return r->status ? none : table_at(r, at);
}

/* position of a field with size bytes, 0 when it is absent or wrong */
static size_t field_at(sedge_fbr *r, const sedge_fbr_table *t, unsigned field, size_t size) {
    size_t slot = 4 + 2 * (size_t)field;
    if (r->status || slot + 2 > t->vtable_bytes)
        return 0;
    uint16_t offset = sedge_load_u16(r->file.p + t->vtable + slot);
    if (offset == 0)
        return 0;
    if (size > (size_t)t->bytes - offset) {
        sedge_fbr_fail(r, SEDGE_EINVALID, "field %u of the table at byte %zu ends past the table", field, t->at);
        return 0;
    }
    if ((t->at + offset) % size != 0) {
        sedge_fbr_fail(r, SEDGE_EINVALID, "field %u of the table at byte %zu is not aligned", field, t->at);
        return 0;
    }
    return t->at + offset;
}

#define SCALAR_FN(name, type, load)                                                                                    \
    type sedge_fbr_##name(sedge_fbr *r, const sedge_fbr_table *t, unsigned field, type fallback) {                     \
        size_t at = field_at(r, t, field, sizeof(type));                                                               \
        return at ? (type)load(r->file.p + at) : fallback;                                                             \
    }
#define LOAD_U8(p) ((p)[0])
SCALAR_FN(u8, uint8_t, LOAD_U8)
SCALAR_FN(i32, int32_t, sedge_load_u32)
SCALAR_FN(u32, uint32_t, sedge_load_u32)
SCALAR_FN(u64, uint64_t, sedge_load_u64)
SCALAR_FN(f32, float, sedge_load_f32)

bool sedge_fbr_has(const sedge_fbr *r, const sedge_fbr_table *t, unsigned field) {
    size_t slot = 4 + 2 * (size_t)field;
    return !r->status && slot + 2 <= t->vtable_bytes && sedge_load_u16(r->file.p + t->vtable + slot) != 0;
}

sedge_fbr_table sedge_fbr_table_field(sedge_fbr *r, const sedge_fbr_table *t, unsigned field) {
    size_t at = field_at(r, t, field, 4);
    size_t target = at ? follow(r, at) : 0;
    return target ? table_at(r, target) : (sedge_fbr_table){ 0 };
}

sedge_fbr_vector sedge_fbr_vector_field(sedge_fbr *r, const sedge_fbr_table *t, unsigned field, size_t size,
                                        uint32_t max, const char *what) {
    const sedge_fbr_vector none = { 0 };
    size_t at = field_at(r, t, field, 4);
    size_t target = at ? follow(r, at) : 0;
    if (!target || !check_range(r, target, 4, 4, what))
        return none;
    uint32_t n = sedge_load_u32(r->file.p + target);
    if (n > max) {
        sedge_fbr_fail(r, SEDGE_ELIMIT, "%u %s, the limit is %u", n, what, max);
        return none;
    }
    if (n > (r->file.n - target - 4) / size) {
        sedge_fbr_fail(r, SEDGE_ETRUNCATED, "%u %s at byte %zu end past the file's %zu bytes", n, what, target,
                       r->file.n);
        return none;
    }
    if (n && (target + 4) % size != 0) {
        sedge_fbr_fail(r, SEDGE_EINVALID, "%s at byte %zu are not aligned to %zu", what, target, size);
        return none;
    }
    return (sedge_fbr_vector){ n, target + 4, r->file.p + target + 4 };
}

sedge_fbr_table sedge_fbr_vector_table(sedge_fbr *r, const sedge_fbr_vector *v, uint32_t i) {
    size_t target = r->status ? 0 : follow(r, v->at + 4 * (size_t)i);
    return target ? table_at(r, target) : (sedge_fbr_table){ 0 };
}
