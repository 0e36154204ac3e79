/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Real containers, started by root, by root with a user namespace, by an ordinary user with
 * subordinate ids and by one without. Each test is one process and one person.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/parse.h"
#include "base/strv.h"
#include "os/process.h"
#include "box.h"
#include "suites.h"

#define FOR_EACH_WHO(tc, fn) tcase_add_loop_test((tc), (fn), 0, BOX_WHO_COUNT)
#define BEGIN()                                                                                    \
	if (!box_can((enum box_who)_i))                                                            \
	return

START_TEST(runs_as_root_of_its_namespaces)
{
	struct box b = {
		.who = (enum box_who)_i,
		.script = "busybox id -u; busybox hostname; echo $$; busybox ls /proc/self/fd "
			  "| busybox tr '\\n' ' '",
		.top = ",\"hostname\":\"pot\""};

	BEGIN();
	/* 3 is the directory that ls reads. */
	box_expect(&b, "0\npot\n1\n0 1 2 3 ");
}
END_TEST

START_TEST(names_what_is_not_executable)
{
	static const struct {
		const char *args, *text;
		int sys;
	} rows[] = {
		{"[\"nosuch\"]", "exec \"nosuch\": executable file not found in $PATH", 2},
		{"[\"/nosuch\"]", "exec \"/nosuch\": no such file or directory", 2},
		{"[\"/etc/passwd\"]", "exec \"/etc/passwd\": permission denied", 13},
		{"[\"/etc\"]", "exec \"/etc\": is a directory", 21},
	};

	BEGIN();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct box b = {.who = (enum box_who)_i, .args = rows[i].args};
		struct box_result r;

		box_run(&b, &r);
		ck_assert_int_eq(r.code, -1);
		ck_assert_int_eq(r.err.kind, ERR_EXEC);
		ck_assert_int_eq(r.err.sys, rows[i].sys);
		ck_assert_str_eq(r.err.text, rows[i].text);
	}
}
END_TEST

START_TEST(exits_with_the_programs_code)
{
	struct box b = {.who = (enum box_who)_i, .script = "exit 7"};
	struct box_result r;

	BEGIN();
	box_run(&b, &r);
	ck_assert_msg(r.code == 7, "%d %s", r.code, r.err.text);
}
END_TEST

START_TEST(masks_and_read_only_paths)
{
	struct box b = {
		.who = (enum box_who)_i,
		.script = "busybox wc -c </proc/keys; busybox ls /sys/firmware | busybox wc -l;"
			  "echo 1 2>/dev/null >/proc/sys/kernel/hostname || echo ro;"
			  "echo 1 2>/dev/null >/sys/firmware/x || echo ro"};

	BEGIN();
	box_expect(&b, "0\n0\nro\nro\n");
}
END_TEST

START_TEST(has_exactly_the_capabilities)
{
	struct box b = {.who = (enum box_who)_i,
			.script = "busybox grep -E '^(Cap|NoNew|Seccomp:)' /proc/self/status",
			.linux_ =
				",\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{"
				"\"names\":[\"swapon\"],\"action\":\"SCMP_ACT_ERRNO\"}]}"};

	BEGIN();
	box_expect(&b, "CapInh:\t0000000000000000\nCapPrm:\t00000000080004eb\n"
		       "CapEff:\t00000000080004eb\nCapBnd:\t00000000080004eb\n"
		       "CapAmb:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\n");
}
END_TEST

START_TEST(installs_the_filter_without_no_new_privs)
{
	struct box b = {
		.who = (enum box_who)_i,
		.script = "busybox grep -E '^(CapEff|NoNew|Seccomp:)' /proc/self/status;"
			  "busybox mkdir /x || echo no",
		.new_privileges = true,
		.linux_ = ",\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{"
			  "\"names\":[\"mkdir\",\"mkdirat\"],\"action\":\"SCMP_ACT_ERRNO\"}]}"};

	BEGIN();
	box_expect(&b, "CapEff:\t00000000080004eb\nNoNewPrivs:\t0\nSeccomp:\t2\n"
		       "mkdir: can't create directory '/x': Operation not permitted\nno\n");
}
END_TEST

START_TEST(looks_the_user_up_in_the_image)
{
	struct box b = {.who = (enum box_who)_i,
			.script = "busybox id; echo $HOME; busybox grep CapEff /proc/self/status",
			.req = {.user = "mel"}};
	struct box_result r;

	BEGIN();
	if (_i == BOX_ONE_ID) {
		box_run(&b, &r);
		ck_assert_int_eq(r.code, -1);
		ck_assert_str_eq(r.err.text, "group 1001 does not exist in the container's user "
					     "namespace");
		ck_assert_ptr_nonnull(strstr(r.err.hint, "--add-subuids"));
		return;
	}
	box_expect(&b, "uid=1000(mel) gid=1001(mel) groups=10(wheel),1001(mel)\n/home/mel\n"
		       /* execve(2) takes from an ordinary user what is not ambient */
		       "CapEff:\t0000000000000000\n");
}
END_TEST

START_TEST(init_reaps_and_passes_the_code_on)
{
	struct box b = {.who = (enum box_who)_i,
			.script = "busybox sh -c 'busybox true & ' ; busybox sleep 0.1;"
				  "busybox ps -o pid,stat,comm | busybox grep -c Z; echo $$;"
				  "busybox cat /proc/1/comm; busybox ls /proc/1/fd 2>/dev/null | "
				  "busybox wc -l;"
				  "exit 9",
			.req = {.init = true}};
	struct box_result r;

	BEGIN();
	box_run(&b, &r);
	ck_assert_msg(r.code == 9, "%d %s %s", r.code, r.err.text, r.out);
	ck_assert_str_eq(r.out, "0\n2\nonggi-init\n0\n");
}
END_TEST

START_TEST(a_terminal_is_the_containers_own)
{
	struct box b = {
		.who = (enum box_who)_i,
		.script = "busybox tty; busybox stty size; busybox stat -c %t:%T /dev/console",
		.process = ",\"terminal\":true,\"consoleSize\":{\"height\":33,\"width\":99}"};

	BEGIN();
	box_expect(&b, "/dev/pts/0\r\n33 99\r\n88:0\r\n");
}
END_TEST

START_TEST(makes_the_working_directory)
{
	struct box b = {.who = (enum box_who)_i, .script = "busybox pwd", .cwd = "/srv/a/b"};
	struct box_result r;

	BEGIN();
	box_run(&b, &r);
	ck_assert_int_eq(r.code, -1);
	ck_assert_str_eq(r.err.text,
			 "working directory '/srv/a/b' does not exist in the container");
	b.req.make_cwd = true;
	box_expect(&b, "/srv/a/b\n");
}
END_TEST

START_TEST(preserves_descriptors_in_order)
{
	_cleanup_fd_ int a = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
	_cleanup_fd_ int c = open("/etc/hostname", O_RDONLY | O_CLOEXEC);
	const int fds[] = {c, a};
	struct box b = {.who = (enum box_who)_i,
			.script = "busybox readlink /proc/$$/fd/3; busybox readlink /proc/$$/fd/4;"
				  "echo /proc/$$/fd/*",
			.req = {.preserve_fds = fds, .n_preserve_fds = 2}};

	BEGIN();
	box_expect(&b, "/etc/hostname\n/etc/passwd\n"
		       "/proc/1/fd/0 /proc/1/fd/1 /proc/1/fd/2 /proc/1/fd/3 /proc/1/fd/4 "
		       /* the shell reading the directory */
		       "/proc/1/fd/5\n");
}
END_TEST

START_TEST(limits_are_set_or_lowered)
{
	struct box b = {
		.who = (enum box_who)_i,
		.script = "ulimit -n; ulimit -Hn; ulimit -c",
		.process = ",\"rlimits\":[{\"type\":\"RLIMIT_NOFILE\",\"soft\":100,\"hard\":200},"
			   "{\"type\":\"RLIMIT_CORE\",\"soft\":0,\"hard\":0}]"};

	BEGIN();
	box_expect(&b, "100\n200\n0\n");
}
END_TEST

START_TEST(a_limit_above_ours_names_it)
{
	struct box b = {.who = BOX_ONE_ID,
			.script = "ulimit -Hn",
			.process = ",\"rlimits\":[{\"type\":\"RLIMIT_NOFILE\",\"soft\":1073741816,"
				   "\"hard\":1073741816}]"};
	struct box_result r;

	if (!box_can(BOX_ONE_ID))
		return;
	box_run(&b, &r);
	ck_assert_int_eq(r.code, -1);
	ck_assert_int_eq(r.err.kind, ERR_DENIED);
	ck_assert_ptr_nonnull(strstr(r.err.text, "RLIMIT_NOFILE: hard limit 1073741816"));
	b.req.rlimits_best_effort = true;
	box_run(&b, &r);
	ck_assert_msg(r.code == 0, "%s", r.err.text);
}
END_TEST

START_TEST(kill_ends_everything)
{
	struct box b = {.who = (enum box_who)_i,
			.script = "kill -9 $$; busybox sleep 100",
			.req = {.init = true}};
	struct box_result r;

	BEGIN();
	box_run(&b, &r);
	ck_assert_int_eq(r.code, 137);
}
END_TEST

START_TEST(cgroups_are_seen_read_only)
{
	struct box b = {.who = (enum box_who)_i,
			.script = "busybox mkdir /sys/fs/cgroup/x 2>/dev/null || echo ro"};

	BEGIN();
	box_expect(&b, "ro\n");
}
END_TEST

START_TEST(shares_namespaces_that_are_not_listed)
{
	struct box b = {
		.who = (enum box_who)_i,
		.namespaces = "[{\"type\":\"pid\"},{\"type\":\"mount\"}]",
		.script = "busybox readlink /proc/self/ns/net; busybox readlink /proc/self/ns/uts"};
	char net[64] = "", uts[64] = "", expected[160];

	BEGIN();
	ck_assert_int_gt(readlink("/proc/self/ns/net", net, sizeof(net) - 1), 0);
	ck_assert_int_gt(readlink("/proc/self/ns/uts", uts, sizeof(uts) - 1), 0);
	snprintf(expected, sizeof(expected), "%s\n%s\n", net, uts);
	box_expect(&b, expected);
}
END_TEST

START_TEST(time_moves)
{
	struct box b = {
		.who = (enum box_who)_i,
		.namespaces = "[{\"type\":\"pid\"},{\"type\":\"mount\"},{\"type\":\"time\"}]",
		.linux_ = ",\"timeOffsets\":{\"boottime\":{\"secs\":400000000}}",
		.script = "read up rest </proc/uptime; [ ${up%.*} -ge 400000000 ] && echo later"};

	BEGIN();
	box_expect(&b, "later\n");
}
END_TEST

START_TEST(sysctls_are_the_containers)
{
	struct box b = {.who = (enum box_who)_i,
			.linux_ = ",\"sysctl\":{\"net.ipv4.ip_forward\":\"1\"}",
			.script = "busybox cat /proc/sys/net/ipv4/ip_forward"};

	BEGIN();
	box_expect(&b, "1\n");
}
END_TEST

/* What covers /proc is no procfs; in one with files of the image, "sys" could lead to the host's.
 */
START_TEST(sysctls_are_never_written_to_a_tmpfs)
{
	struct box b = {.who = BOX_ROOT,
			.mounts = ",{\"destination\":\"/proc\",\"type\":\"tmpfs\"}",
			.linux_ = ",\"sysctl\":{\"net.ipv4.ip_forward\":\"1\"}",
			.script = "busybox ls /proc; echo ran"};

	if (box_can(BOX_ROOT))
		box_expect(&b, "ran\n");
}
END_TEST

START_TEST(a_read_only_root)
{
	struct box b = {.who = (enum box_who)_i,
			.script = "echo 2>/dev/null >/x || echo ro; echo >/dev/shm/x && echo rw"};

	BEGIN();
	b.readonly = true;
	box_expect(&b, "ro\nrw\n");
}
END_TEST

/* Without a pid namespace of its own, the kernel ends nothing with the first process. */
START_TEST(leaves_nothing_in_a_shared_pid_namespace)
{
	struct box b = {.who = BOX_ROOT,
			.namespaces = "[{\"type\":\"mount\"}]",
			.script = "busybox sleep 1000 >/dev/null 2>&1 & echo $!",
			.resources = "{\"pids\":{\"limit\":20}}"};
	struct box_result r;
	uint64_t start;
	int64_t pid;

	if (!box_can(BOX_ROOT))
		return;
	box_run(&b, &r);
	ck_assert_msg(r.code == 0, "%s", r.err.text);
	r.out[strcspn(r.out, "\n")] = '\0';
	ck_assert_int_eq(parse_int(r.out, 2, INT32_MAX, &pid, NULL), 0);
	/* Gone, or a zombie of this machine's init. */
	ck_assert(process_start_time((pid_t)pid, &start, NULL) < 0 ||
		  !process_alive((pid_t)pid, start));
}
END_TEST

Suite *suite_start(void)
{
	Suite *s = suite_create("start");
	TCase *tc = tcase_create("containers");

	tcase_set_timeout(tc, 60);
	FOR_EACH_WHO(tc, runs_as_root_of_its_namespaces);
	FOR_EACH_WHO(tc, names_what_is_not_executable);
	FOR_EACH_WHO(tc, exits_with_the_programs_code);
	FOR_EACH_WHO(tc, masks_and_read_only_paths);
	FOR_EACH_WHO(tc, has_exactly_the_capabilities);
	FOR_EACH_WHO(tc, installs_the_filter_without_no_new_privs);
	FOR_EACH_WHO(tc, looks_the_user_up_in_the_image);
	FOR_EACH_WHO(tc, init_reaps_and_passes_the_code_on);
	FOR_EACH_WHO(tc, a_terminal_is_the_containers_own);
	FOR_EACH_WHO(tc, makes_the_working_directory);
	FOR_EACH_WHO(tc, preserves_descriptors_in_order);
	FOR_EACH_WHO(tc, limits_are_set_or_lowered);
	tcase_add_test(tc, a_limit_above_ours_names_it);
	FOR_EACH_WHO(tc, kill_ends_everything);
	FOR_EACH_WHO(tc, cgroups_are_seen_read_only);
	FOR_EACH_WHO(tc, shares_namespaces_that_are_not_listed);
	FOR_EACH_WHO(tc, time_moves);
	FOR_EACH_WHO(tc, sysctls_are_the_containers);
	tcase_add_test(tc, sysctls_are_never_written_to_a_tmpfs);
	FOR_EACH_WHO(tc, a_read_only_root);
	tcase_add_test(tc, leaves_nothing_in_a_shared_pid_namespace);
	suite_add_tcase(s, tc);
	return s;
}
