/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/float_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Digits behind the point of the e form with which every double reads back. */
#define DIGITS_MAX 16
/* From this exponent on %g with the fewest digits has an exponent. */
#define SHORTEST_EXPONENT 6
#define JSON_EXPONENT	  21
/* "-d.ddddddddddddddddde-308" and to spare. */
#define SCIENTIFIC_MAX 40

/* The e form with the fewest digits that read back as v. Returns the number behind the point. */
static int shortest(double v, char text[SCIENTIFIC_MAX])
{
	int digits = 0;

	for (;; digits++) {
		snprintf(text, SCIENTIFIC_MAX, "%.*e", digits, v);
		/* Equal bits are meant: no tolerance. */
		if (digits == DIGITS_MAX || !(strtod(text, NULL) < v || strtod(text, NULL) > v))
			return digits;
	}
}

/* Upper case of the whole text that was added. */
static void add_cased(struct buf *out, const char *text, char verb)
{
	for (; *text; text++)
		buf_addc(out, *text == 'e' && verb <= 'Z' ? 'E' : *text);
}

static void add_shortest(struct buf *out, double v, char verb, int low, int high)
{
	char text[SCIENTIFIC_MAX];
	int digits = shortest(v, text);
	int exponent = (int)strtol(strchr(text, 'e') + 1, NULL, 10);
	bool plain = verb == 'f' || verb == 'F' ||
		     ((verb == 'g' || verb == 'G') && exponent >= low && exponent < high);

	if (plain)
		buf_addf(out, "%.*f", digits > exponent ? digits - exponent : 0, v);
	else
		add_cased(out, text, verb);
}

void float_text(struct buf *out, double v, char verb, int precision)
{
	if (isnan(v)) {
		buf_adds(out, "NaN");
		return;
	}
	if (isinf(v)) {
		buf_adds(out, v > 0 ? "+Inf" : "-Inf");
		return;
	}
	if (precision < 0)
		add_shortest(out, v, verb, -4, SHORTEST_EXPONENT);
	else if (verb == 'e')
		buf_addf(out, "%.*e", precision, v);
	else if (verb == 'E')
		buf_addf(out, "%.*E", precision, v);
	else if (verb == 'g')
		buf_addf(out, "%.*g", precision, v);
	else if (verb == 'G')
		buf_addf(out, "%.*G", precision, v);
	else
		buf_addf(out, "%.*f", precision, v);
}

void float_text_json(struct buf *out, double v)
{
	size_t from = out->len;
	char *e;

	add_shortest(out, v, 'g', -6, JSON_EXPONENT);
	/* 1e-07 is written 1e-7. */
	if (out->overflow || out->len < from + 4)
		return;
	e = out->data + out->len - 4;
	if (e[0] == 'e' && e[1] == '-' && e[2] == '0') {
		e[2] = e[3];
		out->len--;
		out->data[out->len] = '\0';
	}
}
