/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <strings.h>

#include "base/strv.h"
#include "codec/json.h"
#include "oci/manifest.h"
#include "registry/private.h"

void registry_manifest_done(struct registry_manifest *m)
{
	buf_done(&m->text);
	*m = (struct registry_manifest){.text = BUF_INIT};
}

/* "Application/JSON; charset=utf-8" → "application/json"; "" where it is none or too long. */
static void type_copy(const char *s, char ret[REGISTRY_MEDIA_TYPE_MAX])
{
	size_t n = s ? strcspn(s, "; \t") : 0;

	if (n >= REGISTRY_MEDIA_TYPE_MAX)
		n = 0;
	for (size_t i = 0; i < n; i++)
		ret[i] = s[i] >= 'A' && s[i] <= 'Z' ? (char)(s[i] - 'A' + 'a') : s[i];
	ret[n] = '\0';
	if (strspn(ret, "abcdefghijklmnopqrstuvwxyz0123456789+-./_") != n)
		ret[0] = '\0';
}

static bool type_known(const char *type)
{
	enum media_kind kind = media_kind(type, NULL);

	return kind == MEDIA_INDEX || kind == MEDIA_MANIFEST;
}

int manifest_judge(const struct buf *text, const char *content_type,
		   char ret[REGISTRY_MEDIA_TYPE_MAX], struct err *err)
{
	_cleanup_(json) struct json *doc = NULL;
	char head[REGISTRY_MEDIA_TYPE_MAX], own[REGISTRY_MEDIA_TYPE_MAX];
	const char *pick;

	type_copy(content_type, head);
	if (json_parse(buf_str(text), text->len, "manifest", &doc, err) < 0)
		return -1;
	type_copy(json_string(json_get(doc, "mediaType"), NULL), own);
	/* Whoever reads it must not see another image than who has signed it (CVE-2021-41190). */
	if (json_get(doc, "manifests") && (json_get(doc, "layers") || json_get(doc, "config")))
		return err_set(err, ERR_CORRUPT,
			       "the document could be an index as well as a manifest");
	if (type_known(head) && own[0] && strcmp(head, own) != 0)
		return err_set(err, ERR_CORRUPT,
			       "the registry calls it %s, and the document itself %s", head, own);
	pick = type_known(head) ? head : own;
	if (!pick[0])
		pick = json_get(doc, "manifests") ? MEDIA_OCI_INDEX
		       : json_get(doc, "layers")  ? MEDIA_OCI_MANIFEST
						  : head;
	(void)str_copy(ret, REGISTRY_MEDIA_TYPE_MAX, pick);
	return 0;
}
