/* SPDX-License-Identifier: Apache-2.0 */
/* The hub that chapter 1 begins with; chapter 3: registry, devices, the roll-out of the good model. */
#include <math.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/demo_hub.h"
#include "cli/json_text.h"
#include "net/http_client.h"
#include "os/clock.h"

enum { UP_MAX_MS = 20000, POLL_MS = 100, WORK_MS = 6000, START_STRIDE = 137 };

/* hub */

/** A port of the loopback address that was free a moment ago. */
static int free_port(void) {
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t n = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), port = 0;
    if (fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0 && getsockname(fd, (struct sockaddr *)&at, &n) == 0)
        port = ntohs(at.sin_port);
    if (fd >= 0)
        (void)close(fd);
    return port;
}

/** From here on every `sedge` that we start talks to this hub. */
static sedge_status say_hub(const demo *d, sedge_error *err) {
    const char *const pairs[][2] = { { "SEDGE_HUB_URL", d->hub_url },
                                     { "SEDGE_HUB_CA", demo_path(d, "hub/ca.pem") },
                                     { "SEDGE_HUB_TOKEN_FILE", demo_path(d, "hub/admin.token") } };
    (void)unsetenv("SEDGE_HUB_TOKEN");
    for (size_t i = 0; i < SEDGE_COUNT(pairs); i++)
        if (setenv(pairs[i][0], pairs[i][1], 1))
            return sedge_fail(err, SEDGE_ENOMEM, "no memory for the environment");
    return SEDGE_OK;
}

static sedge_status wait_hub(demo *d, sedge_error *err) {
    sedge_hub_options none = { 0 };
    for (int waited = 0; waited < UP_MAX_MS; waited += POLL_MS) {
        sedge_status st = demo_pause(d, POLL_MS, err);
        if (st)
            return st;
        if (!d->hub && sedge_file_exists(NULL, demo_path(d, "hub/admin.token")) &&
            sedge_file_exists(NULL, demo_path(d, "hub/ca.pem")))
            st = sedge_hub_client_new(&none, &d->hub, err);
        if (st)
            return st;
        if (d->hub && sedge_hub_call(d->hub, "GET", "/api/v1/devices", NULL, NULL, err) == SEDGE_OK)
            return SEDGE_OK;
    }
    return sedge_fail(err, SEDGE_ETIMEOUT, "the hub does not answer; its log is %s", demo_path(d, "logs/hub.log"));
}

sedge_status demo_start_hub(demo *d, sedge_error *err) {
    char address[64];
    int port = free_port();
    (void)snprintf(address, sizeof address, "127.0.0.1:%d", port);
    (void)snprintf(d->hub_url, sizeof d->hub_url, "https://%s", address);
    const char *const argv[] = {
        d->sedge_hub, "serve",           "--data", demo_path(d, "hub"), "--listen", address, "--sedge",
        d->sedge,     "--poll-interval", "1s",     "--report-interval", "4s",       NULL
    };
    demo_start start = { .name = "sedge-hub", .argv = argv, .log = demo_path(d, "logs/hub.log"), .stays = d->keep };
    sedge_status st = demo_process_start(&d->processes, &start, &d->hub_process, err);
    if (!st)
        st = say_hub(d, err);
    if (!st)
        st = wait_hub(d, err);
    demo_found(d, "%s, its own CA, mutual TLS for devices", d->hub_url);
    return st;
}

/* registry, deployment */

static sedge_status push(demo *d, sedge_error *err) {
    demo_figures *f = &d->figures;
    sedge_status st = demo_push(d, "int8", 0, NULL, &f->release_good, &f->bundle_bytes, err);
    demo_found(d, "release %d, a signed bundle of %.0f bytes", f->release_good, f->bundle_bytes);
    return st;
}

static sedge_status deploy(demo *d, sedge_error *err) {
    sedge_status st = demo_sedge(d,
                                 DEMO_ARGS("rollout", "deploy", d->story->name, "--model", d->story->name, "--phases",
                                           "5,50,100", "--soak", "2s", "--probation", "3s"),
                                 0, NULL, err);
    demo_found(d, "5 %% of the devices, then 50 %%, then all");
    return st;
}

/* devices */

static sedge_status start_agent(demo *d, size_t i, sedge_error *err) {
    char token[JSON_TEXT_MAX], source[SEDGE_PATH_MAX + 80], name[DEMO_NAME_MAX], label[32];
    SEDGE_AUTO_JSON json_t *answer = NULL;
    (void)snprintf(label, sizeof label, "line=%zu", i % 4);
    (void)snprintf(name, sizeof name, "agent %02zu", i);
    (void)snprintf(source, sizeof source, "%s=%s", d->story->name, demo_path(d, "agents/%02zu.csv", i));
    sedge_status st = demo_feed_add(d->feed, demo_path(d, "agents/%02zu.csv", i), i, i * START_STRIDE, err);
    if (!st)
        st = demo_sedge(d, DEMO_ARGS("device", "token", "--label", label), 0, &answer, err);
    if (st)
        return st;
    const char *const argv[] = { d->sedge_agent,
                                 "run",
                                 "--state",
                                 demo_path(d, "agents/%02zu", i),
                                 "--hub",
                                 d->hub_url,
                                 "--ca",
                                 demo_path(d, "hub/ca.pem"),
                                 "--token",
                                 json_text(answer, "token", token),
                                 "--source",
                                 source,
                                 NULL };
    demo_start start = { .name = name, .argv = argv, .log = demo_path(d, "logs/agent-%02zu.log", i) };
    return demo_process_start(&d->processes, &start, &d->agents[i], err);
}

static sedge_status start_feed(demo *d, sedge_error *err) {
    const char *recordings[DEMO_RECORDINGS_MAX];
    for (size_t i = 0; i < d->n_normal; i++)
        recordings[i] = d->recordings[i];
    return demo_feed_new(recordings, d->n_normal, "anomaly", &d->feed, err);
}

static sedge_status enrol(demo *d, sedge_error *err) {
    sedge_status st = sedge_dir_make(NULL, demo_path(d, "agents"), 0700, err);
    if (!st)
        st = start_feed(d, err);
    for (size_t i = 0; !st && i < (size_t)d->devices; i++) {
        demo_show_remark(&d->show, "%zu of %d", i + 1, (int)d->devices);
        st = start_agent(d, i, err);
    }
    if (!st)
        st = demo_feed_start(d->feed, d->story->replay_hz, err);
    for (int waited = 0; !st && waited < UP_MAX_MS; waited += POLL_MS) {
        demo_fleet fleet;
        st = demo_fleet_ask(d, 0, &fleet, err);
        if (!st && fleet.n == (size_t)d->devices) {
            demo_found(d, "%zu devices, each with a one-time token and keys of its own", fleet.n);
            return SEDGE_OK;
        }
        demo_show_fleet(&d->show, fleet.dots, fleet.n);
        if (!st)
            st = demo_pause(d, POLL_MS, err);
    }
    return st ? st : sedge_fail(err, SEDGE_ETIMEOUT, "not all devices enrolled within %d s", UP_MAX_MS / 1000);
}

static sedge_status roll_out(demo *d, sedge_error *err) {
    demo_rollout r;
    demo_fleet fleet;
    sedge_status st = demo_roll_out(d, d->figures.release_good, &r, err);
    if (!st)
        st = demo_fleet_ask(d, d->figures.release_good, &fleet, err);
    if (st)
        return st;
    size_t canary = (size_t)ceil(0.05 * (double)d->devices);
    d->figures.install_s = r.seconds;
    demo_found(d, "%zu device%s first, then half, then all %zu in %.1f s", r.first, r.first == 1 ? "" : "s", fleet.on,
               r.seconds);
    st = demo_claim(r.done, err, "the roll-out of the good model was aborted: %s", r.reason);
    if (!st)
        st = demo_claim(r.first == canary, err, "%zu devices had it after the first phase, not %zu", r.first, canary);
    return st ? st
              : demo_claim(fleet.on == (size_t)d->devices, err, "%zu of %d devices run it", fleet.on, (int)d->devices);
}

/* a device */

/** One window of zeros through the Open Inference Protocol of an agent. */
static sedge_status infer_once(const demo *d, size_t agent, json_t **ret, sedge_error *err) {
    char url[SEDGE_PATH_MAX], path[SEDGE_HUB_PATH_MAX], body[4096];
    sedge_auto(sedge_http_client) client = NULL;
    SEDGE_AUTO_HTTP_ANSWER answer = SEDGE_HTTP_ANSWER_INIT;
    sedge_http_client_options options = SEDGE_HTTP_CLIENT_OPTIONS_INIT;
    int n = snprintf(body, sizeof body,
                     "{\"inputs\":[{\"name\":\"window\",\"datatype\":\"FP32\",\"shape\":[32,8],\"data\":[0");
    for (int i = 1; i < 32 * 8; i++)
        n += snprintf(body + n, sizeof body - (size_t)n, ",0");
    n += snprintf(body + n, sizeof body - (size_t)n, "]}]}");
    sedge_status st = sedge_path_format(url, err, "unix:%s", demo_path(d, "agents/%02zu/agent.sock", agent));
    if (!st)
        st = sedge_hub_path(path, err, "/v2/models/%s/infer", d->story->name);
    options.url = url;
    options.peer = "the agent";
    if (!st)
        st = sedge_http_client_new(&options, &client, err);
    sedge_http_request request = {
        .method = "POST", .path = path, .content_type = "application/json", .body = sedge_bytes_of(body, (size_t)n)
    };
    if (!st)
        st = sedge_http_client_send(client, &request, &answer, err);
    if (!st && answer.status != 200)
        st = sedge_fail(err, SEDGE_EINTERNAL, "the agent answered with HTTP status %d: %s", answer.status,
                        sedge_buf_cstr(&answer.body));
    return st ? st : sedge_json_load(sedge_buf_bytes(&answer.body), &SEDGE_JSON_LIMITS, "infer", ret, err);
}

static sedge_status infer(demo *d, sedge_error *err) {
    SEDGE_AUTO_JSON json_t *answer = NULL;
    sedge_status st = infer_once(d, 0, &answer, err);
    if (st)
        return st;
    const json_t *outputs = json_object_get(answer, "outputs");
    const json_t *score = NULL;
    for (size_t i = 0; i < json_array_size(outputs); i++) {
        const char *name = json_string_value(json_object_get(json_array_get(outputs, i), "name"));
        if (name && strcmp(name, "score") == 0)
            score = json_array_get(json_object_get(json_array_get(outputs, i), "data"), 0);
    }
    demo_found(d, "a pump that stands still has score %.3g", json_number_value(score));
    return demo_claim(json_is_number(score), err, "the agent's answer holds no score");
}

/** kill -9 of an agent, a new start, the same model runs. */
static sedge_status kill_one(demo *d, sedge_error *err) {
    size_t i = (size_t)d->devices - 1;
    demo_process *p = d->agents[i];
    char source[SEDGE_PATH_MAX + 80];
    int64_t start = sedge_monotonic_ms(sedge_clock_os());
    (void)kill(p->pid, SIGKILL);
    while (demo_process_runs(p))
        sedge_sleep_ms(5);
    (void)snprintf(source, sizeof source, "%s=%s", d->story->name, demo_path(d, "agents/%02zu.csv", i));
    const char *const argv[] = { d->sedge_agent, "run",      "--state", demo_path(d, "agents/%02zu", i),
                                 "--hub",        d->hub_url, "--ca",    demo_path(d, "hub/ca.pem"),
                                 "--source",     source,     NULL };
    demo_start again = { .name = "agent again", .argv = argv, .log = demo_path(d, "logs/agent-%02zu.log", i) };
    sedge_status st = demo_process_start(&d->processes, &again, &d->agents[i], err);
    for (int waited = 0; !st && waited < UP_MAX_MS; waited += POLL_MS) {
        SEDGE_AUTO_JSON json_t *answer = NULL;
        sedge_error not_yet = SEDGE_ERROR_INIT;
        if (infer_once(d, i, &answer, &not_yet) == SEDGE_OK) {
            demo_found(d, "it infers again after %.1f s, with the model that it had",
                       (double)(sedge_monotonic_ms(sedge_clock_os()) - start) / 1000);
            return SEDGE_OK;
        }
        st = demo_pause(d, POLL_MS, err);
    }
    return st ? st : sedge_fail(err, SEDGE_EGATE, "an agent that was killed did not infer again");
}

static sedge_status work(demo *d, sedge_error *err) {
    demo_sums sums;
    sedge_status st = demo_pause(d, WORK_MS, err);
    if (!st)
        st = demo_stats(d, d->figures.release_good, &sums, err);
    if (st)
        return st;
    d->figures.good_us = sums.cpu_us;
    demo_found(d, "%.0f inferences, %.0f failed, %.1f us of processor time each", sums.inferences, sums.failures,
               sums.cpu_us);
    st = demo_claim(sums.inferences > 0, err, "the fleet has inferred nothing");
    return st ? st : demo_claim(sums.failures == 0, err, "%.0f inferences failed", sums.failures);
}

static const demo_step STEPS[] = {
    { "registry", push },
    { "deployment", deploy },
    { "devices enrol", enrol },
    { "roll-out", roll_out },
    { "the fleet works", work },
    { "a device answers requests", infer },
    { "kill -9 of an agent", kill_one },
};
const demo_chapter demo_chapter_fleet = { "Fleet", STEPS, SEDGE_COUNT(STEPS) };
