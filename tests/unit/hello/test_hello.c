/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the embedded program from memory and holds what it says against what this process knows. */
#include <check.h>
#include <elf.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "../skip.h"
#include "image/hello.h"

/* "A few kB": what one layer of one small file may take. */
#define SIZE_MAX_ALLOWED 8192

/* Run it with standard output at out; returns its pid. */
static pid_t run(int out, void (*before)(void))
{
	char name[] = "hello", *argv[] = {name, NULL}, *env[] = {NULL};
	int fd = memfd_create("hello", MFD_CLOEXEC);
	pid_t pid;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, image_hello_program, image_hello_program_size),
			 (ssize_t)image_hello_program_size);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		if (out >= 0)
			dup2(out, STDOUT_FILENO);
		else
			close(STDOUT_FILENO);
		if (before)
			before();
		fexecve(fd, argv, env);
		_exit(127);
	}
	close(fd);
	return pid;
}

static int wait_for(pid_t pid)
{
	int status = -1;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* What it prints; *ret_pid: which pid it had. */
static void capture(struct buf *text, pid_t *ret_pid, void (*before)(void))
{
	char part[512];
	int ends[2];
	ssize_t n;

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	*ret_pid = run(ends[1], before);
	close(ends[1]);
	while ((n = read(ends[0], part, sizeof(part))) > 0)
		buf_add(text, part, (size_t)n);
	close(ends[0]);
	ck_assert_int_eq(wait_for(*ret_pid), 0);
}

#define expect(text, ...)                                                                          \
	do {                                                                                       \
		_cleanup_(buf) struct buf line_ = BUF_INIT;                                        \
		buf_addf(&line_, __VA_ARGS__);                                                     \
		ck_assert_msg(strstr(buf_str(text), buf_str(&line_)) != NULL, "no \"%s\" in:\n%s", \
			      buf_str(&line_), buf_str(text));                                     \
	} while (0)

static void limit_and_lock(void)
{
	struct rlimit limit = {.rlim_cur = 123, .rlim_max = 456};

	setrlimit(RLIMIT_NOFILE, &limit);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

START_TEST(tells)
{
	_cleanup_(buf) struct buf text = BUF_INIT;
	struct utsname uts;
	pid_t pid;

	uname(&uts);
	capture(&text, &pid, limit_and_lock);
	ck_assert(strncmp(buf_str(&text), "Hello from onggi!\n", 18) == 0);
	expect(&text, "  process      pid %d, uid %u, gid %u\n", (int)pid, geteuid(), getegid());
	expect(&text, "  host name    %s\n", uts.nodename);
	expect(&text, "  kernel       %s %s %s\n", uts.sysname, uts.release, uts.machine);
	expect(&text, "  open files   123, at most 456\n");
	expect(&text, "  privileges   no new ones\n");
	expect(&text, "  user ids     ");
	expect(&text, "  mounts       ");
	expect(&text, "  capabilities ");
}
END_TEST

START_TEST(privileges_open)
{
	_cleanup_(buf) struct buf text = BUF_INIT;
	pid_t pid;

	/* Nothing takes no_new_privs back, so where this process has it there is nothing to see. */
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
		SKIP("no_new_privs is set here");
	capture(&text, &pid, NULL);
	expect(&text, "  privileges   may be gained\n");
}
END_TEST

START_TEST(nowhere_to_write)
{
	ck_assert_int_eq(wait_for(run(-1, NULL)), 1);
}
END_TEST

/* A static program that needs no loader, small, and nothing in it is both writable and executable.
 */
START_TEST(is_static)
{
	Elf64_Ehdr head;

	ck_assert_uint_lt(image_hello_program_size, SIZE_MAX_ALLOWED);
	ck_assert_uint_gt(image_hello_program_size, sizeof(head));
	memcpy(&head, image_hello_program, sizeof(head));
	ck_assert_mem_eq(head.e_ident, ELFMAG, SELFMAG);
	ck_assert_uint_eq(head.e_type, ET_EXEC);
	for (unsigned i = 0; i < head.e_phnum; i++) {
		Elf64_Phdr part;

		memcpy(&part, image_hello_program + head.e_phoff + i * sizeof(part), sizeof(part));
		ck_assert_uint_ne(part.p_type, PT_INTERP);
		ck_assert_uint_ne(part.p_type, PT_DYNAMIC);
		ck_assert_uint_ne(part.p_flags & (PF_W | PF_X), PF_W | PF_X);
	}
}
END_TEST

static Suite *suite_hello(void)
{
	Suite *s = suite_create("hello");
	TCase *t = tcase_create("hello");

	tcase_add_test(t, tells);
	tcase_add_test(t, privileges_open);
	tcase_add_test(t, nowhere_to_write);
	tcase_add_test(t, is_static);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	SRunner *runner = srunner_create(suite_hello());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
