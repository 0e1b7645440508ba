/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/cose.h"

#include <string.h>

#include "base/own.h"
#include "proto/cbor.h"

enum {
    TAG_SIGN1 = 18,
    HEADER_ALG = 1,
    HEADER_CRIT = 2,
    HEADER_TYPE = 3,
    HEADER_KID = 4,
    ALG_ES256 = -7,
    HEADERS_MAX = 16,
    HEADER_BYTES_MAX = 512,
    PAYLOAD_MAX = 16 << 20,
};

/* What is signed (RFC 9052, section 4.4): ["Signature1", protected, external data, payload]. */
static sedge_status to_be_signed(sedge_bytes header, sedge_bytes payload, sedge_buf *out, sedge_error *err) {
    sedge_cbor_put_array(out, 4);
    sedge_cbor_put_text(out, "Signature1");
    sedge_cbor_put_bytes(out, header);
    sedge_cbor_put_bytes(out, sedge_bytes_of(NULL, 0));
    sedge_cbor_put_bytes(out, payload);
    return out->failed ? sedge_fail(err, SEDGE_ENOMEM, "no memory to sign %zu bytes", payload.n) : SEDGE_OK;
}

sedge_status sedge_cose_sign(const sedge_key *key, const char *type, const char *device, sedge_bytes payload,
                             sedge_buf *out, sedge_error *err) {
    if (sedge_key_kind_of(key) != SEDGE_KEY_P256)
        return sedge_fail(err, SEDGE_EUSAGE, "device messages are signed with a p256 key, not %s",
                          sedge_key_kind_name(sedge_key_kind_of(key)));
    SEDGE_AUTO_BUF header = sedge_buf_init(HEADER_BYTES_MAX);
    sedge_cbor_put_map(&header, 3);
    sedge_cbor_put_u64(&header, HEADER_ALG);
    sedge_cbor_put_i64(&header, ALG_ES256);
    sedge_cbor_put_u64(&header, HEADER_TYPE);
    sedge_cbor_put_text(&header, type);
    sedge_cbor_put_u64(&header, HEADER_KID);
    sedge_cbor_put_bytes(&header, sedge_bytes_text(device));
    SEDGE_AUTO_BUF message = sedge_buf_init(PAYLOAD_MAX + 2 * HEADER_BYTES_MAX);
    sedge_signature signature;
    sedge_status st = to_be_signed(sedge_buf_bytes(&header), payload, &message, err);
    if (st || (st = sedge_key_sign(key, sedge_buf_bytes(&message), &signature, err)))
        return st;
    sedge_cbor_put_tag(out, TAG_SIGN1);
    sedge_cbor_put_array(out, 4);
    sedge_cbor_put_bytes(out, sedge_buf_bytes(&header));
    sedge_cbor_put_map(out, 0);
    sedge_cbor_put_bytes(out, payload);
    sedge_cbor_put_bytes(out, sedge_bytes_of(signature.bytes, sizeof signature.bytes));
    return out->failed ? sedge_fail(err, SEDGE_ENOMEM, "no memory for a signed message") : SEDGE_OK;
}

typedef struct headers {
    bool has_alg;
    int64_t alg;
    char *type;
    char *device;
} headers;

static bool take_kid(sedge_cbor *in, char ret[SEDGE_DEVICE_ID_MAX]) {
    sedge_bytes kid;
    if (!sedge_cbor_bytes(in, SEDGE_DEVICE_ID_MAX - 1, &kid) || kid.n == 0 || memchr(kid.p, 0, kid.n))
        return false;
    memcpy(ret, kid.p, kid.n);
    ret[kid.n] = '\0';
    return sedge_is_device_id(ret);
}

/* One pair of the protected header; unknown labels, which may also be texts, are skipped. */
static bool take_header(sedge_cbor *in, headers *h) {
    sedge_cbor before = *in;
    int64_t label;
    if (!sedge_cbor_i64(in, &label)) {
        *in = before;
        bool label_done = sedge_cbor_skip(in);
        return label_done && sedge_cbor_skip(in);
    }
    switch (label) {
    case HEADER_ALG:
        return !h->has_alg && (h->has_alg = sedge_cbor_i64(in, &h->alg));
    case HEADER_CRIT:
        return false;
    case HEADER_TYPE:
        return h->type[0] == '\0' && sedge_cbor_text(in, h->type, SEDGE_COSE_TYPE_MAX);
    case HEADER_KID:
        return h->device[0] == '\0' && take_kid(in, h->device);
    default:
        return sedge_cbor_skip(in);
    }
}

static sedge_status read_headers(sedge_cose *c, sedge_error *err) {
    sedge_cbor in = sedge_cbor_of(c->protected_header);
    headers h = { .type = c->type, .device = c->device };
    size_t n;
    bool good = sedge_cbor_map(&in, HEADERS_MAX, &n);
    for (size_t i = 0; good && i < n; i++)
        good = take_header(&in, &h);
    if (!good || !sedge_cbor_at_end(&in) || c->type[0] == '\0' || c->device[0] == '\0')
        return sedge_fail(err, SEDGE_EINVALID,
                          "signed message: its protected header must name algorithm, type and device, once each");
    if (!h.has_alg || h.alg != ALG_ES256)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "signed message: algorithm %lld, ES256 (%d) is needed",
                          (long long)h.alg, ALG_ES256);
    return SEDGE_OK;
}

sedge_status sedge_cose_parse(sedge_bytes message, sedge_cose *ret, sedge_error *err) {
    sedge_cbor in = sedge_cbor_of(message);
    sedge_cose c = { .type = "" };
    uint64_t tag;
    size_t n;
    if (!sedge_cbor_tag(&in, &tag) || tag != TAG_SIGN1 || !sedge_cbor_array(&in, 4, &n) || n != 4)
        return sedge_fail(err, SEDGE_EINVALID, "not a COSE_Sign1 message (tag %d and 4 parts)", TAG_SIGN1);
    if (!sedge_cbor_bytes(&in, HEADER_BYTES_MAX, &c.protected_header) || !sedge_cbor_skip(&in) ||
        !sedge_cbor_bytes(&in, PAYLOAD_MAX, &c.payload) ||
        !sedge_cbor_bytes(&in, SEDGE_SIGNATURE_BYTES, &c.signature) || !sedge_cbor_at_end(&in))
        return sedge_fail(err, SEDGE_EINVALID, "signed message: a part is cut off, of another type or too long");
    sedge_status st = read_headers(&c, err);
    if (st)
        return st;
    *ret = c;
    return SEDGE_OK;
}

sedge_status sedge_cose_verify(const sedge_cose *cose, const char *type, const sedge_key *key, sedge_error *err) {
    if (strcmp(cose->type, type) != 0)
        return sedge_fail(err, SEDGE_EREFUSED, "signed message: type '%s', '%s' is expected", cose->type, type);
    SEDGE_AUTO_BUF message = sedge_buf_init(PAYLOAD_MAX + 2 * HEADER_BYTES_MAX);
    sedge_status st = to_be_signed(cose->protected_header, cose->payload, &message, err);
    if (!st)
        st = sedge_key_verify(key, SEDGE_SIG_ES256, sedge_buf_bytes(&message), cose->signature, err);
    return st ? sedge_wrap(err, st, "signed message of device '%s'", cose->device) : SEDGE_OK;
}
