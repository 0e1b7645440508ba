#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the C file that holds the page and the migrations (in the order of their names)."""
import os
import sys

out, page, *migrations = sys.argv[1:]
migrations.sort(key=os.path.basename)


def array(name, path):
    with open(path, "rb") as f:
        data = f.read() + b"\0"
    rows = [", ".join("%d" % (b if b < 128 else b - 256) for b in data[i : i + 24]) for i in range(0, len(data), 24)]
    return "%s[] = {\n    %s\n};\n" % (name, ",\n    ".join(rows))


with open(out, "w", encoding="utf-8") as f:
    f.write('/* Made by src/hub/embed.py. */\n#include "hub/store/engine.h"\n#include "hub/ui/page.h"\n\n')
    for i, path in enumerate(migrations):
        f.write(array("static const char migration_%d" % i, path))
    f.write("const store_migration store_migrations[] = {\n")
    for i, path in enumerate(migrations):
        f.write('    { "%s", migration_%d },\n' % (os.path.basename(path), i))
    f.write("};\nconst int store_migrations_n = %d;\n\n" % len(migrations))
    f.write(array("const char hub_page", page) + "const size_t hub_page_n = sizeof hub_page - 1;\n")
