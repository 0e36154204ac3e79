/* SPDX-License-Identifier: Apache-2.0 */
/* A reference that is accepted is written in a form that means the same when it is read again. */
#include <string.h>

#include "base/alloc.h"
#include "fuzz.h"
#include "oci/reference.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *s = xstrndup((const char *)data, size);
	char text[REFERENCE_STR_MAX], again[REFERENCE_STR_MAX];
	struct reference r, back;
	struct err err = ERR_INIT;

	if (reference_parse(s, &r, &err) < 0) {
		FUZZ_CHECK(err.kind == ERR_INVALID && err.text[0]);
		return 0;
	}
	FUZZ_CHECK(r.domain[0] && r.path[0]);
	FUZZ_CHECK(r.tag[0] || digest_is_set(&r.digest));
	FUZZ_CHECK(strlen(r.domain) + 1 + strlen(r.path) <= REFERENCE_NAME_MAX);
	FUZZ_CHECK(reference_parse(reference_str(&r, text), &back, &err) == 0);
	FUZZ_CHECK(reference_eq(&r, &back));
	FUZZ_CHECK(strcmp(text, reference_str(&back, again)) == 0);
	FUZZ_CHECK(reference_parse(reference_familiar(&r, true, text), &back, &err) == 0);
	FUZZ_CHECK(reference_eq(&r, &back));
	return 0;
}
