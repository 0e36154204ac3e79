/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Allocation that can't fail, and arenas.
 *
 * Small allocations do not report failure: the process ends with a message (ADR 0001). That is as
 * safe as any kill, since every command may be killed at any instruction. Sizes that come from
 * outside are held against a named limit before they get here.
 *
 * An arena owns everything decoded from one document or assembled for one plan, and is released at
 * once; nothing in it is released singly. Strings in documents belong to the document's arena.
 */
#ifndef ONGGI_BASE_ALLOC_H
#define ONGGI_BASE_ALLOC_H

#include <stdarg.h>
#include <stddef.h>

#include "base/cleanup.h"

/* malloc(3), zeroed; size may be 0. Never NULL. The caller frees. */
void *xalloc(size_t size) __attribute__((malloc, returns_nonnull));
/* Zeroed array; the product is checked. Never NULL. */
void *xcalloc(size_t count, size_t size) __attribute__((malloc, returns_nonnull));
/* Resize to count elements of size bytes; the product is checked, new bytes are not zeroed. */
void *xreallocarray(void *p, size_t count, size_t size) __attribute__((returns_nonnull));
/* strdup(3); NULL gives NULL. */
char *xstrdup(const char *s);
/* Copy of len bytes with a final NUL. */
char *xstrndup(const char *s, size_t len) __attribute__((malloc, returns_nonnull));
/* asprintf(3) that returns the string. */
char *xasprintf(const char *fmt, ...)
	__attribute__((format(printf, 1, 2), malloc, returns_nonnull));

struct arena_block;

struct arena {
	struct arena_block *head;
};

#define ARENA_INIT                                                                                 \
	{                                                                                          \
		.head = NULL                                                                       \
	}

/* Release everything; the arena may be used again. NULL and empty are accepted. */
void arena_done(struct arena *a);
DEFINE_CLEANUP_VALUE(arena, arena_done)

/* Zeroed memory aligned for any type, owned by the arena. */
void *arena_alloc(struct arena *a, size_t size) __attribute__((returns_nonnull));
/* Zeroed array; the product is checked. */
void *arena_calloc(struct arena *a, size_t count, size_t size) __attribute__((returns_nonnull));
/* Copy of a string; NULL gives NULL. */
char *arena_strdup(struct arena *a, const char *s);
/* Copy of len bytes with a final NUL. */
char *arena_strndup(struct arena *a, const char *s, size_t len) __attribute__((returns_nonnull));
/* Formatted string. */
char *arena_printf(struct arena *a, const char *fmt, ...)
	__attribute__((format(printf, 2, 3), returns_nonnull));

/*
 * Append a zeroed element to the array `items` of `count` elements that lives in the arena, and
 * evaluate to a pointer to it. Grows by doubling; earlier element addresses become stale.
 */
#define arena_push(a, items, count)                                                                \
	((items) = arena_grow((a), (items), (count), sizeof(*(items))), &(items)[(count)++])
/*
 * For arena_push(): returns the array, with room for count + 1 elements, the new one zeroed. items
 * is NULL with a count of 0, or came from here: capacity follows from count and is not stored, so
 * an array that was allocated in another way must not be grown.
 */
void *arena_grow(struct arena *a, void *items, size_t count, size_t size)
	__attribute__((returns_nonnull));

/*
 * Append s (borrowed, not copied) to a NULL-terminated string vector of *count strings in the
 * arena, which was built by this function alone.
 */
void arena_strv_add(struct arena *a, char ***strv, size_t *count, const char *s);

#endif
