/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resource variables. A handle's tensor in the main subgraph becomes the variable itself; its first bytes are the
 * constants that the subgraph of CALL_ONCE assigns.
 */
#include <string.h>

#include "base/own.h"
#include "model/tflite_reader.h"

enum { CALL_ONCE_SUBGRAPH };
enum { VAR_HANDLE_CONTAINER, VAR_HANDLE_NAME };

static bool fail(sedge_tflite_reader *r, sedge_status status, const char *what) {
    sedge_fbr_fail(&r->f, status, "%s", what);
    return false;
}

static bool has_ends(sedge_tflite_reader *r, const sedge_graph *g, const sedge_op *op, uint32_t inputs,
                     uint32_t outputs) {
    bool good = op->n_inputs == inputs && op->n_outputs == outputs;
    for (uint32_t i = 0; good && i < inputs; i++)
        good = op->inputs[i] >= 0 && (uint32_t)op->inputs[i] < g->n_tensors;
    for (uint32_t i = 0; good && i < outputs; i++)
        good = op->outputs[i] >= 0 && (uint32_t)op->outputs[i] < g->n_tensors;
    return good || fail(r, SEDGE_EINVALID, "an operator on variables with wrong inputs or outputs");
}

/* the variable of that name, made when it is new; NULL with the failure recorded */
static sedge_tflite_variable *find_or_add(sedge_tflite_reader *r, const char *container, const char *name,
                                          uint32_t *ret_index) {
    if (!r->variables)
        r->variables = sedge_tflite_take(r, SEDGE_TFLITE_VARIABLES_MAX, sizeof *r->variables);
    if (!r->variables)
        return NULL;
    uint32_t i = 0;
    while (i < r->n_variables &&
           (strcmp(r->variables[i].name, name) != 0 || strcmp(r->variables[i].container, container) != 0))
        i++;
    if (i == SEDGE_TFLITE_VARIABLES_MAX) {
        sedge_fbr_fail(&r->f, SEDGE_ELIMIT, "more than %d variables", SEDGE_TFLITE_VARIABLES_MAX);
        return NULL;
    }
    if (i == r->n_variables)
        r->variables[r->n_variables++] = (sedge_tflite_variable){ container, name, NULL, -1, false };
    *ret_index = i;
    return &r->variables[i];
}

static bool var_handle(sedge_tflite_reader *r, sedge_tflite_subgraph *s, const sedge_tflite_site *site, sedge_op *op) {
    const char *container = sedge_tflite_take_text(r, &site->options, VAR_HANDLE_CONTAINER);
    const char *name = sedge_tflite_take_text(r, &site->options, VAR_HANDLE_NAME);
    uint32_t index;
    if (r->f.status || !has_ends(r, s->g, op, 0, 1))
        return false;
    if (s->variable[op->outputs[0]] != SEDGE_TFLITE_NO_VARIABLE)
        return fail(r, SEDGE_EINVALID, "its output is no resource, or made twice");
    sedge_tflite_variable *v = find_or_add(r, container, name, &index);
    if (!v)
        return false;
    s->variable[op->outputs[0]] = (int32_t)index;
    if (!s->initialises && v->tensor < 0)
        v->tensor = op->outputs[0];
    return false;
}

/* the variable that input 0 stands for; NULL with the failure recorded */
static sedge_tflite_variable *used_variable(sedge_tflite_reader *r, const sedge_tflite_subgraph *s,
                                            const sedge_op *op) {
    int32_t index = s->variable[op->inputs[0]];
    if (index >= 0)
        return &r->variables[index];
    fail(r, SEDGE_EINVALID, "its input 0 is not the handle of a variable");
    return NULL;
}

static bool same_type(const sedge_tensor *a, const sedge_tensor *b) {
    return a->dtype == b->dtype && a->rank == b->rank && memcmp(a->dims, b->dims, a->rank * sizeof a->dims[0]) == 0;
}

/* makes the handle's tensor a variable like the tensor that is read from it or assigned to it first */
static bool settle(sedge_tflite_reader *r, const sedge_graph *g, sedge_tflite_variable *v, const sedge_tensor *like) {
    sedge_tensor *t = &g->tensors[v->tensor];
    r->variables_used = true;
    if (!v->settled) {
        const char *name = t->name;
        *t = *like;
        t->name = name;
        t->data = NULL;
        t->variable = true;
        t->initial = v->initial ? v->initial->data : NULL;
        v->settled = true;
    }
    if (t->size_bytes == 0)
        sedge_fbr_fail(&r->f, SEDGE_EUNSUPPORTED, "variable '%s' has a free dimension", v->name);
    else if (!same_type(t, like) || (v->initial && !same_type(t, v->initial)))
        sedge_fbr_fail(&r->f, SEDGE_EINVALID, "variable '%s' has more than one type or shape", v->name);
    return !r->f.status;
}

static const int32_t *take_end(sedge_tflite_reader *r, int32_t tensor) {
    int32_t *end = sedge_tflite_take(r, 1, sizeof *end);
    if (end)
        *end = tensor;
    return end;
}

static bool read_variable(sedge_tflite_reader *r, sedge_tflite_subgraph *s, const sedge_tflite_site *site,
                          sedge_op *op) {
    (void)site;
    if (s->initialises)
        return fail(r, SEDGE_EUNSUPPORTED, "a variable is read while variables are initialised");
    sedge_tflite_variable *v = has_ends(r, s->g, op, 1, 1) ? used_variable(r, s, op) : NULL;
    if (!v || !settle(r, s->g, v, &s->g->tensors[op->outputs[0]]))
        return false;
    op->kind = SEDGE_OP_IDENTITY;
    op->inputs = take_end(r, v->tensor);
    return true;
}

static bool assign_variable(sedge_tflite_reader *r, sedge_tflite_subgraph *s, const sedge_tflite_site *site,
                            sedge_op *op) {
    (void)site;
    sedge_tflite_variable *v = has_ends(r, s->g, op, 2, 0) ? used_variable(r, s, op) : NULL;
    if (!v)
        return false;
    const sedge_tensor *value = &s->g->tensors[op->inputs[1]];
    if (s->initialises) {
        if (!value->data)
            return fail(r, SEDGE_EUNSUPPORTED, "a variable is initialised with what is not a constant");
        v->initial = value;
        return false;
    }
    if (!settle(r, s->g, v, value))
        return false;
    op->kind = SEDGE_OP_ASSIGN;
    op->inputs = take_end(r, op->inputs[1]);
    op->n_inputs = 1;
    op->outputs = take_end(r, v->tensor);
    op->n_outputs = 1;
    return true;
}

static bool call_once(sedge_tflite_reader *r, sedge_tflite_subgraph *s, const sedge_tflite_site *site, sedge_op *op) {
    uint32_t index = sedge_fbr_u32(&r->f, &site->options, CALL_ONCE_SUBGRAPH, 0);
    if (!has_ends(r, s->g, op, 0, 0))
        return false;
    if (s->initialises || r->variables_used)
        return fail(r, SEDGE_EUNSUPPORTED, "variables are initialised after they have been used");
    if (index == 0 || index >= r->subgraphs.n) {
        sedge_fbr_fail(&r->f, SEDGE_EINVALID, "it calls subgraph %u of %u", index, r->subgraphs.n);
        return false;
    }
    sedge_graph *g = sedge_tflite_take(r, 1, sizeof *g);
    sedge_tflite_subgraph called = { .g = g, .initialises = true };
    if (g)
        sedge_tflite_read_subgraph(r, index, &called);
    if (r->f.status)
        (void)sedge_wrap(r->f.err, r->f.status, "subgraph %u", index);
    return g && g->n_ops ? fail(r, SEDGE_EUNSUPPORTED, "an initialisation that does more than to assign constants")
                         : false;
}

sedge_tflite_variable_op *sedge_tflite_find_variable_op(int32_t code) {
    static const struct {
        int32_t code;
        sedge_tflite_variable_op *function;
    } rows[] = { { 129, call_once }, { 142, var_handle }, { 143, read_variable }, { 144, assign_variable } };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++)
        if (rows[i].code == code)
            return rows[i].function;
    return NULL;
}
