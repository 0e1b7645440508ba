/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Bytes of the monitor. Little-endian, no padding, nothing behind the end. varint: 7 bits a byte, lowest first, the top
 * bit says that more follow; at most 10 bytes and no needless last zero byte.
 *
 * monitor.bin, version 1:
 *     magic "SDGM"  u32 version  u32 features  u32 report_rows  f64 false_alarm_rate  u64 baseline_rows
 *     features x  { f64 threshold  15 x f32 edge  16 x u32 baseline count }
 * Edges are finite and do not fall, the counts of a feature add up to baseline_rows, thresholds are finite and >= 0;
 * false_alarm_rate is 0 (not calibrated, all thresholds 0) or in (0, 1) with report_rows > 0.
 *
 * Packed counts, format 1:
 *     u8 1  varint features  varint total  u8 nan (0 or 1: NaN counts follow)
 *     features x  { varint NaN count, when nan is 1;  u16 mask of the bins that are not empty;
 *                   a varint for each of them from the lowest but the last, which is what is missing to total - NaN }
 *
 * Packed latency, format 1:
 *     u8 1  varint sum_ns  varint max_ns  varint pairs  pairs x { varint buckets skipped  varint count > 0 }
 */
#ifndef SEDGE_MONITOR_FORMAT_H
#define SEDGE_MONITOR_FORMAT_H

#define SEDGE_MONITOR_MAGIC "SDGM"
enum { SEDGE_MONITOR_VERSION = 1, SEDGE_MONITOR_PACK_FORMAT = 1 };

#endif
