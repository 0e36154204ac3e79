/* SPDX-License-Identifier: Apache-2.0 */
/* Floating point numbers as Go's strconv writes them. */
#ifndef ONGGI_CLI_FLOAT_TEXT_H
#define ONGGI_CLI_FLOAT_TEXT_H

#include "base/buf.h"

/*
 * Append v as strconv.FormatFloat does.
 *
 * verb       e, E, f, g or G
 * precision  digits as in Go (of g: significant ones); -1: as few as read back to the same number
 */
void float_text(struct buf *out, double v, char verb, int precision);
/* Append as encoding/json does: shortest, with an exponent below 1e-6 and from 1e21 on. */
void float_text_json(struct buf *out, double v);

#endif
