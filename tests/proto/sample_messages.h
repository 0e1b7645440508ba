/* SPDX-License-Identifier: Apache-2.0 */
/** One message of each kind with every field set, for the tests here and for tests/proto/recorded. */
#ifndef SAMPLE_MESSAGES_H
#define SAMPLE_MESSAGES_H

#include <string.h>

#include "proto/desired.h"
#include "proto/enrol.h"
#include "proto/report.h"
#include "proto/samples.h"

#define SAMPLE_DEVICE "0190f3a1b2c37d4e8f90123456789abc"
#define SAMPLE_BOOT   "0190f3a1b2c37d4e8f90aaaaaaaaaaaa"
#define SAMPLE_ID     "0190f3a1b2c37d4e8f90bbbbbbbbbbbb"

static sedge_report_model sample_models[2];
static sedge_report_event sample_events[1];

static inline sedge_report sample_report(void) {
    sedge_report_model pump = { .name = "pump",
                                .release = 6,
                                .has_bundle = true,
                                .slot = 'b',
                                .state = SEDGE_STATE_ROLLED_BACK,
                                .target_release = 7,
                                .rollout = SAMPLE_ID,
                                .error = SEDGE_EGATE,
                                .error_text = "thread CPU time 900 us, limit 500 us",
                                .window = { .from_ms = 1795400000000,
                                            .to_ms = 1795400005000,
                                            .rows = 100,
                                            .inferences = 69,
                                            .failures = 1,
                                            .anomalies = 2,
                                            .cpu_us_sum = 6900,
                                            .cpu_us_max = 210,
                                            .score_sum = 12.34,
                                            .latency = sedge_bytes_text("latency"),
                                            .features = sedge_bytes_text("packed") } };
    memset(pump.bundle.bytes, 0xab, sizeof pump.bundle.bytes);
    sample_models[0] = pump;
    sample_models[1] = (sedge_report_model){ .name = "other", .state = SEDGE_STATE_DOWNLOADING };
    sample_events[0] = (sedge_report_event){
        .time_ms = 1795400004000, .kind = "rolled_back", .model = "pump", .release = 7, .text = "too slow"
    };
    return (sedge_report){ .device = SAMPLE_DEVICE,
                           .boot = SAMPLE_BOOT,
                           .seq = 42,
                           .time_ms = 1795400005001,
                           .uptime_ms = 60000,
                           .agent = "0.1.0",
                           .bytes_sent = 1234,
                           .bytes_received = 56789,
                           .raw_bytes = 320000,
                           .models = sample_models,
                           .n_models = 2,
                           .events = sample_events,
                           .n_events = 1 };
}

static char sample_channels[2][SEDGE_NAME_MAX] = { "Pressure", "Volume Flow RateRMS" };
static int64_t sample_times[3] = { 1795400000000, 1795400001000, 1795400001999 };
static float sample_values[6] = { 1.5F, 32.0F, -0.25F, 33.0F, 0, 31.5F };

static inline sedge_samples sample_samples(void) {
    return (sedge_samples){ .device = SAMPLE_DEVICE,
                            .request = SAMPLE_ID,
                            .model = "pump",
                            .release = 6,
                            .channels = sample_channels,
                            .n_channels = 2,
                            .n_rows = 3,
                            .times_ms = sample_times,
                            .values = sample_values };
}

static inline sedge_desired sample_desired(void) {
    return (sedge_desired){ .poll_s = 2,
                            .report_s = 5.5,
                            .n_models = 1,
                            .models = { { .name = "pump",
                                          .release = 7,
                                          .target = "pump/7.bundle",
                                          .rollout = SAMPLE_ID,
                                          .probation_s = 10 } },
                            .has_samples = true,
                            .samples = { .request = SAMPLE_ID, .model = "pump", .rows = 512 } };
}

static char sample_csr[] = "-----BEGIN CERTIFICATE REQUEST-----\n...";
static char sample_pem[] = "-----BEGIN PUBLIC KEY-----\n...";
static char sample_root[] = "{\"signed\":{}}";

static inline sedge_enrol_request sample_enrol_request(void) {
    return (
        sedge_enrol_request){ .token = "sedge_0123",
                              .csr = sample_csr,
                              .sealing_key = sample_pem,
                              .labels = { .items = { { "line", "2" }, { "site", "north" } }, .n = 2 },
                              .facts = { .arch = "x86_64", .cpus = 2, .memory_bytes = 1LL << 30, .agent = "0.1.0" } };
}

static inline sedge_enrol_answer sample_enrol_answer(void) {
    return (sedge_enrol_answer){
        .device = SAMPLE_DEVICE, .certificate = sample_pem, .ca = sample_pem, .tuf_root = sample_root, .poll_s = 0.5
    };
}

#endif
