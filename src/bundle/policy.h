/* SPDX-License-Identifier: Apache-2.0 */
/**
 * May this release replace that one? The rule of docs/spec/bundle.md in one place, for agent and hub.
 *
 * The floor is the release that the device committed last (0: none yet). Old metadata cannot lower it: only a signed
 * roll-back goes below, and once committed that release is the new floor. A release that failed its probation was never
 * committed; not to try it again is the agent's own memory.
 */
#ifndef SEDGE_BUNDLE_POLICY_H
#define SEDGE_BUNDLE_POLICY_H

#include <stdint.h>

typedef enum sedge_install {
    SEDGE_INSTALL_SAME,     /**< runs already, nothing to do */
    SEDGE_INSTALL_UPGRADE,  /**< newer than what runs and not below the floor */
    SEDGE_INSTALL_ROLLBACK, /**< older than what runs: the release at the floor, or one signed to supersede it */
    SEDGE_INSTALL_REFUSED,
} sedge_install;

/**
 * @param running     release that runs, 0 for none
 * @param floor       release committed last, 0 for none
 * @param release     release offered, at least 1
 * @param supersedes  highest release that the signed target says it may replace (0 or release: only upgrades)
 */
sedge_install sedge_install_decide(uint64_t running, uint64_t floor, uint64_t release, uint64_t supersedes);

#endif
