/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/strv.h"
#include "oci/digest_json.h"
#include "oci/manifest.h"

struct platform_words {
	char *architecture;
	char *os;
	char *os_version;
	char *variant;
};

static const struct json_field platform_fields[] = {
	JSON_FIELD(JSON_F_STRING, "architecture", struct platform_words, architecture,
		   JSON_REQUIRED),
	JSON_FIELD(JSON_F_STRING, "os", struct platform_words, os, JSON_REQUIRED),
	JSON_FIELD(JSON_F_STRING, "os.version", struct platform_words, os_version, 0),
	JSON_FIELD(JSON_F_STRING, "variant", struct platform_words, variant, 0),
};
static const struct json_table platform_table = JSON_TABLE(struct platform_words, platform_fields);

static int copy_word(char *dst, size_t size, const char *key, const char *src, struct err *err)
{
	if (src && !str_copy(dst, size, src))
		return err_set(err, ERR_LIMIT, "%s: '%.64s…' is longer than %zu bytes", key, src,
			       size - 1);
	return 0;
}

/* The words are kept as they were written; platform_match() normalises. */
static int platform_decode(const struct json *j, void *at, struct arena *a, struct err *err)
{
	struct platform_words w = {.os = NULL};
	struct platform *p = arena_alloc(a, sizeof(*p));

	if (json_decode(&platform_table, j, "", &w, a, err) < 0 ||
	    copy_word(p->os, sizeof(p->os), "os", w.os, err) < 0 ||
	    copy_word(p->arch, sizeof(p->arch), "architecture", w.architecture, err) < 0 ||
	    copy_word(p->os_version, sizeof(p->os_version), "os.version", w.os_version, err) < 0 ||
	    copy_word(p->variant, sizeof(p->variant), "variant", w.variant, err) < 0)
		return -1;
	*(struct platform **)at = p;
	return 0;
}

static void platform_encode(struct json_writer *w, const void *at)
{
	struct platform p = **(struct platform *const *)at;
	struct platform_words words = {.architecture = p.arch,
				       .os = p.os,
				       .os_version = p.os_version,
				       .variant = p.variant};

	json_encode(&platform_table, &words, w);
}

static bool platform_absent(const void *at)
{
	return !*(struct platform *const *)at;
}

static const struct json_field descriptor_fields[] = {
	JSON_FIELD(JSON_F_STRING, "mediaType", struct descriptor, media_type, JSON_REQUIRED),
	JSON_FIELD(JSON_F_STRING, "artifactType", struct descriptor, artifact_type, 0),
	JSON_FIELD_DIGEST("digest", struct descriptor, digest, JSON_REQUIRED),
	JSON_FIELD(JSON_F_UINT64, "size", struct descriptor, size, JSON_REQUIRED),
	JSON_FIELD_N(JSON_F_PAIRS, "annotations", struct descriptor, annotations, NULL, 0),
	{.key = "platform",
	 .kind = JSON_F_CUSTOM,
	 .offset = offsetof(struct descriptor, platform),
	 .decode = platform_decode,
	 .encode = platform_encode,
	 .is_empty = platform_absent},
};
const struct json_table descriptor_table = JSON_TABLE(struct descriptor, descriptor_fields);

const char *descriptor_annotation(const struct descriptor *d, const char *key)
{
	for (size_t i = 0; i < d->n_annotations; i++)
		if (strcmp(d->annotations[i].key, key) == 0)
			return d->annotations[i].value;
	return NULL;
}

/* A copy that may grow: a decoded array is exactly as long as its document said. */
static struct json_pair *copy_pairs(struct arena *a, const struct json_pair *src, size_t n)
{
	struct json_pair *pairs = NULL;
	size_t count = 0;

	while (count < n) {
		const struct json_pair *from = &src[count];
		struct json_pair *to = arena_push(a, pairs, count);

		to->key = arena_strdup(a, from->key);
		to->value = arena_strdup(a, from->value);
	}
	return pairs;
}

void descriptor_annotate(struct arena *a, struct descriptor *d, const char *key, const char *value)
{
	struct json_pair *pair;

	for (size_t i = 0; i < d->n_annotations; i++) {
		if (strcmp(d->annotations[i].key, key) == 0) {
			d->annotations[i].value = arena_strdup(a, value);
			return;
		}
	}
	d->annotations = copy_pairs(a, d->annotations, d->n_annotations);
	pair = arena_push(a, d->annotations, d->n_annotations);
	pair->key = arena_strdup(a, key);
	pair->value = arena_strdup(a, value);
}

void descriptor_copy(struct arena *a, struct descriptor *dst, const struct descriptor *src)
{
	struct descriptor d = {
		.media_type = arena_strdup(a, src->media_type),
		.digest = src->digest,
		.size = src->size,
		.artifact_type = arena_strdup(a, src->artifact_type),
	};

	d.annotations = copy_pairs(a, src->annotations, src->n_annotations);
	d.n_annotations = src->n_annotations;
	if (src->platform) {
		d.platform = arena_alloc(a, sizeof(*d.platform));
		*d.platform = *src->platform;
	}
	*dst = d;
}
