# SPDX-License-Identifier: Apache-2.0
"""usage: embed_files.py OUT.c FILE...: the files as rows { name, text } of demo_example_files, ended by a NULL name."""
import os
import sys


def literal(text):
    return "\n".join('    "' + line.replace("\\", "\\\\").replace('"', '\\"') + '\\n"' for line in text.splitlines())


rows = [f'    {{ "{os.path.basename(name)}",\n{literal(open(name, encoding="utf-8").read())} }},' for name in sys.argv[2:]]
with open(sys.argv[1], "w", encoding="utf-8") as out:
    out.write('#include "cli/demo_files.h"\nconst demo_example_file demo_example_files[] = {\n')
    out.write("\n".join(rows) + "\n    { NULL, NULL },\n};\n")
