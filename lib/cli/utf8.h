/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 as terminals show it. Independent of the locale: onggi never sets one. */
#ifndef ONGGI_CLI_UTF8_H
#define ONGGI_CLI_UTF8_H

#include <stdbool.h>
#include <stddef.h>

#define UTF8_INVALID 0xffffffffu

/*
 * Decode the character at s, which is NUL-terminated and not empty (RFC 3629: no overlong forms, no
 * surrogates, at most U+10FFFF).
 *
 * ret_len  how many bytes it takes
 * Returns UTF8_INVALID with a length of 1 for a byte that begins no character.
 */
unsigned utf8_decode(const char *s, size_t *ret_len);
/* Columns that a character takes: 0 for combining marks, 2 for East Asian wide ones and emoji. */
unsigned utf8_columns(unsigned c);
/* Would it move the cursor, change the terminal or the direction of the text? */
bool utf8_is_control(unsigned c);

#endif
