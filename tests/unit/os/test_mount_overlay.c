/* SPDX-License-Identifier: Apache-2.0 */
/* Overlays of 120 and more layers, by each method, as root and in a user's namespace. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "os/fd.h"
#include "os/idmap.h"
#include "os/mount.h"
#include "os/mount_overlay.h"
#include "suites.h"

#define MANY 300 /* more than mount(2)'s page can name by their paths */

enum { AUTO = -1 };

struct job {
	int method; /* enum overlay_method, or AUTO */
	size_t n_lower;
	bool writable;
};

static int make(int dir, const char *name, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	int r = fd < 0 ? -1 : fd_write_full(fd, text, strlen(text));

	if (fd >= 0)
		close(fd);
	return r;
}

/* Layers on a fresh tmpfs at /mnt: each has its own file and a "who" that the top one must win. */
static int make_layers(const struct job *job, int *lower, struct err *err)
{
	int base;

	if (mount("tmpfs", "/mnt", "tmpfs", 0, NULL) < 0)
		return err_sys(err, "mount tmpfs");
	base = open("/mnt", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (mkdirat(base, "merged", 0755) < 0 || mkdirat(base, "upper", 0755) < 0 ||
	    mkdirat(base, "work", 0755) < 0)
		return err_sys(err, "mkdir");
	for (size_t i = 0; i < job->n_lower; i++) {
		char name[24], file[24];

		snprintf(name, sizeof(name), "l%zu", i);
		snprintf(file, sizeof(file), "f%zu", i);
		if (mkdirat(base, name, 0755) < 0)
			return err_sys(err, "mkdir layer");
		lower[i] = openat(base, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (lower[i] < 0 || make(lower[i], file, name) < 0 ||
		    make(lower[i], "who", name) < 0)
			return err_sys(err, "make layer");
	}
	return base;
}

static int expect(int dir, const char *name, const char *text, struct err *err)
{
	struct buf out = BUF_INIT;
	int r = file_read_all(dir, name, 100, &out, err);

	if (r == 0 && strcmp(buf_str(&out), text) != 0)
		r = err_set(err, ERR_CORRUPT, "%s is '%s' instead of '%s'", name, buf_str(&out),
			    text);
	buf_done(&out);
	return r;
}

static int check_merged(const struct job *job, int base, struct err *err)
{
	char cwd[64];
	int merged = openat(base, "merged", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = expect(merged, "who", "l0", err);

	for (size_t i = 0; i < job->n_lower && r == 0; i++) {
		char name[24], file[24];

		snprintf(name, sizeof(name), "l%zu", i);
		snprintf(file, sizeof(file), "f%zu", i);
		r = expect(merged, file, name, err);
	}
	if (r < 0)
		return -1;
	if (job->writable &&
	    (make(merged, "new", "new") < 0 || expect(base, "upper/new", "new", err) < 0))
		return err_ctx(err, "write");
	if (!job->writable && (make(merged, "new", "new") == 0 || errno != EROFS))
		return err_set(err, ERR_CORRUPT, "a read-only overlay was written");
	/* Where the overlay was for a moment, nothing is left; nor was the working directory
	 * changed. */
	if (faccessat(base, "work/who", F_OK, 0) == 0)
		return err_set(err, ERR_CORRUPT, "the overlay is still on the work directory");
	if (!getcwd(cwd, sizeof(cwd)) || strcmp(cwd, "/") != 0)
		return err_set(err, ERR_CORRUPT, "the working directory is '%s'", cwd);
	close(merged);
	return 0;
}

static int mount_many(void *arg, int channel, struct err *err)
{
	const struct job *job = arg;
	static int lower[MANY];
	char userxattr[] = "userxattr";
	char *options[] = {userxattr, NULL};
	struct mount_overlay o = {.lower_fds = lower,
				  .n_lower = job->n_lower,
				  .upper_fd = -1,
				  .work_fd = -1};
	uint64_t attr = 0;
	int base, target;
	int fd = -1;
	int r;

	(void)channel;
	if (chdir("/") < 0)
		return err_sys(err, "chdir");
	base = make_layers(job, lower, err);
	if (base < 0)
		return -1;
	o.options = options;
	o.attr = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
	if (job->writable) {
		o.upper_fd = openat(base, "upper", O_PATH | O_DIRECTORY | O_CLOEXEC);
		o.work_fd = openat(base, "work", O_PATH | O_DIRECTORY | O_CLOEXEC);
	}
	if (job->method == AUTO)
		r = mount_overlay_new(&o, &fd, err);
	else
		r = mount_overlay_by(&o, (enum overlay_method)job->method, &fd, err);
	if (r < 0)
		return -1;
	target = openat(base, "merged", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (mount_attach(fd, target, err) < 0 || mount_get_attr(fd, &attr, err) < 0)
		return -1;
	if ((attr & o.attr) != o.attr)
		return err_set(err, ERR_CORRUPT, "attributes %#llx", (unsigned long long)attr);
	return check_merged(job, base, err);
}

static const struct job jobs[] = {
	{AUTO, 120, true},
	{AUTO, 120, false},
	{AUTO, MANY, true},
	{OVERLAY_BY_FD, 120, true},
	{OVERLAY_BY_PATH, 120, true},
	{OVERLAY_BY_MOUNT, 120, true},
	{OVERLAY_BY_MOUNT, 120, false},
	{OVERLAY_BY_SHORTNAME, 120, true},
	{OVERLAY_BY_SHORTNAME, MANY, true},
	{OVERLAY_BY_SHORTNAME, MANY, false},
};

static void raise_files(void)
{
	struct rlimit files = {.rlim_cur = 0};

	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
}

/* A refusal for want of a newer kernel is no failure of a method that is asked for by name. */
static bool too_old(const struct job *job, const struct err *err)
{
	return (job->method == OVERLAY_BY_FD || job->method == OVERLAY_BY_PATH) &&
	       (err->sys == EINVAL || err->sys == EBADF) && strstr(err->text, "lowerdir+");
}

START_TEST(as_root)
{
	struct err err = ERR_INIT;
	int r;

	if (!test_is_root())
		SKIP("mounting needs root");
	raise_files();
	test_mount_namespace();
	r = mount_many((void *)(uintptr_t)&jobs[_i], -1, &err);
	if (r < 0 && too_old(&jobs[_i], &err))
		SKIP("this kernel's overlay has no lowerdir+ of that kind");
	ck_assert_msg(r == 0, "%s", err.text);
}
END_TEST

static int in_namespace(void *arg, struct err *err)
{
	struct id_maps m = ID_MAPS_INIT;
	const struct userns_call call = {
		.maps = &m, .new_mount_ns = true, .join_fd = -1, .fn = mount_many, .arg = arg};
	struct err refused = ERR_INIT;
	int r;

	if (id_maps_current_user(&m, NULL, err) < 0)
		return -1;
	r = userns_run(&call, &refused);
	id_maps_done(&m);
	if (r < 0 && !too_old(arg, &refused)) {
		*err = refused;
		return -1;
	}
	return 0;
}

START_TEST(as_user)
{
	if (!test_user_name())
		SKIP("no user could be made");
	raise_files();
	test_as_user(in_namespace, (void *)(uintptr_t)&jobs[_i]);
}
END_TEST

START_TEST(refusals_name_the_layers)
{
	int lower[1] = {-1};
	struct mount_overlay o = {.lower_fds = lower, .n_lower = 1, .upper_fd = -1, .work_fd = -1};
	struct err err = ERR_INIT;
	char bogus[] = "onggi-bogus=1";
	char *options[] = {bogus, NULL};
	int before, fd = 99;

	if (!test_is_root())
		SKIP("mounting needs root");
	test_mount_namespace();
	lower[0] = test_dir();
	o.options = options;
	before = test_fd_count();
	ck_assert_int_eq(mount_overlay_new(&o, &fd, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "overlay of 1 layers"));
	ck_assert_ptr_nonnull(strstr(err.text, "onggi-bogus"));
	ck_assert_int_eq(fd, 99);
	ck_assert_int_eq(test_fd_count(), before);
}
END_TEST

Suite *suite_mount_overlay(void)
{
	Suite *s = suite_create("os/mount_overlay");
	TCase *t = tcase_create("mount_overlay");

	tcase_add_unchecked_fixture(t, test_user_setup, test_user_teardown);
	tcase_add_loop_test(t, as_root, 0, ROWS(jobs));
	tcase_add_loop_test(t, as_user, 0, ROWS(jobs));
	tcase_add_test(t, refusals_name_the_layers);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	return s;
}
