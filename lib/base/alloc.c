/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An arena is a list of blocks with the one being filled at its head. Blocks start small, because
 * most documents are, and grow, so that a large one needs few. A request that a fresh block would
 * mostly be spent on gets a block of its own, put behind the head, so that the head's rest is not
 * lost. Memory is zeroed by calloc(3) once and never handed out twice.
 */
#include "base/alloc.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define ARENA_FIRST_BLOCK ((size_t)4096)
#define ARENA_LAST_BLOCK  ((size_t)256 << 10)
#define ARENA_ALIGN	  __alignof__(max_align_t)
#define ARENA_MIN_ITEMS	  ((size_t)4)
/* What malloc(3) and the block's head take of a page, left out so that blocks fill whole pages. */
#define ARENA_OVERHEAD (sizeof(struct arena_block) + 16)

struct arena_block {
	struct arena_block *next;
	size_t used;
	size_t size;
	max_align_t data[];
};

static void __attribute__((noreturn)) alloc_failed(void)
{
	static const char line[] = "onggi: out of memory\n";

	/* No stdio: it may want memory itself. Nothing can be done about a failing write. */
	if (write(STDERR_FILENO, line, sizeof(line) - 1) < 0)
		abort();
	abort();
}

void *xalloc(size_t size)
{
	return xcalloc(1, size);
}

void *xcalloc(size_t count, size_t size)
{
	void *p = count && size ? calloc(count, size) : calloc(1, 1);

	if (!p)
		alloc_failed();
	return p;
}

void *xreallocarray(void *p, size_t count, size_t size)
{
	void *q = count && size ? reallocarray(p, count, size) : realloc(p, 1);

	if (!q)
		alloc_failed();
	return q;
}

char *xstrdup(const char *s)
{
	return s ? xstrndup(s, strlen(s)) : NULL;
}

char *xstrndup(const char *s, size_t len)
{
	char *p;

	if (len == SIZE_MAX)
		alloc_failed();
	p = malloc(len + 1);
	if (!p)
		alloc_failed();
	if (len)
		memcpy(p, s, len);
	p[len] = '\0';
	return p;
}

char *xasprintf(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		alloc_failed();
	va_end(ap);
	return s;
}

static struct arena_block *arena_block_new(size_t size)
{
	struct arena_block *b;

	if (size > SIZE_MAX - sizeof(*b))
		alloc_failed();
	b = xalloc(sizeof(*b) + size);
	b->size = size;
	return b;
}

/* Size of the block that follows one of `last` bytes; 0: there is none yet. */
static size_t arena_next_size(size_t last)
{
	size_t total = last ? 2 * (last + ARENA_OVERHEAD) : ARENA_FIRST_BLOCK;

	if (total > ARENA_LAST_BLOCK)
		total = ARENA_LAST_BLOCK;
	return (total - ARENA_OVERHEAD) / ARENA_ALIGN * ARENA_ALIGN;
}

void arena_done(struct arena *a)
{
	struct arena_block *next;

	if (!a)
		return;
	for (struct arena_block *b = a->head; b; b = next) {
		next = b->next;
		free(b);
	}
	a->head = NULL;
}

void *arena_alloc(struct arena *a, size_t size)
{
	struct arena_block *b = a->head;
	size_t next;
	char *p;

	if (size > SIZE_MAX - ARENA_ALIGN)
		alloc_failed();
	/* An empty request still gets an address of its own. */
	size = size ? (size + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN : ARENA_ALIGN;
	if (!b || b->size - b->used < size) {
		next = arena_next_size(b ? b->size : 0);
		if (size > next / 2) {
			struct arena_block *own = arena_block_new(size);

			own->used = size;
			if (b) {
				own->next = b->next;
				b->next = own;
				return own->data;
			}
			/* Nothing to stand behind yet: an ordinary head comes with the next
			 * request. */
			a->head = arena_block_new(arena_next_size(0));
			a->head->next = own;
			return own->data;
		}
		b = arena_block_new(next);
		b->next = a->head;
		a->head = b;
	}
	p = (char *)b->data + b->used;
	b->used += size;
	return p;
}

void *arena_calloc(struct arena *a, size_t count, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(count, size, &total))
		alloc_failed();
	return arena_alloc(a, total);
}

char *arena_strdup(struct arena *a, const char *s)
{
	return s ? arena_strndup(a, s, strlen(s)) : NULL;
}

char *arena_strndup(struct arena *a, const char *s, size_t len)
{
	char *p;

	if (len == SIZE_MAX)
		alloc_failed();
	p = arena_alloc(a, len + 1);
	if (len)
		memcpy(p, s, len);
	return p;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *p;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (len < 0)
		alloc_failed();
	p = arena_alloc(a, (size_t)len + 1);
	va_start(ap, fmt);
	vsnprintf(p, (size_t)len + 1, fmt, ap);
	va_end(ap);
	return p;
}

/* The capacity is not stored: it follows from count, which is why only grown arrays may be grown.
 */
void *arena_grow(struct arena *a, void *items, size_t count, size_t size)
{
	bool full = count == 0 || (count >= ARENA_MIN_ITEMS && (count & (count - 1)) == 0);
	size_t cap;
	char *p = items;

	if (full) {
		if (__builtin_mul_overflow(count, (size_t)2, &cap))
			alloc_failed();
		p = arena_calloc(a, cap ? cap : ARENA_MIN_ITEMS, size);
		if (count)
			memcpy(p, items, count * size);
		return p;
	}
	/* Behind an element that the caller dropped there may be old bytes. */
	memset(p + count * size, 0, size);
	return p;
}

void arena_strv_add(struct arena *a, char ***strv, size_t *count, const char *s)
{
	/* The final NULL counts as an element, so that there is always room for it. */
	char **v = *count ? *strv : arena_grow(a, NULL, 0, sizeof(*v));
	union {
		const char *in;
		char *out;
	} borrowed = {.in = s};

	v = arena_grow(a, v, *count + 1, sizeof(*v));
	v[*count] = borrowed.out;
	v[++*count] = NULL;
	*strv = v;
}
