/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Manifests and indexes.
 *
 * The tree is judged before it is decoded: what kind of document it is follows from its members,
 * and a document that could be read as both a manifest and an index is refused, because two readers
 * could take the same digest for different images (CVE-2021-41190).
 */
#include "oci/manifest.h"

#include <ctype.h>
#include <string.h>

#include "base/strv.h"

#define MEDIA_TYPE_MAX 255 /* RFC 6838, section 4.2: 127 for each half */

static const struct json_field manifest_fields[] = {
	JSON_FIELD(JSON_F_INT32, "schemaVersion", struct manifest, schema_version, JSON_REQUIRED),
	JSON_FIELD(JSON_F_STRING, "mediaType", struct manifest, media_type, 0),
	JSON_FIELD(JSON_F_STRING, "artifactType", struct manifest, artifact_type, 0),
	JSON_FIELD_SUB(JSON_F_STRUCT, "config", struct manifest, config, &descriptor_table,
		       JSON_REQUIRED),
	JSON_FIELD_N(JSON_F_ARRAY, "layers", struct manifest, layers, &descriptor_table,
		     JSON_KEEP_ZERO),
	JSON_FIELD_SUB(JSON_F_PTR, "subject", struct manifest, subject, &descriptor_table, 0),
	JSON_FIELD_N(JSON_F_PAIRS, "annotations", struct manifest, annotations, NULL, 0),
};
static const struct json_table manifest_table = JSON_TABLE(struct manifest, manifest_fields);

static const struct json_field index_fields[] = {
	JSON_FIELD(JSON_F_INT32, "schemaVersion", struct image_index, schema_version,
		   JSON_REQUIRED),
	JSON_FIELD(JSON_F_STRING, "mediaType", struct image_index, media_type, 0),
	JSON_FIELD_N(JSON_F_ARRAY, "manifests", struct image_index, manifests, &descriptor_table,
		     JSON_KEEP_ZERO),
	JSON_FIELD_N(JSON_F_PAIRS, "annotations", struct image_index, annotations, NULL, 0),
};
static const struct json_table index_table = JSON_TABLE(struct image_index, index_fields);

static bool has_member(const struct json *root, const char *key)
{
	return json_type(json_get(root, key)) != JSON_NULL;
}

static int refuse_schema1(struct err *err)
{
	(void)err_set(err, ERR_UNSUPPORTED,
		      "Docker image manifest version 2, schema 1 is not supported, only schema 2 "
		      "and OCI");
	return err_hint(err,
			"pull and push the image again with a current docker or `skopeo copy`, "
			"which writes schema 2");
}

static int check_version(const struct json *root, const char *type, struct err *err)
{
	int64_t version = 2; /* absence is the table's to refuse */

	(void)json_int64(json_get(root, "schemaVersion"), &version);
	if (version == 1 ||
	    (type && str_prefix(type, "application/vnd.docker.distribution.manifest.v1+", NULL)))
		return refuse_schema1(err);
	if (version != 2)
		return err_set(err, ERR_INVALID, "schemaVersion: %lld is unknown, expected 2",
			       (long long)version);
	return 0;
}

/* Is the document of this kind, and of no other? */
static int check_document(const struct json *root, enum media_kind kind, struct err *err)
{
	const char *type = json_string(json_get(root, "mediaType"), NULL);
	bool as_index = has_member(root, "manifests");
	bool as_manifest = has_member(root, "layers") || has_member(root, "config");

	if (json_type(root) != JSON_OBJECT)
		return err_set(err, ERR_INVALID, "expected a JSON object");
	if (check_version(root, type, err) < 0)
		return -1;
	if (as_index && as_manifest)
		return err_set(
			err, ERR_INVALID,
			"has the members of both a manifest and an index, which is ambiguous");
	if (kind == MEDIA_MANIFEST && as_index)
		return err_set(err, ERR_INVALID, "is an index, expected a manifest");
	if (kind == MEDIA_INDEX && as_manifest)
		return err_set(err, ERR_INVALID, "is a manifest, expected an index");
	if (str_empty(type) || media_kind(type, NULL) == kind)
		return 0;
	return err_set(err, ERR_INVALID, "mediaType: '%.128s', expected %s", type,
		       kind == MEDIA_INDEX ? MEDIA_OCI_INDEX " or " MEDIA_DOCKER_LIST
					   : MEDIA_OCI_MANIFEST " or " MEDIA_DOCKER_MANIFEST);
}

/* "type/subtype" with the characters of RFC 6838, section 4.2. */
static bool media_type_valid(const char *s)
{
	size_t len = strlen(s), slashes = 0;

	if (len > MEDIA_TYPE_MAX || !isalnum((unsigned char)s[0]))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '/') {
			slashes++;
			if (!isalnum((unsigned char)s[i + 1]))
				return false;
		} else if (!isalnum((unsigned char)s[i]) && !strchr("!#$&-^_.+", s[i])) {
			return false;
		}
	}
	return slashes == 1;
}

static int check_descriptor(const struct descriptor *d, struct err *err)
{
	if (!media_type_valid(d->media_type))
		return err_set(err, ERR_INVALID,
			       "mediaType: '%.128s' is no media type, expected TYPE/SUBTYPE",
			       d->media_type);
	if (d->size > INT64_MAX)
		return err_set(err, ERR_LIMIT, "size: %llu is more than %lld bytes",
			       (unsigned long long)d->size, (long long)INT64_MAX);
	return 0;
}

static int check_descriptors(const struct descriptor *d, size_t n, size_t max, const char *name,
			     struct err *err)
{
	if (n > max)
		return err_set(err, ERR_LIMIT, "%s: %zu elements, at most %zu are accepted", name,
			       n, max);
	for (size_t i = 0; i < n; i++)
		if (check_descriptor(&d[i], err) < 0)
			return err_ctx(err, "%s[%zu]", name, i);
	return 0;
}

/* Parse the text and judge its kind; *ret is the tree. */
static int read_document(const char *text, size_t len, enum media_kind kind, const char *what,
			 struct json **ret, struct err *err)
{
	_cleanup_(json) struct json *root = NULL;
	size_t max = kind == MEDIA_INDEX ? INDEX_MAX_SIZE : MANIFEST_MAX_SIZE;

	if (len > max)
		return err_set(err, ERR_LIMIT, "%s: %zu bytes, at most %zu are accepted", what, len,
			       max);
	if (json_parse(text, len, what, &root, err) < 0)
		return -1;
	if (check_document(root, kind, err) < 0)
		return err_ctx(err, "%s", what);
	*ret = ptr_take(root);
	return 0;
}

int manifest_parse(const char *text, size_t len, const char *what, struct manifest *ret,
		   struct err *err)
{
	_cleanup_(manifest) struct manifest m = {.arena = ARENA_INIT};
	_cleanup_(json) struct json *root = NULL;

	if (read_document(text, len, MEDIA_MANIFEST, what, &root, err) < 0)
		return -1;
	if (json_decode(&manifest_table, root, "", &m, &m.arena, err) < 0 ||
	    check_descriptors(m.layers, m.n_layers, MANIFEST_MAX_LAYERS, "layers", err) < 0)
		return err_ctx(err, "%s", what);
	if (check_descriptor(&m.config, err) < 0) {
		(void)err_ctx(err, "config");
		return err_ctx(err, "%s", what);
	}
	if (m.subject && check_descriptor(m.subject, err) < 0) {
		(void)err_ctx(err, "subject");
		return err_ctx(err, "%s", what);
	}
	*ret = m;
	m = (struct manifest){.arena = ARENA_INIT};
	return 0;
}

int image_index_parse(const char *text, size_t len, const char *what, struct image_index *ret,
		      struct err *err)
{
	_cleanup_(image_index) struct image_index x = {.arena = ARENA_INIT};
	_cleanup_(json) struct json *root = NULL;

	if (read_document(text, len, MEDIA_INDEX, what, &root, err) < 0)
		return -1;
	if (json_decode(&index_table, root, "", &x, &x.arena, err) < 0 ||
	    check_descriptors(x.manifests, x.n_manifests, INDEX_MAX_MANIFESTS, "manifests", err) <
		    0)
		return err_ctx(err, "%s", what);
	*ret = x;
	x = (struct image_index){.arena = ARENA_INIT};
	return 0;
}

void manifest_done(struct manifest *m)
{
	if (!m)
		return;
	arena_done(&m->arena);
	*m = (struct manifest){.arena = ARENA_INIT};
}

void image_index_done(struct image_index *i)
{
	if (!i)
		return;
	arena_done(&i->arena);
	*i = (struct image_index){.arena = ARENA_INIT};
}

void manifest_write(const struct manifest *m, struct buf *out)
{
	struct json_writer w = JSON_WRITER_INIT(out, 0);

	json_encode(&manifest_table, m, &w);
}

void image_index_write(const struct image_index *i, struct buf *out)
{
	struct json_writer w = JSON_WRITER_INIT(out, 0);

	json_encode(&index_table, i, &w);
}
