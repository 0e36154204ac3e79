/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents are looked for in three places: the one that the tag pointed to is at hand, others may
 * be in the store, where they count only when they have their digest, and the registry has them
 * all. A layer's blob that the store has in its size is read from there, and verified by whoever
 * unpacks it, as all others are.
 */
#include "image/pull_input.h"

#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "os/fd.h"

struct pull_input {
	struct image_input base;
	struct store *store;
	struct registry *registry;
	const struct registry_manifest *top;
	const atomic_bool *cancel;
};

static void pull_free(struct image_input *base)
{
	free(base);
}

static bool pull_has(struct image_input *base, const char *name)
{
	(void)base;
	(void)name;
	return false;
}

static int pull_blob(struct image_input *base, const char *name, struct image_input_blob *ret,
		     struct err *err)
{
	(void)ret;
	return err_set(err, ERR_NOT_FOUND, "there is no '%s' in '%s'", name, base->label);
}

/* ---- a document, in memory ---- */

struct text_source {
	struct source base;
	struct buf text;
	struct source *from;
};

static ssize_t text_read(struct source *s, void *buf, size_t n, struct err *err)
{
	return source_read(((struct text_source *)s)->from, buf, n, err);
}

static void text_close(struct source *s)
{
	struct text_source *t = (struct text_source *)s;

	source_free(t->from);
	buf_done(&t->text);
	free(t);
}

/* text is taken. */
static void give_text(struct buf *text, struct image_input_blob *ret)
{
	struct text_source *t = xalloc(sizeof(*t));

	t->base.read = text_read;
	t->base.close = text_close;
	t->text = *text;
	*text = (struct buf)BUF_INIT;
	t->from = source_from_mem(buf_str(&t->text), t->text.len);
	*ret = (struct image_input_blob){.source = &t->base, .size = t->text.len};
}

/* From the store, when it has exactly this. */
static bool stored_text(struct pull_input *in, const struct descriptor *d, struct buf *out)
{
	char hex[HASH_MAX_SIZE * 2 + 1];
	_cleanup_fd_ int fd = -1;
	uint64_t size;

	return d->size <= INDEX_MAX_SIZE &&
	       store_blob_open(in->store, &d->digest, &fd, &size, NULL) == 0 && size == d->size &&
	       fd_read_all(fd, (size_t)size, d->digest.hex, out, NULL) == 0 &&
	       hash_bytes_hex(d->digest.alg, buf_str(out), out->len, hex, NULL) == 0 &&
	       strcmp(hex, d->digest.hex) == 0;
}

static int open_document(struct pull_input *in, const struct descriptor *d,
			 struct image_input_blob *ret, struct err *err)
{
	_cleanup_(buf) struct buf text = BUF_INIT;
	_cleanup_(registry_manifest) struct registry_manifest m = {.text = BUF_INIT};
	enum media_kind kind = media_kind(d->media_type, NULL);

	if (digest_eq(&d->digest, &in->top->digest)) {
		*ret = (struct image_input_blob){.source = source_from_mem(in->top->text.data,
									   in->top->text.len),
						 .size = in->top->text.len};
		return 0;
	}
	if (stored_text(in, d, &text)) {
		give_text(&text, ret);
		return 0;
	}
	if (kind == MEDIA_MANIFEST || kind == MEDIA_INDEX) {
		if (registry_manifest_get(in->registry, NULL, &d->digest, &m, err) < 0)
			return -1;
		give_text(&m.text, ret);
		return 0;
	}
	if (registry_blob_open(in->registry, &d->digest, d->size, &ret->source, err) < 0)
		return -1;
	ret->size = d->size;
	return 0;
}

/* ---- a layer that the store has ---- */

struct stored_source {
	struct source base;
	struct source *range;
	int fd;
	const atomic_bool *cancel;
};

static ssize_t stored_read(struct source *s, void *buf, size_t n, struct err *err)
{
	struct stored_source *f = (struct stored_source *)s;

	if (f->cancel && atomic_load(f->cancel))
		return err_set(err, ERR_CANCELLED, "reading was stopped");
	return source_read(f->range, buf, n, err);
}

static void stored_close(struct source *s)
{
	struct stored_source *f = (struct stored_source *)s;

	source_free(f->range);
	close(f->fd);
	free(f);
}

static bool open_stored(struct pull_input *in, const struct descriptor *d,
			struct image_input_blob *ret)
{
	_cleanup_fd_ int fd = -1;
	struct stored_source *f;
	uint64_t size;

	if (store_blob_open(in->store, &d->digest, &fd, &size, NULL) < 0 || size != d->size)
		return false;
	f = xalloc(sizeof(*f));
	f->base.read = stored_read;
	f->base.close = stored_close;
	f->range = source_from_fd_range(fd, 0, size);
	f->fd = fd_take(&fd);
	f->cancel = in->cancel;
	*ret = (struct image_input_blob){.source = &f->base, .size = size, .stored = true};
	return true;
}

static int pull_content(struct image_input *base, const struct descriptor *d,
			struct image_input_blob *ret, struct err *err)
{
	struct pull_input *in = (struct pull_input *)base;
	struct image_input_blob b = {.size = d->size};
	enum media_kind kind = media_kind(d->media_type, NULL);

	if (kind != MEDIA_LAYER && kind != MEDIA_LAYER_FOREIGN)
		return open_document(in, d, ret, err);
	if (open_stored(in, d, ret))
		return 0;
	if (kind == MEDIA_LAYER_FOREIGN)
		return err_set(err, ERR_UNSUPPORTED,
			       "it is a foreign layer (%s), whose bytes are not in the registry",
			       d->media_type);
	if (registry_blob_open(in->registry, &d->digest, d->size, &b.source, err) < 0)
		return -1;
	*ret = b;
	return 0;
}

static const struct image_input_ops pull_ops = {
	.has = pull_has,
	.blob = pull_blob,
	.content = pull_content,
	.free = pull_free,
};

struct image_input *pull_input_new(struct store *s, struct registry *r,
				   const struct registry_manifest *top, const char *label,
				   const atomic_bool *cancel)
{
	struct pull_input *in = xalloc(sizeof(*in));

	in->base.ops = &pull_ops;
	in->base.label = xstrdup(label);
	in->store = s;
	in->registry = r;
	in->top = top;
	in->cancel = cancel;
	return &in->base;
}
