/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/channel.h"
#include "os/idmap.h"
#include "suites.h"

struct probe {
	int dir;
	int fail;
	int signal;
};

/* In the namespace: be root there, own files of mapped ids, mount, speak over the channel. */
static int probe(void *arg, int channel, struct err *err)
{
	const struct probe *p = arg;
	int death = 0;

	if (p->signal)
		raise(p->signal);
	if (p->fail) {
		err_set(err, ERR_NOT_FOUND, "no such thing");
		return err_hint(err, "make it");
	}
	if (geteuid() != 0 || getegid() != 0)
		return err_set(err, ERR_DENIED, "uid %d gid %d", (int)geteuid(), (int)getegid());
	if (prctl(PR_GET_PDEATHSIG, &death) < 0 || death != SIGKILL)
		return err_set(err, ERR_CORRUPT, "no death signal");
	if (mount("tmpfs", "/mnt", "tmpfs", 0, NULL) < 0)
		return err_sys(err, "mount");
	if (mkdir("/mnt/d", 0755) < 0 || chown("/mnt/d", 33, 34) < 0)
		return err_sys(err, "chown");
	if (channel_send(channel, CHANNEL_DATA, "one", 3, err) < 0)
		return -1;
	return channel_send(channel, CHANNEL_DATA, "two", 3, err);
}

static void collect(void *data_arg, const void *data, size_t len)
{
	char *text = data_arg;

	memcpy(text + strlen(text), data, len);
}

static int run_probe(struct probe *p, char *text, struct err *err)
{
	struct id_maps m = ID_MAPS_INIT;
	struct userns_call call = {.maps = &m,
				   .new_mount_ns = true,
				   .join_fd = -1,
				   .fn = probe,
				   .arg = p,
				   .on_data = collect,
				   .data_arg = text};
	int r;

	if (id_maps_current_user(&m, NULL, err) < 0)
		return -1;
	r = userns_run(&call, err);
	id_maps_done(&m);
	return r;
}

/* Also with 0, 1 and 2 taken by something else. */
static int full_run(void *arg, struct err *err)
{
	char text[32] = "";

	(void)arg;
	close(0);
	close(1);
	if (run_probe(&(struct probe){.dir = -1}, text, err) < 0)
		return -1;
	if (strcmp(text, "onetwo") != 0)
		return err_set(err, ERR_CORRUPT, "received '%s'", text);
	return 0;
}

START_TEST(root_runs)
{
	struct err err = ERR_INIT;
	int before = test_fd_count();
	char text[32] = "";

	if (!test_is_root())
		SKIP("needs root");
	ck_ok(run_probe(&(struct probe){.dir = -1}, text, &err), &err);
	ck_assert_str_eq(text, "onetwo");
	ck_assert_int_eq(test_fd_count(), before);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
}
END_TEST

START_TEST(user_runs)
{
	if (!test_user_name() || !id_helpers_available())
		SKIP("no user could be made, or newuidmap is not installed");
	test_as_user(full_run, NULL);
}
END_TEST

START_TEST(errors_and_deaths_arrive)
{
	struct err err = ERR_INIT;
	char text[32] = "";

	if (!test_is_root())
		SKIP("needs root");
	ck_assert_int_eq(run_probe(&(struct probe){.fail = 1}, text, &err), -1);
	ck_assert_int_eq(err.kind, ERR_NOT_FOUND);
	ck_assert_str_eq(err.text, "no such thing");
	ck_assert_str_eq(err.hint, "make it");
	ck_assert_int_eq(run_probe(&(struct probe){.signal = SIGUSR1}, text, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "killed by signal 10"));
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
}
END_TEST

START_TEST(refused_maps_end_the_child)
{
	struct id_maps m = ID_MAPS_INIT;
	struct userns_call call = {.maps = &m,
				   .join_fd = -1,
				   .fn = probe,
				   .arg = &(struct probe){.fail = 1}};
	struct err err = ERR_INIT;

	if (!test_is_root())
		SKIP("needs root");
	ck_assert_int_eq(userns_run(&call, &err), -1);
	ck_assert_int_eq(err.kind, ERR_INVALID);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
}
END_TEST

static int own_ns(void *arg, int channel, struct err *err)
{
	struct stat st;

	(void)arg;
	if (stat("/proc/self/ns/user", &st) < 0)
		return err_sys(err, "stat");
	return channel_send(channel, CHANNEL_DATA, &st.st_ino, sizeof(st.st_ino), err);
}

static void take_ino(void *data_arg, const void *data, size_t len)
{
	if (len == sizeof(ino_t))
		memcpy(data_arg, data, len);
}

/* Join the namespace of a process that waits in one. */
START_TEST(joining)
{
	ino_t ino = 0;
	struct id_maps m = ID_MAPS_INIT;
	struct userns_call call = {.maps = &m,
				   .new_mount_ns = true,
				   .fn = own_ns,
				   .on_data = take_ino,
				   .data_arg = &ino};
	struct err err = ERR_INIT;
	struct stat st;
	char path[64];
	int ready[2];
	char c = 0;
	pid_t pid;

	if (!test_is_root())
		SKIP("needs root");
	ck_assert_int_eq(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		if (unshare(CLONE_NEWUSER) < 0 || write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	ck_assert_int_eq(read(ready[0], &c, 1), 1);
	id_map_add(&m.uid, 0, 0, 1000);
	id_map_add(&m.gid, 0, 0, 1000);
	ck_ok(id_maps_write(pid, &m, &err), &err);
	snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)pid);
	call.join_fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(fstat(call.join_fd, &st), 0);
	ck_ok(userns_run(&call, &err), &err);
	ck_assert_uint_eq(ino, st.st_ino);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	id_maps_done(&m);
}
END_TEST

/* onggi in onggi: root of a namespace with a part of the ids maps those that it has. */
static int nested(void *arg, int channel, struct err *err)
{
	struct id_maps m = ID_MAPS_INIT;
	ino_t ino = 0;
	struct userns_call call = {.maps = &m,
				   .new_mount_ns = true,
				   .join_fd = -1,
				   .fn = own_ns,
				   .on_data = take_ino,
				   .data_arg = &ino};
	int r;

	(void)arg;
	/* As after the exec of the nested command: changed ids had hidden /proc/PID from us. */
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	if (id_maps_current_user(&m, NULL, err) < 0)
		return -1;
	if (m.need_helpers || m.uid.n_ranges != 2 || m.uid.ranges[0].inside != 0 ||
	    m.uid.ranges[0].outside != 0 || m.uid.ranges[0].count != 1 ||
	    m.uid.ranges[1].inside != 1 || m.uid.ranges[1].outside != 1 ||
	    m.uid.ranges[1].count != 500)
		return err_set(err, ERR_CORRUPT, "not the identity of what is mapped");
	r = userns_run(&call, err);
	id_maps_done(&m);
	if (r < 0)
		return -1;
	return channel_send(channel, CHANNEL_DATA, &ino, sizeof(ino), err);
}

START_TEST(nesting)
{
	ino_t ino = 0;
	struct id_maps m = ID_MAPS_INIT;
	struct userns_call call = {.maps = &m,
				   .new_mount_ns = true,
				   .join_fd = -1,
				   .fn = nested,
				   .on_data = take_ino,
				   .data_arg = &ino};
	struct err err = ERR_INIT;

	if (!test_is_root())
		SKIP("needs root");
	id_map_add(&m.uid, 0, 1000, 1);
	id_map_add(&m.uid, 1, 100000, 500);
	id_map_add(&m.gid, 0, 1000, 1);
	id_map_add(&m.gid, 1, 100000, 500);
	ck_ok(userns_run(&call, &err), &err);
	ck_assert_uint_ne(ino, 0);
	id_maps_done(&m);
}
END_TEST

START_TEST(clone_errors_have_hints)
{
	static const struct {
		int sys;
		const char *hint;
	} rows[] = {{EPERM, "unprivileged_userns"},
		    {ENOSPC, "max_user_namespaces"},
		    {EUSERS, "max_user"},
		    {EINVAL, "CONFIG_USER_NS"}};

	for (int i = 0; i < ROWS(rows); i++) {
		struct err err = ERR_INIT;

		ck_assert_int_eq(userns_clone_err(rows[i].sys, &err), -1);
		ck_assert_int_eq(err.sys, rows[i].sys);
		ck_assert_ptr_nonnull(strstr(err.hint, rows[i].hint));
	}
}
END_TEST

Suite *suite_userns(void)
{
	Suite *s = suite_create("os/userns");
	TCase *t = tcase_create("userns");

	tcase_add_unchecked_fixture(t, test_user_setup, test_user_teardown);
	tcase_add_test(t, root_runs);
	tcase_add_test(t, user_runs);
	tcase_add_test(t, errors_and_deaths_arrive);
	tcase_add_test(t, refused_maps_end_the_child);
	tcase_add_test(t, joining);
	tcase_add_test(t, nesting);
	tcase_add_test(t, clone_errors_have_hints);
	suite_add_tcase(s, t);
	return s;
}
