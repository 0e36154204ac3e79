/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/dirs.h"
#include "../skip.h"
#include "suites.h"

START_TEST(open_makes_two_directories)
{
	_cleanup_(store) struct store s = STORE_INIT;
	struct stat st;

	test_store(&s);
	ck_assert_int_eq(fstat(s.data_fd, &st), 0);
	ck_assert_uint_eq(st.st_mode & 066, 0);
	ck_assert_int_eq(test_entries(s.data_fd, "."), 0);
	ck_assert_int_eq(test_entries(s.run_fd, "."), 0);
	ck_assert_int_eq(s.data_path[0], '/');
}
END_TEST

START_TEST(open_of_what_cannot_be)
{
	struct store s = STORE_INIT;
	struct err err = ERR_INIT;

	ck_assert_int_eq(store_open("/dev/null/x", NULL, &s, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "/dev/null"));
	ck_assert_ptr_nonnull(strstr(err.hint, "--root"));
	ck_assert_int_eq(s.data_fd, -1);
}
END_TEST

START_TEST(directories_on_demand)
{
	_cleanup_(store) struct store s = STORE_INIT;
	struct err err = ERR_INIT;
	int fd, again;

	test_store(&s);
	ck_ok(store_dir_peek(&s, STORE_LAYERS, &fd, &err), &err);
	ck_assert_int_eq(fd, -1);
	ck_ok(store_layers_dir(&s, &fd, &err), &err);
	ck_ok(store_layers_dir(&s, &again, &err), &err);
	ck_assert_int_eq(fd, again);
	ck_assert(test_exists(s.data_fd, "layers/sha256"));
	ck_ok(store_images_dir(&s, &fd, &err), &err);
	ck_assert(test_exists(fd, "oci-layout"));
	ck_assert(test_exists(fd, "blobs/sha256"));
	ck_ok(store_states_dir(&s, &fd, &err), &err);
	ck_assert(test_exists(s.run_fd, "containers"));
	ck_ok(store_subdir(&s, "volumes", &fd, &err), &err);
	close(fd);
	ck_assert(test_exists(s.data_fd, "volumes"));
}
END_TEST

static bool is_private(int dirfd, const char *path)
{
	struct stat st;

	ck_assert_int_eq(fstatat(dirfd, path, &st, 0), 0);
	return !(st.st_mode & 077);
}

/* Images bring setuid programs: in root's store too nobody else may reach them. */
START_TEST(what_is_below_is_closed_to_others)
{
	_cleanup_(store) struct store s = STORE_INIT;
	struct store view = STORE_INIT;
	struct id_maps maps = ID_MAPS_INIT;
	struct err err = ERR_INIT;
	int fd;

	test_store(&s);
	umask(0);
	ck_ok(store_layers_dir(&s, &fd, &err), &err);
	ck_ok(store_images_dir(&s, &fd, &err), &err);
	ck_ok(store_containers_dir(&s, &fd, &err), &err);
	ck_ok(store_states_dir(&s, &fd, &err), &err);
	ck_ok(store_view(&s, "keep-1-1", &maps, &view, &err), &err);
	ck_ok(store_subdir(&s, "volumes", &fd, &err), &err);
	close(fd);
	ck_assert(is_private(s.data_fd, "layers"));
	ck_assert(is_private(s.data_fd, "layers/sha256"));
	ck_assert(is_private(s.data_fd, "layers/keep-1-1"));
	ck_assert(is_private(s.data_fd, "images"));
	ck_assert(is_private(s.data_fd, "containers"));
	ck_assert(is_private(s.data_fd, "volumes"));
	ck_assert(is_private(s.run_fd, "containers"));
	store_view_done(&view);
}
END_TEST

START_TEST(image_lock_excludes)
{
	_cleanup_(store) struct store s = STORE_INIT;
	struct err err = ERR_INIT;
	int shared, second, other;

	test_store(&s);
	ck_ok(store_lock_images(&s, false, &shared, &err), &err);
	ck_ok(store_lock_images(&s, false, &second, &err), &err);
	other = openat(s.images_fd, ".", O_RDONLY | O_DIRECTORY);
	ck_assert_int_eq(flock(other, LOCK_EX | LOCK_NB), -1);
	close(shared);
	close(second);
	ck_assert_int_eq(flock(other, LOCK_EX | LOCK_NB), 0);
	close(other);
}
END_TEST

/* A run-time directory in /tmp that somebody else could have prepared is refused. */
START_TEST(foreign_run_directory)
{
	struct store s = STORE_INIT;
	struct err err = ERR_INIT;
	char path[64];
	uid_t self = geteuid();
	bool made;

	if (geteuid() == 0 && seteuid(65533) < 0)
		SKIP("can't become another user");
	snprintf(path, sizeof(path), "/tmp/onggi-%u", geteuid());
	unsetenv("XDG_RUNTIME_DIR");
	made = mkdir(path, 0777) == 0;
	if (!made)
		SKIP("its directory in /tmp is there already");
	ck_assert_int_eq(chmod(path, 0777), 0);
	ck_assert_int_eq(store_open("/tmp", NULL, &s, &err), -1);
	ck_assert_int_eq(err.kind, ERR_DENIED);
	ck_assert_ptr_nonnull(strstr(err.hint, "--runroot"));
	ck_assert_int_eq(chmod(path, 0700), 0);
	ck_ok(store_open("/tmp", NULL, &s, &err), &err);
	ck_assert_str_eq(s.run_path, path);
	store_done(&s);
	rmdir(path);
	/* Leak checkers look into the process at its end, which another id may not. */
	ck_assert_int_eq(seteuid(self), 0);
}
END_TEST

Suite *suite_store(void)
{
	Suite *s = suite_create("store/store");
	TCase *c = tcase_create("store");

	tcase_add_test(c, open_makes_two_directories);
	tcase_add_test(c, open_of_what_cannot_be);
	tcase_add_test(c, directories_on_demand);
	tcase_add_test(c, what_is_below_is_closed_to_others);
	tcase_add_test(c, image_lock_excludes);
	tcase_add_test(c, foreign_run_directory);
	suite_add_tcase(s, c);
	return s;
}
