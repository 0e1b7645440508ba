/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/cose.h"

#include <string.h>

#include "../include/sedge_test.h"
#include "base/hex.h"
#include "proto/cbor.h"

static void signed_and_verified(void **state) {
    (void)state;
    sedge_auto(sedge_key) key = NULL;
    sedge_auto(sedge_key) other = NULL;
    sedge_auto(sedge_key) ed = NULL;
    assert_int_equal(sedge_key_generate(SEDGE_KEY_P256, &key, NULL), SEDGE_OK);
    assert_int_equal(sedge_key_generate(SEDGE_KEY_P256, &other, NULL), SEDGE_OK);
    assert_int_equal(sedge_key_generate(SEDGE_KEY_ED25519, &ed, NULL), SEDGE_OK);
    SEDGE_AUTO_BUF b = sedge_buf_init(1 << 16);
    sedge_cose c;
    sedge_error err;
    assert_int_equal(sedge_cose_sign(ed, "t/x", "dev", sedge_bytes_text("hello"), &b, &err), SEDGE_EUSAGE);
    assert_int_equal(sedge_cose_sign(key, "t/x", "dev", sedge_bytes_text("hello"), &b, &err), SEDGE_OK);
    assert_int_equal(sedge_cose_parse(sedge_buf_bytes(&b), &c, &err), SEDGE_OK);
    assert_string_equal(c.device, "dev");
    assert_true(sedge_bytes_equal(c.payload, sedge_bytes_text("hello")));
    assert_int_equal(sedge_cose_verify(&c, "t/x", key, &err), SEDGE_OK);
    assert_int_equal(sedge_cose_verify(&c, "t/y", key, &err), SEDGE_EREFUSED);
    assert_int_equal(sedge_cose_verify(&c, "t/x", other, &err), SEDGE_EREFUSED);
    assert_int_equal(sedge_cose_verify(&c, "t/x", ed, &err), SEDGE_EREFUSED);
    for (size_t n = 0; n < b.n; n++)
        assert_int_not_equal(sedge_cose_parse(sedge_bytes_of(b.data, n), &c, &err), SEDGE_OK);
    for (size_t i = 0; i < b.n; i++) {
        b.data[i] ^= 0x01;
        if (sedge_cose_parse(sedge_buf_bytes(&b), &c, &err) == SEDGE_OK &&
            sedge_cose_verify(&c, "t/x", key, &err) == SEDGE_OK)
            fail_msg("a message with a changed byte at %zu passed", i);
        b.data[i] ^= 0x01;
    }
}

static void put_message(sedge_buf *b, const sedge_buf *header) {
    sedge_cbor_put_tag(b, 18);
    sedge_cbor_put_array(b, 4);
    sedge_cbor_put_bytes(b, sedge_buf_bytes(header));
    sedge_cbor_put_map(b, 1);
    sedge_cbor_put_u64(b, 4);
    sedge_cbor_put_bytes(b, sedge_bytes_text("ignored"));
    sedge_cbor_put_bytes(b, sedge_bytes_text("payload"));
    sedge_cbor_put_bytes(b, sedge_bytes_text("signature"));
}

/* Protected headers in diagnostic form and as bytes. */
static void headers(void **state) {
    (void)state;
    static const struct {
        const char *name, *hex;
        sedge_status status;
    } rows[] = {
        { "{1: -7, 3: 't', 4: h'61'}",
          "a301260361740441"
          "61",
          SEDGE_OK },
        { "with {99: 1, \"x\": 2} too", "a50126036174044161186301617802", SEDGE_OK },
        { "crit",
          "a4012602810103617404"
          "4161",
          SEDGE_EINVALID },
        { "EdDSA",
          "a301270361740441"
          "61",
          SEDGE_EUNSUPPORTED },
        { "no algorithm",
          "a20361740441"
          "61",
          SEDGE_EUNSUPPORTED },
        { "algorithm twice",
          "a4012601260361740441"
          "61",
          SEDGE_EINVALID },
        { "no key id", "a20126036174", SEDGE_EINVALID },
        { "key id is no device id",
          "a301260361740441"
          "2f",
          SEDGE_EINVALID },
        { "no type",
          "a201260441"
          "61",
          SEDGE_EINVALID },
        { "bytes behind it",
          "a301260361740441"
          "6100",
          SEDGE_EINVALID },
        { "empty", "", SEDGE_EINVALID },
    };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        SEDGE_AUTO_BUF header = sedge_buf_init(1024);
        SEDGE_AUTO_BUF b = sedge_buf_init(1024);
        size_t n = strlen(rows[i].hex) / 2;
        uint8_t *at = sedge_buf_add(&header, n);
        assert_true(sedge_hex_decode(rows[i].hex, 2 * n, at, n));
        put_message(&b, &header);
        sedge_cose c;
        sedge_error err = SEDGE_ERROR_INIT;
        sedge_status st = sedge_cose_parse(sedge_buf_bytes(&b), &c, &err);
        if (st != rows[i].status)
            fail_msg("%s: %s '%s'", rows[i].name, sedge_status_name(st), err.text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(signed_and_verified), cmocka_unit_test(headers) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
