/* SPDX-License-Identifier: Apache-2.0 */
/* Namespaces that exist already, and what becomes of a container whose supervisor dies. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/parse.h"
#include "base/strv.h"
#include "box.h"
#include "suites.h"

#define FOR_EACH_WHO(tc, fn) tcase_add_loop_test((tc), (fn), 0, BOX_WHO_COUNT)

/* A container that waits; its pid as we see it. The forked process that supervises it is *ret. */
static pid_t start_first(const struct box *like, pid_t *ret)
{
	char pidfile[] = "/tmp/onggi-first-XXXXXX";
	_cleanup_fd_ int fd = mkstemp(pidfile);
	char text[32] = "";
	int64_t pid;

	ck_assert_int_ge(fd, 0);
	unlink(pidfile);
	*ret = fork();
	ck_assert_int_ge(*ret, 0);
	if (*ret == 0) {
		struct box b = *like;
		struct box_result r;

		b.script = "busybox sleep 3000";
		b.pid_fd = fd;
		b.no_cgroup = true;
		box_run(&b, &r);
		fprintf(stderr, "%s\n", r.err.text);
		_exit(0);
	}
	/* The test's own timeout is the limit. */
	while (pread(fd, text, sizeof(text) - 1, 0) <= 0 && waitpid(*ret, NULL, WNOHANG) == 0)
		usleep(10000);
	text[strcspn(text, "\n")] = '\0';
	ck_assert_int_eq(parse_int(text, 1, INT32_MAX, &pid, NULL), 0);
	return (pid_t)pid;
}

/* Until its program runs; before, it is called as this one is. */
static void wait_for_program(pid_t pid)
{
	static const char program[] = "sleep";
	char path[64], text[256];

	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	for (;;) {
		_cleanup_fd_ int fd = open(path, O_RDONLY | O_CLOEXEC);
		ssize_t n = read(fd, text, sizeof(text));

		ck_assert_msg(n >= 0, "the first container is gone");
		if (memmem(text, (size_t)n, program, strlen(program)))
			return;
		usleep(10000);
	}
}

static void namespaces_of(pid_t pid, bool user, bool mount, char *out, size_t size)
{
	static const struct {
		const char *type, *name;
	} kinds[] = {{"pid", "pid"}, {"network", "net"}, {"ipc", "ipc"}, {"uts", "uts"}};
	_cleanup_(buf) struct buf b = BUF_INIT;

	buf_adds(&b, mount ? "" : "[{\"type\":\"mount\"}");
	if (mount)
		buf_addf(&b, "[{\"type\":\"mount\",\"path\":\"/proc/%d/ns/mnt\"}", (int)pid);
	if (user)
		buf_addf(&b, ",{\"type\":\"user\",\"path\":\"/proc/%d/ns/user\"}", (int)pid);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		buf_addf(&b, ",{\"type\":\"%s\",\"path\":\"/proc/%d/ns/%s\"}", kinds[i].type,
			 (int)pid, kinds[i].name);
	buf_addc(&b, ']');
	ck_assert(str_copy(out, size, buf_str(&b)));
}

static void joins(enum box_who who, bool mount)
{
	char namespaces[1024];
	pid_t supervisor;
	pid_t first;
	struct box b = {.who = who,
			.join = who != BOX_ROOT,
			.namespaces = namespaces,
			.process = ",\"oomScoreAdj\":500",
			.script = "busybox ps -o args | busybox grep -c '[s]leep 3000';"
				  "[ $$ = 1 ] || echo second; busybox cat /proc/self/oom_score_adj;"
				  "busybox ls /proc/$$/fd; exit 0"};

	if (!box_can(who))
		return;
	first = start_first(&(struct box){.who = who}, &supervisor);
	wait_for_program(first);
	namespaces_of(first, who != BOX_ROOT, mount, namespaces, sizeof(namespaces));
	box_expect(&b, "1\nsecond\n500\n0\n1\n2\n");
	ck_assert_int_eq(kill(supervisor, SIGKILL), 0);
	ck_assert_int_eq(waitpid(supervisor, NULL, 0), supervisor);
}

START_TEST(enters_the_namespaces_of_another)
{
	joins((enum box_who)_i, false);
}
END_TEST

START_TEST(runs_in_the_mount_namespace_of_another)
{
	joins((enum box_who)_i, true);
}
END_TEST

START_TEST(names_a_namespace_that_is_none)
{
	struct box b = {.who = BOX_ROOT,
			.namespaces = "[{\"type\":\"mount\"},{\"type\":\"network\",\"path\":"
				      "\"/dev/null\"}]"};
	struct box_result r;

	if (!box_can(BOX_ROOT))
		return;
	box_run(&b, &r);
	ck_assert_int_eq(r.code, -1);
	ck_assert_ptr_nonnull(strstr(r.err.text, "enter network namespace '/dev/null'"));
}
END_TEST

/* With its supervisor the container dies, whether it changed its ids or not. */
static void dies(const struct box *b)
{
	pid_t supervisor;
	pid_t first;
	struct pollfd f = {.events = POLLIN};

	if (!box_can(b->who))
		return;
	first = start_first(b, &supervisor);
	f.fd = (int)syscall(SYS_pidfd_open, first, 0);
	ck_assert_int_ge(f.fd, 0);
	ck_assert_int_eq(kill(supervisor, SIGKILL), 0);
	/* The test's own timeout is the limit. */
	ck_assert_int_eq(poll(&f, 1, -1), 1);
	close(f.fd);
	ck_assert_int_eq(waitpid(supervisor, NULL, 0), supervisor);
}

START_TEST(ends_with_its_supervisor)
{
	dies(&(struct box){.who = (enum box_who)_i});
}
END_TEST

START_TEST(an_init_ends_with_its_supervisor)
{
	dies(&(struct box){.who = (enum box_who)_i, .req = {.init = true}});
}
END_TEST

/* execve(2) gives root the bounding set, and the kernel forgets the death signal where that is more
 * than before. */
START_TEST(ends_with_its_supervisor_where_capabilities_grow)
{
	dies(&(struct box){.who = (enum box_who)_i,
			   .caps = "{\"bounding\":[\"CAP_CHOWN\",\"CAP_KILL\"],\"permitted\":[],"
				   "\"effective\":[]}"});
}
END_TEST

Suite *suite_child(void)
{
	Suite *s = suite_create("child");
	TCase *tc = tcase_create("child");

	tcase_set_timeout(tc, 60);
	FOR_EACH_WHO(tc, enters_the_namespaces_of_another);
	FOR_EACH_WHO(tc, runs_in_the_mount_namespace_of_another);
	tcase_add_test(tc, names_a_namespace_that_is_none);
	FOR_EACH_WHO(tc, ends_with_its_supervisor);
	FOR_EACH_WHO(tc, an_init_ends_with_its_supervisor);
	FOR_EACH_WHO(tc, ends_with_its_supervisor_where_capabilities_grow);
	suite_add_tcase(s, tc);
	return s;
}
