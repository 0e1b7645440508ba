/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/key.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../include/sedge_test.h"
#include "base/hex.h"
#include "crypto/secret.h"

static void sign_and_verify(void **state) {
    (void)state;
    for (sedge_key_kind kind = 0; kind < SEDGE_KEY_KINDS; kind++) {
        sedge_auto(sedge_key) key = NULL;
        sedge_auto(sedge_key) public = NULL;
        sedge_auto(sedge_key) other = NULL;
        assert_int_equal(sedge_key_generate(kind, &key, NULL), SEDGE_OK);
        assert_int_equal(sedge_key_generate(kind, &other, NULL), SEDGE_OK);
        uint8_t raw[SEDGE_KEY_PUBLIC_RAW_MAX];
        size_t n;
        assert_int_equal(sedge_key_public_raw(key, raw, &n, NULL), SEDGE_OK);
        assert_int_equal(sedge_key_from_public_raw(kind, sedge_bytes_of(raw, n), &public, NULL), SEDGE_OK);
        assert_true(sedge_key_equal(key, public));
        assert_false(sedge_key_equal(key, other));
        assert_false(sedge_key_has_private(public));
        for (int round = 0; round < 50; round++) { /* r and s with leading zeros come about once in 128 */
            char text[16];
            snprintf(text, sizeof text, "message %d", round);
            sedge_signature sig;
            assert_int_equal(sedge_key_sign(key, sedge_bytes_text(text), &sig, NULL), SEDGE_OK);
            sedge_bytes s = sedge_bytes_of(sig.bytes, sizeof sig.bytes);
            assert_int_equal(sedge_key_verify(public, sig.alg, sedge_bytes_text(text), s, NULL), SEDGE_OK);
            assert_int_equal(sedge_key_verify(other, sig.alg, sedge_bytes_text(text), s, NULL), SEDGE_EREFUSED);
            assert_int_equal(sedge_key_verify(public, sig.alg, sedge_bytes_text("other"), s, NULL), SEDGE_EREFUSED);
            assert_int_equal(sedge_key_verify(public, !sig.alg, sedge_bytes_text(text), s, NULL), SEDGE_EREFUSED);
            s.n--;
            assert_int_equal(sedge_key_verify(public, sig.alg, sedge_bytes_text(text), s, NULL), SEDGE_EREFUSED);
            sig.bytes[round] ^= 1;
            s.n++;
            assert_int_equal(sedge_key_verify(public, sig.alg, sedge_bytes_text(text), s, NULL), SEDGE_EREFUSED);
        }
        sedge_signature sig;
        assert_int_equal(sedge_key_sign(public, sedge_bytes_text(""), &sig, NULL), SEDGE_EUSAGE);
        assert_int_equal(sedge_key_sign(key, sedge_bytes_of(NULL, 0), &sig, NULL), SEDGE_OK);
    }
}

/* RFC 8032, section 7.1, test 1: public key and signature of the empty message. */
static void ed25519_known_answer(void **state) {
    (void)state;
    uint8_t pub[32], sig[64];
    assert_true(sedge_hex_decode("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", 64, pub, 32));
    assert_true(sedge_hex_decode("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bac"
                                 "c61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
                                 128, sig, 64));
    sedge_auto(sedge_key) key = NULL;
    assert_int_equal(sedge_key_from_public_raw(SEDGE_KEY_ED25519, sedge_bytes_of(pub, 32), &key, NULL), SEDGE_OK);
    assert_int_equal(sedge_key_verify(key, SEDGE_SIG_ED25519, sedge_bytes_of(NULL, 0), sedge_bytes_of(sig, 64), NULL),
                     SEDGE_OK);
}

static void saved_and_loaded(void **state) {
    (void)state;
    char dir[] = "/tmp/sedge-key-XXXXXX", uri[64];
    assert_non_null(mkdtemp(dir));
    snprintf(uri, sizeof uri, "file:%s/k.pem", dir);
    sedge_auto(sedge_key) made = NULL;
    sedge_auto(sedge_key) loaded = NULL;
    sedge_error err;
    assert_int_equal(sedge_key_load(NULL, uri, &made, &err), SEDGE_ENOTFOUND);
    assert_int_equal(sedge_key_load_or_make(NULL, uri, SEDGE_KEY_P256, &made, &err), SEDGE_OK);
    assert_int_equal(sedge_key_load_or_make(NULL, uri, SEDGE_KEY_P256, &loaded, &err), SEDGE_OK);
    assert_true(sedge_key_equal(made, loaded));
    struct stat st;
    assert_int_equal(stat(uri + 5, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    sedge_key *none = NULL;
    assert_int_equal(sedge_key_load_or_make(NULL, uri, SEDGE_KEY_ED25519, &none, &err), SEDGE_ECONFLICT);
    assert_int_equal(sedge_key_load(NULL, "pkcs11:token=x", &none, &err), SEDGE_EUNSUPPORTED);
    FILE *f = fopen(uri + 5, "w");
    fputs("-----BEGIN PRIVATE KEY-----\nno\n", f);
    fclose(f);
    assert_int_equal(sedge_key_load(NULL, uri, &none, &err), SEDGE_EINVALID);
    assert_non_null(strstr(err.text, "k.pem"));
    assert_null(none);
    unlink(uri + 5);
    rmdir(dir);
}

static void pem_forms(void **state) {
    (void)state;
    sedge_auto(sedge_key) key = NULL;
    sedge_auto(sedge_key) public = NULL;
    sedge_auto(sedge_key) private = NULL;
    assert_int_equal(sedge_key_generate(SEDGE_KEY_ED25519, &key, NULL), SEDGE_OK);
    SEDGE_AUTO_BUF pem = sedge_buf_init(SEDGE_KEY_PEM_MAX);
    assert_int_equal(sedge_key_public_pem(key, &pem, NULL), SEDGE_OK);
    assert_int_equal(sedge_key_from_public_pem(sedge_buf_bytes(&pem), &public, NULL), SEDGE_OK);
    assert_true(sedge_key_equal(key, public));
    SEDGE_AUTO_SECRET_BUF secret = sedge_buf_init(SEDGE_KEY_PEM_MAX);
    assert_int_equal(sedge_key_private_pem(key, &secret, NULL), SEDGE_OK);
    assert_int_equal(sedge_key_private_pem(public, &secret, NULL), SEDGE_EUSAGE);
    assert_int_equal(sedge_key_from_private_pem(sedge_buf_bytes(&secret), &private, NULL), SEDGE_OK);
    for (size_t cut = 0; cut + 1 < pem.n; cut++) {
        sedge_key *none = NULL;
        assert_int_not_equal(sedge_key_from_public_pem(sedge_bytes_of(pem.data, cut), &none, NULL), SEDGE_OK);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(sign_and_verify), cmocka_unit_test(ed25519_known_answer),
                                        cmocka_unit_test(saved_and_loaded), cmocka_unit_test(pem_forms) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
