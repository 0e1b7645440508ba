/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/identity.h"

#include <string.h>

#include "base/format.h"

enum { FILE_MAX = 256 << 10 };

static sedge_status path_of(const sedge_identity *id, const char *name, char ret[SEDGE_PATH_MAX], sedge_error *err) {
    return sedge_path_format(ret, err, "%s/%s", id->dir, name);
}

static sedge_status load_key(const sedge_identity *id, const char *name, sedge_key **ret, sedge_error *err) {
    char uri[SEDGE_PATH_MAX + 8];
    sedge_fs_stat s;
    sedge_format(uri, sizeof uri, "file:%s/%s", id->dir, name);
    const char *path = uri + strlen("file:");
    if (id->fs->stat(id->fs, path, true, &s) >= 0 && (s.mode & 077))
        return sedge_fail(err, SEDGE_EREFUSED, "'%s' can be read by others; chmod 600 it", path);
    return sedge_key_load_or_make(id->fs, uri, SEDGE_KEY_P256, ret, err);
}

/** Reads a file into buf; a missing one leaves it empty. */
static sedge_status load_text(const sedge_identity *id, const char *name, sedge_buf *buf, sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    SEDGE_AUTO_MEM uint8_t *data = NULL;
    size_t n;
    *buf = sedge_buf_init(FILE_MAX);
    sedge_status st = path_of(id, name, path, err);
    if (st || !sedge_file_exists(id->fs, path))
        return st;
    st = sedge_file_read(id->fs, path, FILE_MAX, &data, &n, err);
    if (!st)
        sedge_buf_put(buf, data, n);
    return st ? st : buf->failed ? sedge_fail(err, SEDGE_ENOMEM, "no memory for '%s'", path) : SEDGE_OK;
}

static sedge_status store_text(const sedge_identity *id, const char *name, sedge_bytes text, sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    sedge_status st = path_of(id, name, path, err);
    return st ? st : sedge_file_write_atomic(id->fs, path, text, 0600, err);
}

static sedge_status load_request(sedge_identity *id, sedge_error *err) {
    sedge_status st = load_text(id, "request.csr", &id->csr, err);
    if (st || id->csr.n > 0)
        return st;
    st = sedge_csr_make(id->key, "sedge device", &id->csr, err);
    return st ? st : store_text(id, "request.csr", sedge_buf_bytes(&id->csr), err);
}

static sedge_status load_certificate(sedge_identity *id, sedge_error *err) {
    SEDGE_AUTO_BUF pem = sedge_buf_init(0), device = sedge_buf_init(0);
    sedge_status st = load_text(id, "certificate.pem", &pem, err);
    if (!st)
        st = load_text(id, "ca.pem", &id->ca, err);
    if (!st)
        st = load_text(id, "root.json", &id->root, err);
    if (!st)
        st = load_text(id, "device", &device, err);
    if (st || device.n == 0)
        return st;
    st = sedge_cert_from_pem(sedge_buf_bytes(&pem), &id->cert, err);
    if (!st)
        st = sedge_cert_device_id(id->cert, id->device, err);
    return st ? sedge_wrap(err, st, "'%s/certificate.pem'", id->dir) : SEDGE_OK;
}

sedge_status sedge_identity_open(const sedge_fs *fs, const char *dir, sedge_identity *ret, sedge_error *err) {
    sedge_identity id = { .fs = fs ? fs : sedge_fs_os() };
    if (sedge_format(id.dir, sizeof id.dir, "%s", dir) >= sizeof id.dir)
        return sedge_fail(err, SEDGE_EINVALID, "the path '%s' is too long", dir);
    sedge_status st = sedge_dir_make(id.fs, id.dir, 0700, err);
    if (!st)
        st = load_key(&id, "identity.pem", &id.key, err);
    if (!st)
        st = load_key(&id, "sealing.pem", &id.sealing, err);
    if (!st)
        st = load_request(&id, err);
    if (!st)
        st = load_certificate(&id, err);
    if (st)
        sedge_identity_done(&id);
    else
        *ret = id;
    return st;
}

void sedge_identity_done(sedge_identity *id) {
    sedge_key_free(id->key);
    sedge_key_free(id->sealing);
    sedge_cert_free(id->cert);
    sedge_buf_done(&id->csr);
    sedge_buf_done(&id->ca);
    sedge_buf_done(&id->root);
    memset(id, 0, sizeof *id);
}

bool sedge_identity_is_enrolled(const sedge_identity *id) {
    return id->cert != NULL;
}

static sedge_status check_answer(const sedge_identity *id, const sedge_enrol_answer *a, int64_t now_ms,
                                 sedge_error *err) {
    sedge_auto(sedge_cert) cert = NULL;
    sedge_auto(sedge_cert) ca = NULL;
    sedge_auto(sedge_key) key = NULL;
    char device[SEDGE_DEVICE_ID_MAX];
    sedge_status st = sedge_cert_from_pem(sedge_bytes_text(a->certificate), &cert, err);
    if (!st)
        st = sedge_cert_from_pem(sedge_bytes_text(a->ca), &ca, err);
    if (!st)
        st = sedge_cert_verify(cert, ca, SEDGE_CERT_DEVICE, now_ms, err);
    if (!st)
        st = sedge_cert_key(cert, &key, err);
    if (!st)
        st = sedge_cert_device_id(cert, device, err);
    if (st)
        return st;
    if (!sedge_key_equal(key, id->key))
        return sedge_fail(err, SEDGE_EREFUSED, "the certificate is not for this device's key");
    return strcmp(device, a->device) == 0
               ? SEDGE_OK
               : sedge_fail(err, SEDGE_EREFUSED, "the certificate names device '%s', the answer '%s'", device,
                            a->device);
}

static sedge_status store_answer(const sedge_identity *id, const sedge_enrol_answer *a, sedge_error *err) {
    sedge_status st = store_text(id, "certificate.pem", sedge_bytes_text(a->certificate), err);
    if (!st)
        st = store_text(id, "ca.pem", sedge_bytes_text(a->ca), err);
    if (!st)
        st = store_text(id, "root.json", sedge_bytes_text(a->tuf_root), err);
    return st ? st : store_text(id, "device", sedge_bytes_text(a->device), err);
}

sedge_status sedge_identity_enrol(sedge_identity *id, const sedge_enrol_answer *answer, int64_t now_ms,
                                  sedge_error *err) {
    sedge_status st = check_answer(id, answer, now_ms, err);
    if (st)
        return sedge_wrap(err, st, "the hub's answer to the enrolment");
    st = store_answer(id, answer, err);
    if (st)
        return st;
    sedge_buf_done(&id->ca);
    sedge_buf_done(&id->root);
    return load_certificate(id, err);
}
