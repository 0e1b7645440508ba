/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../include/sedge_test.h"

typedef struct {
    char *name;
    double share;
    int64_t soak_ms;
} phase;

static const sedge_conf_row phase_rows[] = {
    { "name", SEDGE_CONF_STRING, SEDGE_AT(phase, name), "phase" },
    { "share", SEDGE_CONF_DOUBLE, SEDGE_AT(phase, share), .min = 0, .max = 100, .flags = SEDGE_CONF_REQUIRED,
      .help = "per cent of the devices" },
    { "soak_time", SEDGE_CONF_DURATION, SEDGE_AT(phase, soak_ms), "10m", .min = 1000, .max = 86400000 },
};

static sedge_status check_phase(const void *object, sedge_error *err) {
    const phase *p = object;
    return p->share == 13 ? sedge_fail(err, SEDGE_EINVALID, "share 13 brings bad luck") : SEDGE_OK;
}
static const sedge_conf_rows phase_conf = SEDGE_CONF_ROWS_CHECKED(phase, phase_rows, check_phase);

typedef struct {
    char *cert;
    bool verify;
} tls;
static const sedge_conf_row tls_rows[] = {
    { "cert", SEDGE_CONF_STRING, SEDGE_AT(tls, cert), .metavar = "FILE", .help = "certificate" },
    { "verify", SEDGE_CONF_BOOL, SEDGE_AT(tls, verify), "true", .help = "check the peer" },
};
static const sedge_conf_rows tls_conf = SEDGE_CONF_ROWS(tls, tls_rows);

static const char *const colors[] = { "red", "green", NULL };

typedef struct {
    char *config;
    char *listen;
    char *password;
    int64_t workers;
    int64_t limit_bytes;
    double threshold;
    int64_t most;
    int color;
    bool quiet;
    sedge_conf_strings files;
    sedge_conf_strings tags;
    sedge_conf_ints layers;
    sedge_conf_doubles edges;
    sedge_conf_pairs labels;
    tls tls;
    SEDGE_CONF_LIST_OF(phase) phases;
} all;

static const sedge_conf_row all_rows[] = {
    { "config", SEDGE_CONF_STRING, SEDGE_AT(all, config), .letter = 'c', .flags = SEDGE_CONF_CONFIG_FILE },
    { "listen", SEDGE_CONF_STRING, SEDGE_AT(all, listen), "127.0.0.1:5000", .metavar = "HOST:PORT",
      .help = "where to listen" },
    { "password", SEDGE_CONF_STRING, SEDGE_AT(all, password), .flags = SEDGE_CONF_SECRET },
    { "workers", SEDGE_CONF_INT, SEDGE_AT(all, workers), "2", .min = 1, .max = 64, .help = "threads" },
    { "limit", SEDGE_CONF_BYTES, SEDGE_AT(all, limit_bytes), "64k", .help = "largest body" },
    { "threshold", SEDGE_CONF_DOUBLE, SEDGE_AT(all, threshold), .flags = SEDGE_CONF_OPTIONAL, .help = "alarm above" },
    { "most", SEDGE_CONF_INT, SEDGE_AT(all, most), .flags = SEDGE_CONF_OPTIONAL, .help = "at most" },
    { "color", SEDGE_CONF_ENUM, SEDGE_AT(all, color), "green", .choices = colors, .help = "paint" },
    { "quiet", SEDGE_CONF_BOOL, SEDGE_AT(all, quiet), .letter = 'q', .help = "say less" },
    { "files", SEDGE_CONF_STRINGS, SEDGE_AT(all, files), .metavar = "FILE", .help = "inputs",
      .flags = SEDGE_CONF_POSITIONAL },
    { "tag", SEDGE_CONF_STRINGS, SEDGE_AT(all, tags), .help = "words" },
    { "layers", SEDGE_CONF_INTS, SEDGE_AT(all, layers), "8,8", .min = 1, .max = 4096, .help = "sizes" },
    { "edges", SEDGE_CONF_DOUBLES, SEDGE_AT(all, edges), .help = "in Hz" },
    { "label", SEDGE_CONF_PAIRS, SEDGE_AT(all, labels), .help = "facts" },
    { "tls", SEDGE_CONF_STRUCT, SEDGE_AT(all, tls), .rows = &tls_conf },
    { "phases", SEDGE_CONF_LIST, SEDGE_AT(all, phases), .rows = &phase_conf, .flags = SEDGE_CONF_NOT_EMPTY },
};
static const sedge_conf_rows all_conf = SEDGE_CONF_ROWS(all, all_rows);

static sedge_status from_text(const char *text, all *ret, sedge_error *err) {
    sedge_auto(sedge_yaml) doc = NULL;
    sedge_status st = sedge_yaml_load(sedge_bytes_text(text), "x.yaml", &doc, err);
    return st ? st : sedge_conf_from_yaml(&all_conf, doc, sedge_yaml_root(doc), ret, err);
}

static void presets(void **state) {
    (void)state;
    all a;
    sedge_error err;
    assert_int_equal(sedge_conf_defaults(&all_conf, &a, &err), SEDGE_OK);
    assert_string_equal(a.listen, "127.0.0.1:5000");
    assert_int_equal(a.limit_bytes, 65536);
    assert_int_equal(a.color, 1);
    assert_true(a.tls.verify);
    assert_true(isnan(a.threshold));
    assert_true(a.most == SEDGE_CONF_UNSET);
    assert_int_equal(a.layers.n, 2);
    sedge_conf_free(&all_conf, &a);
    assert_null(a.listen);
    sedge_conf_free(&all_conf, &a);
}

static void reads_yaml(void **state) {
    (void)state;
    static const char text[] = "listen: 0.0.0.0:80\nworkers: 4\nlimit: 2M\nthreshold: 0.5\ncolor: red\nquiet: yes\n"
                               "tag: [a, 'b c']\nlayers: [64, 32, 16]\nedges: [0, 1.5e2]\nlabel: {site: a, line: 7}\n"
                               "tls:\n  cert: x.pem\nphases:\n  - {share: 5, soak_time: 10s}\n  - share: 100\n";
    all a;
    sedge_error err = SEDGE_ERROR_INIT;
    assert_int_equal(from_text(text, &a, &err), SEDGE_OK);
    assert_string_equal(a.listen, "0.0.0.0:80");
    assert_int_equal(a.workers, 4);
    assert_int_equal(a.limit_bytes, 2 << 20);
    assert_int_equal(a.color, 0);
    assert_true(a.quiet);
    assert_string_equal(a.tags.items[1], "b c");
    assert_int_equal(a.layers.n, 3);
    assert_int_equal(a.layers.items[0], 64);
    assert_true(a.edges.items[1] == 150);
    assert_string_equal(a.labels.items[1].key, "line");
    assert_string_equal(a.labels.items[1].value, "7");
    assert_string_equal(a.tls.cert, "x.pem");
    assert_true(a.tls.verify);
    assert_int_equal(a.phases.n, 2);
    assert_int_equal(a.phases.items[0].soak_ms, 10000);
    assert_int_equal(a.phases.items[1].soak_ms, 600000);
    sedge_conf_free(&all_conf, &a);
}

static void yaml_sentences(void **state) {
    (void)state;
    static const struct {
        const char *text, *sentence;
    } rows[] = {
        { "workers: 4\nphases:\n- share: 5\n- share: 140\n", "x.yaml:4: phases[1].share: 140 is outside 0..100" },
        { "phases:\n- share: 5\n  soak_tme: 1s\n",
          "x.yaml:3: phases[0]: unknown key 'soak_tme'; did you mean soak_time?" },
        { "phases:\n- soak_time: 1s\n", "x.yaml:2: phases[0]: the key 'share' is missing: per cent of the devices" },
        { "phases:\n- share: 1\n  soak_time: 10ms\n", "x.yaml:3: phases[0].soak_time: 10ms is outside 1s..1d" },
        { "phases: [{share: 13}]\n", "x.yaml:1: phases[0]: share 13 brings bad luck" },
        { "phases: []\n", "x.yaml:1: phases: may not be empty" },
        { "\nworkers: many\n", "x.yaml:2: workers: 'many' is no whole number" },
        { "workers: '4'\n", "x.yaml:1: workers: '4' is a text, take the quotes away" },
        { "workers: [4]\n", "x.yaml:1: workers: is a list, a single value is wanted" },
        { "layers: [4, x]\n", "x.yaml:1: layers[1]: 'x' is no whole number" },
        { "limit: 5parsecs\n", "x.yaml:1: limit: '5parsecs' is no size in bytes; write it like 4096, 64k, 10M or 2G" },
        { "color: blue\n", "x.yaml:1: color: 'blue' is none of red, green" },
        { "quiet: perhaps\n", "x.yaml:1: quiet: 'perhaps' is neither true nor false" },
        { "threshold: nan\n", "x.yaml:1: threshold: 'nan' is no number" },
        { "threshold: 0x10\n", "x.yaml:1: threshold: '0x10' is no number" },
        { "tls: {cret: a}\n", "x.yaml:1: tls: unknown key 'cret'; did you mean cert?" },
        { "config: other.yaml\n", "x.yaml:1: unknown key 'config'; known are listen, password, workers, limit, "
                                  "threshold, most, color, quiet, files, tag, layers, edges, label, tls, phases" },
        { "- a\n", "x.yaml:1: is a list, a mapping is wanted" },
    };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        all a;
        sedge_error err = SEDGE_ERROR_INIT;
        assert_int_equal(from_text(rows[i].text, &a, &err), SEDGE_EINVALID);
        assert_string_equal(err.text, rows[i].sentence);
        assert_null(a.listen);
    }
}

static void precedence(void **state) {
    (void)state;
    char path[] = "/tmp/sedge-rows-XXXXXX";
    int fd = mkstemp(path);
    static const char file[] = "listen: file:1\nworkers: 3\ncolor: red\ntag: [x, y]\ntls: {verify: no}\n";
    assert_int_equal(write(fd, file, sizeof file - 1), sizeof file - 1);
    close(fd);
    const char *argv[] = { "--workers=5", "--config",   path,    "-q", "one", "--tag",
                           "a",           "--tls-cert", "c.pem", "--", "-two" };
    const char *env[] = { "SEDGE_X_WORKERS=4", "SEDGE_X_COLOR=green", "SEDGE_X_TLS_CERT=env.pem", "PATH=/bin", NULL };
    sedge_conf_args args = { .argc = SEDGE_COUNT(argv), .argv = argv, .env = env, .env_prefix = "SEDGE_X_" };
    all a;
    sedge_error err = SEDGE_ERROR_INIT;
    sedge_auto(sedge_conf_origins) origins = NULL;
    sedge_status st = sedge_conf_parse(&all_conf, &args, &a, &origins, &err);
    assert_string_equal(err.text, "");
    assert_int_equal(st, SEDGE_OK);
    unlink(path);
    assert_string_equal(a.listen, "file:1");
    assert_int_equal(a.workers, 5);
    assert_int_equal(a.color, 1);
    assert_true(a.quiet);
    assert_false(a.tls.verify);
    assert_string_equal(a.tls.cert, "c.pem");
    assert_int_equal(a.files.n, 2);
    assert_string_equal(a.files.items[1], "-two");
    assert_int_equal(a.tags.n, 1);
    SEDGE_AUTO_BUF out = sedge_buf_init(1 << 16);
    sedge_conf_put_values(&all_conf, &a, origins, &out);
    assert_non_null(strstr(sedge_buf_cstr(&out), "workers: 5  # --workers\n"));
    assert_non_null(strstr(sedge_buf_cstr(&out), "color: green  # SEDGE_X_COLOR\n"));
    assert_non_null(strstr(sedge_buf_cstr(&out), "  verify: false  # /tmp/sedge-rows-"));
    assert_non_null(strstr(sedge_buf_cstr(&out), "limit: 64k  # default\n"));
    sedge_conf_free(&all_conf, &a);
}

static void flag_sentences(void **state) {
    (void)state;
    static const struct {
        const char *argv[4];
        const char *sentence;
    } rows[] = {
        { { "--lisen", "x" }, "unknown option '--lisen'; did you mean --listen?" },
        { { "--zzzzzz" }, "unknown option '--zzzzzz'; --help lists them" },
        { { "-z" }, "unknown option '-z'; --help lists them" },
        { { "--workers" }, "--workers needs a value" },
        { { "--workers", "0" }, "--workers: 0 is outside 1..64" },
        { { "--workers", "2", "--workers", "3" }, "--workers is given twice" },
        { { "--label", "x" }, "--label: 'x' is no key=value" },
        { { "--no-workers" }, "unknown option '--no-workers'; did you mean --workers?" },
        { { "--config", "/no/such/file" }, "cannot read '/no/such/file': no such file or folder; check the path" },
    };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        int argc = 0;
        while (argc < 4 && rows[i].argv[argc])
            argc++;
        sedge_conf_args args = { .argc = argc, .argv = rows[i].argv };
        all a;
        sedge_error err = SEDGE_ERROR_INIT;
        sedge_status st = sedge_conf_parse(&all_conf, &args, &a, NULL, &err);
        assert_string_equal(err.text, rows[i].sentence);
        assert_int_equal(st, i == SEDGE_COUNT(rows) - 1 ? SEDGE_ENOTFOUND : SEDGE_EUSAGE);
    }
}

static void help_and_values(void **state) {
    (void)state;
    SEDGE_AUTO_BUF out = sedge_buf_init(1 << 16);
    sedge_conf_put_help(&all_conf, &out);
    const char *help = sedge_buf_cstr(&out);
    assert_non_null(strstr(help, "  FILE                        inputs\n"));
    assert_non_null(strstr(help, "  --listen HOST:PORT          where to listen (127.0.0.1:5000)\n"));
    assert_non_null(strstr(help, "  --no-tls-verify             check the peer (on)\n"));
    assert_non_null(strstr(help, "  --color red|green "));
    sedge_buf_clear(&out);
    sedge_conf_put_usage(&all_conf, &out);
    assert_string_equal(sedge_buf_cstr(&out), " [options] [FILE...]");
    all a;
    sedge_error err;
    assert_int_equal(from_text("password: s3cret\nphases:\n- share: 5\n- {share: 7, name: 'x y'}\n", &a, &err), 0);
    sedge_buf_clear(&out);
    sedge_conf_put_values(&all_conf, &a, NULL, &out);
    assert_null(strstr(sedge_buf_cstr(&out), "s3cret"));
    all b; /* what is printed can be read again, but for the secret */
    assert_int_equal(from_text(sedge_buf_cstr(&out), &b, &err), SEDGE_EINVALID);
    assert_non_null(strstr(err.text, "unknown key 'config'"));
    char *rest = strchr((char *)out.data, '\n') + 1;
    assert_int_equal(from_text(rest, &b, &err), SEDGE_OK);
    assert_int_equal(b.phases.n, 2);
    assert_string_equal(b.phases.items[1].name, "x y");
    assert_string_equal(b.password, "***");
    sedge_conf_free(&all_conf, &a);
    sedge_conf_free(&all_conf, &b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(presets),    cmocka_unit_test(reads_yaml),     cmocka_unit_test(yaml_sentences),
        cmocka_unit_test(precedence), cmocka_unit_test(flag_sentences), cmocka_unit_test(help_and_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
