/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The documents of an input: each is read once and kept, however many images name it. An archive of
 * a few kB can name the same large config for thousands of images, so two budgets hold: one for
 * what is kept, one for what is parsed again and again.
 */
#include <string.h>

#include "base/alloc.h"
#include "image/load.h"

static void document_free(void *p)
{
	struct load_document *d = p;

	buf_done(&d->text);
	free(d);
}

void load_documents_init(struct load_documents *d)
{
	*d = (struct load_documents){.members = MAP_INIT_OWN(document_free)};
}

void load_documents_done(struct load_documents *d)
{
	map_done(&d->members);
}

static int over_budget(const struct load *l, size_t limit, const char *how, struct err *err)
{
	return err_set(err, ERR_LIMIT, "manifests and configs of '%s' have more than %zu MiB%s",
		       image_input_label(l->input), limit >> 20, how);
}

/* d: what it is in an input that knows it by that; NULL: by its name. */
static struct load_document *read_new(struct load *l, const char *name, const struct descriptor *d,
				      size_t max, struct err *err)
{
	struct load_documents *docs = &l->documents;
	size_t left = LOAD_DOCUMENTS_MAX - docs->kept;
	_cleanup_(buf) struct buf text = BUF_INIT_MAX(max + 1);
	struct err cause = ERR_INIT;
	struct load_document *doc;
	size_t most = max < left ? max : left;

	if (d ? image_input_read_content(l->input, d, most, &text, &cause) < 0
	      : image_input_read(l->input, name, most, &text, &cause) < 0) {
		if (cause.kind == ERR_LIMIT && left < max)
			over_budget(l, LOAD_DOCUMENTS_MAX, "", &cause);
		if (err)
			*err = cause;
		return NULL;
	}
	docs->kept += text.len;
	doc = xalloc(sizeof(*doc));
	doc->text = text;
	text = (struct buf)BUF_INIT;
	map_set(&docs->members, name, doc);
	return doc;
}

static int read_once(struct load *l, const char *name, const struct descriptor *d, size_t max,
		     struct load_document **ret, struct err *err)
{
	struct load_document *doc = map_get(&l->documents.members, name);

	if (!doc)
		doc = read_new(l, name, d, max, err);
	if (!doc)
		return -1;
	if (doc->text.len > max)
		return err_set(err, ERR_LIMIT, "'%s' has %zu bytes, at most %zu are accepted", name,
			       doc->text.len, max);
	l->documents.parsed += doc->text.len;
	if (l->documents.parsed > LOAD_PARSED_MAX)
		return over_budget(l, LOAD_PARSED_MAX, ", counted as often as images use them",
				   err);
	*ret = doc;
	return 0;
}

int load_read(struct load *l, const char *name, size_t max, struct load_document **ret,
	      struct err *err)
{
	return read_once(l, name, NULL, max, ret, err);
}

static int verify(const struct descriptor *d, const struct buf *text, const char *name,
		  struct err *err)
{
	char hex[HASH_MAX_SIZE * 2 + 1];

	if (text->len != d->size)
		return err_set(err, ERR_CORRUPT, "'%s' has %zu bytes, its descriptor says %llu",
			       name, text->len, (unsigned long long)d->size);
	if (hash_bytes_hex(d->digest.alg, text->data, text->len, hex, err) < 0)
		return -1;
	if (strcmp(hex, d->digest.hex) != 0)
		return err_set(err, ERR_CORRUPT, "'%s' has the digest %s:%.12s", name,
			       digest_alg(&d->digest), hex);
	return 0;
}

int load_read_content(struct load *l, const struct descriptor *d, size_t max,
		      struct load_document **ret, struct err *err)
{
	char name[IMAGE_INPUT_CONTENT_MAX];
	struct load_document *doc;

	image_input_content_name(d, name);
	if (read_once(l, name, d, max, &doc, err) < 0 || verify(d, &doc->text, name, err) < 0)
		return -1;
	*ret = doc;
	return 0;
}
