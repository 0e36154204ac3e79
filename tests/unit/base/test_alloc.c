/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "suites.h"

START_TEST(xalloc_is_zeroed_and_never_null)
{
	_cleanup_free_ unsigned char *p = xalloc(100);
	_cleanup_free_ void *none = xalloc(0);
	_cleanup_free_ void *nothing = xcalloc(0, 8);

	for (int i = 0; i < 100; i++)
		ck_assert_uint_eq(p[i], 0);
	ck_assert_ptr_nonnull(none);
	ck_assert_ptr_nonnull(nothing);
}
END_TEST

START_TEST(xstrings)
{
	_cleanup_free_ char *cut = xstrndup("pottery", 3);
	_cleanup_free_ char *text = xasprintf("%s-%d", "jar", 7);
	_cleanup_free_ char *copy = xstrdup("kiln");

	ck_assert_str_eq(cut, "pot");
	ck_assert_str_eq(text, "jar-7");
	ck_assert_str_eq(copy, "kiln");
	ck_assert_ptr_null(xstrdup(NULL));
}
END_TEST

/* The message that comes with an expected abort is not part of the test's output. */
static void quiet(void)
{
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_ge(dup2(fd, STDERR_FILENO), 0);
	close(fd);
}

START_TEST(xcalloc_overflow_aborts)
{
	volatile size_t huge = SIZE_MAX / 2;

	quiet();
	free(xcalloc(huge, 4));
}
END_TEST

START_TEST(xreallocarray_overflow_aborts)
{
	volatile size_t huge = SIZE_MAX / 2;

	quiet();
	free(xreallocarray(NULL, huge, 4));
}
END_TEST

START_TEST(arena_calloc_overflow_aborts)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	volatile size_t huge = SIZE_MAX / 2;

	quiet();
	/* The wrapped product would be a small, fitting request. */
	arena_calloc(&a, huge + 2, 2);
}
END_TEST

START_TEST(failure_says_one_line)
{
	volatile size_t huge = SIZE_MAX / 2;
	char line[64] = "";
	int pair[2];
	pid_t pid;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
	pid = check_fork();
	if (pid == 0) {
		signal(SIGABRT, SIG_DFL);
		dup2(pair[1], STDERR_FILENO);
		free(xcalloc(huge, 4));
		_exit(0);
	}
	ck_assert_int_gt(recv(pair[0], line, sizeof(line) - 1, 0), 0);
	ck_assert_str_eq(line, "onggi: out of memory\n");
	close(pair[0]);
	close(pair[1]);
}
END_TEST

static bool all_are(const unsigned char *p, size_t n, unsigned char c)
{
	while (n > 0 && p[n - 1] == c)
		n--;
	return n == 0;
}

/* Every request is aligned, zeroed, and stays as written while others follow, over many blocks. */
START_TEST(arena_keeps_what_it_gave)
{
	static const size_t sizes[] = {1, 16, 0, 7, 100, 5000, 3, 33, 300000, 64, 2040, 2041, 4064};
	enum { ROUNDS = 40, N = sizeof(sizes) / sizeof(sizes[0]) };
	_cleanup_(arena) struct arena a = ARENA_INIT;
	unsigned char *got[ROUNDS][N];

	for (int r = 0; r < ROUNDS; r++) {
		for (int i = 0; i < N; i++) {
			got[r][i] = arena_alloc(&a, sizes[i]);
			ck_assert_uint_eq((uintptr_t)got[r][i] % __alignof__(max_align_t), 0);
			ck_assert(all_are(got[r][i], sizes[i], 0));
			memset(got[r][i], r * N + i + 1, sizes[i]);
		}
	}
	for (int r = 0; r < ROUNDS; r++)
		for (int i = 0; i < N; i++)
			ck_assert(all_are(got[r][i], sizes[i], (unsigned char)(r * N + i + 1)));
}
END_TEST

START_TEST(arena_large_first_request)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	char *large = arena_alloc(&a, 1 << 20);
	char *small = arena_strdup(&a, "small");

	memset(large, 'x', 1 << 20);
	ck_assert_str_eq(small, "small");
}
END_TEST

/* A large request must not push the block being filled aside: the next small one stands behind the
 * last. */
START_TEST(arena_large_request_keeps_the_block)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	char *before = arena_alloc(&a, 16);
	char *after;

	arena_alloc(&a, 1 << 20);
	after = arena_alloc(&a, 16);
	ck_assert_ptr_eq(after, before + 16);
}
END_TEST

START_TEST(arena_strings)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	char long_text[6000];

	memset(long_text, 'y', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	ck_assert_str_eq(arena_strdup(&a, "jar"), "jar");
	ck_assert_ptr_null(arena_strdup(&a, NULL));
	ck_assert_str_eq(arena_strndup(&a, "jarring", 3), "jar");
	ck_assert_str_eq(arena_strndup(&a, "", 0), "");
	ck_assert_str_eq(arena_printf(&a, "%d%%", 50), "50%");
	ck_assert_str_eq(arena_printf(&a, "%s", long_text), long_text);
}
END_TEST

START_TEST(arena_may_be_used_again)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;

	arena_strdup(&a, "first");
	arena_done(&a);
	ck_assert_ptr_null(a.head);
	ck_assert_str_eq(arena_strdup(&a, "second"), "second");
	arena_done(NULL);
}
END_TEST

START_TEST(arena_push_grows)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	struct item {
		size_t n;
		const char *s;
	} *items = NULL, *it;
	size_t count = 0;

	for (size_t i = 0; i < 1000; i++) {
		it = arena_push(&a, items, count);
		ck_assert_uint_eq(it->n, 0);
		ck_assert_ptr_null(it->s);
		it->n = i + 1;
		it->s = "set";
		/* Something in between must not land in the array's room. */
		memset(arena_alloc(&a, 24), 0xff, 24);
	}
	ck_assert_uint_eq(count, 1000);
	for (size_t i = 0; i < count; i++)
		ck_assert_uint_eq(items[i].n, i + 1);
	/* An element that was dropped comes back zeroed. */
	count = 999;
	it = arena_push(&a, items, count);
	ck_assert_uint_eq(it->n, 0);
	ck_assert_ptr_null(it->s);
}
END_TEST

START_TEST(arena_strv_is_terminated)
{
	static const char *const words[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"};
	_cleanup_(arena) struct arena a = ARENA_INIT;
	char **v = NULL;
	size_t count = 0;

	for (size_t i = 0; i < 10; i++) {
		arena_strv_add(&a, &v, &count, words[i]);
		memset(arena_alloc(&a, 24), 0xff, 24);
		ck_assert_uint_eq(count, i + 1);
		ck_assert_ptr_null(v[count]);
	}
	for (size_t i = 0; i < 10; i++)
		ck_assert_ptr_eq(v[i], words[i]);
}
END_TEST

Suite *suite_alloc(void)
{
	Suite *s = suite_create("alloc");
	TCase *t = tcase_create("alloc");

	tcase_add_test(t, xalloc_is_zeroed_and_never_null);
	tcase_add_test(t, xstrings);
	tcase_add_test_raise_signal(t, xcalloc_overflow_aborts, SIGABRT);
	tcase_add_test_raise_signal(t, xreallocarray_overflow_aborts, SIGABRT);
	tcase_add_test_raise_signal(t, arena_calloc_overflow_aborts, SIGABRT);
	tcase_add_test(t, failure_says_one_line);
	suite_add_tcase(s, t);
	t = tcase_create("arena");
	tcase_add_test(t, arena_keeps_what_it_gave);
	tcase_add_test(t, arena_large_first_request);
	tcase_add_test(t, arena_large_request_keeps_the_block);
	tcase_add_test(t, arena_strings);
	tcase_add_test(t, arena_may_be_used_again);
	tcase_add_test(t, arena_push_grows);
	tcase_add_test(t, arena_strv_is_terminated);
	suite_add_tcase(s, t);
	return s;
}
