/* SPDX-License-Identifier: Apache-2.0 */
/* Hooks of real containers: where they run, what they are told, and how they fail. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "box.h"
#include "os/fd.h"
#include "suites.h"

#define SH    "/bin/busybox"
#define LARGE 200000

START_TEST(run_in_order_with_the_state)
{
	char log[] = "/tmp/onggi-hooks-XXXXXX";
	_cleanup_fd_ int fd = mkstemp(log);
	_cleanup_free_ char *top = xasprintf(
		",\"hooks\":{"
		"\"prestart\":[{\"path\":\"" SH "\",\"args\":[\"busybox\",\"sh\",\"-c\","
		"\"busybox grep -o '\\\"status\\\":\\\"[a-z]*\\\"' >>%s; echo pre $X >>%s\"],"
		"\"env\":[\"X=1\"]}],"
		"\"createRuntime\":[{\"path\":\"" SH "\",\"args\":[\"busybox\",\"sh\",\"-c\","
		"\"echo runtime >>%s\"]}],"
		"\"createContainer\":[{\"path\":\"" SH "\",\"args\":[\"busybox\",\"sh\",\"-c\","
		"\"echo create `busybox hostname` >>%s\"]}],"
		"\"startContainer\":[{\"path\":\"" SH "\",\"args\":[\"busybox\",\"sh\",\"-c\","
		"\"echo start >/data/started\"]}],"
		"\"poststart\":[{\"path\":\"" SH "\",\"args\":[\"busybox\",\"sh\",\"-c\","
		"\"echo poststart >>%s\"]}]},\"hostname\":\"pot\"",
		log, log, log, log, log);
	struct box b = {.who = BOX_ROOT,
			.top = top,
			.script = "busybox cat /data/started; busybox sleep 0.3"};
	_cleanup_(buf) struct buf text = BUF_INIT;

	ck_assert_int_ge(fd, 0);
	if (!box_can(BOX_ROOT)) {
		unlink(log);
		return;
	}
	box_expect(&b, "start\n");
	ck_assert_int_eq(fd_read_all(fd, 4096, log, &text, NULL), 0);
	ck_assert_str_eq(buf_str(&text), "\"status\":\"creating\"\npre 1\nruntime\ncreate pot\n"
					 "poststart\n");
	unlink(log);
}
END_TEST

/* More than a pipe holds: runtimes hand whole manifests through annotations. */
START_TEST(gets_the_whole_of_a_large_state)
{
	static const char *const kinds[] = {"prestart", "createContainer"};
	char log[] = "/tmp/onggi-hooks-XXXXXX";
	_cleanup_fd_ int fd = mkstemp(log);
	_cleanup_free_ char *large = xalloc(LARGE + 1);
	_cleanup_(buf) struct buf text = BUF_INIT;
	_cleanup_free_ char *top = NULL;
	struct box b = {.who = BOX_ROOT, .script = "echo ran"};

	ck_assert_int_ge(fd, 0);
	memset(large, 'x', LARGE);
	top = xasprintf(",\"annotations\":{\"large\":\"%s\"},\"hooks\":{\"%s\":[{\"path\":\"" SH
			"\",\"args\":[\"busybox\",\"sh\",\"-c\",\"busybox tr -cd x | busybox wc -c "
			">>%s\"]},{\"path\":\"/bin/true\"}]}",
			large, kinds[_i], log);
	b.top = top;
	if (box_can(BOX_ROOT)) {
		box_expect(&b, "ran\n");
		ck_assert_int_eq(fd_read_all(fd, 4096, log, &text, NULL), 0);
		ck_assert_int_ge(strtol(buf_str(&text), NULL, 10), LARGE);
	}
	unlink(log);
}
END_TEST

static void expect_failure(const char *top, enum err_kind kind, const char *text)
{
	struct box b = {.who = BOX_ROOT, .top = top, .script = "echo ran"};
	struct box_result r;

	if (!box_can(BOX_ROOT))
		return;
	box_run(&b, &r);
	ck_assert_int_eq(r.code, -1);
	ck_assert_int_eq(r.err.kind, kind);
	ck_assert_str_eq(r.err.text, text);
}

START_TEST(a_failing_hook_ends_the_start)
{
	expect_failure(",\"hooks\":{\"createRuntime\":[{\"path\":\"/bin/false\"}]}", ERR_SYSTEM,
		       "createRuntime hook '/bin/false' failed with exit code 1");
	expect_failure(",\"hooks\":{\"createContainer\":[{\"path\":\"/bin/false\"}]}", ERR_SYSTEM,
		       "createContainer hook '/bin/false' failed with exit code 1");
	expect_failure(",\"hooks\":{\"startContainer\":[{\"path\":\"/nosuch\"}]}", ERR_SYSTEM,
		       "startContainer hook '/nosuch' failed with exit code 127");
}
END_TEST

START_TEST(a_slow_hook_is_ended)
{
	expect_failure(",\"hooks\":{\"prestart\":[{\"path\":\"/bin/sleep\",\"args\":[\"sleep\","
		       "\"1000\"],\"timeout\":1}]}",
		       ERR_LIMIT,
		       "prestart hook '/bin/sleep' did not end within its timeout of 1 s");
}
END_TEST

Suite *suite_hooks(void)
{
	Suite *s = suite_create("hooks");
	TCase *tc = tcase_create("hooks");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, run_in_order_with_the_state);
	tcase_add_loop_test(tc, gets_the_whole_of_a_large_state, 0, 2);
	tcase_add_test(tc, a_failing_hook_ends_the_start);
	tcase_add_test(tc, a_slow_hook_is_ended);
	suite_add_tcase(s, tc);
	return s;
}
