/* SPDX-License-Identifier: Apache-2.0 */
/* The documents by which registries tell what is wrong. */
#include <string.h>

#include "base/strv.h"
#include "codec/json.h"
#include "registry/http_head.h"

#define PROBLEMS_SHOWN 3

/* Append text as a part of one line: no control characters, nothing that a terminal obeys. */
static void add_plain(struct buf *out, const char *s, size_t max)
{
	for (; *s && out->len < max; s++) {
		unsigned char c = (unsigned char)*s;

		/* U+0080 to U+009F are controls as well: C2 80 to C2 9F. */
		if (c == 0xc2 && (unsigned char)s[1] >= 0x80 && (unsigned char)s[1] < 0xa0) {
			s++;
			c = ' ';
		}
		if (c < 0x20 || c == 0x7f)
			c = ' ';
		if (c != ' ' || (out->len && out->data[out->len - 1] != ' '))
			buf_addc(out, (char)c);
	}
	/* Not in the middle of a character. */
	while (*s && out->len && ((unsigned char)*s & 0xc0) == 0x80) {
		unsigned char last = (unsigned char)out->data[--out->len];

		out->data[out->len] = '\0';
		if ((last & 0xc0) != 0x80)
			break;
	}
}

/* Codes are upper-case words: MANIFEST_UNKNOWN. Anything else is not repeated. */
static bool code_valid(const char *code)
{
	size_t n = strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");

	return n && !code[n] && n < PROBLEM_CODE_MAX;
}

static void add_one(const struct json *e, struct buf *out, char *ret_code)
{
	const char *code = json_string(json_get(e, "code"), NULL);
	const char *message = json_string(json_get(e, "message"), NULL);

	if (code && !code_valid(code))
		code = NULL;
	if (code && !ret_code[0])
		(void)str_copy(ret_code, PROBLEM_CODE_MAX, code);
	if (!code && !message)
		return;
	if (out->len)
		buf_adds(out, "; ");
	if (message)
		add_plain(out, message, PROBLEM_TEXT_MAX);
	else
		buf_adds(out, code);
}

bool problem_parse(const char *text, size_t len, struct buf *out, char *ret_code)
{
	_cleanup_(json) struct json *doc = NULL;
	const struct json *errors;

	ret_code[0] = '\0';
	if (json_parse(text, len, "error", &doc, NULL) < 0)
		return false;
	errors = json_get(doc, "errors");
	if (json_type(errors) == JSON_ARRAY) {
		for (size_t i = 0; i < json_len(errors) && i < PROBLEMS_SHOWN; i++)
			add_one(json_at(errors, i), out, ret_code);
	} else {
		/* What token servers say (RFC 6749, 5.2), and what else is common. */
		const char *message = json_string(json_get(doc, "error_description"), NULL);

		if (!message)
			message = json_string(json_get(doc, "message"), NULL);
		if (!message)
			message = json_string(json_get(doc, "details"), NULL);
		if (message)
			add_plain(out, message, PROBLEM_TEXT_MAX);
	}
	return out->len > 0;
}
