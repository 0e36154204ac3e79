/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/containers_private.h"
#include "suites.h"

START_TEST(create_makes_what_run_needs)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(container_dirs) struct container_dirs d = CONTAINER_DIRS_INIT;
	struct container_record r = {.name = (char *)(uintptr_t) "box"};
	struct err err = ERR_INIT;
	char id[ID_LEN + 1];
	struct stat st;

	test_store(&s);
	umask(077);
	id_random(id);
	r.id = id;
	ck_ok(store_container_create(&s, &r, &d, &err), &err);
	ck_assert_str_eq(d.id, id);
	ck_assert_int_eq(fstat(d.upper_fd, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0755);
	ck_assert_int_eq(fstat(d.data_fd, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0700);
	ck_assert_int_ge(d.work_fd, 0);
	ck_assert_int_eq(d.run_fd, -1);
	ck_assert(store_container_complete(s.containers_fd, id));
	ck_assert_int_eq(test_entries(d.data_fd, "."), 3);
}
END_TEST

START_TEST(names_are_unique)
{
	_cleanup_(store) struct store s = STORE_INIT;
	struct container_record r = {.name = (char *)(uintptr_t) "box"};
	struct container_dirs d = CONTAINER_DIRS_INIT;
	struct err err = ERR_INIT;
	char first[ID_LEN + 1], second[ID_LEN + 1];

	test_store(&s);
	test_container(&s, NULL, "box", first);
	id_random(second);
	r.id = second;
	ck_assert_int_eq(store_container_create(&s, &r, &d, &err), -1);
	ck_assert_int_eq(err.kind, ERR_EXISTS);
	first[12] = '\0';
	ck_assert_ptr_nonnull(strstr(err.text, first));
	ck_assert_ptr_nonnull(strstr(err.hint, "onggi rm box"));
	/* Nothing is left of the second. */
	ck_assert(!test_exists(s.containers_fd, second));
	ck_assert_int_eq(d.data_fd, -1);
}
END_TEST

static const char *const bad_names[] = {"", ".", "..", "a/b", "../x", "-a", "a b", "_x"};

START_TEST(bad_names_are_refused)
{
	_cleanup_(store) struct store s = STORE_INIT;
	struct container_record r = {0};
	struct container_dirs d = CONTAINER_DIRS_INIT;
	struct err err = ERR_INIT;
	char id[ID_LEN + 1];
	int n;

	test_store(&s);
	id_random(id);
	r.id = id;
	r.name = (char *)(uintptr_t)bad_names[_i];
	n = store_container_create(&s, &r, &d, &err);
	/* An empty name is none. */
	if (!bad_names[_i][0]) {
		ck_ok(n, &err);
		container_dirs_done(&d);
		return;
	}
	ck_assert_int_eq(n, -1);
	ck_assert_int_eq(err.kind, ERR_INVALID);
	ck_assert_int_eq(test_entries(s.containers_fd, "."), 0);
}
END_TEST

START_TEST(bad_ids_are_refused)
{
	_cleanup_(store) struct store s = STORE_INIT;
	struct container_record r = {.id = (char *)(uintptr_t) "../../x"};
	struct container_dirs d = CONTAINER_DIRS_INIT;
	struct err err = ERR_INIT;

	test_store(&s);
	ck_assert_int_eq(store_container_create(&s, &r, &d, &err), -1);
	ck_assert_int_eq(err.kind, ERR_INVALID);
}
END_TEST

/* The name of a container whose creator was killed before the record was written. */
START_TEST(a_dead_creators_name_is_taken_over)
{
	_cleanup_(store) struct store s = STORE_INIT;
	struct err err = ERR_INIT;
	char whole[ID_LEN + 1], dead[ID_LEN + 1], found[ID_LEN + 1];
	char link[ID_LEN + 4];

	test_store(&s);
	test_container(&s, NULL, "whole", whole);
	id_random(dead);
	ck_assert_int_eq(mkdirat(s.containers_fd, dead, 0700), 0);
	snprintf(link, sizeof(link), "../%s", dead);
	ck_assert_int_eq(symlinkat(link, s.containers_fd, "by-name/box"), 0);
	test_container(&s, NULL, "box", whole);
	ck_ok(store_container_resolve(&s, "box", found, &err), &err);
	ck_assert_str_eq(found, whole);
}
END_TEST

START_TEST(one_of_many_gets_the_name)
{
	_cleanup_(store) struct store s = STORE_INIT;
	int containers, won = 0;
	struct err err = ERR_INIT;

	test_store(&s);
	ck_ok(store_containers_dir(&s, &containers, &err), &err);
	for (int i = 0; i < 8; i++) {
		pid_t pid = fork();
		struct container_record r = {.name = (char *)(uintptr_t) "box"};
		struct container_dirs d = CONTAINER_DIRS_INIT;
		char id[ID_LEN + 1];

		ck_assert_int_ge(pid, 0);
		if (pid)
			continue;
		id_random(id);
		r.id = id;
		_exit(store_container_create(&s, &r, &d, NULL) == 0 ? 0 : 1);
	}
	for (int i = 0; i < 8; i++) {
		int status;

		ck_assert_int_gt(wait(&status), 0);
		won += status == 0;
	}
	ck_assert_int_eq(won, 1);
	/* The winner and by-name. */
	ck_assert_int_eq(test_entries(containers, "."), 2);
}
END_TEST

START_TEST(remove_leaves_nothing)
{
	_cleanup_(store) struct store s = STORE_INIT;
	struct err err = ERR_INIT;
	char id[ID_LEN + 1];

	test_store(&s);
	test_container(&s, NULL, "box", id);
	ck_ok(store_container_remove(&s, id, -1, &err), &err);
	ck_assert_int_eq(test_entries(s.containers_fd, "."), 1);
	ck_assert_int_eq(test_entries(s.containers_fd, "by-name"), 0);
	/* Twice is no error: another command may have been faster. */
	ck_ok(store_container_remove(&s, id, -1, &err), &err);
}
END_TEST

START_TEST(state_moves_from_run_to_data)
{
	_cleanup_(store) struct store s = STORE_INIT;
	_cleanup_(container_dirs) struct container_dirs d = CONTAINER_DIRS_INIT;
	struct container_state st = {.status = CONTAINER_RUNNING, .pid = getpid()};
	struct container_record r = {0};
	struct err err = ERR_INIT;
	char id[ID_LEN + 1];

	test_store(&s);
	id_random(id);
	r.id = id;
	ck_ok(store_container_create(&s, &r, &d, &err), &err);
	ck_ok(store_container_set_state(&s, &d, &st, &err), &err);
	ck_assert(test_exists(d.run_fd, CONTAINER_STATE_FILE));
	test_write(d.run_fd, "hosts", "x");
	ck_assert(!test_exists(d.data_fd, CONTAINER_STATE_FILE));
	st.status = CONTAINER_EXITED;
	ck_ok(store_container_set_state(&s, &d, &st, &err), &err);
	ck_assert(test_exists(d.data_fd, CONTAINER_STATE_FILE));
	ck_assert_int_eq(d.run_fd, -1);
	ck_assert_int_eq(test_entries(s.states_fd, "."), 0);
}
END_TEST

Suite *suite_containers(void)
{
	Suite *s = suite_create("store/containers");
	TCase *c = tcase_create("containers");

	tcase_add_test(c, create_makes_what_run_needs);
	tcase_add_test(c, names_are_unique);
	tcase_add_loop_test(c, bad_names_are_refused, 0, ROWS(bad_names));
	tcase_add_test(c, bad_ids_are_refused);
	tcase_add_test(c, a_dead_creators_name_is_taken_over);
	tcase_add_test(c, one_of_many_gets_the_name);
	tcase_add_test(c, remove_leaves_nothing);
	tcase_add_test(c, state_moves_from_run_to_data);
	suite_add_tcase(s, c);
	return s;
}
