/* SPDX-License-Identifier: Apache-2.0 */
/**
 * One thread's event loop: descriptors, timers, and calls posted by other threads. epoll underneath.
 *
 * Callbacks may do anything to the loop, also unwatch themselves or others, cancel timers and stop the loop. A
 * descriptor that is unwatched in a callback gets no further events, even those already fetched. Nothing here may be
 * called from another thread but sedge_loop_post() and sedge_loop_stop().
 */
#ifndef SEDGE_OS_LOOP_H
#define SEDGE_OS_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/own.h"
#include "os/clock.h"
#include "sedge/error.h"

typedef struct sedge_loop sedge_loop;

/** clock tells when timers are due; NULL: the machine's. It must outlive the loop. */
SEDGE_NODISCARD sedge_status sedge_loop_new(const sedge_clock *clock, sedge_loop **ret, sedge_error *err);
/** Closes none of the watched descriptors; posted calls that have not run are dropped. */
void sedge_loop_free(sedge_loop *loop);
SEDGE_DEFINE_AUTO(sedge_loop, sedge_loop_free)

enum { SEDGE_LOOP_READ = 1 << 1, SEDGE_LOOP_WRITE = 1 << 2, SEDGE_LOOP_HANGUP = 1 << 3 };
/** events: the bits above; HANGUP (peer gone or error) comes unasked and together with READ. */
typedef void (*sedge_loop_fd_fn)(void *ctx, int fd, unsigned events);
typedef void (*sedge_loop_fn)(void *ctx);

/** Watches fd, level-triggered, or changes what it is watched for. Unwatch before closing it. */
SEDGE_NODISCARD sedge_status sedge_loop_watch(sedge_loop *loop, int fd, unsigned events, sedge_loop_fd_fn fn, void *ctx,
                                              sedge_error *err);
/** An unknown fd is fine. */
void sedge_loop_unwatch(sedge_loop *loop, int fd);

/** Calls fn once after delay_ms (0: in the next round). ret_id (may be NULL) is never 0 and never used again. */
SEDGE_NODISCARD sedge_status sedge_loop_after(sedge_loop *loop, int64_t delay_ms, sedge_loop_fn fn, void *ctx,
                                              uint64_t *ret_id, sedge_error *err);
/** An id that has run or is 0 is fine. */
void sedge_loop_cancel(sedge_loop *loop, uint64_t id);

/** From any thread: fn runs in the loop's thread. SEDGE_ENOMEM. */
SEDGE_NODISCARD sedge_status sedge_loop_post(sedge_loop *loop, sedge_loop_fn fn, void *ctx, sedge_error *err);

/** Runs until sedge_loop_stop(). */
SEDGE_NODISCARD sedge_status sedge_loop_run(sedge_loop *loop, sedge_error *err);
/** One round: waits at most max_wait_ms (-1: until something happens) and calls what is due. */
SEDGE_NODISCARD sedge_status sedge_loop_once(sedge_loop *loop, int64_t max_wait_ms, sedge_error *err);
/** From any thread; a stop before run makes that run return at once. */
void sedge_loop_stop(sedge_loop *loop);

#endif
