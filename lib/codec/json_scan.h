/* SPDX-License-Identifier: Apache-2.0 */
/* A look over JSON text before json-c sees it. Private to codec. */
#ifndef ONGGI_CODEC_JSON_SCAN_H
#define ONGGI_CODEC_JSON_SCAN_H

#include <stddef.h>

/*
 * Find what json-c lets pass though RFC 8259 does not, or what it changes silently: single quotes,
 * raw control characters in strings, NaN and Infinity, numbers that end in a dot, whole numbers
 * that fit neither int64_t nor uint64_t (json-c clamps them), surrogates in UTF-8.
 *
 * ret_what   what is wrong, static text
 * ret_depth  the deepest nesting of arrays and objects, set when nothing is wrong
 * Returns the offset of the offending byte, or len when nothing is wrong.
 */
size_t json_scan(const char *text, size_t len, const char **ret_what, size_t *ret_depth);

/* Length of the valid UTF-8 sequence at s (RFC 3629: no surrogates, nothing overlong), 0 if none.
 */
size_t json_utf8_len(const unsigned char *s, size_t left);

#endif
