/* SPDX-License-Identifier: Apache-2.0 */
/** What the files of this room share about keys. */
#ifndef SEDGE_CRYPTO_KEY_IMPL_H
#define SEDGE_CRYPTO_KEY_IMPL_H

#include <openssl/types.h>

#include "crypto/key.h"

struct sedge_key {
    EVP_PKEY *pkey; /**< owned */
    sedge_key_kind kind;
    bool has_private;
};

/** Takes pkey over, also on failure. SEDGE_EUNSUPPORTED when it is of no known kind. */
SEDGE_NODISCARD sedge_status sedge_key_wrap(EVP_PKEY *pkey, bool has_private, sedge_key **ret, sedge_error *err);
/** A read-only BIO over pem, which it borrows; NULL with a sentence when it is too long. */
BIO *sedge_bio_of_pem(sedge_bytes pem, sedge_error *err);

#endif
