/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "os/process.h"
#include "suites.h"

static int run(const char *script, struct err *err)
{
	char *argv[] = {strdup("sh"), strdup("-c"), strdup(script), NULL};
	struct spawned s;
	int r = spawn_start(argv, &s, err);

	if (r == 0)
		r = spawn_finish(&s, err);
	for (int i = 0; i < 3; i++)
		free(argv[i]);
	return r;
}

/* script, and what the error must hold; NULL: success */
static const char *const rows[][2] = {
	{"exit 0", NULL},
	{"echo first >&2; echo second >&2; exit 3", "'sh' failed: first"},
	{"echo 'sh: refused' >&2; exit 1", "'sh' failed: refused"},
	{"exit 4", "'sh' failed with status 4"},
	{"kill -KILL $$", "'sh' was killed by signal 9"},
	/* Only 0, 1 and 2 are open (the shell's own listing has one more). */
	{"set -- /proc/self/fd/*; case \"$*\" in *fd/0*fd/1*fd/2*) exit 0;; esac; exit 1", NULL},
	{"test \"$(readlink /proc/self/fd/0)\" = /dev/null", NULL},
	{"test -z \"$SECRET\" && test \"$LC_ALL\" = C", NULL},
	/* Signals as a program expects them. */
	{"exec grep -q '^SigBlk:[[:space:]]*0*$' /proc/self/status", NULL},
	/* More than a pipe holds; a child in the background that keeps the pipe. */
	{"i=0; while [ $i -lt 3000 ]; do echo 'a line that is rather long and is dropped' >&2; "
	 "i=$((i+1)); done",
	 NULL},
	{"sleep 1000 & echo $! >$HOLD; exit 0", NULL},
};

START_TEST(scripts)
{
	struct err err = ERR_INIT;
	char script[512];
	char path[64];
	int dir = test_dir();
	sigset_t all;

	setenv("SECRET", "x", 1);
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	snprintf(script, sizeof(script), "HOLD=%s/hold\n%s", test_dir_path(dir, path), rows[_i][0]);
	if (rows[_i][1]) {
		ck_assert_int_eq(run(script, &err), -1);
		ck_assert_str_eq(err.text, rows[_i][1]);
	} else {
		ck_ok(run(script, &err), &err);
	}
	if (strstr(script, "1000")) {
		char text[16] = "";
		int fd = openat(dir, "hold", O_RDONLY);

		ck_assert_int_gt(read(fd, text, sizeof(text) - 1), 0);
		ck_assert_int_eq(kill((pid_t)strtol(text, NULL, 10), SIGKILL), 0);
	}
}
END_TEST

START_TEST(nothing_leaks)
{
	struct err err = ERR_INIT;
	int before = test_fd_count();

	ck_ok(run("exit 0", &err), &err);
	ck_assert_int_eq(run("exit 1", &err), -1);
	ck_assert_int_eq(test_fd_count(), before);
}
END_TEST

START_TEST(absent_program)
{
	char name[] = "onggi-no-such-program";
	char *argv[] = {name, NULL};
	struct spawned s;
	struct err err = ERR_INIT;

	ck_assert_int_eq(spawn_start(argv, &s, &err), -1);
	ck_assert_int_eq(err.kind, ERR_NOT_FOUND);
	ck_assert_ptr_nonnull(strstr(err.text, name));
}
END_TEST

START_TEST(lookup)
{
	_cleanup_free_ char *sh = NULL;
	_cleanup_free_ char *sbin = NULL;
	_cleanup_free_ char *local = NULL;
	char path[64];
	int dir = test_dir();

	test_file(dir, "tool", "#!/bin/sh\n");
	/* Neither the working directory nor relative entries are searched. */
	ck_assert_int_eq(fchdir(dir), 0);
	ck_assert_int_eq(fchmodat(dir, "tool", 0755, 0), 0);
	setenv("PATH", ":.:/nonexistent", 1);
	ck_assert_ptr_null(spawn_lookup("tool"));
	sh = spawn_lookup("sh");
	ck_assert_ptr_nonnull(sh);
	sbin = spawn_lookup("ldconfig");
	ck_assert_ptr_nonnull(sbin);
	setenv("PATH", test_dir_path(dir, path), 1);
	local = spawn_lookup("tool");
	ck_assert_ptr_nonnull(local);
	ck_assert_int_eq(fchmodat(dir, "tool", 0644, 0), 0);
	ck_assert_ptr_null(spawn_lookup("tool"));
}
END_TEST

START_TEST(clone3_may_be_forbidden)
{
	struct err err = ERR_INIT;
	char dir[64], path[80];
	char *argv[] = {path, NULL};
	struct spawned s;
	int fd = test_dir();

	/* What can't be executed, for a reason that is not the filter's. */
	test_file(fd, "tool", "no program");
	ck_assert_int_eq(fchmodat(fd, "tool", 0755, 0), 0);
	snprintf(path, sizeof(path), "%s/tool", test_dir_path(fd, dir));
	test_refuse(SYS_clone3, EPERM);
	ck_ok(run("test \"$(readlink /proc/self/fd/0)\" = /dev/null", &err), &err);
	ck_ok(spawn_start(argv, &s, &err), &err);
	ck_assert_int_eq(spawn_finish(&s, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "failed: Exec format error"));
}
END_TEST

Suite *suite_spawn(void)
{
	Suite *s = suite_create("os/spawn");
	TCase *t = tcase_create("spawn");

	tcase_add_loop_test(t, scripts, 0, ROWS(rows));
	tcase_add_test(t, nothing_leaks);
	tcase_add_test(t, absent_program);
	tcase_add_test(t, lookup);
	tcase_add_test(t, clone3_may_be_forbidden);
	suite_add_tcase(s, t);
	return s;
}
