/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/worker.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/frame.h"
#include "agent/infer.h"
#include "agent/pipeline.h"
#include "base/format.h"
#include "os/errno.h"

typedef struct worker {
    sedge_pipeline *pipeline;
    sedge_buf in, out;
    float row[SEDGE_FEATURES_CHANNELS_MAX];
    sedge_done done;
    bool dump;
    bool stopped;
} worker;

/* ---- the bundle ---- */

static sedge_status map_bundle(sedge_bytes *ret, sedge_error *err) {
    struct stat s;
    if (fstat(SEDGE_WORKER_BUNDLE_FD, &s) < 0)
        return sedge_fail_errno(err, errno, "the bundle (descriptor %d)", SEDGE_WORKER_BUNDLE_FD);
    if (s.st_size <= 0 || s.st_size > SEDGE_BUNDLE_BYTES_MAX)
        return sedge_fail(err, SEDGE_EINVALID, "a bundle of %lld bytes", (long long)s.st_size);
    void *p = mmap(NULL, (size_t)s.st_size, PROT_READ, MAP_PRIVATE, SEDGE_WORKER_BUNDLE_FD, 0);
    if (p == MAP_FAILED)
        return sedge_fail_errno(err, errno, "cannot map the bundle");
    *ret = sedge_bytes_of(p, (size_t)s.st_size);
    return SEDGE_OK;
}

static sedge_status open_pipeline(sedge_pipeline **ret, sedge_error *err) {
    sedge_pipeline_options options = { .cpu_mask = SEDGE_CPU_ALL };
    sedge_status st = map_bundle(&options.bundle, err);
    return st ? st : sedge_pipeline_open(&options, ret, err);
}

static sedge_status check(sedge_error *err) {
    sedge_auto(sedge_pipeline) p = NULL;
    sedge_status st = open_pipeline(&p, err);
    return st ? st : sedge_pipeline_check_golden(p, err);
}

/* ---- talking ---- */

static sedge_status write_all(int fd, sedge_bytes data, sedge_error *err) {
    while (data.n > 0) {
        ssize_t put = write(fd, data.p, data.n);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return sedge_fail_errno(err, errno, "cannot write to descriptor %d", fd);
        data = sedge_bytes_of(data.p + put, data.n - (size_t)put);
    }
    return SEDGE_OK;
}

static sedge_status flush(worker *w, sedge_error *err) {
    if (w->out.failed)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for an answer");
    sedge_status st = write_all(SEDGE_WORKER_SOCKET_FD, sedge_buf_bytes(&w->out), err);
    sedge_buf_clear(&w->out);
    return st;
}

static void put_fault(sedge_buf *out, sedge_status status, const char *text) {
    size_t begin = sedge_frame_begin(out, SEDGE_FRAME_FAULT);
    sedge_buf_u32(out, (uint32_t)status);
    sedge_buf_text(out, text);
    sedge_frame_end(out, begin);
}

static void put_ready(worker *w) {
    const sedge_features *f = sedge_pipeline_features(w->pipeline);
    sedge_ready ready = { .channels = sedge_features_channels(f),
                          .length = sedge_features_length(f),
                          .step = sedge_features_step(f),
                          .features = sedge_features_count(f) };
    for (uint32_t i = 0; i < ready.channels; i++)
        memcpy(ready.names[i], sedge_features_channel_at(f, i)->name, sizeof ready.names[i]);
    sedge_ready_put(&w->out, &ready);
}

/* ---- frames ---- */

static sedge_status take_row(worker *w, bool counted, sedge_error *err) {
    sedge_inference one;
    sedge_error why = SEDGE_ERROR_INIT;
    if (!sedge_pipeline_push(w->pipeline, w->row, counted, &one, &why) || !counted)
        return SEDGE_OK;
    w->done.cpu_ns[w->done.inferences++] = (uint32_t)(one.cpu_ns > UINT32_MAX ? UINT32_MAX : one.cpu_ns);
    if (one.status && !w->done.failures++)
        sedge_format(w->done.text, sizeof w->done.text, "%s", why.text);
    w->done.anomalies += one.verdict.anomaly;
    w->done.score_sum += one.verdict.score;
    if (!w->dump)
        return SEDGE_OK;
    size_t n = sedge_features_count(sedge_pipeline_features(w->pipeline));
    return write_all(SEDGE_WORKER_DUMP_FD, sedge_bytes_of(one.vector, n * sizeof(float)), err);
}

static sedge_status on_rows(worker *w, sedge_bytes body, sedge_error *err) {
    uint32_t channels = sedge_features_channels(sedge_pipeline_features(w->pipeline)), n;
    uint8_t counted;
    if (!sedge_take_u8(&body, &counted) || !sedge_take_u32(&body, &n) || n > SEDGE_FRAME_ROWS_MAX ||
        body.n != (size_t)n * channels * sizeof(float))
        return sedge_fail(err, SEDGE_EINVALID, "a malformed frame of rows");
    w->done = (sedge_done){ .rows = n };
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t c = 0; c < channels; c++, body.p += sizeof(float))
            w->row[c] = sedge_load_f32(body.p);
        sedge_status st = take_row(w, counted != 0, err);
        if (st)
            return st;
    }
    if (!counted)
        return SEDGE_OK;
    size_t begin = sedge_frame_begin(&w->out, SEDGE_FRAME_DONE);
    sedge_done_put(&w->out, &w->done);
    sedge_frame_end(&w->out, begin);
    return SEDGE_OK;
}

static sedge_status on_infer(worker *w, sedge_bytes body, sedge_error *err) {
    uint64_t id;
    if (!sedge_take_u64(&body, &id))
        return sedge_fail(err, SEDGE_EINVALID, "a malformed frame of a request");
    SEDGE_AUTO_BUF json = sedge_buf_init(SEDGE_FRAME_MAX / 2);
    int status = sedge_infer(w->pipeline, body, &json, &w->done);
    if (json.failed)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for an answer");
    size_t begin = sedge_frame_begin(&w->out, SEDGE_FRAME_ANSWER);
    sedge_buf_u64(&w->out, id);
    sedge_buf_u32(&w->out, (uint32_t)status);
    size_t length_at = w->out.n;
    sedge_buf_u32(&w->out, 0);
    sedge_done_put(&w->out, &w->done);
    if (!w->out.failed)
        sedge_store_u32(w->out.data + length_at, (uint32_t)(w->out.n - length_at - sizeof(uint32_t)));
    sedge_buf_put(&w->out, json.data, json.n);
    sedge_frame_end(&w->out, begin);
    return SEDGE_OK;
}

static sedge_status on_stats(worker *w, sedge_bytes body, sedge_error *err) {
    (void)body;
    sedge_monitor_counts *counts = sedge_pipeline_counts(w->pipeline);
    size_t begin = sedge_frame_begin(&w->out, SEDGE_FRAME_STATS), n = 0;
    if (counts && sedge_monitor_counts_total(counts) > 0) {
        size_t max = sedge_monitor_pack_max(sedge_monitor_counts_features(counts)), before = w->out.n;
        uint8_t *at = sedge_buf_add(&w->out, max);
        sedge_status st = at ? sedge_monitor_pack(counts, at, max, &n, err) : SEDGE_OK;
        if (st)
            return st;
        if (at)
            w->out.n = before + n;
        sedge_monitor_counts_clear(counts);
    }
    sedge_frame_end(&w->out, begin);
    return SEDGE_OK;
}

static sedge_status on_stop(worker *w, sedge_bytes body, sedge_error *err) {
    (void)body, (void)err;
    w->stopped = true;
    return SEDGE_OK;
}

static sedge_status on_frame(worker *w, sedge_frame_type type, sedge_bytes body, sedge_error *err) {
    static sedge_status (*const handlers[SEDGE_FRAME_TYPES])(worker * w, sedge_bytes body, sedge_error * err) = {
        [SEDGE_FRAME_ROWS] = on_rows,
        [SEDGE_FRAME_INFER] = on_infer,
        [SEDGE_FRAME_STATS] = on_stats,
        [SEDGE_FRAME_STOP] = on_stop,
    };
    if (!handlers[type])
        return sedge_fail(err, SEDGE_EINVALID, "a frame that is not for a worker");
    sedge_status st = handlers[type](w, body, err);
    return st ? st : flush(w, err);
}

/** Reads some bytes; an end of the stream is a stop. */
static sedge_status fill(worker *w, sedge_error *err) {
    enum { PIECE = 64 << 10 };
    size_t before = w->in.n;
    uint8_t *at = sedge_buf_add(&w->in, PIECE);
    if (!at)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for a frame");
    ssize_t got;
    do
        got = read(SEDGE_WORKER_SOCKET_FD, at, PIECE);
    while (got < 0 && errno == EINTR);
    w->in.n = before + (got > 0 ? (size_t)got : 0);
    w->stopped |= got == 0;
    return got < 0 ? sedge_fail_errno(err, errno, "cannot read from the supervisor") : SEDGE_OK;
}

static sedge_status serve(worker *w, sedge_error *err) {
    while (!w->stopped) {
        sedge_status st = fill(w, err);
        if (st)
            return st;
        sedge_bytes rest = sedge_buf_bytes(&w->in), body;
        sedge_frame_type type;
        while (!w->stopped && !(st = sedge_frame_take(&rest, &type, &body, err)))
            if ((st = on_frame(w, type, body, err)))
                return st;
        if (st && st != SEDGE_ETRUNCATED)
            return st;
        memmove(w->in.data, rest.p, rest.n);
        w->in.n = rest.n;
    }
    return SEDGE_OK;
}

static sedge_status work(worker *w, sedge_error *err) {
    sedge_status st = open_pipeline(&w->pipeline, err);
    if (!st) {
        put_ready(w);
        st = flush(w, err);
    }
    if (!st)
        st = serve(w, err);
    if (st) {
        put_fault(&w->out, st, err->text);
        if (flush(w, NULL))
            return st; /* nobody listens: standard error has the sentence */
    }
    return st;
}

sedge_status sedge_worker_run(const sedge_worker_options *options, sedge_error *err) {
    sedge_error why = SEDGE_ERROR_INIT;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return sedge_fail_errno(err, errno, "cannot give up privileges");
    if (options->check)
        return check(err);
    worker *w = calloc(1, sizeof *w);
    if (!w)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for the worker");
    w->dump = options->dump;
    w->in = sedge_buf_init(SEDGE_FRAME_MAX + (1 << 20));
    w->out = sedge_buf_init(SEDGE_FRAME_MAX + (1 << 20));
    sedge_status st = work(w, &why);
    sedge_pipeline_free(w->pipeline);
    sedge_buf_done(&w->in);
    sedge_buf_done(&w->out);
    free(w);
    return st ? sedge_fail(err, st, "%s", why.text) : SEDGE_OK;
}
