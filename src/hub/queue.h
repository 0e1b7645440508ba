/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The worker threads and their queue of requests. A request whose handler wants to wait (wait_until_ms) is kept aside
 * until work_wake() or its time.
 */
#ifndef SEDGE_HUB_QUEUE_H
#define SEDGE_HUB_QUEUE_H

#include "hub/request.h"

enum { WORK_QUEUE_MAX = 4096 /**< requests queued or waiting; beyond it the hub answers 503 */ };

typedef struct work_queue work_queue;
/** Runs the request's handler and says by wait_until_ms whether it is answered. */
typedef void work_fn(hub_request *rq);
/** Takes back an answered request, on a worker thread. */
typedef void work_done_fn(hub_request *rq);

SEDGE_NODISCARD sedge_status work_start(hub *h, work_fn *run, work_done_fn *done, work_queue **ret, sedge_error *err);
/** SEDGE_EBUSY when too many wait or the queue is closing. */
SEDGE_NODISCARD sedge_status work_add(work_queue *q, hub_request *rq, sedge_error *err);
void work_wake(work_queue *q);
/** Answers everything that is queued (waiting requests run once more with h->stopping set) and joins the threads. */
void work_stop(work_queue *q);
void work_free(work_queue *q); /**< stops first; NULL is fine */

#endif
