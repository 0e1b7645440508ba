/* SPDX-License-Identifier: Apache-2.0 */
/** A trained net as a .tflite file: input "features" [1, in], output "output" [1, out], float32. */
#ifndef SEDGE_TRAIN_NET_WRITE_H
#define SEDGE_TRAIN_NET_WRITE_H

#include "base/buf.h"
#include "train/dense_net.h"

/** Appends the file to out; the same net gives the same bytes. SEDGE_ELIMIT (out->max), SEDGE_ENOMEM. */
SEDGE_NODISCARD sedge_status sedge_dense_net_write(const sedge_dense_net *net, sedge_buf *out, sedge_error *err);

#endif
