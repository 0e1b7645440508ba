/* SPDX-License-Identifier: Apache-2.0 */
#include "train/model_folder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/npy.h"
#include "os/errno.h"

/* ---- writing ---- */

/** Nothing there, an empty folder, or a model folder: those may be replaced. */
static sedge_status check_place(const sedge_fs *fs, const char *path, sedge_error *err) {
    if (!sedge_file_exists(fs, path))
        return SEDGE_OK;
    char card[SEDGE_PATH_MAX];
    sedge_status st = sedge_path_format(card, err, "%s/model.json", path);
    if (st || sedge_file_exists(fs, card))
        return st;
    SEDGE_CLEANUP(sedge_names_done) sedge_names names = { 0 };
    if (!sedge_dir_list(fs, path, &names, err) && names.n == 0)
        return SEDGE_OK;
    return sedge_fail(err, SEDGE_ECONFLICT,
                      "%s exists and is no model folder: it is not replaced, choose another place", path);
}

/** The path without slashes at its end. */
static sedge_status trim(char ret[SEDGE_PATH_MAX], const char *path, sedge_error *err) {
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/')
        n--;
    return sedge_path_format(ret, err, "%.*s", (int)n, path);
}

sedge_status sedge_folder_draft_new(const sedge_fs *fs, const char *final, sedge_folder_draft *ret, sedge_error *err) {
    sedge_folder_draft d = { .fs = fs ? fs : sedge_fs_os() };
    sedge_status st = trim(d.final, final, err);
    if (st || (st = check_place(fs, d.final, err)) ||
        (st = sedge_path_format(d.path, err, "%s.draft-%ld", d.final, (long)getpid())) ||
        (st = sedge_dir_remove_tree(fs, d.path, err)) || (st = sedge_dir_make(fs, d.path, 0755, err)))
        return st;
    *ret = d;
    return SEDGE_OK;
}

void sedge_folder_draft_done(sedge_folder_draft *draft) {
    sedge_error unused;
    if (draft->path[0] && sedge_dir_remove_tree(draft->fs, draft->path, &unused))
        return; /* a draft that stays is no harm: the next one of this process id takes its place */
}

sedge_status sedge_folder_draft_put(const sedge_folder_draft *draft, const char *name, sedge_bytes data,
                                    sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    sedge_status st = sedge_path_format(path, err, "%s/%s", draft->path, name);
    return st ? st : sedge_file_write_atomic(draft->fs, path, data, 0644, err);
}

sedge_status sedge_folder_draft_copy(const sedge_folder_draft *draft, const char *name, const char *from,
                                     sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    sedge_status st = sedge_path_format(path, err, "%s/%s", draft->path, name);
    return st ? st : sedge_file_copy(draft->fs, from, path, SEDGE_MODEL_FILE_MAX, err);
}

static sedge_status move(const sedge_fs *fs, const char *from, const char *to, sedge_error *err) {
    int e = fs->rename(fs, from, to);
    return e < 0 ? sedge_fail_errno(err, -e, "renaming %s to %s", from, to) : SEDGE_OK;
}

sedge_status sedge_folder_draft_publish(sedge_folder_draft *draft, sedge_error *err) {
    char former[SEDGE_PATH_MAX];
    const sedge_fs *fs = draft->fs;
    sedge_status st = sedge_path_format(former, err, "%s.former-%ld", draft->final, (long)getpid());
    if (st)
        return st;
    bool replaces = sedge_file_exists(fs, draft->final);
    if (replaces && ((st = sedge_dir_remove_tree(fs, former, err)) || (st = move(fs, draft->final, former, err))))
        return st;
    if ((st = move(fs, draft->path, draft->final, err))) {
        if (replaces && fs->rename(fs, former, draft->final) < 0)
            return sedge_wrap(err, st, "the former folder is now %s", former);
        return st;
    }
    draft->path[0] = '\0';
    if ((st = sedge_file_sync_parent(fs, draft->final, err)) || !replaces)
        return st;
    return sedge_dir_remove_tree(fs, former, err);
}

/* ---- loading ---- */

static sedge_status check_lengths(const char *path, const char *what, const sedge_card_lengths *lengths, size_t n,
                                  sedge_error *err) {
    size_t sum = 0;
    for (size_t i = 0; i < lengths->n; i++)
        sum += lengths->items[i];
    if (sum != n || n == 0)
        return sedge_fail(err, SEDGE_EINVALID, "%s: %zu %s vectors, model.json counts %zu", path, n, what, sum);
    return SEDGE_OK;
}

static sedge_status load_vectors(const sedge_fs *fs, const char *folder, const char *name, uint32_t width,
                                 const sedge_card_lengths *lengths, sedge_folder_vectors *ret, sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    size_t n;
    uint32_t columns;
    sedge_status st = sedge_path_format(path, err, "%s/%s.npy", folder, name);
    if (st || (st = sedge_npy_load_f32(fs, path, width, &ret->x, &n, &columns, err)) ||
        (st = check_lengths(folder, name, lengths, n, err)))
        return st;
    ret->v =
        (sedge_vectors){ .width = columns, .n = n, .x = ret->x, .lengths = lengths->items, .n_stretches = lengths->n };
    return SEDGE_OK;
}

static sedge_status load_labels(const sedge_fs *fs, const char *folder, sedge_folder_vectors *v, sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    size_t n;
    sedge_status st = sedge_path_format(path, err, "%s/holdout_labels.npy", folder);
    if (st || (st = sedge_npy_load_i32(fs, path, &v->labels, &n, err)))
        return st;
    if (n != v->v.n)
        return sedge_fail(err, SEDGE_EINVALID, "%s: %zu labels for %zu vectors", path, n, v->v.n);
    v->v.labels = v->labels;
    return SEDGE_OK;
}

sedge_status sedge_model_folder_load(const sedge_fs *fs, const char *path, sedge_model_folder **ret, sedge_error *err) {
    sedge_auto(sedge_model_folder) f = calloc(1, sizeof *f);
    if (!f)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for a model folder");
    char file[SEDGE_PATH_MAX];
    sedge_status st = trim(f->path, path, err);
    if (st || (st = sedge_path_format(file, err, "%s/model.json", f->path)) ||
        (st = sedge_model_card_load(fs, file, &f->card, err)) ||
        (st = sedge_path_format(file, err, "%s/%s", f->path, sedge_model_card_file(f->card))) ||
        (st = sedge_file_read(fs, file, SEDGE_MODEL_FILE_MAX, &f->model, &f->model_bytes, err)))
        return st;
    sedge_auto(sedge_runner) runner = NULL;
    if ((st = sedge_runner_open(sedge_bytes_of(f->model, f->model_bytes), &runner, err)))
        return sedge_wrap(err, st, "%s", file);
    uint32_t width = sedge_runner_inputs(runner);
    if ((st = load_vectors(fs, f->path, "calibration", width, &f->card->calibration, &f->calibration, err)) ||
        (st = load_vectors(fs, f->path, "holdout", width, &f->card->holdout, &f->holdout, err)) ||
        (st = load_labels(fs, f->path, &f->holdout, err)))
        return st;
    *ret = SEDGE_STEAL(f);
    return SEDGE_OK;
}

static void free_vectors(sedge_folder_vectors *v) {
    free(v->x);
    free(v->labels);
}

void sedge_model_folder_free(sedge_model_folder *folder) {
    if (!folder)
        return;
    sedge_model_card_free(folder->card);
    free(folder->model);
    free_vectors(&folder->calibration);
    free_vectors(&folder->holdout);
    free(folder);
}
