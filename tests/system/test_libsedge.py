# SPDX-License-Identifier: Apache-2.0
"""libsedge for other people's programs: what it needs of the system, and the example that embeds it."""
import re
import subprocess

from conftest import BUILD, ROOT

ALLOWED = {"calloc", "free", "malloc", "memchr", "memcmp", "memcpy", "memmove", "memset", "realloc", "sqrt", "strchr",
           "strcmp", "strcspn", "strlen", "strncmp"}
COMPILERS_OWN = re.compile(r"__(asan|ubsan|stack_chk|tls|sanitizer|odr)|_GLOBAL_OFFSET_TABLE_|__\w+_chk$")
SEED = ROOT / "tests/corpus/tflite/dense_s8.tflite"


def symbols(kind):
    text = subprocess.run(["nm", kind, "-A", BUILD / "libsedge.a"], capture_output=True, text=True, check=True).stdout
    return {line.split()[-1] for line in text.splitlines() if line.strip()}


def test_libsedge_needs_memory_functions_and_sqrt_only():
    needed = symbols("--undefined-only") - symbols("--defined-only")
    assert not {s for s in needed if not COMPILERS_OWN.match(s)} - ALLOWED


def test_libsedge_has_no_writable_globals():
    text = subprocess.run(["objdump", "-t", BUILD / "libsedge.a"], capture_output=True, text=True, check=True).stdout
    objects = [line for line in text.splitlines() if re.search(r" O \.(data|bss)\t", line)]
    assert not [line for line in objects if not COMPILERS_OWN.match(line.split()[-1])]


def test_the_example_runs():
    program = BUILD / "examples/embed"
    run = subprocess.run([program, SEED], capture_output=True, text=True, check=False)
    assert run.returncode == 0 and len(run.stdout.split()) == 12
    run = subprocess.run([program, "/dev/null"], capture_output=True, text=True, check=False)
    assert run.returncode == 3 and "the file is empty" in run.stderr
