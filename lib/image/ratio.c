/* SPDX-License-Identifier: Apache-2.0 */
#include "image/ratio.h"

#include <stdlib.h>

#include "base/alloc.h"

int ratio_check(const struct store_limits *limits, uint64_t taken, uint64_t made, struct err *err)
{
	uint64_t most = limits->inflate_ratio ? limits->inflate_ratio : RATIO_MAX;
	uint64_t free_bytes = limits->inflate_free ? limits->inflate_free : RATIO_FREE;

	if (made <= free_bytes || (made - free_bytes) / most <= taken)
		return 0;
	err_set(err, ERR_LIMIT, "it inflates to more than %llu times its size",
		(unsigned long long)most);
	return err_hint(err, "set limits.inflate-ratio to let it (onggi config keys)");
}

/* Counts what passes. The one that inflates compares its count with that of its input. */
struct counted {
	struct source base;
	struct source *in;
	uint64_t count;
	const struct store_limits *limits;
	const struct counted *input; /* below the inflater, which owns it; NULL: this is it */
};

static ssize_t counted_read(struct source *s, void *buf, size_t n, struct err *err)
{
	struct counted *c = (struct counted *)s;
	ssize_t r = source_read(c->in, buf, n, err);

	if (r <= 0)
		return r;
	c->count += (uint64_t)r;
	if (c->input && ratio_check(c->limits, c->input->count, c->count, err) < 0)
		return -1;
	return r;
}

static void counted_close(struct source *s)
{
	struct counted *c = (struct counted *)s;

	source_free(c->in);
	free(c);
}

static struct counted *counted_new(struct source *in, const struct store_limits *limits,
				   const struct counted *input)
{
	struct counted *c = xalloc(sizeof(*c));

	c->base.read = counted_read;
	c->base.close = counted_close;
	c->in = in;
	c->limits = limits;
	c->input = input;
	return c;
}

int ratio_inflate(struct source *in, const struct store_limits *limits, enum compression *ret_c,
		  struct source **ret, struct err *err)
{
	struct counted *input = counted_new(in, limits, NULL);
	struct source *inflated;

	if (source_inflate_auto(&input->base, ret_c, &inflated, err) < 0)
		return -1;
	*ret = &counted_new(inflated, limits, input)->base;
	return 0;
}
