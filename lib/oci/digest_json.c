/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/digest_json.h"

#include "oci/digest.h"

int digest_json_decode(const struct json *j, void *at, struct arena *a, struct err *err)
{
	const char *s = json_string(j, NULL);

	(void)a;
	if (!s)
		return err_set(err, ERR_INVALID,
			       "expected a digest string such as sha256:<64 hex digits>");
	return digest_parse(s, at, err);
}

void digest_json_encode(struct json_writer *w, const void *at)
{
	char text[DIGEST_STR_MAX];

	json_write_string(w, digest_str(at, text));
}

bool digest_json_is_empty(const void *at)
{
	return !digest_is_set(at);
}
