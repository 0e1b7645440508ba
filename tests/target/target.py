# SPDX-License-Identifier: Apache-2.0
"""Builds what `sedge compile` writes for a machine, runs it there over rows of inputs and compares every byte.

Used by tests/system/test_compile.py and bench/microcontroller.py. A program is the compiled model, main.c of this folder and
case.h, which is written here.
"""
import dataclasses
import pathlib
import re
import shutil
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
WARNINGS = ["-std=c11", "-Wall", "-Wextra", "-Werror", "-Wpedantic"]
MEMORY = ["-Wl,--defsym=__flash=0", "-Wl,--defsym=__ram=0x20000000", "-Wl,--defsym=__stack_size=0x2000"]
ARM = ["-mthumb", "-mfloat-abi=hard", "--specs=picolibc.specs", "--oslib=semihost", "--crt0=semihost",
       "-DPICOLIBC_INTEGER_PRINTF_SCANF", "-ffunction-sections", "-fdata-sections", *MEMORY]


@dataclasses.dataclass(frozen=True)
class Target:
    name: str
    compiler: str
    flags: tuple
    machine: tuple = ()  # how qemu-system-arm is called; none: this machine

    @property
    def missing(self):
        """The name of a tool that is not installed, or None."""
        tools = [self.compiler] + (["qemu-system-arm"] if self.machine else [])
        return next((tool for tool in tools if shutil.which(tool) is None), None)


def arm(name, cpu, machine, hz, flash, ram):
    """SysTick runs at hz; sizes of the memories at 0 and 0x20000000."""
    return Target(name, "arm-none-eabi-gcc",
                  (f"-mcpu={cpu}", *ARM, f"-DTARGET_HZ={hz}", f"-Wl,--defsym=__flash_size={flash}", f"-Wl,--defsym=__ram_size={ram}"),
                  ("-M", machine, "-cpu", cpu))


HOST = Target("host", "gcc", ("-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-ffp-contract=off"))
M4 = arm("Cortex-M4", "cortex-m4", "mps2-an386", 25_000_000, 0x400000, 0x400000)
M55 = arm("Cortex-M55", "cortex-m55", "mps3-an547", 32_000_000, 0x80000, 0x80000)
TARGETS = {t.name: t for t in (HOST, M4, M55)}


def ends_of(folder, name):
    """[(side, index, bytes)] of the inputs and outputs, from the header."""
    text = (folder / f"{name}.h").read_text()
    return [(side.lower(), int(i), int(n))
            for side, i, n in re.findall(rf"#define {name.upper()}_(INPUT|OUTPUT)_(\d+)_BYTES (\d+)", text)]


def write_case(folder, name, rows):
    """rows: [([bytes of each input], [bytes of each output])], in the order in which they run."""
    ends = ends_of(folder, name)

    def array(what, items):
        size = len(items[0])
        body = ",\n".join("{" + ",".join(map(str, item)) + "}" for item in items)
        return f"static const uint8_t case_{what}[CASE_ROWS][{size}] = {{\n{body}\n}};\n"

    def copies(side, call):
        offset, lines = 0, []
        for _, i, n in (e for e in ends if e[0] == side):
            lines.append("    " + call.format(i=i, n=n, at=offset))
            offset += n
        return "\n".join(lines)

    out_bytes = sum(n for side, _, n in ends if side == "output")
    (folder / "case.h").write_text(
        f'#include "{name}.h"\n#define CASE_ROWS {len(rows)}u\n#define CASE_OUT_BYTES {out_bytes}\n'
        + array("in", [b"".join(i) for i, _ in rows]) + array("out", [b"".join(o) for _, o in rows])
        + f"static void case_reset(void) {{\n    {name}_reset();\n}}\n"
        + "static void case_set(const uint8_t *x) {\n" + copies("input", f"memcpy({name}_input_{{i}}(), x + {{at}}, {{n}});") + "\n}\n"
        + f"static void case_invoke(void) {{\n    {name}_invoke();\n}}\n"
        + "static void case_get(uint8_t *y) {\n" + copies("output", f"memcpy(y + {{at}}, {name}_output_{{i}}(), {{n}});") + "\n}\n")


def compile_all(target, folder, sources, objects, extra=()):
    """The objects of these sources, in a folder of their own."""
    objects.mkdir(exist_ok=True)
    flags = [flag for flag in target.flags if not flag.startswith(("-Wl,", "--oslib", "--crt0"))]
    made = []
    for source in sources:
        made.append(objects / f"{source.stem}.o")
        subprocess.run([target.compiler, *flags, "-O2", *WARNINGS, *extra, f"-I{folder}", f"-I{HERE}", "-c", source, "-o", made[-1]],
                       check=True, timeout=300)
    return made


def link(target, folder, objects):
    program = folder / f"{target.name}.elf"
    subprocess.run([target.compiler, *target.flags, *objects, "-lm", "-o", program], check=True, timeout=300)
    return program


def build(target, folder, extra=()):
    """Compiles the folder's sources with main.c; returns the program's path and the objects of the model."""
    made = compile_all(target, folder, [*sorted(folder.glob("*.c")), HERE / "main.c"], folder / f"objects-{target.name}", extra)
    return link(target, folder, made), made[:-1]


def build_edges(target, folder):
    """edges.c with the folder's kernels as the machine's instructions allow, and in plain C as portable_*."""
    kernels = sorted(folder.glob("sedge_*.c"))
    ours = compile_all(target, folder, [*kernels, HERE / "edges.c"], folder / "native")
    plain = compile_all(target, folder, kernels, folder / "portable", ["-DSEDGE_MICRO_PORTABLE=1"])
    prefix = target.compiler.removesuffix("gcc")
    names = subprocess.run([f"{prefix}nm", "--defined-only", "-g", *plain], capture_output=True, text=True, check=True).stdout
    renames = folder / "renames"
    renames.write_text("".join(f"{line.split()[2]} portable_{line.split()[2]}\n" for line in names.splitlines() if len(line.split()) == 3))
    for path in plain:
        subprocess.run([f"{prefix}objcopy", f"--redefine-syms={renames}", path], check=True)
    return link(target, folder, [*ours, *plain])


def run(target, program):
    """What the program printed last, as numbers: rows, wrong, instructions, stack."""
    command = [program]
    if target.machine:
        command = ["qemu-system-arm", *target.machine, "-nographic", "-monitor", "none", "-serial", "none",
                   "-semihosting-config", "enable=on,target=native", "-icount", "shift=4", "-kernel", program]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=600, stdin=subprocess.DEVNULL, check=False)
    lines = done.stdout.splitlines()
    if not lines or not lines[-1].startswith("rows "):
        raise RuntimeError(f"{target.name}: {program.name} ended with {done.returncode}\n{done.stdout[-4000:]}")
    words = lines[-1].split()
    return {key: int(value) for key, value in zip(words[::2], words[1::2])} | {"text": done.stdout}


def sizes(target, objects):
    """Bytes of the model's objects: code, constants, ram."""
    prefix = target.compiler.removesuffix("gcc")
    totals = {"code": 0, "constants": 0, "ram": 0}
    for path in objects:
        text = subprocess.run([f"{prefix}size", "-A", path], capture_output=True, text=True, check=True).stdout
        for section, size in re.findall(r"^(\.\S+)\s+(\d+)\s", text, re.M):
            for start, key in ((".text", "code"), (".rodata", "constants"), (".data", "ram"), (".bss", "ram")):
                if section.startswith(start):
                    totals[key] += int(size)
    return totals
