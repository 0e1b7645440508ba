/* SPDX-License-Identifier: Apache-2.0 */
#include "base/format.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { DIGITS_MAX = 17, NUMBER_MAX = 48 };

typedef struct sink {
    char *out;
    size_t size;
    size_t length; /* of the whole text, also past size */
} sink;

typedef struct directive {
    int width;
    int precision; /* -1: none given */
    bool zero_pad;
    bool left;
    int length; /* bytes of the integer argument */
} directive;

static void put(sink *s, char c) {
    if (s->length + 1 < s->size)
        s->out[s->length] = c;
    s->length++;
}

static void put_padded(sink *s, const directive *d, const char *text, size_t n) {
    size_t pad = d->width > 0 && (size_t)d->width > n ? (size_t)d->width - n : 0;
    bool zero = d->zero_pad && !d->left;
    if (zero && n > 0 && *text == '-') {
        put(s, '-');
        text++;
        n--;
    }
    for (; !d->left && pad > 0; pad--)
        put(s, zero ? '0' : ' ');
    for (size_t i = 0; i < n; i++)
        put(s, text[i]);
    for (; pad > 0; pad--)
        put(s, ' ');
}

static size_t unsigned_text(uint64_t v, unsigned base, char *end) {
    size_t n = 0;
    do {
        end[-1 - (ptrdiff_t)n++] = "0123456789abcdef"[v % base];
        v /= base;
    } while (v > 0);
    return n;
}

static void put_integer(sink *s, const directive *d, uint64_t magnitude, bool negative, unsigned base) {
    char text[NUMBER_MAX];
    char *end = text + sizeof text;
    size_t n = unsigned_text(magnitude, base, end);
    if (negative)
        end[-1 - (ptrdiff_t)n++] = '-';
    put_padded(s, d, end - n, n);
}

/* Scales v > 0 to a decimal integer of `digits` digits and returns the exponent of its first digit. */
static int decimal_digits(double v, int digits, char *ret_digits) {
    int exponent = 0;
    double scaled = v;
    while (scaled >= 1e16) {
        scaled /= 1e16;
        exponent += 16;
    }
    while (scaled >= 10) {
        scaled /= 10;
        exponent++;
    }
    while (scaled < 1e-16) {
        scaled *= 1e16;
        exponent -= 16;
    }
    while (scaled < 1) {
        scaled *= 10;
        exponent--;
    }
    double unit = 1;
    for (int i = 1; i < digits; i++)
        unit *= 10;
    uint64_t whole = (uint64_t)(scaled * unit + 0.5);
    if ((double)whole >= unit * 10) {
        whole /= 10;
        exponent++;
    }
    for (int i = digits - 1; i >= 0; i--) {
        ret_digits[i] = (char)('0' + whole % 10);
        whole /= 10;
    }
    return exponent;
}

static size_t plain_text(char *t, const char *digits, int n, int exponent) {
    size_t at = 0;
    if (exponent < 0) {
        t[at++] = '0';
        t[at++] = '.';
        for (int i = -1; i > exponent; i--)
            t[at++] = '0';
    }
    for (int i = 0; i < n || i <= exponent; i++) {
        if (exponent >= 0 && i == exponent + 1)
            t[at++] = '.';
        t[at++] = i < n ? digits[i] : '0';
    }
    return at;
}

static size_t exponent_text(char *t, const char *digits, int n, int exponent) {
    size_t at = 0;
    t[at++] = digits[0];
    if (n > 1)
        t[at++] = '.';
    for (int i = 1; i < n; i++)
        t[at++] = digits[i];
    t[at++] = 'e';
    t[at++] = exponent < 0 ? '-' : '+';
    unsigned e = (unsigned)(exponent < 0 ? -exponent : exponent);
    if (e >= 100)
        t[at++] = (char)('0' + e / 100);
    t[at++] = (char)('0' + e / 10 % 10);
    t[at++] = (char)('0' + e % 10);
    return at;
}

enum { DECIMALS_MAX = 9 };
static const double fixed_max = 1e9;

/* v >= 0 with that many digits behind the point; v * 10^decimals fits 64 bits. */
static size_t fixed_text(char *t, double v, int decimals) {
    uint64_t unit = 1;
    char back[NUMBER_MAX];
    size_t n = 0, at = 0;
    for (int i = 0; i < decimals; i++)
        unit *= 10;
    uint64_t scaled = (uint64_t)(v * (double)unit + 0.5);
    for (int i = 0; i < decimals || scaled || i == decimals; i++) {
        if (i == decimals && decimals > 0)
            back[n++] = '.';
        back[n++] = (char)('0' + scaled % 10);
        scaled /= 10;
    }
    while (n)
        t[at++] = back[--n];
    return at;
}

static void put_real(sink *s, const directive *d, double v, bool fixed) {
    if (v != v) {
        put_padded(s, d, "nan", 3);
        return;
    }
    char text[NUMBER_MAX];
    size_t at = 0;
    if (v < 0) {
        text[at++] = '-';
        v = -v;
    }
    if (v > 1.7976931348623157e308) {
        memcpy(text + at, "inf", 3);
        put_padded(s, d, text, at + 3);
        return;
    }
    int n = d->precision < 0 ? 6 : d->precision;
    if (fixed && v < fixed_max) {
        at += fixed_text(text + at, v, n < DECIMALS_MAX ? n : DECIMALS_MAX);
        put_padded(s, d, text, at);
        return;
    }
    n = n < 1 ? 1 : n > DIGITS_MAX ? DIGITS_MAX : n;
    char digits[DIGITS_MAX] = "0";
    int exponent = 0;
    if (v > 0)
        exponent = decimal_digits(v, n, digits);
    else
        n = 1;
    int significant = n;
    while (significant > 1 && digits[significant - 1] == '0')
        significant--;
    at += exponent < -5 || exponent >= n ? exponent_text(text + at, digits, significant, exponent)
                                         : plain_text(text + at, digits, significant, exponent);
    put_padded(s, d, text, at);
}

static const char *parse_length(const char *f, int *ret_length) {
    *ret_length = (int)sizeof(int);
    if (*f == 'h')
        return f + (f[1] == 'h' ? 2 : 1);
    if (*f == 'l') {
        bool twice = f[1] == 'l';
        *ret_length = twice ? (int)sizeof(long long) : (int)sizeof(long);
        return f + (twice ? 2 : 1);
    }
    if (*f == 'z' || *f == 't') {
        *ret_length = (int)sizeof(size_t);
        return f + 1;
    }
    if (*f == 'j') {
        *ret_length = (int)sizeof(intmax_t);
        return f + 1;
    }
    return f;
}

static const char *parse_number(const char *f, int *ret_value) {
    int v = 0;
    while (*f >= '0' && *f <= '9' && v < 10000)
        v = v * 10 + (*f++ - '0');
    *ret_value = v;
    return f;
}

size_t sedge_vformat(char *out, size_t size, const char *fmt, va_list list) {
    sink s = { out, size, 0 };
    va_list args;
    va_copy(args, list);
    for (const char *f = fmt; *f; f++) {
        if (*f != '%') {
            put(&s, *f);
            continue;
        }
        const char *start = f++;
        directive d = { .precision = -1 };
        for (; *f == '0' || *f == '-'; f++) {
            d.zero_pad |= *f == '0';
            d.left |= *f == '-';
        }
        f = parse_number(f, &d.width);
        if (*f == '.') {
            f++;
            if (*f == '*') {
                d.precision = va_arg(args, int);
                f++;
            } else {
                f = parse_number(f, &d.precision);
            }
        }
        f = parse_length(f, &d.length);
        bool wide = d.length == (int)sizeof(int64_t);
        switch (*f) {
        case '%':
            put(&s, '%');
            break;
        case 'c': {
            char c = (char)va_arg(args, int);
            put_padded(&s, &d, &c, 1);
            break;
        }
        case 's': {
            const char *text = va_arg(args, const char *);
            text = text ? text : "(null)";
            size_t n = 0;
            while ((d.precision < 0 || n < (size_t)d.precision) && text[n])
                n++;
            put_padded(&s, &d, text, n);
            break;
        }
        case 'd':
        case 'i': {
            int64_t v = wide ? va_arg(args, int64_t) : va_arg(args, int);
            put_integer(&s, &d, v < 0 ? 0 - (uint64_t)v : (uint64_t)v, v < 0, 10);
            break;
        }
        case 'u':
        case 'x': {
            uint64_t v = wide ? va_arg(args, uint64_t) : va_arg(args, unsigned);
            put_integer(&s, &d, v, false, *f == 'x' ? 16 : 10);
            break;
        }
        case 'p':
            put_integer(&s, &d, (uint64_t)(uintptr_t)va_arg(args, void *), false, 16);
            break;
        case 'f':
        case 'e':
        case 'g':
            put_real(&s, &d, va_arg(args, double), *f == 'f');
            break;
        default: /* unknown directive: as it stands */
            for (; start <= f && *start; start++)
                put(&s, *start);
            if (!*f)
                f--;
        }
    }
    va_end(args);
    if (size > 0)
        out[s.length < size ? s.length : size - 1] = '\0';
    return s.length;
}

size_t sedge_format(char *out, size_t size, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    size_t n = sedge_vformat(out, size, fmt, args);
    va_end(args);
    return n;
}
