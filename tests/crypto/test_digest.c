/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/digest.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../include/sedge_test.h"
#include "crypto/secret.h"

#define HEX_EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define HEX_ABC   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static void known_answers(void **state) {
    (void)state;
    static const struct {
        const char *text, *hex;
    } rows[] = { { "", HEX_EMPTY },
                 { "abc", HEX_ABC },
                 { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                   "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" } }; /* FIPS 180-2 */
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        sedge_digest d;
        char hex[SEDGE_DIGEST_HEX_MAX];
        assert_int_equal(sedge_digest_of(sedge_bytes_text(rows[i].text), &d, NULL), SEDGE_OK);
        sedge_digest_hex(&d, hex);
        assert_string_equal(hex, rows[i].hex);
    }
}

static void in_pieces(void **state) {
    (void)state;
    sedge_auto(sedge_hasher) h = sedge_hasher_new();
    sedge_digest d;
    char text[SEDGE_DIGEST_TEXT_MAX];
    for (int round = 0; round < 2; round++) {
        sedge_hasher_add(h, sedge_bytes_text("a"));
        sedge_hasher_add(h, sedge_bytes_of(NULL, 0));
        sedge_hasher_add(h, sedge_bytes_text("bc"));
        assert_int_equal(sedge_hasher_finish(h, &d, NULL), SEDGE_OK);
        sedge_digest_text(&d, text);
        assert_string_equal(text, "sha256:" HEX_ABC);
    }
    assert_int_equal(sedge_hasher_finish(h, &d, NULL), SEDGE_OK);
    sedge_digest_text(&d, text);
    assert_string_equal(text, "sha256:" HEX_EMPTY);
}

static void of_a_file(void **state) {
    (void)state;
    char path[] = "/tmp/sedge-digest-XXXXXX";
    int fd = mkstemp(path);
    assert_int_equal(write(fd, "abc", 3), 3);
    close(fd);
    sedge_digest d, abc;
    int64_t size;
    assert_int_equal(sedge_digest_file(NULL, path, &d, &size, NULL), SEDGE_OK);
    assert_int_equal(size, 3);
    assert_true(sedge_digest_from_hex(HEX_ABC, &abc));
    assert_true(sedge_digest_equal(&d, &abc));
    unlink(path);
    sedge_error err;
    assert_int_equal(sedge_digest_file(NULL, path, &d, NULL, &err), SEDGE_ENOTFOUND);
    assert_non_null(strstr(err.text, path));
}

static void text_forms(void **state) {
    (void)state;
    sedge_digest d;
    assert_true(sedge_digest_from_text("sha256:" HEX_ABC, &d));
    assert_false(sedge_digest_from_text(HEX_ABC, &d));
    assert_false(sedge_digest_from_text("sha256:" HEX_ABC "0", &d));
    assert_false(sedge_digest_from_text("sha256:BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD", &d));
    assert_false(sedge_digest_from_hex("ba78", &d));
}

static void hmac(void **state) {
    (void)state;
    sedge_digest d; /* RFC 4231, case 2 */
    char hex[SEDGE_DIGEST_HEX_MAX];
    assert_int_equal(
        sedge_hmac_sha256(sedge_bytes_text("Jefe"), sedge_bytes_text("what do ya want for nothing?"), &d, NULL),
        SEDGE_OK);
    sedge_digest_hex(&d, hex);
    assert_string_equal(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

static void secrets(void **state) {
    (void)state;
    char word[] = "secret";
    assert_true(sedge_secret_equal(sedge_bytes_text(word), sedge_bytes_text("secret")));
    assert_false(sedge_secret_equal(sedge_bytes_text(word), sedge_bytes_text("Secret")));
    assert_false(sedge_secret_equal(sedge_bytes_text(word), sedge_bytes_text("secre")));
    sedge_wipe(word, sizeof word);
    for (size_t i = 0; i < sizeof word; i++)
        assert_int_equal(word[i], 0);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(known_answers), cmocka_unit_test(in_pieces),
                                        cmocka_unit_test(of_a_file),     cmocka_unit_test(text_forms),
                                        cmocka_unit_test(hmac),          cmocka_unit_test(secrets) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
