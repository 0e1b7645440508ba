/* SPDX-License-Identifier: Apache-2.0 */
#include "train/split.h"

static bool is_share(double share) {
    return share >= 0 && share < 1;
}

sedge_status sedge_split_make(uint64_t rows, double holdout, double check, sedge_split *ret, sedge_error *err) {
    if (!is_share(holdout))
        return sedge_fail(err, SEDGE_EINVALID, "the hold-out share is %g, it must be at least 0 and less than 1",
                          holdout);
    if (!is_share(check))
        return sedge_fail(err, SEDGE_EINVALID, "the check share is %g, it must be at least 0 and less than 1", check);
    uint64_t train_end = rows - (uint64_t)((double)rows * holdout + 0.5);
    uint64_t fit_end = train_end - (uint64_t)((double)train_end * check + 0.5);
    *ret = (sedge_split){ .rows = rows, .fit_end = fit_end, .train_end = train_end };
    return SEDGE_OK;
}
