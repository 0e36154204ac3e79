/* SPDX-License-Identifier: Apache-2.0 */
/* Finding and reading container records. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/strv.h"
#include "os/dir.h"
#include "os/fd.h"
#include "store/containers_private.h"
#include "store/dirs.h"

#define PATH_IN_DIR_MAX (ID_LEN + sizeof("/" CONTAINER_RECORD_FILE))
#define EXIT_DIED	137
#define WAIT_STEP_MS	5

static bool is_id(const char *s)
{
	return strlen(s) == ID_LEN && hex_valid(s, ID_LEN);
}

/* Names of the id directories of dirfd, or of all entries. */
static int list_dir(int dirfd, const char *path, bool ids_only, char ***ret, struct err *err)
{
	_cleanup_fd_ int fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_dir_ DIR *dir = NULL;

	if (fd < 0 && errno == ENOENT)
		return 0;
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir)
		return err_sys(err, "read directory of containers");
	(void)fd_take(&fd);
	for (const struct dirent *e = dir_next(dir); e; e = dir_next(dir)) {
		if (ids_only ? is_id(e->d_name) : e->d_name[0] != '.')
			strv_add(ret, e->d_name);
	}
	return errno ? err_sys(err, "read directory of containers") : 0;
}

int store_container_list(struct store *s, char ***ret_ids, struct err *err)
{
	_cleanup_strv_ char **all = NULL;
	char **ids = NULL;
	int containers;

	if (store_dir_peek(s, STORE_CONTAINERS, &containers, err) < 0)
		return -1;
	if (containers >= 0 && list_dir(containers, ".", true, &all, err) < 0)
		return -1;
	strv_foreach (id, all) {
		if (store_container_complete(containers, *id))
			strv_add(&ids, *id);
	}
	*ret_ids = ids;
	return 0;
}

int store_container_list_active(struct store *s, char ***ret_ids, struct err *err)
{
	_cleanup_strv_ char **ids = NULL;
	int states;

	if (store_dir_peek(s, STORE_STATES, &states, err) < 0)
		return -1;
	if (states >= 0 && list_dir(states, ".", true, &ids, err) < 0)
		return -1;
	*ret_ids = ptr_take(ids);
	return 0;
}

/* ---- resolving ---- */

static int no_such_container(int containers, const char *name, struct err *err)
{
	_cleanup_strv_ char **names = NULL;
	const char *nearest;

	if (containers >= 0)
		list_dir(containers, CONTAINER_NAMES_DIR, false, &names, NULL);
	nearest = str_nearest(name, (const char *const *)names, strv_len(names));
	err_set(err, ERR_NOT_FOUND, "no such container: %s", name);
	if (nearest)
		return err_hint(err, "did you mean '%s'? `onggi ps -a` lists all containers",
				nearest);
	return err_hint(err, "`onggi ps -a` lists all containers");
}

static int by_prefix(struct store *s, const char *prefix, char ret_id[ID_LEN + 1], struct err *err)
{
	_cleanup_strv_ char **ids = NULL;
	const char *found = NULL;

	if (store_container_list(s, &ids, err) < 0)
		return -1;
	strv_foreach (id, ids) {
		if (!str_prefix(*id, prefix, NULL))
			continue;
		if (found)
			return err_set(err, ERR_INVALID,
				       "container id '%s' is ambiguous: %.12s and %.12s begin with "
				       "it",
				       prefix, found, *id);
		found = *id;
	}
	if (!found)
		return no_such_container(s->containers_fd, prefix, err);
	str_copy(ret_id, ID_LEN + 1, found);
	return 0;
}

int store_container_resolve(struct store *s, const char *name, char ret_id[ID_LEN + 1],
			    struct err *err)
{
	char id[ID_LEN + 1];
	size_t len = strlen(name);
	int containers;

	if (store_dir_peek(s, STORE_CONTAINERS, &containers, err) < 0)
		return -1;
	if (containers < 0)
		return no_such_container(-1, name, err);
	if (is_id(name) && store_container_complete(containers, name)) {
		memcpy(ret_id, name, ID_LEN + 1);
		return 0;
	}
	/* docker shows names as "/web" (in inspect), and takes them so. */
	if (store_container_by_name(containers, *name == '/' ? name + 1 : name, id) &&
	    store_container_complete(containers, id)) {
		memcpy(ret_id, id, sizeof(id));
		return 0;
	}
	if (len && len < ID_LEN && hex_valid(name, len))
		return by_prefix(s, name, ret_id, err);
	return no_such_container(containers, name, err);
}

/* ---- reading ---- */

/* Returns 1 when read, 0 where the file is absent. */
static int read_document(int dirfd, const char *id, const char *file, size_t max, struct buf *text,
			 struct err *err)
{
	char path[PATH_IN_DIR_MAX];
	struct err cause = ERR_INIT;

	snprintf(path, sizeof(path), "%s/%s", id, file);
	if (file_read_all(dirfd, path, max, text, &cause) == 0)
		return 1;
	if (cause.sys == ENOENT)
		return 0;
	if (err)
		*err = cause;
	return -1;
}

int store_container_read(struct store *s, const char *id, struct container_record *ret,
			 struct err *err)
{
	_cleanup_(buf) struct buf text = BUF_INIT;
	_cleanup_(container_record) struct container_record r = {0};
	int containers;
	int n = 0;

	if (store_dir_peek(s, STORE_CONTAINERS, &containers, err) < 0)
		return -1;
	if (containers >= 0 && is_id(id))
		n = read_document(containers, id, CONTAINER_RECORD_FILE, CONTAINER_RECORD_MAX,
				  &text, err);
	if (n < 0)
		return err_ctx(err, "container %.12s", id);
	if (n == 0)
		return no_such_container(containers, id, err);
	if (json_decode_text(&container_record_table, text.data, text.len, "container record", &r,
			     &r.arena, err) < 0)
		return err_ctx(err, "container %.12s", id);
	*ret = r;
	r = (struct container_record){0};
	return 0;
}

static int read_state(int dirfd, const char *id, struct container_state *ret, struct err *err)
{
	_cleanup_(buf) struct buf text = BUF_INIT;
	_cleanup_(container_state) struct container_state st = {0};
	int n = dirfd < 0 ? 0
			  : read_document(dirfd, id, CONTAINER_STATE_FILE, CONTAINER_STATE_MAX,
					  &text, err);

	if (n <= 0)
		return n;
	if (json_decode_text(&container_state_table, text.data, text.len, "container state", &st,
			     &st.arena, err) < 0)
		return -1;
	*ret = st;
	st = (struct container_state){0};
	return 1;
}

/*
 * What $RUN says of a container whose processes are gone. A supervisor that was killed between
 * writing the end beside the record and removing the run-time directory has said how it ended.
 */
static int state_of_dead(struct store *s, const char *id, struct container_state *st,
			 struct err *err)
{
	_cleanup_(container_state) struct container_state ended = {0};
	int n = read_state(s->containers_fd, id, &ended, err);

	if (n < 0)
		return -1;
	if (n > 0 && ended.pid == st->pid && ended.pid_start == st->pid_start &&
	    ended.status == CONTAINER_EXITED) {
		struct container_state tmp = *st;

		*st = ended;
		ended = tmp;
		return 0;
	}
	st->status = CONTAINER_EXITED;
	st->exit_code = EXIT_DIED;
	st->error = arena_strdup(&st->arena, "the supervisor died");
	return 0;
}

int store_container_hold(struct store *s, const char *id, int *ret_fd, struct err *err)
{
	_cleanup_fd_ int fd = -1;
	struct stat by_name, by_fd;
	int states;

	if (store_dir_peek(s, STORE_STATES, &states, err) < 0)
		return -1;
	if (states >= 0)
		fd = openat(states, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return 0;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return 1;
	/* Whoever held it before us may have removed it. */
	if (fstat(fd, &by_fd) < 0 || fstatat(states, id, &by_name, AT_SYMLINK_NOFOLLOW) < 0 ||
	    by_name.st_ino != by_fd.st_ino)
		return 0;
	*ret_fd = fd_take(&fd);
	return 2;
}

int store_container_state_left(struct store *s, const char *id, bool left,
			       struct container_state *ret, struct err *err)
{
	_cleanup_(container_state) struct container_state st = {0};
	int containers, states, n;

	if (store_dir_peek(s, STORE_CONTAINERS, &containers, err) < 0 ||
	    store_dir_peek(s, STORE_STATES, &states, err) < 0)
		return -1;
	n = read_state(states, id, &st, err);
	if (n > 0 && left && state_of_dead(s, id, &st, err) < 0)
		n = -1;
	if (n == 0)
		n = read_state(containers, id, &st, err);
	if (n < 0)
		return err_ctx(err, "container %.12s", id);
	*ret = st;
	st = (struct container_state){0};
	return n;
}

int store_container_state(struct store *s, const char *id, struct container_state *ret,
			  bool *ret_stale, struct err *err)
{
	_cleanup_(container_state) struct container_state st = {0};
	_cleanup_fd_ int held = -1;
	int there = store_container_hold(s, id, &held, err);
	int n = there < 0 ? -1 : store_container_state_left(s, id, held >= 0, &st, err);

	if (n < 0)
		return -1;
	if (n == 0 && !there) {
		st.status = CONTAINER_EXITED;
		st.exit_code = EXIT_DIED;
		st.error = arena_strdup(&st.arena, "it ended with the machine");
	}
	st.attended = there && held < 0;
	*ret = st;
	*ret_stale = held >= 0;
	st = (struct container_state){0};
	return 0;
}

int store_container_wait_released(struct store *s, const char *id, int timeout_ms, struct err *err)
{
	const struct timespec step = {.tv_nsec = WAIT_STEP_MS * 1000000L};

	for (int waited = 0; waited <= timeout_ms; waited += WAIT_STEP_MS) {
		_cleanup_fd_ int held = -1;
		int there = store_container_hold(s, id, &held, err);

		if (there < 0)
			return -1;
		if (!there || held >= 0)
			return 0;
		nanosleep(&step, NULL);
	}
	return err_set(err, ERR_BUSY, "container %.12s is still looked after, %d ms later", id,
		       timeout_ms);
}
