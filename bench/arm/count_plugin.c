/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A QEMU plugin that counts the instructions a program executes. At every marker, write(-77, NULL, n), it logs "n
 * count" (qemu-aarch64 -plugin ... -d plugin -D FILE). For programs of one thread.
 */
#include <inttypes.h>
#include <stdio.h>

#if defined(__has_include)
#if __has_include(<qemu-plugin.h>)
#include <qemu-plugin.h>
#else
#include "qemu_plugin.h"
#endif
#endif

enum { MARKER_FILE = -77, AARCH64_WRITE = 64, OLDEST = 1 };

QEMU_PLUGIN_EXPORT int qemu_plugin_version = QEMU_PLUGIN_VERSION;
QEMU_PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv);

static uint64_t count;

static void count_block(unsigned vcpu, void *instructions) {
    (void)vcpu;
    count += (uintptr_t)instructions;
}

static void translate_block(qemu_plugin_id_t id, struct qemu_plugin_tb *tb) {
    (void)id;
    void *instructions = (void *)(uintptr_t)qemu_plugin_tb_n_insns(tb);
    qemu_plugin_register_vcpu_tb_exec_cb(tb, count_block, QEMU_PLUGIN_CB_NO_REGS, instructions);
}

static void system_call(qemu_plugin_id_t id, unsigned vcpu, int64_t number, uint64_t a1, uint64_t a2, uint64_t a3,
                        uint64_t a4, uint64_t a5, uint64_t a6, uint64_t a7, uint64_t a8) {
    (void)id, (void)vcpu, (void)a2, (void)a4, (void)a5, (void)a6, (void)a7, (void)a8;
    if (number != AARCH64_WRITE || (int32_t)a1 != MARKER_FILE)
        return;
    char line[64];
    snprintf(line, sizeof line, "%" PRIu64 " %" PRIu64 "\n", a3, count);
    qemu_plugin_outs(line);
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv) {
    (void)argc, (void)argv;
    if (info->version.cur < OLDEST) {
        fprintf(stderr, "count_plugin: this QEMU has plugin interface %d, %d is needed\n", info->version.cur, OLDEST);
        return 1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, translate_block);
    qemu_plugin_register_vcpu_syscall_cb(id, system_call);
    return 0;
}
