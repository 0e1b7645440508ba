/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/format.h"
#include "base/hex.h"
#include "bundle/tuf_doc.h"
#include "crypto/canonical_json.h"

enum { ED25519_BYTES = 32, SIGNATURE_MAX = 80, KEY_JSON_MAX = 16 * 1024 };

/* ---- reading keys ---- */

static sedge_status ed25519_of(const char *public, sedge_tuf_key *ret, sedge_error *err) {
    uint8_t raw[ED25519_BYTES];
    if (!sedge_hex_decode(public, strlen(public), raw, sizeof raw))
        return sedge_fail(err, SEDGE_EINVALID, "an ed25519 key is %d hexadecimal digits", 2 * ED25519_BYTES);
    return sedge_key_from_public_raw(SEDGE_KEY_ED25519, sedge_bytes_of(raw, sizeof raw), &ret->key, err);
}

static sedge_status ecdsa_of(const char *public, sedge_tuf_key *ret, sedge_error *err) {
    ret->der = true;
    sedge_status st = sedge_key_from_public_pem(sedge_bytes_text(public), &ret->key, err);
    if (!st && sedge_key_kind_of(ret->key) != SEDGE_KEY_P256)
        st = sedge_fail(err, SEDGE_EINVALID, "an ecdsa key must be on the curve P-256");
    return st;
}

typedef struct scheme {
    const char *keytype, *scheme;
    sedge_status (*read)(const char *public, sedge_tuf_key *ret, sedge_error *err);
} scheme;

static const scheme schemes[] = {
    { "ed25519", "ed25519", ed25519_of },
    { "ecdsa", "ecdsa-sha2-nistp256", ecdsa_of },
};

static const scheme *scheme_of(const char *keytype, const char *name) {
    for (size_t i = 0; i < SEDGE_COUNT(schemes); i++)
        if (strcmp(schemes[i].keytype, keytype) == 0 && strcmp(schemes[i].scheme, name) == 0)
            return &schemes[i];
    return NULL;
}

static sedge_status id_of(const json_t *key, char ret[SEDGE_DIGEST_HEX_MAX], sedge_error *err) {
    SEDGE_AUTO_BUF form = sedge_buf_init(KEY_JSON_MAX);
    sedge_digest digest;
    sedge_status st = sedge_canonical_json(key, &form, err);
    if (st || (st = sedge_digest_of(sedge_buf_bytes(&form), &digest, err)))
        return st;
    sedge_digest_hex(&digest, ret);
    return SEDGE_OK;
}

static sedge_status add_key(sedge_tuf_root *root, const sedge_json *keys, const char *id, sedge_error *err) {
    sedge_json at, keyval;
    const char *keytype, *name, *public;
    sedge_tuf_key *key = &root->keys[root->n_keys];
    sedge_status st;
    if ((st = sedge_json_object(keys, id, &at, err)) || (st = sedge_json_string(&at, "keytype", &keytype, err)) ||
        (st = sedge_json_string(&at, "scheme", &name, err)) || (st = sedge_json_object(&at, "keyval", &keyval, err)) ||
        (st = id_of(at.value, key->id, err)))
        return st;
    if (strcmp(id, key->id) != 0)
        return sedge_json_fail(&at, SEDGE_EREFUSED, err, "the key id is not the digest of the key");
    const scheme *s = scheme_of(keytype, name);
    if (!s)
        return SEDGE_OK;
    if ((st = sedge_json_string(&keyval, "public", &public, err)))
        return st;
    if ((st = s->read(public, key, err))) {
        sedge_key_free(key->key);
        key->key = NULL;
        return sedge_wrap(err, st, "key %.16s", id);
    }
    root->n_keys++;
    return SEDGE_OK;
}

/* ---- roles ---- */

static sedge_status role_at(const sedge_tuf_root *root, sedge_tuf_role role, sedge_json *ret_at, sedge_json *ret_ids,
                            int64_t *ret_threshold, sedge_json *up, sedge_error *err) {
    sedge_status st;
    if ((st = sedge_json_object(&root->doc->body, "roles", up, err)) ||
        (st = sedge_json_object(up, sedge_tuf_role_name(role), ret_at, err)) ||
        (st = sedge_json_int(ret_at, "threshold", 1, SEDGE_TUF_KEYS_MAX, ret_threshold, err)) ||
        (st = sedge_json_array(ret_at, "keyids", ret_ids, err)))
        return st;
    if (sedge_json_count(ret_ids) > SEDGE_TUF_KEYS_MAX)
        return sedge_json_fail(ret_ids, SEDGE_ELIMIT, err, "%zu key ids, the limit is %d", sedge_json_count(ret_ids),
                               SEDGE_TUF_KEYS_MAX);
    for (size_t i = 0; i < sedge_json_count(ret_ids); i++) {
        const char *id;
        sedge_json item = sedge_json_item(ret_ids, i);
        if ((st = sedge_json_string(&item, NULL, &id, err)))
            return st;
    }
    return SEDGE_OK;
}

typedef struct role_keys {
    const json_t *ids; /* array of strings */
    int64_t threshold;
} role_keys;

/* Roles were read once when the root was opened, so they can be read again without failing. */
static role_keys role_of(const sedge_tuf_root *root, sedge_tuf_role role) {
    sedge_json up, at, ids;
    role_keys keys = { .ids = NULL, .threshold = INT64_MAX };
    if (role_at(root, role, &at, &ids, &keys.threshold, &up, NULL) == SEDGE_OK)
        keys.ids = ids.value;
    return keys;
}

static bool lists(const json_t *ids, const char *id) {
    for (size_t i = 0; i < json_array_size(ids); i++)
        if (strcmp(json_string_value(json_array_get(ids, i)), id) == 0)
            return true;
    return false;
}

static sedge_status read_root(sedge_tuf_root *root, sedge_error *err) {
    sedge_json keys;
    sedge_status st = sedge_json_object(&root->doc->body, "keys", &keys, err);
    if (st || (st = sedge_json_bool_or(&root->doc->body, "consistent_snapshot", false, &root->consistent, err)))
        return st;
    if (sedge_json_count(&keys) > SEDGE_TUF_KEYS_MAX)
        return sedge_json_fail(&keys, SEDGE_ELIMIT, err, "%zu keys, the limit is %d", sedge_json_count(&keys),
                               SEDGE_TUF_KEYS_MAX);
    json_t *object = (json_t *)(uintptr_t)keys.value;
    for (void *i = json_object_iter(object); i; i = json_object_iter_next(object, i))
        if ((st = add_key(root, &keys, json_object_iter_key(i), err)))
            return st;
    for (sedge_tuf_role role = 0; role < SEDGE_TUF_ROLES; role++) {
        sedge_json up, at, ids;
        int64_t threshold;
        if ((st = role_at(root, role, &at, &ids, &threshold, &up, err)))
            return st;
    }
    return SEDGE_OK;
}

sedge_status sedge_tuf_root_of(sedge_tuf_doc *doc, sedge_tuf_root **ret, sedge_error *err) {
    sedge_auto(sedge_tuf_root) root = calloc(1, sizeof *root);
    if (!root) {
        sedge_tuf_doc_free(doc);
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for a root");
    }
    root->doc = doc;
    sedge_status st = read_root(root, err);
    if (st)
        return st;
    *ret = SEDGE_STEAL(root);
    return SEDGE_OK;
}

void sedge_tuf_root_free(sedge_tuf_root *root) {
    if (!root)
        return;
    for (size_t i = 0; i < root->n_keys; i++)
        sedge_key_free(root->keys[i].key);
    sedge_tuf_doc_free(root->doc);
    free(root);
}

bool sedge_tuf_same_keys(const sedge_tuf_root *a, const sedge_tuf_root *b, sedge_tuf_role role) {
    role_keys ka = role_of(a, role), kb = role_of(b, role);
    if (ka.threshold != kb.threshold || json_array_size(ka.ids) != json_array_size(kb.ids))
        return false;
    for (size_t i = 0; i < json_array_size(ka.ids); i++)
        if (!lists(kb.ids, json_string_value(json_array_get(ka.ids, i))))
            return false;
    return true;
}

bool sedge_tuf_has_only_key(const sedge_tuf_root *root, sedge_tuf_role role, const char *id) {
    role_keys keys = role_of(root, role);
    return keys.threshold == 1 && json_array_size(keys.ids) == 1 && lists(keys.ids, id);
}

/* ---- verifying ---- */

static const sedge_tuf_key *key_of(const sedge_tuf_root *root, const char *id) {
    for (size_t i = 0; i < root->n_keys; i++)
        if (strcmp(root->keys[i].id, id) == 0)
            return &root->keys[i];
    return NULL;
}

static bool signature_is_good(const sedge_tuf_key *key, const sedge_tuf_doc *doc, const char *hex) {
    uint8_t raw[SIGNATURE_MAX];
    size_t n = strlen(hex) / 2;
    if (n > sizeof raw || !sedge_hex_decode(hex, strlen(hex), raw, n))
        return false;
    sedge_bytes message = sedge_buf_bytes(&doc->signed_form), sig = sedge_bytes_of(raw, n);
    if (key->der)
        return sedge_key_verify_der(key->key, message, sig, NULL) == SEDGE_OK;
    return sedge_key_verify(key->key, SEDGE_SIG_ED25519, message, sig, NULL) == SEDGE_OK;
}

/* Has this key, or the same key under another id, been counted already? */
static bool counted(const sedge_tuf_key *const *good, size_t n, const sedge_tuf_key *key) {
    for (size_t i = 0; i < n; i++)
        if (good[i] == key || sedge_key_equal(good[i]->key, key->key))
            return true;
    return false;
}

static sedge_status count_signatures(const sedge_tuf_doc *doc, const sedge_tuf_root *root, const json_t *ids,
                                     size_t *ret, sedge_error *err) {
    const sedge_tuf_key *good[SEDGE_TUF_SIGNATURES_MAX];
    size_t n = 0;
    sedge_json signatures;
    sedge_status st = sedge_json_array(&doc->top, "signatures", &signatures, err);
    if (st)
        return st;
    if (sedge_json_count(&signatures) > SEDGE_TUF_SIGNATURES_MAX)
        return sedge_json_fail(&signatures, SEDGE_ELIMIT, err, "%zu signatures, the limit is %d",
                               sedge_json_count(&signatures), SEDGE_TUF_SIGNATURES_MAX);
    for (size_t i = 0; i < sedge_json_count(&signatures); i++) {
        sedge_json at = sedge_json_item(&signatures, i);
        const char *id, *hex;
        if ((st = sedge_json_want_object(&at, err)) || (st = sedge_json_string(&at, "keyid", &id, err)) ||
            (st = sedge_json_string(&at, "sig", &hex, err)))
            return st;
        const sedge_tuf_key *key = lists(ids, id) ? key_of(root, id) : NULL;
        if (key && !counted(good, n, key) && signature_is_good(key, doc, hex))
            good[n++] = key;
    }
    *ret = n;
    return SEDGE_OK;
}

sedge_status sedge_tuf_doc_verify(const sedge_tuf_doc *doc, const sedge_tuf_root *root, sedge_error *err) {
    role_keys keys = role_of(root, doc->role);
    size_t n;
    sedge_status st = count_signatures(doc, root, keys.ids, &n, err);
    if (st)
        return st;
    if ((int64_t)n < keys.threshold)
        return sedge_fail(err, SEDGE_EREFUSED, "%s %llu: %zu good signatures of the keys of root %llu, %lld are needed",
                          sedge_tuf_role_name(doc->role), (unsigned long long)doc->version, n,
                          (unsigned long long)root->doc->version, (long long)keys.threshold);
    return SEDGE_OK;
}

/* ---- signing ---- */

json_t *sedge_tuf_key_json(const sedge_key *key, char ret_id[SEDGE_DIGEST_HEX_MAX]) {
    uint8_t raw[SEDGE_KEY_PUBLIC_RAW_MAX];
    char hex[2 * ED25519_BYTES + 1];
    size_t n;
    if (sedge_key_kind_of(key) != SEDGE_KEY_ED25519 || sedge_key_public_raw(key, raw, &n, NULL))
        return NULL;
    sedge_hex_encode(raw, ED25519_BYTES, hex);
    json_t *json = json_pack("{s:s, s:s, s:{s:s}}", "keytype", "ed25519", "scheme", "ed25519", "keyval", "public", hex);
    if (json && id_of(json, ret_id, NULL)) {
        json_decref(json);
        return NULL;
    }
    return json;
}

static sedge_status add_signature(json_t *signatures, const sedge_key *key, sedge_bytes message, sedge_error *err) {
    char id[SEDGE_DIGEST_HEX_MAX], hex[2 * SEDGE_SIGNATURE_BYTES + 1];
    sedge_signature signature;
    SEDGE_AUTO_JSON json_t *key_json = sedge_tuf_key_json(key, id);
    if (!key_json)
        return sedge_fail(err, SEDGE_EUSAGE, "update metadata is signed with ed25519 keys only");
    sedge_status st = sedge_key_sign(key, message, &signature, err);
    if (st)
        return st;
    sedge_hex_encode(signature.bytes, sizeof signature.bytes, hex);
    if (json_array_append_new(signatures, json_pack("{s:s, s:s}", "keyid", id, "sig", hex)) != 0)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for a signature");
    return SEDGE_OK;
}

sedge_status sedge_tuf_sign(const json_t *body, const sedge_key *const *keys, size_t n, sedge_buf *out,
                            sedge_error *err) {
    SEDGE_AUTO_BUF form = sedge_buf_init(SEDGE_TUF_TARGETS_BYTES_MAX);
    SEDGE_AUTO_JSON json_t *signatures = json_array();
    sedge_status st = sedge_canonical_json(body, &form, err);
    if (st)
        return st;
    for (size_t i = 0; signatures && i < n; i++)
        if ((st = add_signature(signatures, keys[i], sedge_buf_bytes(&form), err)))
            return st;
    SEDGE_AUTO_JSON json_t *doc =
        json_pack("{s:O, s:O}", "signatures", signatures, "signed", (json_t *)(uintptr_t)body);
    if (!doc)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for metadata");
    return sedge_stable_json(doc, out, err);
}
