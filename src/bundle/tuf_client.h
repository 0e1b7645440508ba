/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The device's side of update metadata: section 5 of the TUF specification (root chain, timestamp, snapshot, targets).
 *
 * Trusted metadata lies in a folder as root.json, timestamp.json, snapshot.json, targets.json, each replaced atomically
 * once verified, so that an update that is cut off or refused can simply be tried again. Attacks are refused with
 * SEDGE_EREFUSED and a sentence that names them (rollback, freeze, mix-and-match, wrong keys, endless data).
 *
 * Time is the caller's trusted time. It never counts as earlier than the signed moment of issue of the newest
 * timestamp seen ("issued", a field of ours that other TUF clients ignore), so that a device whose clock starts in 1970
 * does not take old metadata for fresh.
 */
#ifndef SEDGE_BUNDLE_TUF_CLIENT_H
#define SEDGE_BUNDLE_TUF_CLIENT_H

#include "base/own.h"
#include "bundle/tuf.h"
#include "os/fs.h"

/**
 * Fetches one metadata file ("timestamp.json", "3.root.json"; relative to /tuf/metadata/) into out, at most limit
 * bytes.
 * @return SEDGE_ENOTFOUND when the server has no such file, SEDGE_ELIMIT when it sends more, or what went wrong
 */
typedef sedge_status (*sedge_tuf_fetch_fn)(void *ctx, const char *name, size_t limit, sedge_buf *out, sedge_error *err);

typedef struct sedge_tuf_client_options {
    const sedge_fs *fs; /**< NULL: the machine's files */
    const char *dir;    /**< state folder, made when missing */
    sedge_bytes root;   /**< trusted root from enrolment; only used while dir has no root.json */
    sedge_tuf_fetch_fn fetch;
    void *fetch_ctx;
} sedge_tuf_client_options;

typedef struct sedge_tuf_client sedge_tuf_client;

/** Loads what is trusted already. Metadata in the folder that does not verify (apart from the root) counts as absent.
 * SEDGE_EINVALID: there is no usable root. */
SEDGE_NODISCARD sedge_status sedge_tuf_client_open(const sedge_tuf_client_options *options, sedge_tuf_client **ret,
                                                   sedge_error *err);
void sedge_tuf_client_free(sedge_tuf_client *client);
SEDGE_DEFINE_AUTO(sedge_tuf_client, sedge_tuf_client_free)

/** One update cycle. ret_changed (may be NULL): the trusted targets are other than before. After a failure the client
 * can be used on; targets are answered only by metadata whose whole chain was verified and unexpired in the last
 * update. */
SEDGE_NODISCARD sedge_status sedge_tuf_client_update(sedge_tuf_client *client, int64_t now_ms, bool *ret_changed,
                                                     sedge_error *err);
/**
 * Looks a target up in the metadata of the last good update. ret->custom lives until the next update.
 * @return SEDGE_ENOTFOUND when it is not listed, SEDGE_EREFUSED when the last update did not end well
 */
SEDGE_NODISCARD sedge_status sedge_tuf_client_target(const sedge_tuf_client *client, const char *path,
                                                     sedge_tuf_target *ret, sedge_error *err);

/** 0 while there is none. */
uint64_t sedge_tuf_client_version(const sedge_tuf_client *client, sedge_tuf_role role);
/** Signed moment of issue of the newest trusted timestamp in ms; 0 when none. A lower bound for the device's time. */
int64_t sedge_tuf_client_issued_ms(const sedge_tuf_client *client);

#endif
