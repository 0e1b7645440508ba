/* SPDX-License-Identifier: Apache-2.0 */
/** One metadata document, its keys and signatures: what repository and client share beneath their workflows. */
#ifndef SEDGE_BUNDLE_TUF_DOC_H
#define SEDGE_BUNDLE_TUF_DOC_H

#include "base/own.h"
#include "bundle/tuf.h"
#include "conf/json.h"

/** A parsed document; nothing about its signatures is known yet. */
typedef struct sedge_tuf_doc {
    sedge_tuf_role role;
    sedge_buf bytes;       /**< as fetched or read */
    json_t *json;          /**< owned */
    sedge_json body;       /**< cursor at "signed" */
    sedge_json top;        /**< cursor at the document, which body points up to */
    sedge_buf signed_form; /**< canonical form of "signed" */
    uint64_t version;
    int64_t expires_ms;
} sedge_tuf_doc;

/** A key of a root that we know how to use. */
typedef struct sedge_tuf_key {
    char id[SEDGE_DIGEST_HEX_MAX];
    sedge_key *key; /**< owned */
    bool der;       /**< signatures are DER (ECDSA) */
} sedge_tuf_key;

/** What a root says about keys. */
typedef struct sedge_tuf_root {
    sedge_tuf_doc *doc; /**< owned */
    sedge_tuf_key keys[SEDGE_TUF_KEYS_MAX];
    size_t n_keys;
    bool consistent;
} sedge_tuf_root;

/** What a document says about another one. */
typedef struct sedge_tuf_meta {
    uint64_t version;
    uint64_t length; /**< 0: not given */
    bool has_sha256;
    sedge_digest sha256;
} sedge_tuf_meta;

/** Longest document of this role. */
size_t sedge_tuf_bytes_max(sedge_tuf_role role);

/** Parses bytes, which are copied. Checks form, type, specification version, version, expiry; not signatures. */
SEDGE_NODISCARD sedge_status sedge_tuf_doc_parse(sedge_tuf_role role, sedge_bytes bytes, sedge_tuf_doc **ret,
                                                 sedge_error *err);
void sedge_tuf_doc_free(sedge_tuf_doc *doc);
SEDGE_DEFINE_AUTO(sedge_tuf_doc, sedge_tuf_doc_free)

/** Reads keys and roles of a root document, which is taken over, also on failure. */
SEDGE_NODISCARD sedge_status sedge_tuf_root_of(sedge_tuf_doc *doc, sedge_tuf_root **ret, sedge_error *err);
void sedge_tuf_root_free(sedge_tuf_root *root);
SEDGE_DEFINE_AUTO(sedge_tuf_root, sedge_tuf_root_free)

/** Is doc signed by a threshold of the keys that root names for doc's role? SEDGE_EREFUSED when not. */
SEDGE_NODISCARD sedge_status sedge_tuf_doc_verify(const sedge_tuf_doc *doc, const sedge_tuf_root *root,
                                                  sedge_error *err);
/** Do both roots name the same keys and threshold for this role? */
bool sedge_tuf_same_keys(const sedge_tuf_root *a, const sedge_tuf_root *b, sedge_tuf_role role);
/** Does root name exactly this one key id, threshold 1, for role? */
bool sedge_tuf_has_only_key(const sedge_tuf_root *root, sedge_tuf_role role, const char *id);

/** What "meta" of a snapshot or timestamp says about name ("targets.json"). */
SEDGE_NODISCARD sedge_status sedge_tuf_meta_of(const sedge_tuf_doc *doc, const char *name, sedge_tuf_meta *ret,
                                               sedge_error *err);
/** What "targets" says about path: SEDGE_ENOTFOUND, or SEDGE_EUNSUPPORTED without a SHA-256. */
SEDGE_NODISCARD sedge_status sedge_tuf_target_of(const sedge_tuf_doc *doc, const char *path, sedge_tuf_target *ret,
                                                 sedge_error *err);

/** The key object of an Ed25519 key and its id. A new reference; NULL without memory. */
json_t *sedge_tuf_key_json(const sedge_key *key, char ret_id[SEDGE_DIGEST_HEX_MAX]);
/** Signs body with the n keys and appends the document. body is borrowed. */
SEDGE_NODISCARD sedge_status sedge_tuf_sign(const json_t *body, const sedge_key *const *keys, size_t n, sedge_buf *out,
                                            sedge_error *err);
/** "2026-11-23T04:05:06Z" */
void sedge_tuf_time(int64_t ms, char ret[32]);

#endif
