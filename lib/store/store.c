/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening the store and its directories.
 *
 * Only the two top directories are made at once; the others are opened at their first use and made
 * at the first write. Descriptors of directories that are fsynced or locked are readable ones,
 * since O_PATH allows neither.
 */
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/path.h"
#include "base/strv.h"
#include "os/atomic.h"
#include "os/lock.h"
#include "store/dirs.h"

#define OCI_LAYOUT_FILE	   "oci-layout"
#define OCI_LAYOUT_CONTENT "{\"imageLayoutVersion\":\"1.0.0\"}"

/*
 * Others may pass through the two top directories of root's store, so that a path given to them
 * works, but into none below: layers hold setuid programs of images, and such a one would run on
 * the host for whoever reaches it.
 */
#define TOP_MODE_ROOT 0711
#define DIR_MODE      0700

static mode_t top_mode(void)
{
	return geteuid() == 0 ? TOP_MODE_ROOT : DIR_MODE;
}

mode_t store_dir_mode(void)
{
	return DIR_MODE;
}

/* ---- where the two trees are ---- */

static int default_data(char **ret, struct err *err)
{
	const char *xdg = getenv("XDG_DATA_HOME");
	const char *home = getenv("HOME");

	if (geteuid() == 0) {
		*ret = xstrdup("/var/lib/onggi");
		return 0;
	}
	if (xdg && path_is_abs(xdg)) {
		*ret = path_join(xdg, "onggi");
		return 0;
	}
	if (!home) {
		const struct passwd *pw = getpwuid(geteuid());

		home = pw ? pw->pw_dir : NULL;
	}
	if (!home || !path_is_abs(home)) {
		err_set(err, ERR_INVALID, "HOME is %s%s%s: there is no place for images",
			home ? "'" : "not set", home ? home : "",
			home ? "', no absolute path" : "");
		return err_hint(
			err, "set HOME, or give a directory with --root DIR (onggi doctor home)");
	}
	*ret = path_join(home, ".local/share/onggi");
	return 0;
}

/* A directory in /tmp is only ours when nobody else could have made or entered it. */
static int check_private(int fd, const char *path, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_sys(err, "run-time directory '%s'", path);
	if (st.st_uid == geteuid() && !(st.st_mode & 077))
		return 0;
	err_set(err, ERR_DENIED,
		"run-time directory '%s' belongs to user %u with mode %04o, expected %u and 0700",
		path, st.st_uid, st.st_mode & 07777, geteuid());
	return err_hint(err, "give another directory with --runroot DIR (onggi doctor "
			     "runtime-directory)");
}

static char *default_run(bool *ret_in_tmp)
{
	const char *xdg = getenv("XDG_RUNTIME_DIR");
	struct stat st;

	*ret_in_tmp = false;
	if (geteuid() == 0)
		return xstrdup("/run/onggi");
	if (xdg && path_is_abs(xdg) && stat(xdg, &st) == 0 && S_ISDIR(st.st_mode) &&
	    st.st_uid == geteuid())
		return path_join(xdg, "onggi");
	*ret_in_tmp = true;
	return xasprintf("/tmp/onggi-%u", geteuid());
}

static int absolute(const char *path, char **ret, struct err *err)
{
	_cleanup_free_ char *cwd = NULL;

	if (path_is_abs(path)) {
		*ret = xstrdup(path);
		return 0;
	}
	cwd = getcwd(NULL, 0);
	if (!cwd)
		return err_sys(err, "current directory");
	*ret = path_join(cwd, path);
	return 0;
}

static int make_parents(const char *path, mode_t mode, struct err *err)
{
	_cleanup_free_ char *p = xstrdup(path);

	for (char *slash = strchr(p + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(p, mode) < 0 && errno != EEXIST)
			return err_sys(err, "make directory '%s'", p);
		*slash = '/';
	}
	if (mkdir(p, mode) < 0 && errno != EEXIST)
		return err_sys(err, "make directory '%s'", p);
	return 0;
}

/* Add the mend to an error about one of the two top directories. */
static int no_top(const char *option, struct err *err)
{
	return err_hint(err, "give another directory with %s DIR (%s)", option,
			str_eq(option, "--root") ? "onggi doctor store-writable"
						 : "onggi doctor runtime-directory");
}

static int open_top(const char *path, const char *option, int extra_flags, int *ret,
		    struct err *err)
{
	int flags = O_PATH | O_DIRECTORY | O_CLOEXEC | extra_flags;
	_cleanup_fd_ int fd = open(path, flags);

	if (fd < 0 && errno == ENOENT) {
		if (make_parents(path, top_mode(), err) < 0)
			return no_top(option, err);
		fd = open(path, flags);
	}
	if (fd < 0) {
		err_sys(err, "open directory '%s'", path);
		return no_top(option, err);
	}
	*ret = fd_take(&fd);
	return 0;
}

int store_where(const char *data, const char *run, char **ret_data, char **ret_run,
		bool *ret_in_tmp, struct err *err)
{
	bool in_tmp = false;
	_cleanup_free_ char *run_default = run ? NULL : default_run(&in_tmp);

	*ret_in_tmp = in_tmp;
	if (absolute(run ? run : run_default, ret_run, err) < 0)
		return -1;
	return data ? absolute(data, ret_data, err) : default_data(ret_data, err);
}

int store_open(const char *data, const char *run, struct store *ret, struct err *err)
{
	_cleanup_(store) struct store s = STORE_INIT;
	bool in_tmp = false;

	if (store_where(data, run, &s.data_path, &s.run_path, &in_tmp, err) < 0)
		return -1;
	if (open_top(s.data_path, "--root", 0, &s.data_fd, err) < 0 ||
	    open_top(s.run_path, "--runroot", in_tmp ? O_NOFOLLOW : 0, &s.run_fd, err) < 0)
		return -1;
	if (in_tmp && check_private(s.run_fd, s.run_path, err) < 0)
		return -1;
	s.durable = true;
	*ret = s;
	s = (struct store)STORE_INIT;
	return 0;
}

void store_done(struct store *s)
{
	int *fds[] = {&s->data_fd,   &s->run_fd,	&s->images_fd,
		      &s->layers_fd, &s->containers_fd, &s->states_fd};

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		if (*fds[i] >= 0)
			close(*fds[i]);
	}
	free(s->data_path);
	free(s->run_path);
	*s = (struct store)STORE_INIT;
}

/* ---- subdirectories ---- */

static int *dir_slot(struct store *s, enum store_dir which, int *ret_parent, const char **ret_path)
{
	*ret_parent = which == STORE_STATES ? s->run_fd : s->data_fd;
	switch (which) {
	case STORE_IMAGES:
		*ret_path = "images";
		return &s->images_fd;
	case STORE_LAYERS:
		*ret_path = "layers/sha256";
		return &s->layers_fd;
	case STORE_STATES:
		*ret_path = "containers";
		return &s->states_fd;
	case STORE_CONTAINERS:
	default:
		*ret_path = "containers";
		return &s->containers_fd;
	}
}

int store_dir_peek(struct store *s, enum store_dir which, int *ret_fd, struct err *err)
{
	const char *path;
	int parent;
	int *slot = dir_slot(s, which, &parent, &path);

	if (*slot < 0) {
		*slot = openat(parent, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (*slot < 0 && errno != ENOENT)
			return err_sys(err, "open '%s/%s'",
				       which == STORE_STATES ? s->run_path : s->data_path, path);
	}
	*ret_fd = *slot;
	return 0;
}

int store_dir_make(int dirfd, const char *name, mode_t mode, const char *what, int *ret_fd,
		   struct err *err)
{
	int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	_cleanup_fd_ int fd = openat(dirfd, name, flags);

	if (fd < 0 && errno == ENOENT) {
		if (mkdirat(dirfd, name, mode) < 0 && errno != EEXIST)
			return err_sys(err, "make directory '%s/%s'", what, name);
		fd = openat(dirfd, name, flags);
	}
	if (fd < 0)
		return err_sys(err, "open directory '%s/%s'", what, name);
	*ret_fd = fd_take(&fd);
	return 0;
}

static int make_path(struct store *s, enum store_dir which, int *ret_fd, struct err *err)
{
	const char *path;
	const char *top = which == STORE_STATES ? s->run_path : s->data_path;
	int parent;
	int *slot = dir_slot(s, which, &parent, &path);
	_cleanup_free_ char *copy = xstrdup(path);
	char *slash = strchr(copy, '/');
	_cleanup_fd_ int upper = -1;
	int fd = -1;

	if (slash)
		*slash = '\0';
	if (store_dir_make(parent, copy, store_dir_mode(), top, &fd, err) < 0)
		return -1;
	if (slash) {
		upper = fd;
		fd = -1;
		if (store_dir_make(upper, slash + 1, store_dir_mode(), top, &fd, err) < 0)
			return -1;
	}
	*slot = fd;
	*ret_fd = fd;
	return 0;
}

static int dir_get(struct store *s, enum store_dir which, int *ret_fd, struct err *err)
{
	int fd;

	if (store_dir_peek(s, which, &fd, err) < 0)
		return -1;
	if (fd < 0 && make_path(s, which, &fd, err) < 0)
		return -1;
	*ret_fd = fd;
	return 0;
}

int store_view(const struct store *s, const char *name, const struct id_maps *maps,
	       struct store *ret, struct err *err)
{
	struct store view = *s;
	_cleanup_fd_ int layers = -1;

	if (store_dir_make(s->data_fd, "layers", store_dir_mode(), s->data_path, &layers, err) <
		    0 ||
	    store_dir_make(layers, name, store_dir_mode(), s->data_path, &view.layers_fd, err) < 0)
		return -1;
	view.maps = maps;
	*ret = view;
	return 0;
}

void store_view_done(struct store *view)
{
	close(fd_take(&view->layers_fd));
}

/*
 * An image layout is complete with its oci-layout file, which is written last and is what tells
 * that the rest is there.
 */
static int make_layout(struct store *s, int images_fd, struct err *err)
{
	_cleanup_fd_ int blobs = -1;
	_cleanup_fd_ int sha256 = -1;
	_cleanup_(buf) struct buf content = BUF_INIT;

	if (faccessat(images_fd, OCI_LAYOUT_FILE, F_OK, 0) == 0)
		return 0;
	if (store_dir_make(images_fd, "blobs", store_dir_mode(), s->data_path, &blobs, err) < 0 ||
	    store_dir_make(blobs, "sha256", store_dir_mode(), s->data_path, &sha256, err) < 0)
		return -1;
	buf_adds(&content, OCI_LAYOUT_CONTENT);
	return atomic_write(images_fd, OCI_LAYOUT_FILE, &content, 0644,
			    s->durable ? DURABLE_YES : DURABLE_NO, err);
}

int store_images_dir(struct store *s, int *ret_fd, struct err *err)
{
	int fd;

	if (dir_get(s, STORE_IMAGES, &fd, err) < 0 || make_layout(s, fd, err) < 0)
		return -1;
	*ret_fd = fd;
	return 0;
}

int store_layers_dir(struct store *s, int *ret_fd, struct err *err)
{
	return dir_get(s, STORE_LAYERS, ret_fd, err);
}

int store_containers_dir(struct store *s, int *ret_fd, struct err *err)
{
	return dir_get(s, STORE_CONTAINERS, ret_fd, err);
}

int store_states_dir(struct store *s, int *ret_fd, struct err *err)
{
	return dir_get(s, STORE_STATES, ret_fd, err);
}

int store_subdir(struct store *s, const char *name, int *ret_fd, struct err *err)
{
	return store_dir_make(s->data_fd, name, store_dir_mode(), s->data_path, ret_fd, err);
}

/* A directory itself is locked: no file to make, and it is never replaced. */
static int lock_dir(struct store *s, const char *name, enum lock_mode mode, bool wait, int *ret,
		    struct err *err)
{
	_cleanup_fd_ int fd = -1;
	int images;

	if (store_images_dir(s, &images, err) < 0)
		return -1;
	fd = openat(images, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(err, "open '%s/images/%s'", s->data_path, name);
	if (lock_fd(fd, mode, wait, "images", err) < 0)
		return -1;
	*ret = fd_take(&fd);
	return 0;
}

int store_lock_images(struct store *s, bool exclusive, int *ret, struct err *err)
{
	return lock_dir(s, ".", exclusive ? LOCK_EXCLUSIVE : LOCK_SHARED, true, ret, err);
}

int store_lock_loads(struct store *s, bool exclusive, int *ret, struct err *err)
{
	return lock_dir(s, "blobs", exclusive ? LOCK_EXCLUSIVE : LOCK_SHARED, !exclusive, ret, err);
}
