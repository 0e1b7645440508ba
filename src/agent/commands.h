/* SPDX-License-Identifier: Apache-2.0 */
/** The commands of sedge-agent: cmd_<name>.c defines one, main.c lists them. */
#ifndef SEDGE_AGENT_COMMANDS_H
#define SEDGE_AGENT_COMMANDS_H

#include "conf/command.h"

extern const sedge_command_group sedge_agent_cmd_run, sedge_agent_cmd_status, sedge_agent_cmd_install,
    sedge_agent_cmd_rollback, sedge_agent_cmd_worker;

/**
 * Calls the running agent of this state folder over its socket.
 * @param ret_doc  the answer's document, the caller's to json_decref()
 * @return SEDGE_ENOTFOUND when no agent runs there; the status of a refusal, with its sentence
 */
SEDGE_NODISCARD sedge_status sedge_agent_call(const char *state, const char *method, const char *path, sedge_bytes body,
                                              json_t **ret_doc, sedge_error *err);

#endif
