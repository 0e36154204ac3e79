/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/strv.h"
#include "store/containers_private.h"
#include "suites.h"

START_TEST(resolve)
{
	_cleanup_(store) struct store s = STORE_INIT;
	struct err err = ERR_INIT;
	char id[ID_LEN + 1], found[ID_LEN + 1], part[ID_LEN + 1];

	test_store(&s);
	ck_assert_int_eq(store_container_resolve(&s, "box", found, &err), -1);
	ck_assert_int_eq(err.kind, ERR_NOT_FOUND);
	test_container(&s, NULL, "box", id);
	ck_ok(store_container_resolve(&s, "box", found, &err), &err);
	ck_assert_str_eq(found, id);
	ck_ok(store_container_resolve(&s, id, found, &err), &err);
	memcpy(part, id, 12);
	part[12] = '\0';
	ck_ok(store_container_resolve(&s, part, found, &err), &err);
	ck_assert_str_eq(found, id);
	ck_ok(store_container_resolve(&s, "/box", found, &err), &err);
	ck_assert_str_eq(found, id);
	ck_assert_int_eq(store_container_resolve(&s, "//box", found, &err), -1);
	ck_assert_int_eq(store_container_resolve(&s, "/", found, &err), -1);
	ck_assert_int_eq(store_container_resolve(&s, "bux", found, &err), -1);
	ck_assert_str_eq(err.text, "no such container: bux");
	ck_assert_ptr_nonnull(strstr(err.hint, "'box'"));
	ck_assert_int_eq(store_container_resolve(&s, "../x", found, &err), -1);
	ck_assert_int_eq(store_container_resolve(&s, "", found, &err), -1);
}
END_TEST

START_TEST(ambiguous_prefix)
{
	_cleanup_(store) struct store s = STORE_INIT;
	struct err err = ERR_INIT;
	char id[ID_LEN + 1], found[ID_LEN + 1];
	char seen[16] = "";
	char first[2] = "";

	test_store(&s);
	/* Seventeen ids have two that begin with the same digit. */
	for (int i = 0; i < 17 && !first[0]; i++) {
		test_container(&s, NULL, NULL, id);
		if (strchr(seen, id[0]))
			first[0] = id[0];
		else
			seen[strlen(seen)] = id[0];
	}
	ck_assert_int_eq(store_container_resolve(&s, first, found, &err), -1);
	ck_assert_int_eq(err.kind, ERR_INVALID);
	ck_assert_ptr_nonnull(strstr(err.text, "ambiguous"));
}
END_TEST

START_TEST(lists)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_strv_ char **ids = NULL;
	_cleanup_strv_ char **active = NULL;
	struct err err = ERR_INIT;
	char id[ID_LEN + 1];

	test_store(&s);
	ck_ok(store_container_list(&s, &ids, &err), &err);
	ck_assert_uint_eq(strv_len(ids), 0);
	test_container(&s, NULL, "a", id);
	test_container(&s, NULL, "b", id);
	ck_ok(store_container_list(&s, &ids, &err), &err);
	ck_assert_uint_eq(strv_len(ids), 2);
	ck_ok(store_container_list_active(&s, &active, &err), &err);
	ck_assert_uint_eq(strv_len(active), 0);
}
END_TEST

static void running(struct store *s, char id[ID_LEN + 1], int32_t pid, uint64_t start,
		    struct container_dirs *d)
{
	struct container_state st = {.status = CONTAINER_RUNNING,
				     .pid = pid,
				     .pid_start = start,
				     .exit_code = 0};
	struct container_record r = {.id = id};
	struct err err = ERR_INIT;

	id_random(id);
	ck_ok(store_container_create(s, &r, d, &err), &err);
	ck_ok(store_container_set_state(s, d, &st, &err), &err);
}

START_TEST(running_as_long_as_somebody_holds_it)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(container_dirs) struct container_dirs d = CONTAINER_DIRS_INIT;
	_cleanup_(container_state) struct container_state st = {0};
	struct err err = ERR_INIT;
	char id[ID_LEN + 1];
	bool stale;

	test_store(&s);
	running(&s, id, getpid(), 1, &d);
	ck_ok(store_container_state(&s, id, &st, &stale, &err), &err);
	ck_assert_int_eq(st.status, CONTAINER_RUNNING);
	ck_assert(!stale && st.attended);
	ck_assert_int_eq(store_container_wait_released(&s, id, 0, &err), -1);
	ck_assert_int_eq(err.kind, ERR_BUSY);
	container_state_done(&st);
	/* What a kill does. */
	container_dirs_done(&d);
	ck_ok(store_container_wait_released(&s, id, 0, &err), &err);
	ck_ok(store_container_state(&s, id, &st, &stale, &err), &err);
	ck_assert_int_eq(st.pid, getpid());
	ck_assert_int_eq(st.status, CONTAINER_EXITED);
	ck_assert_int_eq(st.exit_code, 137);
	ck_assert_str_eq(st.error, "the supervisor died");
	ck_assert(stale && !st.attended);
}
END_TEST

/* Killed between saying how it ended and removing the run-time directory. */
START_TEST(an_end_that_was_said_counts)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(container_dirs) struct container_dirs d = CONTAINER_DIRS_INIT;
	_cleanup_(container_state) struct container_state st = {0};
	struct err err = ERR_INIT;
	char id[ID_LEN + 1];
	bool stale;

	test_store(&s);
	running(&s, id, getpid(), 1, &d);
	test_write(d.data_fd, CONTAINER_STATE_FILE, "");
	{
		_cleanup_(buf) struct buf text = BUF_INIT;

		buf_addf(&text, "{\"status\":\"exited\",\"pid\":%d,\"pidStart\":1,\"exitCode\":3}",
			 getpid());
		test_write(d.data_fd, CONTAINER_STATE_FILE, buf_str(&text));
	}
	container_dirs_done(&d);
	ck_ok(store_container_state(&s, id, &st, &stale, &err), &err);
	ck_assert_int_eq(st.exit_code, 3);
	ck_assert(stale);
}
END_TEST

/* Before its program runs a container is looked after, and has no state yet. */
START_TEST(starting)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(container_dirs) struct container_dirs d = CONTAINER_DIRS_INIT;
	_cleanup_(container_state) struct container_state st = {0};
	struct err err = ERR_INIT;
	char id[ID_LEN + 1];
	bool stale;

	test_store(&s);
	id_random(id);
	ck_ok(store_container_claim(&s, id, &d, &err), &err);
	ck_ok(store_container_state(&s, id, &st, &stale, &err), &err);
	ck_assert(st.status == CONTAINER_CREATED && st.attended && !stale);
	container_dirs_done(&d);
	ck_ok(store_container_state(&s, id, &st, &stale, &err), &err);
	ck_assert(stale && !st.attended);
}
END_TEST

/* A claim that meets somebody who cleans up waits, and begins anew when the directory is gone. */
START_TEST(a_claim_waits_for_who_holds)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(container_dirs) struct container_dirs d = CONTAINER_DIRS_INIT;
	struct err err = ERR_INIT;
	char id[ID_LEN + 1];
	int held = -1, states, status, ready[2];
	struct stat st;
	pid_t pid;
	char c;

	test_store(&s);
	id_random(id);
	ck_ok(store_states_dir(&s, &states, &err), &err);
	ck_assert_int_eq(store_container_hold(&s, id, &held, &err), 0);
	ck_assert_int_eq(mkdirat(states, id, 0700), 0);
	ck_assert_int_eq(store_container_hold(&s, id, &held, &err), 2);
	ck_assert_int_eq(pipe(ready), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (!pid) {
		close(held);
		close(ready[0]);
		if (write(ready[1], "x", 1) != 1 || store_container_claim(&s, id, &d, NULL))
			_exit(2);
		_exit(fstat(d.run_fd, &st) || st.st_nlink == 0);
	}
	ck_assert_int_eq(read(ready[0], &c, 1), 1);
	usleep(20000);
	ck_assert_int_eq(waitpid(pid, &status, WNOHANG), 0);
	ck_assert_int_eq(unlinkat(states, id, AT_REMOVEDIR), 0);
	close(held);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert(test_exists(states, id));
	held = -1;
	ck_assert_int_eq(store_container_hold(&s, id, &held, &err), 2);
	close(held);
}
END_TEST

START_TEST(never_started)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(container_state) struct container_state st = {0};
	_cleanup_(container_dirs) struct container_dirs d = CONTAINER_DIRS_INIT;
	struct err err = ERR_INIT;
	char id[ID_LEN + 1];
	bool stale;

	test_store(&s);
	test_container(&s, NULL, NULL, id);
	/* Nothing in $RUN and nothing said: the machine was restarted. */
	ck_ok(store_container_state(&s, id, &st, &stale, &err), &err);
	ck_assert_int_eq(st.status, CONTAINER_EXITED);
	ck_assert(!stale);
	container_state_done(&st);
	ck_ok(store_container_dirs_open(&s, id, &d, &err), &err);
	st.status = CONTAINER_CREATED;
	ck_ok(store_container_set_state(&s, &d, &st, &err), &err);
	ck_ok(store_container_state(&s, id, &st, &stale, &err), &err);
	ck_assert_int_eq(st.status, CONTAINER_CREATED);
	ck_assert(!stale);
}
END_TEST

START_TEST(read_back)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(container_record) struct container_record r = {0};
	struct err err = ERR_INIT;
	char id[ID_LEN + 1];

	test_store(&s);
	test_container(&s, NULL, "box", id);
	ck_ok(store_container_read(&s, id, &r, &err), &err);
	ck_assert_str_eq(r.id, id);
	ck_assert_str_eq(r.name, "box");
	container_record_done(&r);
	id[0] = id[0] == 'a' ? 'b' : 'a';
	ck_assert_int_eq(store_container_read(&s, id, &r, &err), -1);
	ck_assert_int_eq(err.kind, ERR_NOT_FOUND);
}
END_TEST

Suite *suite_containers_find(void)
{
	Suite *s = suite_create("store/containers_find");
	TCase *c = tcase_create("find");

	tcase_add_test(c, resolve);
	tcase_add_test(c, ambiguous_prefix);
	tcase_add_test(c, lists);
	tcase_add_test(c, running_as_long_as_somebody_holds_it);
	tcase_add_test(c, starting);
	tcase_add_test(c, an_end_that_was_said_counts);
	tcase_add_test(c, a_claim_waits_for_who_holds);
	tcase_add_test(c, never_started);
	tcase_add_test(c, read_back);
	suite_add_tcase(s, c);
	return s;
}
