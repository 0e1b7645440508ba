/* SPDX-License-Identifier: Apache-2.0 */
/** The fixed bytes at the start of a bundle: magic, u32 version, u32 manifest length; the manifest follows. */
#ifndef SEDGE_BUNDLE_LAYOUT_H
#define SEDGE_BUNDLE_LAYOUT_H

#define SEDGE_BUNDLE_MAGIC       "SEDGEBND"
#define SEDGE_BUNDLE_MAGIC_BYTES 8

#endif
