/* SPDX-License-Identifier: Apache-2.0 */
#include "image/ratio.h"

#include <stdlib.h>

#include "base/alloc.h"

int ratio_check(uint64_t taken, uint64_t made, struct err *err)
{
	if (made <= RATIO_FREE || (made - RATIO_FREE) / RATIO_MAX <= taken)
		return 0;
	return err_set(err, ERR_LIMIT, "it inflates to more than %d times its size", RATIO_MAX);
}

/* Counts what passes. The one that inflates compares its count with that of its input. */
struct counted {
	struct source base;
	struct source *in;
	uint64_t count;
	const struct counted *input; /* below the inflater, which owns it; NULL: this is it */
};

static ssize_t counted_read(struct source *s, void *buf, size_t n, struct err *err)
{
	struct counted *c = (struct counted *)s;
	ssize_t r = source_read(c->in, buf, n, err);

	if (r <= 0)
		return r;
	c->count += (uint64_t)r;
	if (c->input && ratio_check(c->input->count, c->count, err) < 0)
		return -1;
	return r;
}

static void counted_close(struct source *s)
{
	struct counted *c = (struct counted *)s;

	source_free(c->in);
	free(c);
}

static struct counted *counted_new(struct source *in, const struct counted *input)
{
	struct counted *c = xalloc(sizeof(*c));

	c->base.read = counted_read;
	c->base.close = counted_close;
	c->in = in;
	c->input = input;
	return c;
}

int ratio_inflate(struct source *in, enum compression *ret_c, struct source **ret, struct err *err)
{
	struct counted *input = counted_new(in, NULL);
	struct source *inflated;

	if (source_inflate_auto(&input->base, ret_c, &inflated, err) < 0)
		return -1;
	*ret = &counted_new(inflated, input)->base;
	return 0;
}
