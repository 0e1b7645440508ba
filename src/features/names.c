/* SPDX-License-Identifier: Apache-2.0 */
#include "base/format.h"
#include "features/features.h"

#define NAME_ROW(NAME, name) #name,
static const char *const impute_names[] = { SEDGE_IMPUTE_LIST(NAME_ROW) };
static const char *const stat_names[] = { SEDGE_STAT_LIST(NAME_ROW) };
#undef NAME_ROW

const char *sedge_impute_name(sedge_impute impute) {
    return (unsigned)impute < SEDGE_IMPUTE_COUNT ? impute_names[impute] : "unknown";
}

const char *sedge_stat_name(sedge_stat stat) {
    return (unsigned)stat < SEDGE_STAT_COUNT ? stat_names[stat] : "unknown";
}

void sedge_features_label(const sedge_features *features, uint32_t feature, char ret[SEDGE_FEATURES_LABEL_MAX]) {
    ret[0] = '\0';
    const sedge_features_entry *entry = sedge_features_entry_at(features, feature);
    if (!entry)
        return;
    const char *channel = features->channels[entry->channel].name, *stat = sedge_stat_name(entry->stat);
    if (entry->stat == SEDGE_STAT_BAND)
        sedge_format(ret, SEDGE_FEATURES_LABEL_MAX, "%s.%s_%g_%g", channel, stat, entry->lo_hz, entry->hi_hz);
    else
        sedge_format(ret, SEDGE_FEATURES_LABEL_MAX, "%s.%s", channel, stat);
}
