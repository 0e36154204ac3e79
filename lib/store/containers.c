/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making, changing and removing container records.
 *
 * A container is there when its container.json is. Making one: directory, lock on it, name, upper/
 * and work/, container.json, unlock. Removing one: lock, upper/ and work/, container.json, name,
 * the rest, the run directory. So a directory without a record belongs to whoever holds its lock,
 * or to a dead process and is free to be swept; and a name that leads to such a directory may be
 * taken over when the lock is free.
 *
 * A lock on a directory counts only when the directory still has its name after it was taken: a
 * sweeper may have been faster, and keeps its lock until the directory is gone.
 */
#include "store/containers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"
#include "base/strv.h"
#include "os/atomic.h"
#include "os/dir.h"
#include "os/fd.h"
#include "os/idmap.h"
#include "os/lock.h"
#include "os/tree.h"
#include "store/containers_private.h"
#include "store/dirs.h"
#include "store/layers.h"

#define NAME_TRIES  8
#define LINK_PREFIX "../"
#define LINK_MAX    (sizeof(LINK_PREFIX) + ID_LEN)

void container_dirs_done(struct container_dirs *d)
{
	int *fds[] = {&d->data_fd, &d->run_fd, &d->upper_fd, &d->work_fd};

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		if (*fds[i] >= 0)
			close(fd_take(fds[i]));
	}
}

bool store_container_complete(int containers_fd, const char *id)
{
	char path[ID_LEN + sizeof("/" CONTAINER_RECORD_FILE)];

	snprintf(path, sizeof(path), "%s/" CONTAINER_RECORD_FILE, id);
	/* One that can't be looked at is there: what has none is swept. */
	return fd_entry_exists(containers_fd, path) || (errno != ENOENT && errno != ENOTDIR);
}

/* ---- names ---- */

static bool name_valid(const char *name)
{
	size_t len = strlen(name);

	return len && len <= CONTAINER_NAME_MAX && path_is_name(name) &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") ==
		       len &&
	       !strchr("_.-", name[0]);
}

bool store_container_by_name(int containers_fd, const char *name, char ret_id[ID_LEN + 1])
{
	char path[sizeof(CONTAINER_NAMES_DIR) + 1 + CONTAINER_NAME_MAX];
	char target[LINK_MAX + 1];
	ssize_t n;

	if (!name_valid(name))
		return false;
	snprintf(path, sizeof(path), CONTAINER_NAMES_DIR "/%s", name);
	n = readlinkat(containers_fd, path, target, sizeof(target));
	if (n != (ssize_t)LINK_MAX - 1 || memcmp(target, LINK_PREFIX, sizeof(LINK_PREFIX) - 1) != 0)
		return false;
	if (!hex_valid(target + sizeof(LINK_PREFIX) - 1, ID_LEN))
		return false;
	memcpy(ret_id, target + sizeof(LINK_PREFIX) - 1, ID_LEN);
	ret_id[ID_LEN] = '\0';
	return true;
}

bool store_container_gone(int containers_fd, const char *id)
{
	_cleanup_fd_ int fd = -1;

	if (store_container_complete(containers_fd, id))
		return false;
	fd = openat(containers_fd, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT;
	return flock(fd, LOCK_EX | LOCK_NB) == 0 && !store_container_complete(containers_fd, id);
}

static int names_dir(int containers_fd, int *ret, struct err *err)
{
	return store_dir_make(containers_fd, CONTAINER_NAMES_DIR, store_dir_mode(), "containers",
			      ret, err);
}

/*
 * Remove a stale name. Those who do so exclude each other by a lock on the directory, so that
 * nobody removes the name that another has just taken over.
 */
static int drop_stale(int containers_fd, int names_fd, const char *name, struct err *err)
{
	_cleanup_fd_ int lock = openat(names_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char id[ID_LEN + 1];

	if (lock < 0)
		return err_sys(err, "open directory of container names");
	if (lock_fd(lock, LOCK_EXCLUSIVE, true, "container names", err) < 0)
		return -1;
	if (store_container_by_name(containers_fd, name, id) &&
	    store_container_gone(containers_fd, id) && unlinkat(names_fd, name, 0) < 0 &&
	    errno != ENOENT)
		return err_sys(err, "remove name '%s'", name);
	return 0;
}

static int take_name(int containers_fd, const char *name, const char *id, struct err *err)
{
	_cleanup_fd_ int names = -1;
	char path[sizeof(CONTAINER_NAMES_DIR) + 1 + CONTAINER_NAME_MAX];
	char target[LINK_MAX];
	char owner[ID_LEN + 1] = "";

	if (!name_valid(name))
		return err_set(
			err, ERR_INVALID,
			"container name '%s' is not valid: expected letters, digits, '_', '.' "
			"and '-', beginning with a letter or digit, at most %d",
			name, CONTAINER_NAME_MAX);
	snprintf(target, sizeof(target), LINK_PREFIX "%s", id);
	snprintf(path, sizeof(path), CONTAINER_NAMES_DIR "/%s", name);
	if (symlinkat(target, containers_fd, path) == 0)
		return 0;
	if (names_dir(containers_fd, &names, err) < 0)
		return -1;
	for (int i = 0; i < NAME_TRIES; i++) {
		if (symlinkat(target, names, name) == 0)
			return 0;
		if (errno != EEXIST)
			return err_sys(err, "name container '%s'", name);
		if (store_container_by_name(containers_fd, name, owner) &&
		    !store_container_gone(containers_fd, owner))
			break;
		if (drop_stale(containers_fd, names, name, err) < 0)
			return -1;
	}
	err_set(err, ERR_EXISTS, "container name '%s' is in use by container %.12s", name, owner);
	return err_hint(err, "onggi rm %s, or choose another --name", name);
}

int store_names_sweep(struct store *s, struct err *err)
{
	_cleanup_fd_ int fd =
		openat(s->containers_fd, CONTAINER_NAMES_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_dir_ DIR *dir = NULL;
	char id[ID_LEN + 1];

	if (fd < 0 && errno == ENOENT)
		return 0;
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir)
		return err_sys(err, "read directory of container names");
	(void)fd_take(&fd);
	for (const struct dirent *e = readdir(dir); e; e = readdir(dir)) {
		if (store_container_by_name(s->containers_fd, e->d_name, id) &&
		    store_container_gone(s->containers_fd, id) &&
		    drop_stale(s->containers_fd, dirfd(dir), e->d_name, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- making ---- */

/* Has the directory still its name? */
static bool same_dir(int parent, const char *name, int fd)
{
	struct stat by_name, by_fd;

	return fstatat(parent, name, &by_name, AT_SYMLINK_NOFOLLOW) == 0 &&
	       fstat(fd, &by_fd) == 0 && by_name.st_dev == by_fd.st_dev &&
	       by_name.st_ino == by_fd.st_ino;
}

/* Make a directory, unless it is there and may be, and lock it. 1: done, 0: it was swept meanwhile.
 */
static int make_locked(int parent, const char *name, int lock, int *ret, struct err *err)
{
	_cleanup_fd_ int fd = -1;

	if (mkdirat(parent, name, 0700) < 0 && !(errno == EEXIST && lock == LOCK_SH))
		return err_sys(err, "make container directory '%s'", name);
	fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return err_sys(err, "open container directory '%s'", name);
	if (flock(fd, lock) < 0)
		return err_sys(err, "lock container directory '%s'", name);
	if (!same_dir(parent, name, fd))
		return 0;
	*ret = fd_take(&fd);
	return 1;
}

static int make_locked_patiently(int parent, const char *name, int lock, int *ret, struct err *err)
{
	for (int i = 0; i < NAME_TRIES; i++) {
		int n = make_locked(parent, name, lock, ret, err);

		if (n)
			return n < 0 ? -1 : 0;
	}
	return err_set(err, ERR_BUSY, "container directory '%s' was removed %d times in a row",
		       name, NAME_TRIES);
}

static int make_dir(int parent, const char *name, mode_t mode, int flags, int *ret, struct err *err)
{
	if (mkdirat(parent, name, mode) < 0)
		return err_sys(err, "make container directory '%s'", name);
	*ret = openat(parent, name, flags | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return *ret < 0 ? err_sys(err, "open container directory '%s'", name) : 0;
}

static int write_record(const struct container_record *r, int data_fd, bool durable,
			struct err *err)
{
	_cleanup_(buf) struct buf text = BUF_INIT_MAX(CONTAINER_RECORD_MAX);
	struct json_writer w = JSON_WRITER_INIT(&text, 0);

	json_encode(&container_record_table, r, &w);
	if (buf_check(&text, "container record", err) < 0)
		return -1;
	return atomic_write(data_fd, CONTAINER_RECORD_FILE, &text, 0600,
			    durable ? DURABLE_YES : DURABLE_NO, err);
}

/*
 * upper/ is what the root directory of the container looks like: 0755 whatever the umask says.
 * Nobody but its owner gets at it from outside, since the directory above is closed.
 */
static int fill_container(struct store *s, const struct container_record *r,
			  struct container_dirs *d, struct err *err)
{
	int containers = s->containers_fd;

	if (r->name && r->name[0] && take_name(containers, r->name, r->id, err) < 0)
		return -1;
	if (make_dir(d->data_fd, "upper", 0755, O_RDONLY, &d->upper_fd, err) < 0 ||
	    make_dir(d->data_fd, "work", 0700, O_RDONLY, &d->work_fd, err) < 0)
		return -1;
	if (fchmod(d->upper_fd, 0755) < 0)
		return err_sys(err, "mode of container directory 'upper'");
	return 0;
}

/* Undo what a failed creation made. */
static void discard(int containers_fd, const struct container_record *r)
{
	char owner[ID_LEN + 1];
	_cleanup_fd_ int names = -1;

	if (r->name && store_container_by_name(containers_fd, r->name, owner) &&
	    strcmp(owner, r->id) == 0 && names_dir(containers_fd, &names, NULL) == 0)
		unlinkat(names, r->name, 0);
	tree_remove(containers_fd, r->id, NULL);
}

static void close_made(struct container_dirs *dirs)
{
	int *made[] = {&dirs->data_fd, &dirs->upper_fd, &dirs->work_fd};

	for (size_t i = 0; i < ARRAY_SIZE(made); i++)
		if (*made[i] >= 0)
			close(fd_take(made[i]));
}

int store_container_begin(struct store *s, const struct container_record *r,
			  struct container_dirs *dirs, struct err *err)
{
	int containers;

	if (strlen(r->id) != ID_LEN || !hex_valid(r->id, ID_LEN))
		return err_set(err, ERR_INVALID,
			       "container id '%s' is not valid: expected %d "
			       "lower-case hex digits",
			       r->id, ID_LEN);
	memcpy(dirs->id, r->id, ID_LEN + 1);
	if (store_containers_dir(s, &containers, err) < 0 ||
	    make_locked_patiently(containers, r->id, LOCK_EX, &dirs->data_fd, err) < 0)
		return err_ctx(err, "create container");
	if (fill_container(s, r, dirs, err) < 0) {
		discard(containers, r);
		close_made(dirs);
		return err_ctx(err, "create container");
	}
	return 0;
}

int store_container_commit(struct store *s, const struct container_record *r,
			   struct container_dirs *dirs, struct err *err)
{
	int n = write_record(r, dirs->data_fd, s->durable && !r->auto_remove, err);

	if (flock(dirs->data_fd, LOCK_UN) < 0 && n == 0)
		n = err_sys(err, "unlock container directory");
	return n < 0 ? err_ctx(err, "create container") : 0;
}

int store_container_create(struct store *s, const struct container_record *r,
			   struct container_dirs *dirs, struct err *err)
{
	if (store_container_begin(s, r, dirs, err) < 0)
		return -1;
	if (store_container_commit(s, r, dirs, err) == 0)
		return 0;
	close_made(dirs);
	discard(s->containers_fd, r);
	return -1;
}

int store_container_dirs_open(struct store *s, const char *id, struct container_dirs *ret,
			      struct err *err)
{
	struct container_dirs d = CONTAINER_DIRS_INIT;
	int containers, states;

	if (store_containers_dir(s, &containers, err) < 0 ||
	    store_dir_peek(s, STORE_STATES, &states, err) < 0)
		return -1;
	if (!str_copy(d.id, sizeof(d.id), id))
		return err_set(err, ERR_INVALID, "container id '%s' is too long", id);
	d.data_fd = openat(containers, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (d.data_fd < 0 && errno == ENOENT)
		return err_set(err, ERR_NOT_FOUND, "no such container: %.12s", id);
	if (d.data_fd < 0)
		return err_sys(err, "open directory of container %.12s", id);
	if (states >= 0)
		d.run_fd = openat(states, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	*ret = d;
	return 0;
}

/* ---- state ---- */

int store_container_claim(struct store *s, const char *id, struct container_dirs *dirs,
			  struct err *err)
{
	int states;

	if (dirs->run_fd >= 0)
		return 0;
	str_copy(dirs->id, sizeof(dirs->id), id);
	if (store_states_dir(s, &states, err) < 0)
		return -1;
	return make_locked_patiently(states, dirs->id, LOCK_SH, &dirs->run_fd, err);
}

static int drop_run_dir(struct store *s, const char *id, struct err *err)
{
	static const char *const usual[] = {CONTAINER_STATE_FILE, "hosts", "hostname",
					    "resolv.conf"};
	int states;

	if (store_dir_peek(s, STORE_STATES, &states, err) < 0)
		return -1;
	if (states < 0)
		return 0;
	/* What lies there as a rule goes without looking. */
	for (size_t i = 0; i < ARRAY_SIZE(usual); i++) {
		char path[ID_LEN + 16];

		snprintf(path, sizeof(path), "%s/%s", id, usual[i]);
		if (unlinkat(states, path, 0) < 0 && errno == ENOENT)
			break;
	}
	if (unlinkat(states, id, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	return tree_remove(states, id, err);
}

int store_container_set_state(struct store *s, struct container_dirs *d,
			      const struct container_state *st, struct err *err)
{
	_cleanup_(buf) struct buf text = BUF_INIT_MAX(CONTAINER_STATE_MAX);
	struct json_writer w = JSON_WRITER_INIT(&text, 0);
	bool alive = st->status == CONTAINER_RUNNING;

	json_encode(&container_state_table, st, &w);
	if (buf_check(&text, "container state", err) < 0)
		return -1;
	if (alive && store_container_claim(s, d->id, d, err) < 0)
		return -1;
	if (alive)
		return atomic_write(d->run_fd, CONTAINER_STATE_FILE, &text, 0600, DURABLE_NO, err);
	if (atomic_write(d->data_fd, CONTAINER_STATE_FILE, &text, 0600,
			 s->durable ? DURABLE_YES : DURABLE_NO, err) < 0)
		return -1;
	if (d->run_fd >= 0)
		close(fd_take(&d->run_fd));
	return drop_run_dir(s, d->id, err);
}

/* ---- removal ---- */

struct removal {
	int dirfd;
	const char *const *names;
};

static int remove_trees(void *arg, int channel, struct err *err)
{
	const struct removal *r = arg;

	(void)channel;
	for (size_t i = 0; r->names[i]; i++)
		if (tree_remove(r->dirfd, r->names[i], err) < 0)
			return -1;
	return 0;
}

/* upper/ and work/, which may hold files of subordinate ids. */
static int remove_changes(struct store *s, int data_fd, int userns_fd, struct err *err)
{
	/* work/ holds one empty directory of overlayfs's. */
	static const char *const names[] = {"upper", "work/work", "work", NULL};
	struct removal r = {.dirfd = data_fd, .names = names};
	struct userns_call call = {.join_fd = userns_fd, .fn = remove_trees, .arg = &r};
	struct err cause = ERR_INIT;

	if (remove_trees(&r, -1, &cause) == 0)
		return 0;
	if ((cause.sys == EACCES || cause.sys == EPERM) && geteuid() != 0) {
		err_clear(&cause);
		if (userns_fd >= 0 ? userns_run(&call, &cause) == 0
				   : store_run_mapped(s, remove_trees, &r, NULL, NULL, &cause) == 0)
			return 0;
	}
	if (err)
		*err = cause;
	return -1;
}

/* Remove a name that leads to the container, before nothing else tells where it led. */
static int drop_name(struct store *s, const char *id, const char *name, struct err *err)
{
	_cleanup_(buf) struct buf path = BUF_INIT;
	char owner[ID_LEN + 1];

	if (!name || !name_valid(name))
		return 0;
	buf_addf(&path, CONTAINER_NAMES_DIR "/%s", name);
	errno = 0;
	if (!store_container_by_name(s->containers_fd, name, owner)) {
		if (errno == 0 || errno == ENOENT || errno == EINVAL)
			return 0;
	} else if (strcmp(owner, id) != 0 || unlinkat(s->containers_fd, buf_str(&path), 0) == 0 ||
		   errno == ENOENT) {
		return 0;
	}
	return err_sys(err, "remove its name '%s'", name);
}

/* The same where no record tells the name: its removal was killed, or it can't be read. */
static int drop_names_of(struct store *s, const char *id, struct err *err)
{
	int fd = openat(s->containers_fd, CONTAINER_NAMES_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_dir_ DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir)
		return errno == ENOENT ? 0 : err_sys(err, "read directory of container names");
	for (const struct dirent *e = dir_next(dir); e; e = dir_next(dir))
		if (drop_name(s, id, e->d_name, err) < 0)
			return -1;
	return errno ? err_sys(err, "read directory of container names") : 0;
}

/* known: the record, where the caller has it; NULL: it is read. */
static int remove_data(struct store *s, const char *id, const struct container_record *known,
		       int userns_fd, struct err *err)
{
	_cleanup_(container_record) struct container_record r = {0};
	_cleanup_fd_ int fd = -1;
	int containers;

	if (store_containers_dir(s, &containers, err) < 0)
		return -1;
	fd = openat(containers, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return err_sys(err, "open its directory");
	if (lock_fd(fd, LOCK_EXCLUSIVE, true, "container directory", err) < 0 ||
	    remove_changes(s, fd, userns_fd, err) < 0)
		return -1;
	if (!known && store_container_read(s, id, &r, NULL) == 0)
		known = &r;
	if (unlinkat(fd, CONTAINER_RECORD_FILE, 0) < 0 && errno != ENOENT)
		return err_sys(err, "remove its record");
	if ((known ? drop_name(s, id, known->name, err) : drop_names_of(s, id, err)) < 0)
		return -1;
	return tree_remove(containers, id, err);
}

static int remove_all(struct store *s, const char *id, const struct container_record *known,
		      int userns_fd, struct err *err)
{
	if (remove_data(s, id, known, userns_fd, err) < 0 || drop_run_dir(s, id, err) < 0)
		return err_ctx(err, "remove container %.12s", id);
	return 0;
}

int store_container_remove(struct store *s, const char *id, int userns_fd, struct err *err)
{
	return remove_all(s, id, NULL, userns_fd, err);
}

int store_container_remove_own(struct store *s, const struct container_record *r, int userns_fd,
			       struct err *err)
{
	return remove_all(s, r->id, r, userns_fd, err);
}
