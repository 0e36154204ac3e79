/* SPDX-License-Identifier: Apache-2.0 */
/* Unpacked layers: publishing and removing by rename, and work on files of mapped ids. */
#include "store/layers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/id.h"
#include "base/log.h"
#include "base/path.h"
#include "base/strv.h"
#include "os/fd.h"
#include "os/idmap.h"
#include "os/lock.h"
#include "os/tree.h"
#include "store/dirs.h"
#include "store/layers_private.h"

#define LAYER_PATH_MAX (sizeof("../sha512/") + HASH_MAX_SIZE * 2)
#define TMP_ID_LEN     24
#define STAGE_TRIES    16

/* Seen from layers/sha256, which is where nearly all of them are. */
static const char *layer_path(const struct digest *d, char *buf)
{
	if (d->alg == HASH_SHA256)
		snprintf(buf, LAYER_PATH_MAX, "%s", d->hex);
	else
		snprintf(buf, LAYER_PATH_MAX, "../%s/%s", digest_alg(d), d->hex);
	return buf;
}

const char *store_tmp_name(char *buf)
{
	char id[ID_LEN + 1];

	id_random(id);
	snprintf(buf, STORE_TMP_MAX, STORE_TMP_PREFIX "%.*s", TMP_ID_LEN, id);
	return buf;
}

int store_layer_open(struct store *s, const struct digest *diff_id, int *ret_fd, struct err *err)
{
	char path[LAYER_PATH_MAX];
	_cleanup_fd_ int fd = -1;
	int layers;

	if (store_dir_peek(s, STORE_LAYERS, &layers, err) < 0)
		return -1;
	if (layers >= 0)
		fd = openat(layers, layer_path(diff_id, path),
			    O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && (layers < 0 || errno == ENOENT))
		return err_set(err, ERR_NOT_FOUND, "layer %.12s is not in the store", diff_id->hex);
	if (fd < 0)
		return err_sys(err, "open layer %.12s", diff_id->hex);
	*ret_fd = fd_take(&fd);
	return 0;
}

bool store_layer_exists(struct store *s, const struct digest *diff_id)
{
	char path[LAYER_PATH_MAX];
	int layers;

	if (store_dir_peek(s, STORE_LAYERS, &layers, NULL) < 0 || layers < 0)
		return false;
	return faccessat(layers, layer_path(diff_id, path), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* ---- stages ---- */

/*
 * Make and lock a directory. A sweep may come between the two and take it for a dead one's: then
 * the lock holds a directory without a name, and we begin again.
 */
static int try_stage(int layers, struct store_layer_stage *st, struct err *err)
{
	_cleanup_fd_ int fd = -1;
	struct stat sb;

	store_tmp_name(st->name);
	if (mkdirat(layers, st->name, 0755) < 0)
		return err_sys(err, "make directory '%s' for a layer", st->name);
	fd = openat(layers, st->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return err_sys(err, "open layer directory '%s'", st->name);
	if (lock_fd(fd, LOCK_EXCLUSIVE, true, "layer directory", err) < 0)
		return -1;
	if (fstat(fd, &sb) < 0)
		return err_sys(err, "layer directory '%s'", st->name);
	if (sb.st_nlink == 0)
		return 0;
	/* The umask must not decide how a container's root directory looks. */
	if (fchmod(fd, 0755) < 0)
		return err_sys(err, "mode of layer directory '%s'", st->name);
	st->fd = fd_take(&fd);
	return 1;
}

int store_layer_begin(struct store *s, struct store_layer_stage *ret, struct err *err)
{
	struct store_layer_stage st = STORE_LAYER_STAGE_INIT;
	int layers;

	if (store_layers_dir(s, &layers, err) < 0)
		return -1;
	for (int i = 0; i < STAGE_TRIES; i++) {
		int n = try_stage(layers, &st, err);

		if (n < 0)
			return -1;
		if (n == 0)
			continue;
		st.store = s;
		*ret = st;
		return 0;
	}
	return err_set(err, ERR_BUSY, "directory for a layer was removed %d times in a row",
		       STAGE_TRIES);
}

/* Older kernels and some file systems know no RENAME_NOREPLACE; a full directory refuses by itself.
 */
static int rename_new(int dirfd, const char *from, const char *to)
{
	if (renameat2(dirfd, from, dirfd, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	return renameat(dirfd, from, dirfd, to);
}

int store_layer_commit(struct store_layer_stage *st, const struct digest *diff_id, struct err *err)
{
	struct store *s = st->store;
	char path[LAYER_PATH_MAX];
	int layers;

	if (store_layers_dir(s, &layers, err) < 0)
		return -1;
	if (diff_id->alg != HASH_SHA256 && mkdirat(layers, "../sha512", store_dir_mode()) < 0 &&
	    errno != EEXIST)
		return err_sys(err, "make directory 'layers/sha512'");
	if (rename_new(layers, st->name, layer_path(diff_id, path)) < 0) {
		if (errno != EEXIST && errno != ENOTEMPTY)
			return err_sys(err, "publish layer %.12s", diff_id->hex);
		/* Another process was faster. */
		store_layer_abort(st);
		return 0;
	}
	if (s->durable && fsync(layers) < 0)
		return err_sys(err, "publish layer %.12s", diff_id->hex);
	close(fd_take(&st->fd));
	*st = (struct store_layer_stage)STORE_LAYER_STAGE_INIT;
	return 0;
}

void store_layer_abort(struct store_layer_stage *st)
{
	struct err err = ERR_INIT;

	if (!st || st->fd < 0)
		return;
	if (tree_remove(st->store->layers_fd, st->name, &err) < 0)
		log_debug("left to the next sweep: %s", err.text);
	close(fd_take(&st->fd));
	*st = (struct store_layer_stage)STORE_LAYER_STAGE_INIT;
}

/* ---- mapped ids ---- */

/* Root of any namespace maps what it can by itself; a user needs a namespace of its own. */
int store_run_mapped(struct store *s, int (*fn)(void *arg, int channel, struct err *err), void *arg,
		     void (*on_data)(void *data_arg, const void *data, size_t len), void *data_arg,
		     struct err *err)
{
	struct id_maps maps = ID_MAPS_INIT;
	const char *why = NULL;
	struct userns_call call = {.maps = &maps,
				   .join_fd = -1,
				   .fn = fn,
				   .arg = arg,
				   .on_data = on_data,
				   .data_arg = data_arg};
	int r;

	if (geteuid() == 0)
		return fn(arg, -1, err);
	if (s->maps)
		call.maps = s->maps;
	else if (id_maps_current_user(&maps, &why, err) < 0)
		return -1;
	if (why)
		log_debug("one id is mapped: %s", why);
	r = userns_run(&call, err);
	id_maps_done(&maps);
	return r;
}

#define UID_MAP_MAX 4096

bool store_overlay_user(void)
{
	static const char identity[] = "0 0 4294967295";
	_cleanup_(buf) struct buf text = BUF_INIT;
	_cleanup_(buf) struct buf words = BUF_INIT;

	if (geteuid() != 0)
		return true;
	if (file_read_all(AT_FDCWD, "/proc/self/uid_map", UID_MAP_MAX, &text, NULL) < 0)
		return false;
	/* The columns are padded with blanks. */
	for (const char *p = buf_str(&text); *p; p++) {
		if (*p != ' ' && *p != '\n')
			buf_addc(&words, *p);
		else if (words.len && words.data[words.len - 1] != ' ')
			buf_addc(&words, ' ');
	}
	return strncmp(buf_str(&words), identity, sizeof(identity) - 1) != 0;
}

/* ---- removal ---- */

int store_layer_retire(struct store *s, const struct digest *diff_id, char ret_tmp[STORE_TMP_MAX],
		       struct err *err)
{
	char path[LAYER_PATH_MAX];
	char tmp[STORE_TMP_MAX];
	int layers;

	if (store_dir_peek(s, STORE_LAYERS, &layers, err) < 0)
		return -1;
	if (layers < 0)
		return 0;
	if (renameat(layers, layer_path(diff_id, path), layers, store_tmp_name(tmp)) < 0) {
		if (errno == ENOENT)
			return 0;
		return err_sys(err, "remove layer %.12s", diff_id->hex);
	}
	memcpy(ret_tmp, tmp, sizeof(tmp));
	return 1;
}

int store_views(struct store *s, char ***ret, struct err *err)
{
	_cleanup_dir_ DIR *dir = NULL;
	int fd;

	if (s->layers_fd < 0)
		return 0;
	fd = openat(s->layers_fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir)
		return err_sys(err, "read directory 'layers'");
	for (const struct dirent *e = readdir(dir); e; e = readdir(dir))
		if (str_prefix(e->d_name, STORE_VIEW_PREFIX, NULL))
			strv_take(ret, xasprintf("../%s", e->d_name));
	return 0;
}

int store_layer_retire_views(struct store *s, const struct digest *diff_id, char ***ret_tmp,
			     struct err *err)
{
	_cleanup_strv_ char **views = NULL;

	if (store_views(s, &views, err) < 0)
		return -1;
	strv_foreach (view, views) {
		_cleanup_free_ char *path = path_join(*view, diff_id->hex);
		char name[STORE_TMP_MAX];
		_cleanup_free_ char *tmp = path_join(*view, store_tmp_name(name));

		/* Inside its parent: a directory of another owner can't be moved to a new one. */
		if (renameat(s->layers_fd, path, s->layers_fd, tmp) == 0)
			strv_take(ret_tmp, ptr_take(tmp));
		else if (errno != ENOENT)
			return err_sys(err, "remove layer %.12s", diff_id->hex);
	}
	return 0;
}

struct removal {
	int dirfd;
	char *const *names;
};

static int remove_all(void *arg, int channel, struct err *err)
{
	const struct removal *r = arg;

	(void)channel;
	strv_foreach (name, r->names) {
		if (tree_remove(r->dirfd, *name, err) < 0)
			return -1;
	}
	return 0;
}

int store_trees_remove(struct store *s, int dirfd, char *const *names, const char *what,
		       struct err *err)
{
	struct removal r = {.dirfd = dirfd, .names = names};
	struct err cause = ERR_INIT;

	if (!names || remove_all(&r, -1, &cause) == 0)
		return 0;
	if ((cause.sys == EACCES || cause.sys == EPERM) && geteuid() != 0) {
		err_clear(&cause);
		if (store_run_mapped(s, remove_all, &r, NULL, NULL, &cause) == 0)
			return 0;
	}
	if (err)
		*err = cause;
	return err_ctx(err, "remove %s", what);
}

int store_layer_remove(struct store *s, const struct digest *diff_id, struct err *err)
{
	char tmp[STORE_TMP_MAX];
	char *names[] = {tmp, NULL};
	char what[32];
	int n = store_layer_retire(s, diff_id, tmp, err);

	if (n < 0)
		return -1;
	if (n == 0)
		return err_set(err, ERR_NOT_FOUND, "layer %.12s is not in the store", diff_id->hex);
	snprintf(what, sizeof(what), "layer %.12s", diff_id->hex);
	return store_trees_remove(s, s->layers_fd, names, what, err);
}
