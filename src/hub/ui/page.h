/* SPDX-License-Identifier: Apache-2.0 */
/** The page, ui/index.html, as it stands in the program. */
#ifndef SEDGE_HUB_UI_PAGE_H
#define SEDGE_HUB_UI_PAGE_H

#include <stddef.h>

extern const char hub_page[];
extern const size_t hub_page_n;

#endif
