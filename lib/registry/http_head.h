/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values of headers that a client must understand. Pure; the text is untrusted. Only for the files
 * of this module.
 */
#ifndef ONGGI_REGISTRY_HTTP_HEAD_H
#define ONGGI_REGISTRY_HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define HTTP_COMPLETE_UNKNOWN UINT64_MAX

struct http_content_range {
	bool satisfied; /* "bytes FIRST-LAST/…"; false: "bytes" and a star with 416 */
	uint64_t first, last;
	uint64_t complete; /* HTTP_COMPLETE_UNKNOWN: "*" */
};
/* "bytes 0-499/1234" (RFC 9110, section 14.4). Returns false where it is malformed. */
bool http_content_range_parse(const char *value, struct http_content_range *ret);

/* Decimal digits alone, as Content-Length has them. Returns false for anything else. */
bool http_number_parse(const char *value, uint64_t *ret);

/*
 * Seconds to wait by Retry-After (RFC 9110, section 10.2.3): a number, or a date in its one
 * current form. now: seconds since 1970. Returns -1 where it is malformed, 0 for the past.
 */
int64_t http_retry_after_parse(const char *value, int64_t now);

/*
 * The target of the link with rel "next" in a Link header (RFC 8288), to be freed; NULL where there
 * is none or it is malformed.
 */
char *http_link_next(const char *value);

#define CHALLENGE_VALUE_MAX 4096

enum challenge_scheme {
	CHALLENGE_NONE, /* none that we know */
	CHALLENGE_BASIC,
	CHALLENGE_BEARER,
};

struct challenge {
	enum challenge_scheme scheme;
	/* "" where absent */
	char realm[CHALLENGE_VALUE_MAX];
	char service[CHALLENGE_VALUE_MAX];
};
/*
 * The best challenge in a WWW-Authenticate value, which may hold several (RFC 9110,
 * section 11.6.1): Bearer with a realm, else Basic. *ret keeps a better one that it has. Malformed
 * ones are passed over.
 */
void challenge_parse(const char *value, struct challenge *ret);

/*
 * Append what a person may read of an error document (distribution-spec, "Error Codes"): "CODE:
 * message; …", without control characters, bounded. Returns false, and appends nothing, where the
 * text is no such document. ret_code, of at least 64 bytes: the first code.
 */
bool problem_parse(const char *text, size_t len, struct buf *out, char *ret_code);
#define PROBLEM_CODE_MAX 64
#define PROBLEM_TEXT_MAX 400

#endif
