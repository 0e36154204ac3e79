/* SPDX-License-Identifier: Apache-2.0 */
/*
 * onggi-init in real containers: it hides our own binary, as pid 1 it shows nothing of the host,
 * and it executes the program as if it were not there.
 */
#include "sandbox/init.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "base/strv.h"
#include "box.h"
#include "os/fd.h"
#include "os/tree.h"
#include "suites.h"

#define FOR_EACH_WHO(tc, fn) tcase_add_loop_test((tc), (fn), 0, BOX_WHO_COUNT)
#define BEGIN()                                                                                    \
	if (!box_can((enum box_who)_i))                                                            \
	return
#define BUSYBOX		 "/bin/busybox"
#define BUSYBOX_MAX	 ((size_t)16 << 20)
#define SIZE_MAX_ALLOWED 8192 /* two pages */

/* A layer to put files in, given to its owner's containers. */
static char *make_layer(void)
{
	char *dir = xasprintf("%s/tmp/layer-%d", box_dir(), (int)getpid());

	ck_assert_int_eq(mkdir(dir, 0755), 0);
	return dir;
}

static void put(const char *layer, const char *path, const void *data, size_t len)
{
	_cleanup_free_ char *full = path_join(layer, path), *parent = path_dir(full);
	_cleanup_fd_ int fd = -1;

	ck_assert_int_eq(tree_mkdirs(AT_FDCWD, parent, 0755, NULL, NULL), 0);
	fd = open(full, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	ck_assert_msg(fd >= 0, "%s: %s", full, strerror(errno));
	ck_assert_int_eq(fd_write_full(fd, data, len), 0);
}

static int find_interp(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)size;
	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *h = &info->dlpi_phdr[i];

		if (h->p_type == PT_INTERP)
			*(char **)arg = xstrdup((const char *)(info->dlpi_addr + h->p_vaddr));
	}
	return 1; /* the first is the program itself */
}

/* CVE-2019-5736: the image's own program as loader of this test's binary. */
static void put_loader(const char *layer)
{
	_cleanup_fd_ int in = open(BUSYBOX, O_RDONLY | O_CLOEXEC);
	_cleanup_(buf) struct buf busybox = BUF_INIT;
	_cleanup_free_ char *interp = NULL;

	dl_iterate_phdr(find_interp, &interp);
	ck_assert_ptr_nonnull(interp);
	ck_assert_int_eq(fd_read_all(in, BUSYBOX_MAX, BUSYBOX, &busybox, NULL), 0);
	put(layer, interp, busybox.data, busybox.len);
}

static void expect_no_host(const struct box *b)
{
	struct box_result r;

	box_run(b, &r);
	ck_assert_msg(r.code == 125, "%d %s", r.code, r.err.text);
	ck_assert_str_eq(r.out, "");
}

/* The loader would tell that it has no applet of that name, and end with 127. */
START_TEST(an_image_can_not_execute_our_binary)
{
	static const char script[] = "#!/proc/self/exe\n";
	_cleanup_free_ char *layer = NULL;
	struct box b = {.who = (enum box_who)_i, .args = "[\"/proc/self/exe\"]"};

	BEGIN();
	layer = make_layer();
	put_loader(layer);
	put(layer, "script", script, strlen(script));
	b.lower = layer;
	expect_no_host(&b);
	b.args = "[\"/script\"]";
	expect_no_host(&b);
	b.req.init = true;
	expect_no_host(&b);
}
END_TEST

START_TEST(a_hook_can_not_execute_our_binary)
{
	_cleanup_free_ char *layer = NULL;
	struct box b = {.who = (enum box_who)_i,
			.top = ",\"hooks\":{\"startContainer\":[{\"path\":\"/proc/self/exe\"}]}"};
	struct box_result r;

	BEGIN();
	layer = make_layer();
	put_loader(layer);
	b.lower = layer;
	box_run(&b, &r);
	ck_assert_int_eq(r.code, -1);
	ck_assert_str_eq(r.err.text,
			 "startContainer hook '/proc/self/exe' failed with exit code 125");
}
END_TEST

START_TEST(shows_nothing_of_the_host)
{
	struct box b = {
		.who = (enum box_who)_i,
		.caps = "{\"bounding\":[\"CAP_SYS_PTRACE\"],\"permitted\":[\"CAP_SYS_PTRACE\"],"
			"\"effective\":[\"CAP_SYS_PTRACE\"]}",
		.script = "busybox tr -d '\\0' </proc/1/environ; busybox tr -d '\\0' "
			  "</proc/1/cmdline; echo; busybox readlink /proc/1/exe;"
			  "busybox readlink /proc/1/cwd; busybox ls /proc/1/fd;"
			  "(: >/proc/1/exe) 2>/dev/null || echo kept;"
			  "busybox cut -d- -f1 /proc/1/maps | busybox head -n 1;"
			  "busybox grep -c test-sandbox /proc/1/maps",
		.req = {.init = true}};
	struct box_result r;

	BEGIN();
	setenv("ONGGI_SECRET", "pot", 1);
	box_run(&b, &r);
	ck_assert_msg(r.code == 1, "%d %s %s", r.code, r.err.text, r.out);
	ck_assert_str_eq(r.out, "onggi-init\n/memfd:onggi-init (deleted)\n/\nkept\n00400000\n0\n");
}
END_TEST

START_TEST(tells_why_the_kernel_refuses_a_program)
{
	static const struct {
		const char *path, *text, *error;
		int sys;
	} rows[] = {
		{"lost", "#!/nosuch\n", "exec \"/lost\": no such file or directory", ENOENT},
		{"garbage", "\177ELF", "exec \"/garbage\": exec format error", ENOEXEC},
	};
	_cleanup_free_ char *layer = NULL;

	BEGIN();
	layer = make_layer();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		put(layer, rows[i].path, rows[i].text, strlen(rows[i].text));
	for (size_t i = 0; i < 2 * ARRAY_SIZE(rows); i++) {
		size_t row = i / 2;
		_cleanup_free_ char *args = xasprintf("[\"/%s\"]", rows[row].path);
		struct box b = {.who = (enum box_who)_i,
				.args = args,
				.lower = layer,
				.req = {.init = i & 1}};
		struct box_result r;

		box_run(&b, &r);
		ck_assert_int_eq(r.code, -1);
		ck_assert_int_eq(r.err.kind, ERR_EXEC);
		ck_assert_int_eq(r.err.sys, rows[row].sys);
		ck_assert_str_eq(r.err.text, rows[row].error);
		ck_assert_str_ne(r.err.hint, "");
	}
}
END_TEST

/* What onggi-init would rather have, but can do without. */
START_TEST(a_filter_may_forbid_much)
{
	struct box b = {
		.who = (enum box_who)_i,
		.script = "echo ran; busybox ls /proc/$$/fd; exit 0",
		.linux_ = ",\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{"
			  "\"names\":[\"execveat\",\"close_range\",\"ppoll\",\"setpgid\",\"pipe2\","
			  "\"rt_sigtimedwait\"],"
			  "\"action\":\"SCMP_ACT_ERRNO\"}]}"};

	BEGIN();
	box_expect(&b, "ran\n0\n1\n2\n");
	b.req.init = true;
	box_expect(&b, "ran\n0\n1\n2\n");
}
END_TEST

/* capabilities(7), "Transformation of capabilities during execve()": twice is as once. */
START_TEST(an_ordinary_user_keeps_ambient_capabilities)
{
	struct box b = {
		.who = (enum box_who)_i,
		.caps = "{\"bounding\":[\"CAP_CHOWN\",\"CAP_KILL\"],\"permitted\":[\"CAP_CHOWN\","
			"\"CAP_KILL\"],\"effective\":[\"CAP_CHOWN\",\"CAP_KILL\"],"
			"\"inheritable\":[\"CAP_KILL\"],\"ambient\":[\"CAP_KILL\"]}",
		.script = "busybox grep ^Cap /proc/self/status",
		.req = {.user = "mel"}};

	if (_i == BOX_ONE_ID)
		return;
	BEGIN();
	box_expect(&b, "CapInh:\t0000000000000020\nCapPrm:\t0000000000000020\n"
		       "CapEff:\t0000000000000020\nCapBnd:\t0000000000000021\n"
		       "CapAmb:\t0000000000000020\n");
}
END_TEST

/* In a pid namespace of its own: vm.memfd_noexec is each one's own. */
static void __attribute__((noreturn)) run_without_memfd(const struct box *b)
{
	ck_assert_int_eq(mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL), 0);
	ck_assert_int_eq(mount("proc", "/proc", "proc", 0, NULL), 0);
	ck_assert_int_eq(file_write_text(AT_FDCWD, "/proc/sys/vm/memfd_noexec", "2", NULL), 0);
	box_expect(b, "/onggi-init\nkept\n");
	_exit(0);
}

/* fork; the child's exit status is 0, or the test fails. True in the child. */
static bool in_child(void)
{
	int status = 0;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		return true;
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	return false;
}

START_TEST(runs_where_no_memfd_is_executed)
{
	struct box b = {.who = (enum box_who)_i,
			.script = "busybox readlink /proc/1/exe; (: >/proc/1/exe) 2>/dev/null || "
				  "echo kept",
			.req = {.init = true}};

	if (geteuid() != 0 || access("/proc/sys/vm/memfd_noexec", W_OK) < 0)
		SKIP("needs root, and a kernel with vm.memfd_noexec");
	BEGIN();
	if (!in_child())
		return;
	/* Whoever has unshared it can fork only once. */
	ck_assert_int_eq(unshare(CLONE_NEWPID | CLONE_NEWNS), 0);
	if (in_child())
		run_without_memfd(&b);
	_exit(0);
}
END_TEST

START_TEST(is_small)
{
	ElfW(Ehdr) head;
	ElfW(Phdr) h;
	size_t loads = 0;

	ck_assert_uint_gt(init_program_size, sizeof(head));
	ck_assert_uint_le(init_program_size, SIZE_MAX_ALLOWED);
	memcpy(&head, init_program, sizeof(head));
	ck_assert_int_eq(memcmp(head.e_ident, ELFMAG, SELFMAG), 0);
	for (size_t i = 0; i < head.e_phnum; i++) {
		memcpy(&h, init_program + head.e_phoff + i * sizeof(h), sizeof(h));
		ck_assert_uint_ne(h.p_type, PT_INTERP);
		loads += h.p_type == PT_LOAD;
	}
	ck_assert_uint_eq(loads, 1);
}
END_TEST

START_TEST(nobody_writes_the_program)
{
	struct err err = ERR_INIT;
	int fd = -1;

	ck_assert_msg(init_open(&fd, &err) == 0, "%s", err.text);
	ck_assert_int_lt(write(fd, "x", 1), 0);
	ck_assert_int_lt(ftruncate(fd, 0), 0);
	ck_assert_int_ne(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
	close(fd);
}
END_TEST

Suite *suite_init(void)
{
	Suite *s = suite_create("init");
	TCase *tc = tcase_create("init");

	tcase_set_timeout(tc, 60);
	FOR_EACH_WHO(tc, an_image_can_not_execute_our_binary);
	FOR_EACH_WHO(tc, a_hook_can_not_execute_our_binary);
	FOR_EACH_WHO(tc, shows_nothing_of_the_host);
	FOR_EACH_WHO(tc, tells_why_the_kernel_refuses_a_program);
	FOR_EACH_WHO(tc, a_filter_may_forbid_much);
	FOR_EACH_WHO(tc, an_ordinary_user_keeps_ambient_capabilities);
	FOR_EACH_WHO(tc, runs_where_no_memfd_is_executed);
	tcase_add_test(tc, is_small);
	tcase_add_test(tc, nobody_writes_the_program);
	suite_add_tcase(s, tc);
	return s;
}
