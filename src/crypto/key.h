/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Key pairs and signatures. Where a private key lives is a URI: `file:PATH` (PEM, PKCS#8, mode 0600) today; `pkcs11:`
 * and `tpm:` are refused with a sentence until they exist.
 *
 * Kinds: Ed25519 signs update metadata; P-256 signs device messages (ES256) and is the device's identity in TLS. A
 * device has a second P-256 pair, its sealing key: the hub will encrypt bundles and secrets for one device to it
 * (ECDH-ES with AES-256-GCM), so that a stolen identity key does not open old traffic. The pair is made and enrolled
 * from the first day because a fleet cannot be asked for it later; nothing is sealed yet.
 *
 * Signatures are raw: 64 bytes, for ES256 r and s of 32 big-endian bytes each. A sedge_key is immutable and may be
 * shared by threads.
 */
#ifndef SEDGE_CRYPTO_KEY_H
#define SEDGE_CRYPTO_KEY_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/own.h"
#include "os/fs.h"
#include "sedge/error.h"

typedef enum sedge_key_kind { SEDGE_KEY_ED25519, SEDGE_KEY_P256, SEDGE_KEY_KINDS } sedge_key_kind;

/** How a signature was made; stands beside every signature that is stored or sent. */
typedef enum sedge_sig_alg { SEDGE_SIG_ED25519, SEDGE_SIG_ES256, SEDGE_SIG_ALGS } sedge_sig_alg;

enum {
    SEDGE_SIGNATURE_BYTES = 64,
    SEDGE_KEY_PEM_MAX = 16 * 1024, /**< longest PEM text that is read */
    SEDGE_KEY_PUBLIC_RAW_MAX = 65, /**< 32 for Ed25519, 65 (uncompressed point) for P-256 */
    SEDGE_KEY_URI_MAX = 4096 + 8,
};

typedef struct sedge_signature {
    sedge_sig_alg alg;
    uint8_t bytes[SEDGE_SIGNATURE_BYTES];
} sedge_signature;

typedef struct sedge_key sedge_key;

const char *sedge_key_kind_name(sedge_key_kind kind); /**< "ed25519", "p256". Static storage. */
const char *sedge_sig_alg_name(sedge_sig_alg alg);    /**< "ed25519", "es256". Static storage. */
/** The algorithm that a key of this kind signs with. */
sedge_sig_alg sedge_key_sig_alg(sedge_key_kind kind);

SEDGE_NODISCARD sedge_status sedge_key_generate(sedge_key_kind kind, sedge_key **ret, sedge_error *err);
void sedge_key_free(sedge_key *key);
SEDGE_DEFINE_AUTO(sedge_key, sedge_key_free)

/** Loads a private key. SEDGE_ENOTFOUND: no such file; SEDGE_EUNSUPPORTED: another kind of key or URI. */
SEDGE_NODISCARD sedge_status sedge_key_load(const sedge_fs *fs, const char *uri, sedge_key **ret, sedge_error *err);
/** Writes the private key atomically with mode 0600. */
SEDGE_NODISCARD sedge_status sedge_key_save(const sedge_fs *fs, const sedge_key *key, const char *uri,
                                            sedge_error *err);
/** Loads the key, or makes and saves one where there is none. A key of another kind is SEDGE_ECONFLICT. */
SEDGE_NODISCARD sedge_status sedge_key_load_or_make(const sedge_fs *fs, const char *uri, sedge_key_kind kind,
                                                    sedge_key **ret, sedge_error *err);

/** Private key as PEM (PKCS#8). Use a SEDGE_AUTO_SECRET_BUF. */
SEDGE_NODISCARD sedge_status sedge_key_private_pem(const sedge_key *key, sedge_buf *out, sedge_error *err);
SEDGE_NODISCARD sedge_status sedge_key_from_private_pem(sedge_bytes pem, sedge_key **ret, sedge_error *err);
/** Public key as PEM (SubjectPublicKeyInfo). */
SEDGE_NODISCARD sedge_status sedge_key_public_pem(const sedge_key *key, sedge_buf *out, sedge_error *err);
SEDGE_NODISCARD sedge_status sedge_key_from_public_pem(sedge_bytes pem, sedge_key **ret, sedge_error *err);
/** 32 bytes (Ed25519) or the 65 bytes of an uncompressed point (P-256). */
SEDGE_NODISCARD sedge_status sedge_key_public_raw(const sedge_key *key, uint8_t ret[SEDGE_KEY_PUBLIC_RAW_MAX],
                                                  size_t *ret_n, sedge_error *err);
SEDGE_NODISCARD sedge_status sedge_key_from_public_raw(sedge_key_kind kind, sedge_bytes raw, sedge_key **ret,
                                                       sedge_error *err);

sedge_key_kind sedge_key_kind_of(const sedge_key *key);
bool sedge_key_has_private(const sedge_key *key);
/** Same public key? */
bool sedge_key_equal(const sedge_key *a, const sedge_key *b);

/** Signs with the key's own algorithm. SEDGE_EUSAGE without a private half. */
SEDGE_NODISCARD sedge_status sedge_key_sign(const sedge_key *key, sedge_bytes message, sedge_signature *ret,
                                            sedge_error *err);
/** SEDGE_EREFUSED when the signature is not one of this key and algorithm over exactly this message. */
SEDGE_NODISCARD sedge_status sedge_key_verify(const sedge_key *key, sedge_sig_alg alg, sedge_bytes message,
                                              sedge_bytes signature, sedge_error *err);
/** The same for ECDSA signatures in DER, as TUF's "ecdsa-sha2-nistp256" has them; P-256 keys only. */
SEDGE_NODISCARD sedge_status sedge_key_verify_der(const sedge_key *key, sedge_bytes message, sedge_bytes signature,
                                                  sedge_error *err);

#endif
