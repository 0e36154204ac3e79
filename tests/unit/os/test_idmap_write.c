/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "os/fd.h"
#include "os/idmap.h"
#include "os/process.h"
#include "suites.h"

/* A process that waits in a user namespace of its own. */
static int start_waiting(struct process *p, struct err *err)
{
	pid_t pid = process_clone(CLONE_NEWUSER, -1, NULL, p, err);

	if (pid == 0)
		for (;;)
			pause();
	return pid < 0 ? -1 : 0;
}

static void end(struct process *p)
{
	int status;

	process_signal(p, SIGKILL, NULL);
	process_wait(p, &status, NULL);
	process_done(p);
}

/* The fields of a file of a process, separated by one space, must be these. */
static int expect_proc(pid_t pid, const char *file, const char *fields, struct err *err)
{
	struct buf text = BUF_INIT;
	struct buf plain = BUF_INIT;
	char path[64];
	char *rest, *field;
	int r;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	r = file_read_all(AT_FDCWD, path, 10000, &text, err);
	rest = text.data;
	while ((field = strsep(&rest, " \t\n")))
		if (*field)
			buf_addf(&plain, "%s%s", plain.len ? " " : "", field);
	if (r == 0 && strcmp(buf_str(&plain), fields) != 0)
		r = err_set(err, ERR_CORRUPT, "%s is '%s' instead of '%s'", file, buf_str(&plain),
			    fields);
	buf_done(&text);
	buf_done(&plain);
	return r;
}

START_TEST(root_writes_directly)
{
	struct process p = PROCESS_INIT;
	struct id_maps m = ID_MAPS_INIT;
	struct err err = ERR_INIT;

	if (!test_is_root())
		SKIP("needs root");
	id_map_add(&m.uid, 0, 100000, 1000);
	id_map_add(&m.uid, 5000, 0, 1);
	id_map_add(&m.gid, 0, 200000, 10);
	m.need_helpers = true; /* not by helpers where we may do it ourselves */
	ck_ok(start_waiting(&p, &err), &err);
	ck_ok(id_maps_write(p.pid, &m, &err), &err);
	ck_ok(expect_proc(p.pid, "uid_map", "0 100000 1000 5000 0 1", &err), &err);
	ck_ok(expect_proc(p.pid, "gid_map", "0 200000 10", &err), &err);
	ck_ok(expect_proc(p.pid, "setgroups", "allow", &err), &err);
	end(&p);
	id_maps_done(&m);
}
END_TEST

START_TEST(refused_maps_name_the_cause)
{
	struct process p = PROCESS_INIT;
	struct id_maps m = ID_MAPS_INIT;
	struct err err = ERR_INIT;

	if (!test_is_root())
		SKIP("needs root");
	ck_ok(start_waiting(&p, &err), &err);
	ck_assert_int_eq(id_maps_write(p.pid, &m, &err), -1);
	ck_assert_int_eq(err.kind, ERR_INVALID);
	for (unsigned i = 0; i <= IDMAP_MAX; i++)
		id_map_add(&m.uid, i, 100000 + i, 1);
	id_map_add(&m.gid, 0, 0, 1);
	ck_assert_int_eq(id_maps_write(p.pid, &m, &err), -1);
	ck_assert_int_eq(err.kind, ERR_LIMIT);
	id_maps_done(&m);
	/* The same id twice. */
	id_map_add(&m.uid, 0, 100, 2);
	id_map_add(&m.uid, 2, 101, 2);
	id_map_add(&m.gid, 0, 0, 1);
	ck_assert_int_eq(id_maps_write(p.pid, &m, &err), -1);
	ck_assert_int_eq(err.sys, EINVAL);
	ck_assert_ptr_nonnull(strstr(err.text, "uid_map"));
	end(&p);
	id_maps_done(&m);
}
END_TEST

/* An ordinary user's own id: written directly, and setgroups denied. */
static int own_id(void *arg, struct err *err)
{
	struct process p = PROCESS_INIT;
	struct id_maps m = ID_MAPS_INIT;
	char fields[64];
	int r;

	(void)arg;
	id_map_add(&m.uid, 0, geteuid(), 1);
	id_map_add(&m.gid, 0, getegid(), 1);
	if (start_waiting(&p, err) < 0)
		return -1;
	r = id_maps_write(p.pid, &m, err);
	snprintf(fields, sizeof(fields), "0 %u 1", geteuid());
	if (r == 0)
		r = expect_proc(p.pid, "uid_map", fields, err);
	snprintf(fields, sizeof(fields), "0 %u 1", getegid());
	if (r == 0)
		r = expect_proc(p.pid, "gid_map", fields, err);
	if (r == 0)
		r = expect_proc(p.pid, "setgroups", "deny", err);
	end(&p);
	id_maps_done(&m);
	return r;
}

/* All ids of the user, by newuidmap and newgidmap. */
static int by_helpers(void *arg, struct err *err)
{
	struct process p = PROCESS_INIT;
	struct id_maps m = ID_MAPS_INIT;
	const char *why = NULL;
	char fields[96];
	int r;

	(void)arg;
	if (id_maps_current_user(&m, &why, err) < 0)
		return -1;
	if (!m.need_helpers || why || m.uid.n_ranges != 2)
		return err_set(err, ERR_CORRUPT, "%zu ranges: %s", m.uid.n_ranges, why ? why : "");
	if (start_waiting(&p, err) < 0)
		return -1;
	r = id_maps_write(p.pid, &m, err);
	snprintf(fields, sizeof(fields), "0 %u 1 1 %u %u", geteuid(), m.uid.ranges[1].outside,
		 m.uid.ranges[1].count);
	if (r == 0)
		r = expect_proc(p.pid, "uid_map", fields, err);
	snprintf(fields, sizeof(fields), "0 %u 1 1 %u %u", getegid(), m.gid.ranges[1].outside,
		 m.gid.ranges[1].count);
	if (r == 0)
		r = expect_proc(p.pid, "gid_map", fields, err);
	end(&p);
	id_maps_done(&m);
	return r;
}

/* Ids that are not the user's: the error names the file and the line. */
static int not_ours(void *arg, struct err *err)
{
	const bool gid = *(const bool *)arg;
	struct process p = PROCESS_INIT;
	struct id_maps m = ID_MAPS_INIT;
	struct err refused = ERR_INIT;
	char hint[128];
	int r;

	if (id_maps_current_user(&m, NULL, err) < 0 || start_waiting(&p, err) < 0)
		return -1;
	(gid ? &m.gid : &m.uid)->ranges[1].outside = 4000000000;
	(gid ? &m.gid : &m.uid)->ranges[1].count = 77;
	r = id_maps_write(p.pid, &m, &refused);
	end(&p);
	id_maps_done(&m);
	if (r == 0)
		return err_set(err, ERR_CORRUPT, "ids of nobody's were mapped");
	snprintf(hint, sizeof(hint),
		 "'/etc/sub%cid' needs a line '%s:4000000000:77' for this user (onggi doctor "
		 "subordinate-ids)",
		 gid ? 'g' : 'u', test_user_name());
	if (strcmp(refused.hint, hint) != 0)
		return err_set(err, ERR_CORRUPT, "text '%s', hint '%s'", refused.text,
			       refused.hint);
	return 0;
}

/* A helper that is not there. */
static int no_helper(void *arg, struct err *err)
{
	struct process p = PROCESS_INIT;
	struct id_maps m = ID_MAPS_INIT;
	struct err refused = ERR_INIT;
	int r;

	(void)arg;
	if (id_maps_current_user(&m, NULL, err) < 0 || start_waiting(&p, err) < 0)
		return -1;
	/* More than one id without helpers. */
	m.need_helpers = false;
	r = id_maps_write(p.pid, &m, &refused);
	end(&p);
	id_maps_done(&m);
	if (r == 0 || refused.sys != EPERM)
		return err_set(err, ERR_CORRUPT, "not refused: '%s'", refused.text);
	return 0;
}

START_TEST(as_user)
{
	static int (*const fns[])(void *, struct err *) = {own_id, by_helpers, not_ours, not_ours,
							   no_helper};
	bool gid = _i == 3;

	if (!test_user_name())
		SKIP("no user could be made");
	if (_i && !id_helpers_available())
		SKIP("newuidmap is not installed");
	test_as_user(fns[_i], &gid);
}
END_TEST

Suite *suite_idmap_write(void)
{
	Suite *s = suite_create("os/idmap_write");
	TCase *t = tcase_create("idmap_write");

	tcase_add_unchecked_fixture(t, test_user_setup, test_user_teardown);
	tcase_add_test(t, root_writes_directly);
	tcase_add_test(t, refused_maps_name_the_cause);
	tcase_add_loop_test(t, as_user, 0, 5);
	suite_add_tcase(s, t);
	return s;
}
