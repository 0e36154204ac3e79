/* SPDX-License-Identifier: Apache-2.0 */
/* What all inputs have in common: the way to their functions, and reading small files. */
#include "image/input.h"

#include <stdio.h>
#include <stdlib.h>

void image_input_free(struct image_input *in)
{
	if (!in)
		return;
	free(in->label);
	free(in->stem);
	in->ops->free(in);
}

const char *image_input_label(const struct image_input *in)
{
	return in->label;
}

const char *image_input_stem(const struct image_input *in)
{
	return in->stem;
}

bool image_input_has(struct image_input *in, const char *name)
{
	return in->ops->has(in, name);
}

int image_input_blob(struct image_input *in, const char *name, struct image_input_blob *ret,
		     struct err *err)
{
	return in->ops->blob(in, name, ret, err);
}

int image_input_content(struct image_input *in, const struct descriptor *d,
			struct image_input_blob *ret, struct err *err)
{
	return in->ops->content(in, d, ret, err);
}

const char *image_input_content_name(const struct descriptor *d, char *buf)
{
	snprintf(buf, IMAGE_INPUT_CONTENT_MAX, "blobs/%s/%s", digest_alg(&d->digest),
		 d->digest.hex);
	return buf;
}

/* b.source is taken. */
static int read_blob(const struct image_input *in, const char *name, struct image_input_blob b,
		     size_t max, struct buf *out, struct err *err)
{
	_cleanup_(source) struct source *src = b.source;
	size_t before = out->len;
	ssize_t n;

	if (b.size > max)
		return err_set(err, ERR_LIMIT,
			       "'%s' in '%s' has %llu bytes, at most %zu are accepted", name,
			       in->label, (unsigned long long)b.size, max);
	if (!buf_reserve(out, (size_t)b.size + 1))
		return buf_check(out, name, err);
	n = source_read_full(src, out->data + before, (size_t)b.size, err);
	if (n < 0)
		return err_ctx(err, "'%s' in '%s'", name, in->label);
	if ((uint64_t)n != b.size)
		return err_set(err, ERR_CORRUPT, "'%s' in '%s' is truncated", name, in->label);
	out->len += (size_t)n;
	out->data[out->len] = '\0';
	return 0;
}

int image_input_read(struct image_input *in, const char *name, size_t max, struct buf *out,
		     struct err *err)
{
	struct image_input_blob b = {0};

	if (image_input_blob(in, name, &b, err) < 0)
		return -1;
	return read_blob(in, name, b, max, out, err);
}

int image_input_read_content(struct image_input *in, const struct descriptor *d, size_t max,
			     struct buf *out, struct err *err)
{
	struct image_input_blob b = {0};
	char name[IMAGE_INPUT_CONTENT_MAX];

	if (image_input_content(in, d, &b, err) < 0)
		return -1;
	return read_blob(in, image_input_content_name(d, name), b, max, out, err);
}
