/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inflating sources.
 *
 * A file is a series of members. Between members the driver looks for the end or for the next
 * member; inside one it calls the decompressor's step() until output appears. Input that ends
 * inside a member, and anything behind a member that starts none, is ERR_CORRUPT: a layer's bytes
 * are never guessed.
 */
#include "codec/inflate.h"
#include "codec/stream.h"

#include <string.h>

#include "base/alloc.h"

static const struct {
	const char *name;
	const char *magic;
	size_t magic_len;
} formats[COMPRESSION_COUNT] = {
	[COMPRESSION_NONE] = {"none", "", 0},
	[COMPRESSION_GZIP] = {"gzip", "\x1f\x8b", 2},
	[COMPRESSION_ZSTD] = {"zstd", "\x28\xb5\x2f\xfd", 4},
	[COMPRESSION_XZ] = {"xz",
			    "\xfd"
			    "7zXZ\0",
			    6},
	[COMPRESSION_BZIP2] = {"bzip2", "BZh", 3},
};

/* zstd's skippable frames, which some writers put first: 0x184D2A50 to 5F, little endian (RFC
 * 8878). */
static bool is_skippable_frame(const uint8_t *p, size_t len)
{
	return len >= 4 && (p[0] & 0xf0) == 0x50 && p[1] == 0x2a && p[2] == 0x4d && p[3] == 0x18;
}

enum compression compression_detect(const void *head, size_t len)
{
	for (enum compression c = COMPRESSION_GZIP; c < COMPRESSION_COUNT; c++)
		if (len >= formats[c].magic_len &&
		    memcmp(head, formats[c].magic, formats[c].magic_len) == 0)
			return c;
	return is_skippable_frame(head, len) ? COMPRESSION_ZSTD : COMPRESSION_NONE;
}

const char *compression_name(enum compression c)
{
	return formats[c].name;
}

struct inflater {
	struct source base;
	struct source *in;
	const struct inflate_ops *ops;
	void *state;
	const char *name;
	bool in_member;
	bool seen_member;
	bool eof;	   /* of the input */
	void *buf;	   /* of input that can't be borrowed */
	const uint8_t *at; /* the input that is left */
	size_t len;
};

/* Have at least one byte of input, or eof. */
static int fill(struct inflater *f, struct err *err)
{
	const void *in;
	ssize_t r;

	if (f->len || f->eof)
		return 0;
	r = source_borrow(f->in, &f->buf, INFLATE_INPUT_SIZE, &in, err);
	if (r < 0)
		return -1;
	/* At the end there is no place to tell. */
	if (r > 0)
		f->at = in;
	f->len = (size_t)r;
	f->eof = r == 0;
	return 0;
}

/* Between members: 1 a member begins, 0 the end. */
static int next_member(struct inflater *f, struct err *err)
{
	for (;;) {
		if (fill(f, err) < 0)
			return -1;
		if (f->eof)
			break;
		if (f->seen_member && f->ops->zero_padding && *f->at == 0) {
			f->at++;
			f->len--;
			continue;
		}
		if (f->ops->begin(f->state, err) < 0)
			return -1;
		f->in_member = f->seen_member = true;
		return 1;
	}
	if (!f->seen_member)
		return err_set(err, ERR_CORRUPT, "%s data is truncated: it is empty", f->name);
	return 0;
}

static ssize_t inflate_read(struct source *s, void *buf, size_t n, struct err *err)
{
	struct inflater *f = (struct inflater *)s;

	for (;;) {
		struct inflate_io io = {.out = buf, .out_len = n};
		enum inflate_status status;
		size_t taken;
		int r;

		if (!f->in_member) {
			r = next_member(f, err);
			if (r <= 0)
				return r;
		}
		if (fill(f, err) < 0)
			return -1;
		io.in = f->at;
		io.in_len = f->len;
		status = f->ops->step(f->state, &io, err);
		if (status == INFLATE_ERROR)
			return -1;
		taken = f->len - io.in_len;
		f->at = io.in;
		f->len = io.in_len;
		if (status == INFLATE_MEMBER_END)
			f->in_member = false;
		if (io.out_len < n)
			return (ssize_t)(n - io.out_len);
		if (status == INFLATE_MORE && f->eof)
			return err_set(err, ERR_CORRUPT, "%s data is truncated", f->name);
		if (status == INFLATE_MORE && !taken && f->len)
			return err_set(err, ERR_CORRUPT, "%s data makes no progress", f->name);
	}
}

static void inflate_close(struct source *s)
{
	struct inflater *f = (struct inflater *)s;

	f->ops->done(f->state);
	source_free(f->in);
	free(f->buf);
	free(f);
}

static int open_decompressor(enum compression c, const struct inflate_ops **ret_ops,
			     void **ret_state, struct err *err)
{
	switch (c) {
	case COMPRESSION_GZIP:
		if (inflate_isal_open(ret_ops, ret_state, NULL) == 0)
			return 0;
		return inflate_zlib_open(ret_ops, ret_state, err);
	case COMPRESSION_ZSTD:
		return inflate_zstd_open(ret_ops, ret_state, err);
	case COMPRESSION_XZ:
		return inflate_xz_open(ret_ops, ret_state, err);
	case COMPRESSION_BZIP2:
		return inflate_bzip2_open(ret_ops, ret_state, err);
	case COMPRESSION_NONE:
	case COMPRESSION_COUNT:
		break;
	}
	return err_set(err, ERR_INVALID, "unknown compression %d", (int)c);
}

struct source *inflate_source_new(struct source *in, const struct inflate_ops *ops, void *state,
				  const char *name)
{
	struct inflater *f = xalloc(sizeof(*f));

	f->base.read = inflate_read;
	f->base.close = inflate_close;
	f->in = in;
	f->ops = ops;
	f->state = state;
	f->name = name;
	return &f->base;
}

int source_inflate(struct source *in, enum compression c, struct source **ret, struct err *err)
{
	const struct inflate_ops *ops;
	void *state;

	if (c == COMPRESSION_NONE) {
		*ret = in;
		return 0;
	}
	if (open_decompressor(c, &ops, &state, err) < 0) {
		source_free(in);
		return -1;
	}
	*ret = inflate_source_new(in, ops, state, compression_name(c));
	return 0;
}

/* A source whose first bytes were looked at already. */
struct peeked_source {
	struct source base;
	struct source *in;
	size_t pos, len;
	char head[COMPRESSION_MAGIC_MAX];
};

static ssize_t peeked_read(struct source *s, void *buf, size_t n, struct err *err)
{
	struct peeked_source *p = (struct peeked_source *)s;

	if (p->pos == p->len)
		return source_read(p->in, buf, n, err);
	if (n > p->len - p->pos)
		n = p->len - p->pos;
	memcpy(buf, p->head + p->pos, n);
	p->pos += n;
	return (ssize_t)n;
}

static ssize_t peeked_borrow(struct source *s, const void **ret, struct err *err)
{
	struct peeked_source *p = (struct peeked_source *)s;
	size_t left = p->len - p->pos;

	if (!left)
		return p->in->borrow(p->in, ret, err);
	*ret = p->head + p->pos;
	p->pos = p->len;
	return (ssize_t)left;
}

static void peeked_close(struct source *s)
{
	struct peeked_source *p = (struct peeked_source *)s;

	source_free(p->in);
	free(p);
}

int source_detect(struct source *in, enum compression *ret_c, struct source **ret, struct err *err)
{
	struct peeked_source *p = xalloc(sizeof(*p));
	ssize_t r;

	p->base.read = peeked_read;
	p->base.borrow = in->borrow ? peeked_borrow : NULL;
	p->base.close = peeked_close;
	p->in = in;
	r = source_read_full(in, p->head, sizeof(p->head), err);
	if (r < 0) {
		source_free(&p->base);
		return -1;
	}
	p->len = (size_t)r;
	*ret_c = compression_detect(p->head, p->len);
	*ret = &p->base;
	return 0;
}

int source_inflate_auto(struct source *in, enum compression *ret_c, struct source **ret,
			struct err *err)
{
	struct source *whole;
	enum compression c;

	if (source_detect(in, &c, &whole, err) < 0 || source_inflate(whole, c, ret, err) < 0)
		return -1;
	if (ret_c)
		*ret_c = c;
	return 0;
}
