/* SPDX-License-Identifier: Apache-2.0 */
/**
 * features.bin, version 1. Little-endian, no padding, nothing behind the last entry.
 *
 *     magic "SDGF"  u32 version  u32 size of the file in bytes
 *     u32 channels  u32 features  u32 length  u32 step  f64 rate_hz
 *     channels x  { u8 impute  u8 bytes of name  u8 bytes of unit  u8 0  f32 fill  name  unit }
 *     features x  { u16 channel  u8 stat  u8 0  f64 mean  f64 scale  and for a band: f64 lo_hz  f64 hi_hz }
 *
 * impute and stat are the numbers of the lists in sedge/features.h. A feature appears once.
 */
#ifndef SEDGE_FEATURES_FORMAT_H
#define SEDGE_FEATURES_FORMAT_H

#define SEDGE_FEATURES_MAGIC "SDGF"
enum { SEDGE_FEATURES_VERSION = 1, SEDGE_FEATURES_FILE_MAX = 1 << 17 };

#endif
