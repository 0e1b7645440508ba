/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/cert.h"

#include <string.h>

#include "../include/sedge_test.h"

#define NOW 1795400000000LL
#define DAY (24LL * 3600 * 1000)

typedef struct fixture {
    sedge_key *ca_key, *server_key, *device_key;
    sedge_cert *ca, *server, *device;
    sedge_buf csr;
} fixture;

static int make(void **state) {
    static const char *const names[] = { "localhost", "hub.example", "127.0.0.1", "::1" };
    fixture *f = calloc(1, sizeof *f);
    f->csr = sedge_buf_init(SEDGE_KEY_PEM_MAX);
    sedge_csr *csr = NULL;
    bool bad = sedge_key_generate(SEDGE_KEY_P256, &f->ca_key, NULL) ||
               sedge_key_generate(SEDGE_KEY_P256, &f->server_key, NULL) ||
               sedge_key_generate(SEDGE_KEY_P256, &f->device_key, NULL) ||
               sedge_cert_make_ca(f->ca_key, "test CA", NOW, 3650, &f->ca, NULL) ||
               sedge_cert_issue_server(f->ca, f->ca_key, f->server_key, names, 4, NOW, 365, &f->server, NULL) ||
               sedge_csr_make(f->device_key, "pump-7", &f->csr, NULL) ||
               sedge_csr_from_pem(sedge_buf_bytes(&f->csr), &csr, NULL) ||
               sedge_cert_issue_device(f->ca, f->ca_key, csr, "pump-7", NOW, 30, &f->device, NULL);
    sedge_csr_free(csr);
    *state = f;
    return bad ? -1 : 0;
}

static int drop(void **state) {
    fixture *f = *state;
    sedge_key_free(f->ca_key);
    sedge_key_free(f->server_key);
    sedge_key_free(f->device_key);
    sedge_cert_free(f->ca);
    sedge_cert_free(f->server);
    sedge_cert_free(f->device);
    sedge_buf_done(&f->csr);
    free(f);
    return 0;
}

static void what_is_in_them(void **state) {
    fixture *f = *state;
    char id[SEDGE_DEVICE_ID_MAX], serial[SEDGE_CERT_SERIAL_MAX];
    sedge_error err;
    assert_int_equal(sedge_cert_device_id(f->device, id, &err), SEDGE_OK);
    assert_string_equal(id, "pump-7");
    assert_int_equal(sedge_cert_device_id(f->server, id, &err), SEDGE_EREFUSED);
    assert_int_equal(sedge_cert_serial(f->device, serial, &err), SEDGE_OK);
    assert_int_equal(strlen(serial), 32);
    int64_t from, until;
    assert_int_equal(sedge_cert_validity(f->device, &from, &until, &err), SEDGE_OK);
    assert_int_equal(from, NOW - SEDGE_CERT_BACKDATE_MS);
    assert_int_equal(until, NOW + 30 * DAY);
    sedge_auto(sedge_key) key = NULL;
    assert_int_equal(sedge_cert_key(f->device, &key, &err), SEDGE_OK);
    assert_true(sedge_key_equal(key, f->device_key));
    sedge_digest a, b;
    assert_int_equal(sedge_cert_fingerprint(f->device, &a, &err), SEDGE_OK);
    assert_int_equal(sedge_cert_fingerprint(f->server, &b, &err), SEDGE_OK);
    assert_false(sedge_digest_equal(&a, &b));
}

static void verification(void **state) {
    fixture *f = *state;
    sedge_auto(sedge_key) other_key = NULL;
    sedge_auto(sedge_cert) other_ca = NULL;
    assert_int_equal(sedge_key_generate(SEDGE_KEY_P256, &other_key, NULL), SEDGE_OK);
    assert_int_equal(sedge_cert_make_ca(other_key, "test CA", NOW, 10, &other_ca, NULL), SEDGE_OK);
    const struct {
        const char *name;
        const sedge_cert *cert, *ca;
        sedge_cert_purpose purpose;
        int64_t now_ms;
        sedge_status status;
        const char *words;
    } rows[] = {
        { "good device", f->device, f->ca, SEDGE_CERT_DEVICE, NOW, SEDGE_OK, "" },
        { "good server", f->server, f->ca, SEDGE_CERT_SERVER, NOW, SEDGE_OK, "" },
        { "device as server", f->device, f->ca, SEDGE_CERT_SERVER, NOW, SEDGE_EREFUSED, "purpose" },
        { "server as device", f->server, f->ca, SEDGE_CERT_DEVICE, NOW, SEDGE_EREFUSED, "purpose" },
        { "expired", f->device, f->ca, SEDGE_CERT_DEVICE, NOW + 31 * DAY, SEDGE_EREFUSED, "expired" },
        { "too early", f->device, f->ca, SEDGE_CERT_DEVICE, NOW - 2 * DAY, SEDGE_EREFUSED, "not yet valid" },
        { "another CA of the same name", f->device, other_ca, SEDGE_CERT_DEVICE, NOW, SEDGE_EREFUSED, "refused" },
    };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        sedge_error err = SEDGE_ERROR_INIT;
        sedge_status st = sedge_cert_verify(rows[i].cert, rows[i].ca, rows[i].purpose, rows[i].now_ms, &err);
        if (st != rows[i].status || !strstr(err.text, rows[i].words))
            fail_msg("%s: %s '%s'", rows[i].name, sedge_status_name(st), err.text);
    }
}

static void foreign_requests(void **state) {
    fixture *f = *state;
    sedge_csr *csr = NULL;
    sedge_error err;
    for (size_t cut = 0; cut + 1 < f->csr.n; cut++) /* the last byte is the newline behind the last line */
        assert_int_not_equal(sedge_csr_from_pem(sedge_bytes_of(f->csr.data, cut), &csr, &err), SEDGE_OK);
    for (size_t i = 40; i + 40 < f->csr.n; i++) {
        uint8_t was = f->csr.data[i];
        f->csr.data[i] = was == 'A' ? 'B' : 'A';
        sedge_status st = sedge_csr_from_pem(sedge_buf_bytes(&f->csr), &csr, &err);
        if (st == SEDGE_OK)
            fail_msg("a request with a changed byte at %zu passed", i);
        f->csr.data[i] = was;
    }
    assert_null(csr);
    sedge_auto(sedge_key) ed = NULL;
    SEDGE_AUTO_BUF pem = sedge_buf_init(SEDGE_KEY_PEM_MAX);
    assert_int_equal(sedge_key_generate(SEDGE_KEY_ED25519, &ed, NULL), SEDGE_OK);
    assert_int_equal(sedge_csr_make(ed, "x", &pem, &err), SEDGE_EUSAGE);
}

static void same_key_same_digest(void **state) {
    fixture *f = *state;
    SEDGE_AUTO_BUF again = sedge_buf_init(SEDGE_KEY_PEM_MAX);
    sedge_auto(sedge_csr) a = NULL;
    sedge_auto(sedge_csr) b = NULL;
    sedge_digest da, db;
    assert_int_equal(sedge_csr_make(f->device_key, "other name", &again, NULL), SEDGE_OK);
    assert_int_equal(sedge_csr_from_pem(sedge_buf_bytes(&f->csr), &a, NULL), SEDGE_OK);
    assert_int_equal(sedge_csr_from_pem(sedge_buf_bytes(&again), &b, NULL), SEDGE_OK);
    assert_int_equal(sedge_csr_key_digest(a, &da, NULL), SEDGE_OK);
    assert_int_equal(sedge_csr_key_digest(b, &db, NULL), SEDGE_OK);
    assert_true(sedge_digest_equal(&da, &db));
}

static void refused_wishes(void **state) {
    fixture *f = *state;
    static const char *const bad[] = { "no such name!" };
    static const char *const good[] = { "localhost" };
    sedge_cert *none = NULL;
    sedge_error err;
    assert_int_equal(sedge_cert_issue_server(f->ca, f->ca_key, f->server_key, bad, 1, NOW, 1, &none, &err),
                     SEDGE_EINVALID);
    assert_int_equal(sedge_cert_issue_server(f->ca, f->ca_key, f->server_key, good, 0, NOW, 1, &none, &err),
                     SEDGE_EUSAGE);
    assert_int_equal(sedge_cert_issue_server(f->ca, f->device_key, f->server_key, good, 1, NOW, 1, &none, &err),
                     SEDGE_EUSAGE);
    sedge_auto(sedge_csr) csr = NULL;
    assert_int_equal(sedge_csr_from_pem(sedge_buf_bytes(&f->csr), &csr, NULL), SEDGE_OK);
    static const char *const ids[] = { "",    "UPPER",
                                       "-x",  "a/b",
                                       "a b", "0123456789012345678901234567890123456789012345678901234567890123x" };
    for (size_t i = 0; i < SEDGE_COUNT(ids); i++)
        assert_int_equal(sedge_cert_issue_device(f->ca, f->ca_key, csr, ids[i], NOW, 1, &none, &err), SEDGE_EINVALID);
    assert_null(none);
}

static void pem_there_and_back(void **state) {
    fixture *f = *state;
    SEDGE_AUTO_BUF pem = sedge_buf_init(SEDGE_KEY_PEM_MAX);
    sedge_auto(sedge_cert) back = NULL;
    sedge_digest a, b;
    assert_int_equal(sedge_cert_pem(f->ca, &pem, NULL), SEDGE_OK);
    assert_int_equal(sedge_cert_from_pem(sedge_buf_bytes(&pem), &back, NULL), SEDGE_OK);
    assert_int_equal(sedge_cert_fingerprint(f->ca, &a, NULL), SEDGE_OK);
    assert_int_equal(sedge_cert_fingerprint(back, &b, NULL), SEDGE_OK);
    assert_true(sedge_digest_equal(&a, &b));
    for (size_t cut = 0; cut + 1 < pem.n; cut++) {
        sedge_cert *none = NULL;
        assert_int_not_equal(sedge_cert_from_pem(sedge_bytes_of(pem.data, cut), &none, NULL), SEDGE_OK);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_in_them),      cmocka_unit_test(verification),   cmocka_unit_test(foreign_requests),
        cmocka_unit_test(same_key_same_digest), cmocka_unit_test(refused_wishes), cmocka_unit_test(pem_there_and_back),
    };
    return cmocka_run_group_tests(tests, make, drop);
}
