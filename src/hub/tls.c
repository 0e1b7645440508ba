/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/tls.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/format.h"
#include "crypto/secret.h"

enum { SERVER_DAYS = 825, NAME_MAX_BYTES = 256 };

struct hub_tls {
    hub *h;
    gnutls_certificate_credentials_t credentials;
    gnutls_datum_t ticket_key;
    sedge_buf key_pem, cert_pem;
};

void hub_tls_free(hub_tls *t) {
    if (!t)
        return;
    if (t->credentials)
        gnutls_certificate_free_credentials(t->credentials);
    if (t->ticket_key.data) {
        sedge_wipe(t->ticket_key.data, t->ticket_key.size);
        gnutls_free(t->ticket_key.data);
    }
    sedge_buf_wipe(&t->key_pem);
    sedge_buf_done(&t->cert_pem);
    free(t);
}

typedef struct names {
    char text[5][NAME_MAX_BYTES];
    const char *list[5];
    size_t n;
} names;

static void add_name(names *s, const char *text, size_t n) {
    if (n == 0 || n >= NAME_MAX_BYTES || s->n == SEDGE_COUNT(s->list))
        return;
    memcpy(s->text[s->n], text, n);
    s->text[s->n][n] = 0;
    for (size_t i = 0; i < s->n; i++)
        if (strcmp(s->list[i], s->text[s->n]) == 0)
            return;
    s->list[s->n] = s->text[s->n];
    s->n++;
}

/** The host in "https://host:port/...". */
static void add_url_host(names *s, const char *url) {
    const char *host = strstr(url, "://");
    host = host ? host + 3 : url;
    if (*host == '[') {
        const char *close = strchr(host, ']');
        add_name(s, host + 1, close ? (size_t)(close - host) - 1 : 0);
    } else {
        add_name(s, host, strcspn(host, ":/"));
    }
}

static void collect_names(const hub *h, names *s) {
    char own[NAME_MAX_BYTES];
    bool any = strcmp(h->host, "0.0.0.0") == 0 || strcmp(h->host, "::") == 0;
    if (h->options->public_url)
        add_url_host(s, h->options->public_url);
    if (!any)
        add_name(s, h->host, strlen(h->host));
    add_name(s, "localhost", 9);
    add_name(s, "127.0.0.1", 9);
    if (any && gethostname(own, sizeof own - 1) == 0) {
        own[sizeof own - 1] = 0;
        add_name(s, own, strlen(own));
    }
}

static sedge_status make_certificate(hub_tls *t, sedge_error *err) {
    sedge_auto(sedge_key) key = NULL;
    sedge_auto(sedge_cert) cert = NULL;
    names s = { 0 };
    collect_names(t->h, &s);
    sedge_status st = sedge_key_generate(SEDGE_KEY_P256, &key, err);
    if (!st)
        st = sedge_cert_issue_server(t->h->ca, t->h->ca_key, key, s.list, s.n, hub_now_ms(t->h), SERVER_DAYS, &cert,
                                     err);
    if (!st)
        st = sedge_cert_pem(cert, &t->cert_pem, err);
    if (!st)
        st = sedge_key_private_pem(key, &t->key_pem, err);
    return st ? sedge_wrap(err, st, "server certificate") : SEDGE_OK;
}

static gnutls_datum_t datum(const char *text) {
    union {
        const char *in;
        unsigned char *out;
    } p = { .in = text };
    return (gnutls_datum_t){ .data = p.out, .size = (unsigned)strlen(text) };
}

static int make_credentials(hub_tls *t) {
    gnutls_datum_t ca = datum(t->h->ca_pem), cert = datum(hub_tls_cert_pem(t)), key = datum(hub_tls_key_pem(t));
    int code = gnutls_certificate_allocate_credentials(&t->credentials);
    if (code >= 0)
        code = gnutls_certificate_set_x509_trust_mem(t->credentials, &ca, GNUTLS_X509_FMT_PEM);
    if (code >= 0)
        code = gnutls_certificate_set_x509_key_mem(t->credentials, &cert, &key, GNUTLS_X509_FMT_PEM);
    if (code >= 0)
        code = gnutls_session_ticket_key_generate(&t->ticket_key);
    return code;
}

sedge_status hub_tls_new(hub *h, hub_tls **ret, sedge_error *err) {
    sedge_auto(hub_tls) t = calloc(1, sizeof *t);
    if (!t)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for TLS");
    *t = (hub_tls){ .h = h, .key_pem = sedge_buf_init(SEDGE_KEY_PEM_MAX), .cert_pem = sedge_buf_init(1 << 16) };
    sedge_status st = make_certificate(t, err);
    if (st)
        return st;
    int code = make_credentials(t);
    if (code < 0)
        return sedge_fail(err, SEDGE_EINTERNAL, "TLS: %s", gnutls_strerror(code));
    *ret = SEDGE_STEAL(t);
    return SEDGE_OK;
}

const char *hub_tls_key_pem(const hub_tls *t) {
    return sedge_buf_cstr(&t->key_pem);
}

const char *hub_tls_cert_pem(const hub_tls *t) {
    return sedge_buf_cstr(&t->cert_pem);
}

bool hub_tls_prepare(hub_tls *t, gnutls_session_t session) {
    if (gnutls_session_ticket_enable_server(session, &t->ticket_key) < 0 ||
        gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, t->credentials) < 0)
        return false;
    gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUEST);
    return true;
}

sedge_status hub_tls_device(hub_tls *t, gnutls_session_t session, char ret[SEDGE_DEVICE_ID_MAX], sedge_error *err) {
    unsigned n = 0;
    const gnutls_datum_t *list = gnutls_certificate_get_peers(session, &n);
    ret[0] = 0;
    if (!list || n == 0)
        return SEDGE_OK;
    sedge_auto(sedge_cert) cert = NULL;
    sedge_status st = sedge_cert_from_der(sedge_bytes_of(list[0].data, list[0].size), &cert, err);
    if (!st)
        st = sedge_cert_verify(cert, t->h->ca, SEDGE_CERT_DEVICE, hub_now_ms(t->h), err);
    if (!st)
        st = sedge_cert_device_id(cert, ret, err);
    return st ? sedge_wrap(err, SEDGE_EREFUSED, "client certificate") : SEDGE_OK;
}
