#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: bench/size.py

Sizes of libsedge: the stripped shared library with everything, and a program that links just the operators of the KWS model from
libsedge.a (build/small: plain C kernels, compiled for size). `text` is what size(1) calls so (code, constant data, exception tables), without
the model's own bytes. TensorFlow Lite Micro with the same model's operators has 88.6 KB of text on x86-64. Fails above the limits.
"""
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
DATA = pathlib.Path(os.environ.get("SEDGE_TEST_DATA", ROOT / "../shared/data")).resolve()
MODEL = DATA / "models/mlperf-tiny/kws_ref_model_int8.tflite"
SEDGE = ROOT / "build/release/src/cli/sedge"
LIBRARY_LIMIT, TEXT_LIMIT = 600_000, 80_000


def text_of(path):
    return int(subprocess.run(["size", path], check=True, capture_output=True, text=True).stdout.splitlines()[1].split()[0])


def library_bytes():
    with tempfile.NamedTemporaryFile() as stripped:
        subprocess.run(["strip", "-o", stripped.name, ROOT / "build/release/libsedge.so"], check=True)
        return pathlib.Path(stripped.name).stat().st_size


def program_bytes(folder):
    """Text of examples/embed, linked for the model alone."""
    subprocess.run([ROOT / "scripts/build", "small"], check=True)
    subprocess.run([SEDGE, "compile", MODEL, "--only-operators", "--name", "kws", "-o", folder], check=True, stdout=subprocess.DEVNULL)
    program = folder / "program"
    subprocess.run(["gcc", "-Os", "-no-pie", f"-I{ROOT}/include", "-ffunction-sections", ROOT / "examples/embed/main.c",
                    folder / "kws_operators.c", ROOT / "build/small/libsedge.a", "-lm", "-Wl,--gc-sections", "-o", program], check=True)
    subprocess.run([program, MODEL], check=True, stdout=subprocess.DEVNULL)
    return text_of(program)


def main():
    if not SEDGE.exists():
        sys.exit(f"{SEDGE} is missing: run make")
    failed = False
    rows = [("libsedge.so, stripped", library_bytes(), LIBRARY_LIMIT)]
    if MODEL.exists():
        with tempfile.TemporaryDirectory() as folder:
            rows.append(("text of a program for KWS alone", program_bytes(pathlib.Path(folder)), TEXT_LIMIT))
    else:
        print(f"skipped: {MODEL} is absent")
    for what, size, limit in rows:
        print(f"{what:34}{size:>9,} bytes, limit {limit:,}")
        failed = failed or size > limit
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
