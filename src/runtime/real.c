/* SPDX-License-Identifier: Apache-2.0 */
#include "sedge/real.h"

#include <string.h>

#include "model/quant.h"

size_t sedge_real_count(const sedge_tensor *t) {
    if (t->dtype == SEDGE_FLOAT32)
        return t->size_bytes / 4;
    return t->dtype == SEDGE_INT8 && t->quant.count <= 1 ? t->size_bytes : 0;
}

bool sedge_real_output(const sedge_model *model, uint32_t *ret_index) {
    for (uint32_t i = 0; i < sedge_model_output_count(model); i++)
        if (sedge_real_count(sedge_model_output(model, i))) {
            *ret_index = i;
            return true;
        }
    return false;
}

static float scale_of(const sedge_tensor *t) {
    return t->quant.count ? t->quant.scales[0] : 1;
}

static int32_t zero_point_of(const sedge_tensor *t) {
    return t->quant.count && t->quant.zero_points ? t->quant.zero_points[0] : 0;
}

static sedge_status check(const sedge_tensor *t, const char *what, uint32_t index, size_t n, sedge_error *err) {
    if (!t)
        return sedge_fail(err, SEDGE_EUSAGE, "the model has no %s %u", what, index);
    size_t count = sedge_real_count(t);
    if (!count)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "%s '%s' is %s, only float32 and int8 take real numbers", what,
                          t->name, sedge_dtype_name(t->dtype));
    if (count != n)
        return sedge_fail(err, SEDGE_EUSAGE, "%s '%s' has %zu values, not %zu", what, t->name, count, n);
    return SEDGE_OK;
}

sedge_status sedge_real_set_input(sedge_instance *instance, uint32_t index, const float *x, size_t n,
                                  sedge_error *err) {
    const sedge_tensor *t = sedge_model_input(sedge_instance_model(instance), index);
    sedge_status st = check(t, "input", index, n, err);
    if (st)
        return st;
    for (size_t i = 0; i < n; i++)
        if (x[i] != x[i])
            return sedge_fail(err, SEDGE_EINVALID, "input '%s': value %zu is not a number", t->name, i);
    if (t->dtype == SEDGE_FLOAT32) {
        memcpy(sedge_instance_input(instance, index), x, n * sizeof *x);
        return SEDGE_OK;
    }
    int8_t *q = sedge_instance_input(instance, index);
    float scale = scale_of(t);
    int32_t zero_point = zero_point_of(t);
    for (size_t i = 0; i < n; i++)
        q[i] = (int8_t)sedge_quantize_f32(x[i], scale, zero_point, sedge_dtype_range(SEDGE_INT8));
    return SEDGE_OK;
}

sedge_status sedge_real_get_output(const sedge_instance *instance, uint32_t index, float *ret_y, size_t n,
                                   sedge_error *err) {
    const sedge_tensor *t = sedge_model_output(sedge_instance_model(instance), index);
    sedge_status st = check(t, "output", index, n, err);
    if (st)
        return st;
    if (t->dtype == SEDGE_FLOAT32) {
        memcpy(ret_y, sedge_instance_output(instance, index), n * sizeof *ret_y);
        return SEDGE_OK;
    }
    const int8_t *q = sedge_instance_output(instance, index);
    float scale = scale_of(t);
    int32_t zero_point = zero_point_of(t);
    for (size_t i = 0; i < n; i++)
        ret_y[i] = scale * (float)(q[i] - zero_point);
    return SEDGE_OK;
}
