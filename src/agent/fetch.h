/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Getting a bundle that the hub wants installed: refresh the update metadata, look the target up, ask the policy,
 * download with resume, verify the digest. Blocking work for the update thread, and, with metadata from a folder, for
 * `sedge-agent install`.
 *
 * What lies in incoming/<sha256> afterwards is complete, durable and signed for; incoming/<sha256>.part is a download
 * to be resumed. Other files in the folder are removed.
 */
#ifndef SEDGE_AGENT_FETCH_H
#define SEDGE_AGENT_FETCH_H

#include "agent/identity.h"
#include "agent/intent.h"
#include "net/http_client.h"
#include "os/log.h"
#include "os/loop.h"
#include "proto/desired.h"

/** What is wanted, and what the device has. A value: copied into the job. */
typedef struct sedge_fetch_job {
    uint64_t attempt; /**< given back, so that an old answer is recognised */
    char model[SEDGE_NAME_MAX];
    uint64_t release;
    char target[SEDGE_DESIRED_TARGET_MAX]; /**< path in the metadata */
    char incoming[SEDGE_PATH_MAX];         /**< folder */
    uint64_t running, floor;               /**< releases, for the policy */
    char here[SEDGE_DIGEST_HEX_MAX];       /**< the bundle in the free slot, or "" */
    char rollout[SEDGE_ROLLOUT_MAX];
    sedge_intent known; /**< for the bundles that failed here */
} sedge_fetch_job;

typedef enum sedge_fetched {
    SEDGE_FETCH_DONE,    /**< it lies in incoming */
    SEDGE_FETCH_HERE,    /**< the free slot has it */
    SEDGE_FETCH_LATER,   /**< may pass: network, full disk, metadata that does not verify or list the target now */
    SEDGE_FETCH_REFUSED, /**< policy or digest say no, or it failed here before */
} sedge_fetched;

typedef struct sedge_fetch_result {
    uint64_t attempt;
    sedge_fetched outcome;
    char digest[SEDGE_DIGEST_HEX_MAX];
    char path[SEDGE_PATH_MAX]; /**< with DONE */
    uint64_t bytes;            /**< downloaded now */
    sedge_error err;           /**< with LATER and REFUSED */
} sedge_fetch_result;

typedef struct sedge_fetcher sedge_fetcher;
/** Called in the loop's thread. */
typedef void (*sedge_fetch_fn)(void *ctx, const sedge_fetch_result *result);

typedef struct sedge_fetcher_options {
    sedge_loop *loop;
    const sedge_fs *fs;
    const sedge_clock *clock;
    const char *hub;
    const char *tuf_dir;
    const sedge_identity *identity; /**< enrolled, constant from now on */
} sedge_fetcher_options;

/** Texts are copied. Starts the thread. */
SEDGE_NODISCARD sedge_status sedge_fetcher_start(const sedge_fetcher_options *options, sedge_fetcher **ret,
                                                 sedge_error *err);
/** Queues a job (at most SEDGE_FETCH_JOBS_MAX, SEDGE_EBUSY): fn is called once. */
SEDGE_NODISCARD sedge_status sedge_fetcher_submit(sedge_fetcher *f, const sedge_fetch_job *job, sedge_fetch_fn fn,
                                                  void *ctx, sedge_error *err);
enum { SEDGE_FETCH_JOBS_MAX = 16 };
/** Payload bytes of this thread's connections so far. */
sedge_net_counters sedge_fetcher_counters(sedge_fetcher *f);

#endif
