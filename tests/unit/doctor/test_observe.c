/* SPDX-License-Identifier: Apache-2.0 */
/* Looking at the machine that the tests run on: whatever it is, all parts are seen and nothing is
 * left. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/strv.h"
#include "doctor/parts.h"
#include "suites.h"

#define ATTEMPTS 5

static size_t entries(const char *path)
{
	_cleanup_dir_ DIR *d = opendir(path);
	size_t n = 0;

	ck_assert_ptr_nonnull(d);
	while (readdir(d))
		n++;
	return n;
}

/* A machine in distress may be too slow for a part's time limit once: that is no fault of ours. */
static void look(const char *data, const char *run, struct observations *ret)
{
	for (unsigned attempt = 0; attempt < ATTEMPTS; attempt++) {
		bool late = false;

		observe(data, run, ret);
		for (size_t i = 0; i < OBSERVE_PARTS; i++)
			late = late || ret->state[i] == OBSERVE_TIMED_OUT;
		if (!late)
			return;
	}
}

static void check_all_seen(const struct observations *o)
{
	for (size_t i = 0; i < OBSERVE_PARTS; i++)
		ck_assert_msg(o->state[i] == OBSERVE_DONE, "part %zu: %d", i, (int)o->state[i]);
}

START_TEST(all_parts_are_seen)
{
	char dir[] = "/tmp/onggi-doctor-XXXXXX";
	_cleanup_free_ char *data = NULL, *run = NULL;
	struct observations o;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	data = path_join(dir, "a/b/data");
	run = path_join(dir, "run");
	look(data, run, &o);
	check_all_seen(&o);
	ck_assert_uint_eq(o.user.uid, geteuid());
	ck_assert_str_eq(o.store.path, data);
	ck_assert_str_eq(o.store.existing, dir);
	ck_assert_int_eq(o.store.write_errno, 0);
	ck_assert_int_eq(o.run.write_errno, 0);
	ck_assert(o.store.given);
	ck_assert_str_ne(o.store.type, "");
	ck_assert(o.store.space.known);
	ck_assert_int_eq(o.run.xdg_state, OBSERVE_XDG_UNUSED);
	ck_assert_uint_ge(o.kernel.major, 5);
	/* "." and ".." */
	ck_assert_uint_eq(entries(dir), 2);
	ck_assert_int_eq(rmdir(dir), 0);
}
END_TEST

/* Without an environment and without places that exist. */
START_TEST(nothing_is_needed)
{
	struct observations o;

	clearenv();
	ck_assert_int_eq(chdir("/proc"), 0);
	look("/proc/no/such", "/proc/self/nor/this", &o);
	check_all_seen(&o);
	ck_assert_int_ne(o.store.write_errno, 0);
	ck_assert_str_eq(o.store.existing, "/proc");
	ck_assert_str_eq(o.store.type, "proc");
}
END_TEST

START_TEST(small_files)
{
	char path[] = "/tmp/onggi-doctor-XXXXXX", text[8];
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, "12\nmore", 7), 7);
	ck_assert_int_eq(observe_number(path), 12);
	ck_assert(observe_text(path, text, sizeof(text)));
	ck_assert_str_eq(text, "12");
	ck_assert_int_eq(ftruncate(fd, 0), 0);
	ck_assert_int_eq(observe_number(path), OBSERVE_UNKNOWN);
	close(fd);
	unlink(path);
	ck_assert_int_eq(observe_number(path), OBSERVE_UNKNOWN);
	ck_assert(!observe_text(path, text, sizeof(text)));
}
END_TEST

START_TEST(mounts)
{
	char mount[OBSERVE_PATH], type[OBSERVE_WORD];

	observe_mount("/proc/self", mount, type);
	ck_assert_str_eq(mount, "/proc");
	ck_assert_str_eq(type, "proc");
	observe_mount("/no/such", mount, type);
	ck_assert_str_eq(mount, "");
	ck_assert_str_eq(type, "");
}
END_TEST

Suite *suite_observe(void)
{
	Suite *s = suite_create("observe");
	TCase *tc = tcase_create("observe");

	/* Each part may take its time limit on a machine in distress. */
	tcase_set_timeout(tc, ATTEMPTS * OBSERVE_PARTS * OBSERVE_TIMEOUT_MS / 1000.0);
	tcase_add_test(tc, all_parts_are_seen);
	tcase_add_test(tc, nothing_is_needed);
	tcase_add_test(tc, small_files);
	tcase_add_test(tc, mounts);
	suite_add_tcase(s, tc);
	return s;
}
