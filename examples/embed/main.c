/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a model on zeros and prints its first output: all that a program needs to embed libsedge. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sedge/instance.h>

static unsigned char *read_file(const char *path, size_t *ret_size) {
    FILE *f = fopen(path, "rb");
    unsigned char *data = f && fseek(f, 0, SEEK_END) == 0 ? malloc((size_t)ftell(f) + 1) : NULL;
    if (data) {
        *ret_size = (size_t)ftell(f);
        rewind(f);
        *ret_size = fread(data, 1, *ret_size, f);
    }
    if (f)
        fclose(f);
    return data;
}

int main(int argc, char **argv) {
    size_t size = 0;
    unsigned char *data = argc == 2 ? read_file(argv[1], &size) : NULL;
    sedge_error err = SEDGE_ERROR_INIT;
    sedge_model *model = NULL;
    sedge_instance *instance = NULL;
    sedge_status st = sedge_model_open(data, size, NULL, &model, &err); /* data must stay until the model is freed */
    if (!st)
        st = sedge_instance_new(model, &instance, &err);
    for (uint32_t i = 0; !st && i < sedge_model_input_count(model); i++)
        memset(sedge_instance_input(instance, i), 0, sedge_model_input(model, i)->size_bytes);
    if (!st)
        st = sedge_instance_invoke(instance, &err);
    if (st)
        fprintf(stderr, "usage: %s MODEL: %s\n", argv[0], err.text);
    for (size_t i = 0; !st && i < sedge_model_output(model, 0)->size_bytes; i++)
        printf("%02x%c", ((const unsigned char *)sedge_instance_output(instance, 0))[i], i % 32 == 31 ? '\n' : ' ');
    sedge_instance_free(instance);
    sedge_model_free(model);
    free(data);
    return sedge_status_exit(st);
}
