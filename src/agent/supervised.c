/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/supervised.h"

#include <string.h>

#include "agent/position.h"
#include "base/format.h"
#include "base/own.h"
#include "bundle/bundle.h"

enum { RETRY_BASE_MS = 1000, RETRY_MAX_MS = 60000, RESTART_BASE_MS = 100, RESTART_MAX_MS = 10000, BIND_EVERY_MS = 500 };

/** What is being installed. */
typedef struct attempt {
    uint64_t number; /* answers to earlier ones are ignored */
    sedge_installed what;
    char path[SEDGE_PATH_MAX]; /* of the fetched bundle */
} attempt;

struct sedge_supervised {
    sedge_host host;
    char name[SEDGE_NAME_MAX];
    sedge_slots slots;
    sedge_update_state state;
    sedge_model_state settled; /* what idle means */
    bool has_wanted;
    sedge_desired_model wanted;
    attempt attempt;
    uint64_t about_release; /* what the reported state is about */
    char about_rollout[SEDGE_ROLLOUT_MAX];
    sedge_error error;
    sedge_check *check;
    sedge_serving *serving;
    sedge_installed window_of;
    sedge_health health;
    bool watching;   /* the probation's worker serves: health counts */
    uint64_t cpu_us; /* limits of the bundle whose worker was started last */
    sedge_backoff retry, restart;
    uint64_t retry_timer, restart_timer;
    int64_t started_ms; /* when the next worker was started */
    sedge_feed *source;
    uint64_t source_restarts;
    int64_t bind_at_ms;
};

static void dispatch(sedge_supervised *m, sedge_update_event event);
static void start_current(sedge_supervised *m);

static int64_t now_ms(const sedge_supervised *m) {
    return sedge_monotonic_ms(m->host.clock);
}

static const sedge_installed *current(const sedge_supervised *m) {
    return sedge_intent_current(&m->slots.intent);
}

static void tell(sedge_supervised *m, const char *kind, uint64_t release, const char *text) {
    m->host.event(m->host.ctx, kind, m->name, release, text);
    m->host.changed(m->host.ctx, m);
}

/** A step on disk failed in a way that must not stop the model. */
static void complain(sedge_supervised *m, const char *doing, const sedge_error *err) {
    sedge_log_error(m->host.log, "model.disk doing=%s model=%s why=%s", doing, m->name, err->text);
}

/* ---- workers ---- */

/** The limits in the bundle's manifest. */
static sedge_status read_limits(const sedge_supervised *m, const char *path, uint64_t *ret_cpu_us, int64_t *ret_memory,
                                sedge_error *err) {
    sedge_auto(sedge_bundle) bundle = NULL;
    sedge_status st = sedge_bundle_open_file(m->host.fs, path, &bundle, err);
    if (st)
        return st;
    *ret_cpu_us = sedge_bundle_manifest(bundle)->cpu_us;
    *ret_memory = (int64_t)sedge_bundle_manifest(bundle)->memory_bytes;
    return SEDGE_OK;
}

static sedge_status start_worker(sedge_supervised *m, sedge_slot slot, sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    int64_t memory = 0;
    sedge_status st = sedge_slots_path(&m->slots, slot, path, err);
    if (!st)
        st = read_limits(m, path, &m->cpu_us, &memory, err);
    m->started_ms = now_ms(m);
    return st ? st : sedge_serving_prepare(m->serving, path, memory, err);
}

static void on_restart_timer(void *ctx) {
    sedge_supervised *m = ctx;
    m->restart_timer = 0;
    start_current(m);
}

static void restart_later(sedge_supervised *m) {
    int64_t wait = m->restart.failures == 0 ? 0 : sedge_backoff_next_ms(&m->restart, m->host.random);
    m->restart.failures += m->restart.failures == 0;
    sedge_loop_cancel(m->host.loop, m->restart_timer);
    sedge_error err = SEDGE_ERROR_INIT;
    if (sedge_loop_after(m->host.loop, wait, on_restart_timer, m, &m->restart_timer, &err))
        complain(m, "restart", &err);
}

static void start_current(sedge_supervised *m) {
    sedge_error err = SEDGE_ERROR_INIT;
    if (m->slots.intent.current == SEDGE_SLOT_NONE)
        return;
    if (start_worker(m, m->slots.intent.current, &err)) {
        sedge_log_error(m->host.log, "worker.not_started model=%s why=%s", m->name, err.text);
        restart_later(m);
    }
}

static void begin_probation(sedge_supervised *m) {
    const sedge_installed *what = current(m);
    m->health = (sedge_health){ .limits = SEDGE_HEALTH_LIMITS, .since_ms = now_ms(m) };
    m->health.limits.probation_ms = what->probation_ms;
    m->health.limits.min_inferences = SEDGE_MIN_INFERENCES;
    m->health.limits.cpu_us = m->cpu_us;
    m->watching = true;
}

/* ---- the source ---- */

static sedge_status position_path(const sedge_supervised *m, char ret[SEDGE_PATH_MAX], sedge_error *err) {
    return sedge_path_format(ret, err, "%s/position", m->slots.dir);
}

/** Once, with the first binding: goes on where the agent was before it was restarted. */
static void resume(sedge_supervised *m) {
    char path[SEDGE_PATH_MAX];
    sedge_feed_position position;
    if (position_path(m, path, NULL) || sedge_position_load(m->host.fs, path, &position, NULL))
        return;
    if (sedge_feed_seek(m->source, &position))
        sedge_serving_warm_until(m->serving, position.offset);
}

static sedge_status bind_source(sedge_supervised *m, const sedge_ready *wants, sedge_error *err) {
    if (m->source)
        return sedge_feed_bind(m->source, (const char(*)[SEDGE_FEATURES_NAME_MAX])wants->names, wants->channels, err);
    sedge_status st = m->host.source(m->host.ctx, m, wants, &m->source, err);
    if (st || !m->source)
        return st == SEDGE_EBUSY ? SEDGE_OK : st;
    m->source_restarts = sedge_feed_get_counts(m->source).restarts;
    resume(m);
    sedge_log_info(m->host.log, "source.bound source=%s path=%s model=%s", sedge_feed_name(m->source),
                   sedge_feed_path(m->source), m->name);
    return SEDGE_OK;
}

static void on_row(void *ctx, const float *values, sedge_row_info info) {
    sedge_supervised *m = ctx;
    uint64_t restarts = sedge_feed_get_counts(m->source).restarts;
    if (restarts != m->source_restarts) { /* another file: its offsets are new */
        m->source_restarts = restarts;
        sedge_serving_warm_until(m->serving, 0);
    }
    sedge_serving_add(m->serving, values, info);
}

static void pump(sedge_supervised *m) {
    uint64_t rows;
    sedge_error err = SEDGE_ERROR_INIT;
    const sedge_ready *wants = sedge_serving_wants(m->serving);
    if (!m->source && wants && sedge_serving_is_active(m->serving) && now_ms(m) >= m->bind_at_ms) {
        m->bind_at_ms = now_ms(m) + BIND_EVERY_MS;
        if (bind_source(m, wants, &err) && err.status != m->error.status) {
            m->error = err;
            sedge_log_error(m->host.log, "source.not_bound model=%s why=%s", m->name, err.text);
        }
    }
    if (m->source && sedge_feed_read(m->source, sedge_serving_room(m->serving), on_row, m, &rows, &err) &&
        strcmp(err.text, m->error.text) != 0) {
        m->error = err;
        sedge_log_error(m->host.log, "source.failed model=%s why=%s", m->name, err.text);
    }
    sedge_serving_feed(m->serving);
}

sedge_status sedge_supervised_save_position(sedge_supervised *m, sedge_error *err) {
    const sedge_rows *rows = sedge_serving_rows(m->serving);
    const sedge_ready *wants = sedge_serving_wants(m->serving);
    sedge_feed_position position;
    char path[SEDGE_PATH_MAX];
    if (!m->source || !rows || sedge_feed_inode(m->source) == 0 ||
        !sedge_position_of(rows, wants->length, wants->step, sedge_feed_inode(m->source), &position))
        return SEDGE_OK;
    sedge_status st = position_path(m, path, err);
    return st ? st : sedge_position_store(m->host.fs, path, &position, err);
}

/* ---- actions ---- */

static void cancel_work(sedge_supervised *m) {
    m->attempt.number++;
    sedge_check_free(m->check);
    m->check = NULL;
    sedge_loop_cancel(m->host.loop, m->retry_timer);
    m->retry_timer = 0;
    if (sedge_serving_is_active(m->serving) || m->slots.intent.current == SEDGE_SLOT_NONE)
        sedge_serving_cancel(m->serving);
}

static void on_fetched(void *ctx, const sedge_fetch_result *r) {
    sedge_supervised *m = ctx;
    static const sedge_update_event events[] = { [SEDGE_FETCH_DONE] = SEDGE_EVENT_FETCHED,
                                                 [SEDGE_FETCH_HERE] = SEDGE_EVENT_HERE,
                                                 [SEDGE_FETCH_LATER] = SEDGE_EVENT_LATER,
                                                 [SEDGE_FETCH_REFUSED] = SEDGE_EVENT_REFUSED };
    if (r->attempt != m->attempt.number)
        return;
    m->error = r->err;
    sedge_format(m->attempt.what.digest, sizeof m->attempt.what.digest, "%s", r->digest);
    sedge_format(m->attempt.path, sizeof m->attempt.path, "%s", r->path);
    if (r->outcome == SEDGE_FETCH_DONE)
        sedge_log_info(m->host.log, "bundle.fetched model=%s release=%llu bytes=%llu", m->name,
                       (unsigned long long)m->attempt.what.release, (unsigned long long)r->bytes);
    dispatch(m, events[r->outcome]);
}

static void fill_job(const sedge_supervised *m, sedge_fetch_job *job) {
    const sedge_installed *runs = current(m);
    *job = (sedge_fetch_job){ .attempt = m->attempt.number,
                              .release = m->attempt.what.release,
                              .running = runs ? runs->release : 0,
                              .floor = m->slots.intent.floor,
                              .known = m->slots.intent };
    sedge_format(job->model, sizeof job->model, "%s", m->name);
    sedge_format(job->rollout, sizeof job->rollout, "%s", m->attempt.what.rollout);
    sedge_format(job->target, sizeof job->target, "%s", m->wanted.target);
    sedge_format(job->incoming, sizeof job->incoming, "%s/incoming", m->slots.dir);
    sedge_format(job->here, sizeof job->here, "%s", m->slots.intent.slots[sedge_slots_free(&m->slots)].digest);
}

static void do_fetch(sedge_supervised *m) {
    cancel_work(m);
    m->attempt.what =
        (sedge_installed){ .release = m->wanted.release, .probation_ms = (int64_t)(m->wanted.probation_s * 1000) };
    sedge_format(m->attempt.what.rollout, sizeof m->attempt.what.rollout, "%s", m->wanted.rollout);
    m->about_release = m->wanted.release;
    sedge_format(m->about_rollout, sizeof m->about_rollout, "%s", m->wanted.rollout);
    sedge_fetch_job *job = malloc(sizeof *job);
    sedge_status st = job ? SEDGE_OK : sedge_fail(&m->error, SEDGE_ENOMEM, "no memory for an update");
    sedge_fetcher *fetcher = m->host.fetcher(m->host.ctx);
    if (!st && !fetcher)
        st = sedge_fail(&m->error, SEDGE_ENETWORK, "this device is not enrolled");
    if (!st) {
        fill_job(m, job);
        st = sedge_fetcher_submit(fetcher, job, on_fetched, m, &m->error);
    }
    free(job);
    if (st)
        dispatch(m, SEDGE_EVENT_LATER);
    else
        m->host.changed(m->host.ctx, m);
}

static void do_cancel(sedge_supervised *m) {
    cancel_work(m);
    m->host.changed(m->host.ctx, m);
}

static void on_retry_timer(void *ctx) {
    sedge_supervised *m = ctx;
    m->retry_timer = 0;
    dispatch(m, SEDGE_EVENT_TIMER);
}

static void do_wait(sedge_supervised *m) {
    int64_t wait = sedge_backoff_next_ms(&m->retry, m->host.random);
    sedge_log_warn(m->host.log, "update.later model=%s release=%llu wait_ms=%lld why=%s", m->name,
                   (unsigned long long)m->about_release, (long long)wait, m->error.text);
    sedge_error err = SEDGE_ERROR_INIT;
    if (sedge_loop_after(m->host.loop, wait, on_retry_timer, m, &m->retry_timer, &err))
        complain(m, "retry", &err);
    m->host.changed(m->host.ctx, m);
}

static void on_checked(void *ctx, const sedge_error *err) {
    sedge_supervised *m = ctx;
    sedge_check_free(SEDGE_STEAL(m->check));
    if (err)
        m->error = *err;
    dispatch(m, err ? SEDGE_EVENT_CHECK_FAILED : SEDGE_EVENT_CHECKED);
}

static void do_check(sedge_supervised *m) {
    sedge_backoff_reset(&m->retry);
    m->host.changed(m->host.ctx, m);
    if (sedge_check_start(m->host.loop, m->host.program, m->attempt.path, on_checked, m, &m->check, &m->error))
        dispatch(m, SEDGE_EVENT_CHECK_FAILED);
}

static void start_candidate(sedge_supervised *m) {
    sedge_loop_cancel(m->host.loop, m->restart_timer);
    m->restart_timer = 0;
    if (start_worker(m, sedge_slots_free(&m->slots), &m->error))
        dispatch(m, SEDGE_EVENT_NOT_READY);
}

static void do_stage(sedge_supervised *m) {
    if (sedge_slots_fill(&m->slots, m->attempt.path, &m->attempt.what, &m->error))
        dispatch(m, SEDGE_EVENT_LATER);
    else
        start_candidate(m);
}

static void do_stage_again(sedge_supervised *m) {
    sedge_backoff_reset(&m->retry);
    if (sedge_slots_stage_again(&m->slots, &m->attempt.what, &m->error))
        dispatch(m, SEDGE_EVENT_LATER);
    else
        start_candidate(m);
}

/** The worker is ready. When the disk refuses the switch the old model runs on, and the switch is tried again later. */
static void do_switch(sedge_supervised *m) {
    sedge_status st = sedge_slots_switch(&m->slots, &m->error);
    if (!st)
        st = sedge_serving_hand_over(m->serving, &m->error);
    if (st) {
        sedge_serving_cancel(m->serving);
        m->state = SEDGE_UPDATE_WAITING;
        do_wait(m);
        return;
    }
    m->error = SEDGE_ERROR_INIT;
    begin_probation(m);
    tell(m, "installed", current(m)->release, "the new model runs, on probation");
}

static void do_commit(sedge_supervised *m) {
    sedge_error err = SEDGE_ERROR_INIT;
    if (sedge_slots_commit(&m->slots, &err)) {
        complain(m, "commit", &err);
        m->state = SEDGE_UPDATE_PROBATION; /* judged again at the next tick */
        return;
    }
    m->watching = false;
    m->settled = SEDGE_STATE_COMMITTED;
    tell(m, "committed", current(m)->release, "probation passed");
}

/** Without network and without waiting: the slot, then the worker of the slot before. */
static void go_back(sedge_supervised *m, bool bad) {
    uint64_t left = current(m)->release;
    sedge_error err = SEDGE_ERROR_INIT;
    m->watching = false;
    if (sedge_slots_return(&m->slots, bad, &err))
        complain(m, "roll-back", &err);
    sedge_serving_stop(m->serving);
    sedge_backoff_reset(&m->restart);
    start_current(m);
    m->settled = !current(m) ? SEDGE_STATE_NONE : SEDGE_STATE_COMMITTED;
    if (bad) {
        m->settled = SEDGE_STATE_ROLLED_BACK;
        sedge_log_error(m->host.log, "model.rolled_back model=%s release=%llu why=%s", m->name,
                        (unsigned long long)left, m->error.text);
        tell(m, "rolled_back", left, m->error.text);
    }
    if (m->has_wanted && (!current(m) || current(m)->release != m->wanted.release) && !bad)
        dispatch(m, SEDGE_EVENT_WANT);
}

static void do_return(sedge_supervised *m) {
    go_back(m, false);
}

static void do_return_bad(sedge_supervised *m) {
    go_back(m, true);
}

/** The bundle itself was found bad when it had been fetched: then it is remembered. */
static void do_fail(sedge_supervised *m) {
    sedge_error err = SEDGE_ERROR_INIT;
    const sedge_installed *what = &m->attempt.what;
    bool blame = what->digest[0] && m->error.status != SEDGE_EREFUSED;
    if (blame && sedge_slots_condemn(&m->slots, what->digest, what->rollout, &err))
        complain(m, "condemn", &err);
    if (m->attempt.path[0] && sedge_file_remove(m->host.fs, m->attempt.path, &err))
        complain(m, "remove", &err);
    if (sedge_serving_is_active(m->serving) || !current(m))
        sedge_serving_cancel(m->serving);
    m->settled = SEDGE_STATE_FAILED;
    sedge_log_error(m->host.log, "update.failed model=%s release=%llu why=%s", m->name,
                    (unsigned long long)what->release, m->error.text);
    tell(m, "failed", what->release, m->error.text);
    if (!sedge_serving_is_active(m->serving))
        start_current(m);
}

static void do_nothing(sedge_supervised *m) {
    (void)m;
}

static void (*const actions[SEDGE_UPDATE_ACTIONS])(sedge_supervised *m) = {
    [SEDGE_ACTION_NOTHING] = do_nothing,
    [SEDGE_ACTION_FETCH] = do_fetch,
    [SEDGE_ACTION_CANCEL] = do_cancel,
    [SEDGE_ACTION_WAIT] = do_wait,
    [SEDGE_ACTION_CHECK] = do_check,
    [SEDGE_ACTION_STAGE] = do_stage,
    [SEDGE_ACTION_STAGE_AGAIN] = do_stage_again,
    [SEDGE_ACTION_SWITCH] = do_switch,
    [SEDGE_ACTION_COMMIT] = do_commit,
    [SEDGE_ACTION_RETURN] = do_return,
    [SEDGE_ACTION_RETURN_BAD] = do_return_bad,
    [SEDGE_ACTION_FAIL] = do_fail,
};

static void dispatch(sedge_supervised *m, sedge_update_event event) {
    sedge_update_action action;
    sedge_update_state before = m->state;
    if (!sedge_update_step(&m->state, event, &action))
        return;
    sedge_log_debug(m->host.log, "update.step model=%s from=%s event=%s to=%s action=%s", m->name,
                    sedge_update_state_name(before), sedge_update_event_name(event), sedge_update_state_name(m->state),
                    sedge_update_action_name(action));
    actions[action](m);
}

/* ---- what the workers say ---- */

static void on_ready(void *ctx, const sedge_ready *ready) {
    sedge_supervised *m = ctx;
    sedge_error err = SEDGE_ERROR_INIT;
    bool candidate = m->state == SEDGE_UPDATE_STARTING;
    if (bind_source(m, ready, &err)) {
        if (candidate) {
            m->error = err;
            sedge_serving_cancel(m->serving);
            dispatch(m, SEDGE_EVENT_NOT_READY);
            return;
        }
        m->error = err;
        sedge_log_error(m->host.log, "source.not_bound model=%s why=%s", m->name, err.text);
    }
    if (candidate) {
        dispatch(m, SEDGE_EVENT_READY);
        return;
    }
    if (sedge_serving_hand_over(m->serving, &err)) {
        complain(m, "hand-over", &err);
        return;
    }
    sedge_log_info(m->host.log, "worker.ready model=%s release=%llu ms=%lld", m->name,
                   (unsigned long long)current(m)->release, (long long)(now_ms(m) - m->started_ms));
    if (m->state == SEDGE_UPDATE_PROBATION && !m->watching)
        begin_probation(m);
}

static void on_not_ready(void *ctx, const char *why) {
    sedge_supervised *m = ctx;
    if (m->state == SEDGE_UPDATE_STARTING) {
        sedge_fail(&m->error, SEDGE_EGATE, "the new worker did not start: %s", why);
        dispatch(m, SEDGE_EVENT_NOT_READY);
        return;
    }
    sedge_log_error(m->host.log, "worker.not_ready model=%s why=%s", m->name, why);
    if (m->state == SEDGE_UPDATE_PROBATION) {
        sedge_fail(&m->error, SEDGE_EGATE, "the worker did not start: %s", why);
        dispatch(m, SEDGE_EVENT_SICK);
    } else {
        restart_later(m);
    }
}

static void on_died(void *ctx, const char *why) {
    sedge_supervised *m = ctx;
    sedge_log_error(m->host.log, "worker.died model=%s release=%llu why=%s", m->name,
                    (unsigned long long)(current(m) ? current(m)->release : 0), why);
    if (m->state == SEDGE_UPDATE_PROBATION) {
        sedge_fail(&m->error, SEDGE_EGATE, "the worker died during probation: %s", why);
        dispatch(m, SEDGE_EVENT_SICK);
        return;
    }
    tell(m, "worker_died", current(m) ? current(m)->release : 0, why);
    if (m->state != SEDGE_UPDATE_STARTING) /* else the new worker is about to take over */
        restart_later(m);
}

static void on_retired(void *ctx) {
    sedge_supervised *m = ctx;
    m->host.window_ends(m->host.ctx, m);
    m->window_of = current(m) ? *current(m) : (sedge_installed){ 0 };
}

static void on_done(void *ctx, const sedge_done *done, uint64_t rows) {
    sedge_supervised *m = ctx;
    (void)rows;
    sedge_backoff_reset(&m->restart);
    if (done->failures)
        sedge_log_warn(m->host.log, "inference.failed model=%s failures=%u why=%s", m->name, done->failures,
                       done->text);
    if (m->watching) {
        m->health.inferences += done->inferences;
        m->health.failures += done->failures;
        for (uint32_t i = 0; i < done->inferences; i++)
            sedge_latency_add(&m->health.cpu, done->cpu_ns[i]);
    }
    if (sedge_serving_room(m->serving) >= SEDGE_ROWS_FLIGHT_MAX)
        pump(m);
}

static const sedge_serving_events serving_events = { on_ready, on_not_ready, on_died, on_retired, on_done };

/* ---- wishes ---- */

static bool is_new_wish(const sedge_supervised *m, const sedge_desired_model *d) {
    return !m->has_wanted || m->wanted.release != d->release || strcmp(m->wanted.target, d->target) != 0 ||
           strcmp(m->wanted.rollout, d->rollout) != 0;
}

/** What is wanted runs already. */
static void settle(sedge_supervised *m) {
    if (m->state == SEDGE_UPDATE_PROBATION)
        return;
    m->about_release = m->wanted.release;
    sedge_format(m->about_rollout, sizeof m->about_rollout, "%s", m->wanted.rollout);
    m->settled = SEDGE_STATE_COMMITTED;
    m->error = SEDGE_ERROR_INIT;
    dispatch(m, SEDGE_EVENT_UNWANT);
    m->host.changed(m->host.ctx, m);
}

void sedge_supervised_want(sedge_supervised *m, const sedge_desired_model *wanted) {
    if (!wanted) {
        m->has_wanted = false;
        dispatch(m, SEDGE_EVENT_UNWANT);
        return;
    }
    bool is_new = is_new_wish(m, wanted);
    m->wanted = *wanted;
    m->has_wanted = true;
    if (!is_new)
        return;
    sedge_backoff_reset(&m->retry);
    if (current(m) && current(m)->release == wanted->release)
        settle(m);
    else
        dispatch(m, SEDGE_EVENT_WANT);
}

sedge_status sedge_supervised_install(sedge_supervised *m, const char *path, const sedge_installed *what,
                                      sedge_error *err) {
    if (m->state != SEDGE_UPDATE_IDLE)
        return sedge_fail(err, SEDGE_ECONFLICT, "model '%s': an update is under way (%s)", m->name,
                          sedge_update_state_name(m->state));
    cancel_work(m);
    m->attempt.what = *what;
    sedge_format(m->attempt.path, sizeof m->attempt.path, "%s", path);
    m->about_release = what->release;
    m->about_rollout[0] = '\0';
    m->state = SEDGE_UPDATE_FETCHING;
    dispatch(m, sedge_slots_holds(&m->slots, what->digest) ? SEDGE_EVENT_HERE : SEDGE_EVENT_FETCHED);
    return SEDGE_OK;
}

sedge_status sedge_supervised_roll_back(sedge_supervised *m, sedge_error *err) {
    const sedge_installed *other = &m->slots.intent.slots[sedge_slots_free(&m->slots)];
    if (!current(m) || !other->digest[0] || m->slots.intent.step == SEDGE_STEP_STAGED)
        return sedge_fail(err, SEDGE_ENOTFOUND, "model '%s' has no earlier release to go back to", m->name);
    if (m->state != SEDGE_UPDATE_IDLE && m->state != SEDGE_UPDATE_PROBATION)
        return sedge_fail(err, SEDGE_ECONFLICT, "model '%s': an update is under way (%s)", m->name,
                          sedge_update_state_name(m->state));
    sedge_fail(&m->error, SEDGE_EGATE, "rolled back by hand");
    dispatch(m, SEDGE_EVENT_OPERATOR_BACK);
    return SEDGE_OK;
}

/* ---- time ---- */

static void judge(sedge_supervised *m) {
    sedge_error err = SEDGE_ERROR_INIT;
    if (m->state != SEDGE_UPDATE_PROBATION || !m->watching)
        return;
    sedge_health_verdict verdict = sedge_health_judge(&m->health, now_ms(m), &err);
    if (verdict == SEDGE_HEALTH_SICK)
        m->error = err;
    if (verdict != SEDGE_HEALTH_PENDING)
        dispatch(m, verdict == SEDGE_HEALTH_SICK ? SEDGE_EVENT_SICK : SEDGE_EVENT_HEALTHY);
}

void sedge_supervised_tick(sedge_supervised *m) {
    pump(m);
    judge(m);
    if (m->state == SEDGE_UPDATE_STARTING && now_ms(m) - m->started_ms > SEDGE_START_MS) {
        sedge_fail(&m->error, SEDGE_EGATE, "the new worker was not ready within %d ms", SEDGE_START_MS);
        sedge_serving_cancel(m->serving);
        dispatch(m, SEDGE_EVENT_NOT_READY);
    }
}

/* ---- for others ---- */

static sedge_model_state state_now(const sedge_supervised *m) {
    static const sedge_model_state states[] = {
        [SEDGE_UPDATE_IDLE] = SEDGE_STATE_NONE,           [SEDGE_UPDATE_FETCHING] = SEDGE_STATE_DOWNLOADING,
        [SEDGE_UPDATE_WAITING] = SEDGE_STATE_DOWNLOADING, [SEDGE_UPDATE_CHECKING] = SEDGE_STATE_VERIFYING,
        [SEDGE_UPDATE_STARTING] = SEDGE_STATE_VERIFYING,  [SEDGE_UPDATE_PROBATION] = SEDGE_STATE_PROBATION,
    };
    return m->state == SEDGE_UPDATE_IDLE ? m->settled : states[m->state];
}

void sedge_supervised_describe(const sedge_supervised *m, sedge_report_model *ret) {
    const sedge_installed *runs = current(m);
    *ret = (sedge_report_model){ .state = state_now(m), .target_release = m->about_release, .error = m->error.status };
    sedge_format(ret->name, sizeof ret->name, "%s", m->name);
    sedge_format(ret->rollout, sizeof ret->rollout, "%s", m->about_rollout);
    sedge_format(ret->error_text, sizeof ret->error_text, "%s", m->error.status ? m->error.text : "");
    if (!runs)
        return;
    ret->release = runs->release;
    ret->slot = m->slots.intent.current == SEDGE_SLOT_A ? 'a' : 'b';
    ret->has_bundle = sedge_digest_from_hex(runs->digest, &ret->bundle);
}

const sedge_installed *sedge_supervised_window_of(const sedge_supervised *m) {
    return &m->window_of;
}

const char *sedge_supervised_name(const sedge_supervised *m) {
    return m->name;
}

sedge_serving *sedge_supervised_serving(sedge_supervised *m) {
    return m->serving;
}

const sedge_slots *sedge_supervised_slots(const sedge_supervised *m) {
    return &m->slots;
}

sedge_feed *sedge_supervised_source(const sedge_supervised *m) {
    return m->source;
}

/** What the recovered step means for the state. */
static void take_over(sedge_supervised *m, const sedge_recovery *recovery) {
    const sedge_intent *in = &m->slots.intent;
    m->settled = in->current == SEDGE_SLOT_NONE ? SEDGE_STATE_NONE : SEDGE_STATE_COMMITTED;
    if (in->step == SEDGE_STEP_PROBATION)
        m->state = SEDGE_UPDATE_PROBATION;
    if (in->step == SEDGE_STEP_ROLLED_BACK)
        m->settled = SEDGE_STATE_ROLLED_BACK;
    if (current(m)) {
        m->window_of = *current(m);
        m->about_release = current(m)->release;
        sedge_format(m->about_rollout, sizeof m->about_rollout, "%s", current(m)->rollout);
    }
    if (recovery->repaired) {
        sedge_log_warn(m->host.log, "slots.recovered model=%s step=%s text=%s", m->name,
                       sedge_step_name(recovery->found), recovery->text);
        m->host.event(m->host.ctx, recovery->rolled_back ? "rolled_back" : "recovered", m->name, m->about_release,
                      recovery->text);
    }
}

sedge_status sedge_supervised_new(const sedge_host *host, const char *dir, const char *name, sedge_supervised **ret,
                                  sedge_error *err) {
    sedge_recovery recovery;
    sedge_supervised *m = calloc(1, sizeof *m);
    if (!m)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for a model");
    m->host = *host;
    sedge_format(m->name, sizeof m->name, "%s", name);
    m->retry = (sedge_backoff){ .base_ms = RETRY_BASE_MS, .max_ms = RETRY_MAX_MS };
    m->restart = (sedge_backoff){ .base_ms = RESTART_BASE_MS, .max_ms = RESTART_MAX_MS };
    sedge_serving_options o = { .loop = host->loop,
                                .clock = host->clock,
                                .log = host->log,
                                .program = host->program,
                                .name = m->name,
                                .dump_fd = host->dump_fd,
                                .events = &serving_events,
                                .ctx = m };
    sedge_status st = sedge_slots_open(host->fs, dir, &m->slots, &recovery, err);
    if (!st)
        st = sedge_serving_new(&o, &m->serving, err);
    if (st) {
        free(m);
        return sedge_wrap(err, st, "model '%s'", name);
    }
    take_over(m, &recovery);
    start_current(m);
    *ret = m;
    return SEDGE_OK;
}

void sedge_supervised_free(sedge_supervised *m) {
    if (!m)
        return;
    sedge_loop_cancel(m->host.loop, m->retry_timer);
    sedge_loop_cancel(m->host.loop, m->restart_timer);
    sedge_check_free(m->check);
    sedge_serving_free(m->serving);
    free(m);
}
