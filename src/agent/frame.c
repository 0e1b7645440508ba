/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/frame.h"

#include <math.h>
#include <string.h>

size_t sedge_frame_begin(sedge_buf *out, sedge_frame_type type) {
    size_t begin = out->n;
    sedge_buf_u32(out, 0);
    sedge_buf_u32(out, (uint32_t)type);
    return begin;
}

void sedge_frame_end(sedge_buf *out, size_t begin) {
    if (!out->failed)
        sedge_store_u32(out->data + begin, (uint32_t)(out->n - begin - SEDGE_FRAME_HEADER));
}

sedge_status sedge_frame_take(sedge_bytes *in, sedge_frame_type *ret_type, sedge_bytes *ret_body, sedge_error *err) {
    sedge_bytes at = *in, body;
    uint32_t length, type;
    if (!sedge_take_u32(&at, &length) || !sedge_take_u32(&at, &type))
        return sedge_fail(err, SEDGE_ETRUNCATED, "a frame of which %zu bytes are there", in->n);
    if (length > SEDGE_FRAME_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "a frame of %u bytes, the limit is %d", length, SEDGE_FRAME_MAX);
    if (type >= SEDGE_FRAME_TYPES)
        return sedge_fail(err, SEDGE_EINVALID, "a frame of the unknown type %u", type);
    if (!sedge_take(&at, length, &body))
        return sedge_fail(err, SEDGE_ETRUNCATED, "a frame of %u bytes of which %zu are there", length, at.n);
    *in = at;
    *ret_type = (sedge_frame_type)type;
    *ret_body = body;
    return SEDGE_OK;
}

void sedge_ready_put(sedge_buf *out, const sedge_ready *ready) {
    size_t begin = sedge_frame_begin(out, SEDGE_FRAME_READY);
    sedge_buf_u32(out, ready->channels);
    sedge_buf_u32(out, ready->length);
    sedge_buf_u32(out, ready->step);
    sedge_buf_u32(out, ready->features);
    for (uint32_t i = 0; i < ready->channels; i++)
        sedge_buf_put(out, ready->names[i], SEDGE_FEATURES_NAME_MAX);
    sedge_frame_end(out, begin);
}

static bool take_names(sedge_bytes *body, sedge_ready *ret) {
    for (uint32_t i = 0; i < ret->channels; i++) {
        sedge_bytes name;
        if (!sedge_take(body, SEDGE_FEATURES_NAME_MAX, &name) || !memchr(name.p, 0, name.n))
            return false;
        memcpy(ret->names[i], name.p, name.n);
    }
    return body->n == 0;
}

bool sedge_ready_take(sedge_bytes body, sedge_ready *ret) {
    return sedge_take_u32(&body, &ret->channels) && ret->channels >= 1 &&
           ret->channels <= SEDGE_FEATURES_CHANNELS_MAX && sedge_take_u32(&body, &ret->length) && ret->length >= 1 &&
           ret->length <= SEDGE_FEATURES_LENGTH_MAX && sedge_take_u32(&body, &ret->step) && ret->step >= 1 &&
           ret->step <= SEDGE_FEATURES_STEP_MAX && sedge_take_u32(&body, &ret->features) &&
           ret->features <= SEDGE_FEATURES_COUNT_MAX && take_names(&body, ret);
}

void sedge_done_put(sedge_buf *out, const sedge_done *done) {
    sedge_buf_u32(out, done->rows);
    sedge_buf_u32(out, done->inferences);
    sedge_buf_u32(out, done->failures);
    sedge_buf_u32(out, done->anomalies);
    sedge_buf_f64(out, done->score_sum);
    for (uint32_t i = 0; i < done->inferences; i++)
        sedge_buf_u32(out, done->cpu_ns[i]);
    sedge_buf_text(out, done->text);
}

bool sedge_done_take(sedge_bytes body, sedge_done *ret) {
    if (!sedge_take_u32(&body, &ret->rows) || ret->rows > SEDGE_FRAME_ROWS_MAX ||
        !sedge_take_u32(&body, &ret->inferences) || ret->inferences > ret->rows ||
        !sedge_take_u32(&body, &ret->failures) || ret->failures > ret->inferences ||
        !sedge_take_u32(&body, &ret->anomalies) || ret->anomalies > ret->inferences ||
        !sedge_take_f64(&body, &ret->score_sum) || !isfinite(ret->score_sum))
        return false;
    for (uint32_t i = 0; i < ret->inferences; i++)
        if (!sedge_take_u32(&body, &ret->cpu_ns[i]))
            return false;
    if (body.n >= sizeof ret->text)
        return false;
    memcpy(ret->text, body.p, body.n);
    ret->text[body.n] = '\0';
    return true;
}

bool sedge_answer_take(sedge_bytes body, uint64_t *ret_id, int *ret_status, sedge_done *ret_done,
                       sedge_bytes *ret_json) {
    uint32_t status, length;
    sedge_bytes done;
    if (!sedge_take_u64(&body, ret_id) || !sedge_take_u32(&body, &status) || status < 200 || status > 599 ||
        !sedge_take_u32(&body, &length) || !sedge_take(&body, length, &done) || !sedge_done_take(done, ret_done))
        return false;
    *ret_status = (int)status;
    *ret_json = body;
    return true;
}
