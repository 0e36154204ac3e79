/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "os/idmap.h"
#include "os/idmap_user.h"
#include "suites.h"

START_TEST(translation)
{
	struct id_maps m = ID_MAPS_INIT;
	struct id_maps copy = ID_MAPS_INIT;
	uint32_t id = 7;

	id_map_add(&m.uid, 0, 1000, 1);
	id_map_add(&m.uid, 1, 100000, 65536);
	id_map_add(&m.uid, 70000, UINT32_MAX - 10, 10);
	id_map_add(&m.gid, 0, 5, 1);
	m.need_helpers = true;
	id_maps_copy(&copy, &m);
	id_maps_done(&m);
	id_maps_done(&m);
	ck_assert_uint_eq(id_map_size(&m.uid), 0);
	ck_assert(copy.need_helpers);
	ck_assert_uint_eq(id_map_size(&copy.uid), 65547);
	ck_assert_uint_eq(id_map_size(&copy.gid), 1);
	static const struct {
		uint32_t inside, outside;
	} rows[] = {{0, 1000}, {1, 100000}, {65536, 165535}, {70009, UINT32_MAX - 1}};
	for (int i = 0; i < ROWS(rows); i++) {
		ck_assert(id_map_to_outside(&copy.uid, rows[i].inside, &id));
		ck_assert_uint_eq(id, rows[i].outside);
	}
	id = 7;
	static const uint32_t none_inside[] = {65537, 69999, 70010, UINT32_MAX};
	for (int i = 0; i < ROWS(none_inside); i++)
		ck_assert(!id_map_to_outside(&copy.uid, none_inside[i], &id));
	ck_assert_uint_eq(id, 7);
	id_maps_done(&copy);
	id_maps_done(NULL);
}
END_TEST

/* A file, and the ranges of uid 0 (named root everywhere) as "start+count ..." */
static const char *const subid_rows[][2] = {
	{"", ""},
	{"root:100000:65536\n", "100000+65536 "},
	{"0:100000:65536\n", "100000+65536 "},
	{"root:100000:65536", "100000+65536 "},
	{"other:1:2\nroot:100000:65536\nrooted:5:5\n1:7:7\n00:9:1\n", "100000+65536 9+1 "},
	{"root:100000:10\n0:200000:20\nroot:300000:30\n", "100000+10 200000+20 300000+30 "},
	{"# a "
	 "comment\n\n:::\nroot\nroot:1\nroot:a:b\nroot:-5:3\nroot:1:\nroot::1\nroot:1:2:3\nroot:5:"
	 "1\n",
	 "5+1 "},
	{"root:100:0\n", ""},
	{"root:4294967290:100\nroot:4294967295:1\nroot:99999999999:1\n", ""},
	{"root:4294967294:1\n", "4294967294+1 "},
	/* The kernel refuses a map with an id twice. */
	{"root:100:100\nroot:150:10\nroot:199:1\nroot:200:1\nroot:50:51\n", "100+100 200+1 "},
};

START_TEST(subid_files)
{
	struct id_map m = {.ranges = NULL};
	struct err err = ERR_INIT;
	char text[256] = "";
	char path[64], file[96];
	int dir = test_dir();

	test_file(dir, "subuid", subid_rows[_i][0]);
	snprintf(file, sizeof(file), "%s/subuid", test_dir_path(dir, path));
	ck_ok(subid_read(file, "root", 0, &m, &err), &err);
	for (size_t i = 0; i < m.n_ranges; i++) {
		ck_assert_uint_eq(m.ranges[i].inside, 0);
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%u+%u ",
			 m.ranges[i].outside, m.ranges[i].count);
	}
	ck_assert_str_eq(text, subid_rows[_i][1]);
	free(m.ranges);
}
END_TEST

START_TEST(subid_absent_and_huge)
{
	struct id_map m = {.ranges = NULL};
	struct err err = ERR_INIT;
	FILE *f;
	char path[64], file[96];
	int dir = test_dir();

	snprintf(file, sizeof(file), "%s/subuid", test_dir_path(dir, path));
	ck_ok(subid_read(file, "root", 0, &m, &err), &err);
	ck_assert_uint_eq(m.n_ranges, 0);
	f = fopen(file, "w");
	for (unsigned i = 0; i < 1000; i++)
		fprintf(f, "root:%u:1\n", 100000 + 2 * i);
	fclose(f);
	ck_ok(subid_read(file, "root", 0, &m, &err), &err);
	ck_assert_uint_eq(m.n_ranges, IDMAP_MAX - 1);
	free(m.ranges);
	/* A directory is no file, and that is not the same as none. */
	ck_assert_int_eq(subid_read(path, "root", 0, &m, &err), -1);
}
END_TEST

START_TEST(ranges_follow_the_own_id)
{
	struct id_maps m = ID_MAPS_INIT;
	struct err err = ERR_INIT;
	const char *why = "unset";
	char path[64], subuid[96], subgid[96];
	int dir = test_dir();

	if (!test_is_root() || !id_helpers_available())
		SKIP("needs root and newuidmap");
	/* The second range holds the own id, which is mapped already. */
	test_file(dir, "subuid", "root:100000:10\nroot:0:5\nroot:200000:20\n");
	test_file(dir, "subgid", "root:300000:7\n");
	snprintf(subuid, sizeof(subuid), "%s/subuid", test_dir_path(dir, path));
	snprintf(subgid, sizeof(subgid), "%s/subgid", path);
	ck_ok(id_maps_for_user(subuid, subgid, &m, &why, &err), &err);
	ck_assert_ptr_null(why);
	ck_assert(m.need_helpers);
	ck_assert_uint_eq(m.uid.n_ranges, 3);
	ck_assert_uint_eq(m.uid.ranges[0].inside, 0);
	ck_assert_uint_eq(m.uid.ranges[0].outside, 0);
	ck_assert_uint_eq(m.uid.ranges[0].count, 1);
	ck_assert_uint_eq(m.uid.ranges[1].inside, 1);
	ck_assert_uint_eq(m.uid.ranges[1].outside, 100000);
	ck_assert_uint_eq(m.uid.ranges[2].inside, 11);
	ck_assert_uint_eq(m.uid.ranges[2].outside, 200000);
	ck_assert_uint_eq(m.gid.n_ranges, 2);
	ck_assert_uint_eq(m.gid.ranges[1].count, 7);
	id_maps_done(&m);
	/* Without subordinate groups only one id of each is mapped, and why is told. */
	ck_assert_int_eq(unlinkat(dir, "subgid", 0), 0);
	ck_ok(id_maps_for_user(subuid, subgid, &m, &why, &err), &err);
	ck_assert(!m.need_helpers);
	ck_assert_uint_eq(m.uid.n_ranges, 1);
	ck_assert_uint_eq(m.gid.n_ranges, 1);
	ck_assert_ptr_nonnull(strstr(why, "/etc/subgid"));
	id_maps_done(&m);
}
END_TEST

START_TEST(root_has_all_ids)
{
	struct id_maps m = ID_MAPS_INIT;
	struct err err = ERR_INIT;
	const char *why = "unset";

	if (!test_is_root())
		SKIP("needs root");
	ck_ok(id_maps_current_user(&m, &why, &err), &err);
	ck_assert_ptr_null(why);
	ck_assert(!m.need_helpers);
	for (size_t i = 0; i < m.uid.n_ranges; i++)
		ck_assert_uint_eq(m.uid.ranges[i].inside, m.uid.ranges[i].outside);
	ck_assert_uint_ge(id_map_size(&m.uid), 1);
	id_maps_done(&m);
}
END_TEST

START_TEST(names_of_users)
{
	_cleanup_free_ char *root = id_user_name(0);

	ck_assert_str_eq(root, "root");
	ck_assert_ptr_null(id_user_name(3999999999));
}
END_TEST

Suite *suite_idmap(void)
{
	Suite *s = suite_create("os/idmap");
	TCase *t = tcase_create("idmap");

	tcase_add_test(t, translation);
	tcase_add_loop_test(t, subid_files, 0, ROWS(subid_rows));
	tcase_add_test(t, subid_absent_and_huge);
	tcase_add_test(t, ranges_follow_the_own_id);
	tcase_add_test(t, root_has_all_ids);
	tcase_add_test(t, names_of_users);
	suite_add_tcase(s, t);
	return s;
}
