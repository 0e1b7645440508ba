/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle/policy.h"

sedge_install sedge_install_decide(uint64_t running, uint64_t floor, uint64_t release, uint64_t supersedes) {
    uint64_t highest = running > floor ? running : floor;
    if (release == 0)
        return SEDGE_INSTALL_REFUSED;
    if (release == running)
        return SEDGE_INSTALL_SAME;
    if (release > highest || (release == floor && release > running))
        return SEDGE_INSTALL_UPGRADE;
    if (release == floor || supersedes >= highest)
        return SEDGE_INSTALL_ROLLBACK;
    return SEDGE_INSTALL_REFUSED;
}
