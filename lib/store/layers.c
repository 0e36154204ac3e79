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
#include "os/caps.h"
#include "os/dir.h"
#include "os/fd.h"
#include "os/idmap.h"
#include "os/lock.h"
#include "os/tree.h"
#include "store/dirs.h"
#include "store/layers_private.h"

#define TMP_ID_LEN  24
#define STAGE_TRIES 16
#define SHA256_HEX  64
#define SHA512_HEX  128

/* A chain of one SHA-512 layer is that digest: half of it tells stacks apart, and a name fits. */
const char *store_layer_name(const struct digest *diff_id, const struct digest *chain, char *buf)
{
	snprintf(buf, STORE_LAYER_NAME_MAX, "%s%s%s%.64s",
		 diff_id->alg == HASH_SHA256 ? "" : "sha512-", diff_id->hex, chain ? "." : "",
		 chain ? chain->hex : "");
	return buf;
}

const char *store_tmp_name(char *buf)
{
	char id[ID_LEN + 1];

	id_random(id);
	snprintf(buf, STORE_TMP_MAX, STORE_TMP_PREFIX "%.*s", TMP_ID_LEN, id);
	return buf;
}

static int open_tree(int layers, const struct digest *diff_id, const struct digest *chain)
{
	char name[STORE_LAYER_NAME_MAX];

	return openat(layers, store_layer_name(diff_id, chain, name),
		      O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int store_layer_open(struct store *s, const struct digest *diff_id, const struct digest *chain,
		     int *ret_fd, struct err *err)
{
	_cleanup_fd_ int fd = -1;
	int layers;

	if (store_dir_peek(s, STORE_LAYERS, &layers, err) < 0)
		return -1;
	if (layers >= 0)
		fd = open_tree(layers, diff_id, NULL);
	if (layers >= 0 && fd < 0 && errno == ENOENT && chain)
		fd = open_tree(layers, diff_id, chain);
	if (fd < 0 && (layers < 0 || errno == ENOENT))
		return err_set(err, ERR_NOT_FOUND, "layer %.12s is not in the store", diff_id->hex);
	if (fd < 0)
		return err_sys(err, "open layer %.12s", diff_id->hex);
	*ret_fd = fd_take(&fd);
	return 0;
}

bool store_layer_exists(struct store *s, const struct digest *diff_id, const struct digest *chain)
{
	_cleanup_fd_ int fd = -1;

	return store_layer_open(s, diff_id, chain, &fd, NULL) == 0;
}

/* ---- stages ---- */

/* Is fd what has that name? An empty directory may keep its links for a while after its removal. */
static bool has_name(int fd, int dirfd, const char *name)
{
	struct stat here, there;

	return fstat(fd, &here) == 0 && fstatat(dirfd, name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	       here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}

/*
 * Make and lock a directory. A sweep may come between the two and take it for a dead one's: then
 * the lock holds a directory without a name, or another one has it, and we begin again. A sweep
 * holds its lock until what it judged is gone, so that nothing is between these two.
 */
static int try_stage(int layers, struct store_layer_stage *st, struct err *err)
{
	_cleanup_fd_ int fd = -1;

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
	if (!has_name(fd, layers, st->name))
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

int store_layer_commit(struct store_layer_stage *st, const struct digest *diff_id,
		       const struct digest *chain, struct err *err)
{
	struct store *s = st->store;
	char name[STORE_LAYER_NAME_MAX];
	int layers;

	if (store_layers_dir(s, &layers, err) < 0)
		return -1;
	if (rename_new(layers, st->name, store_layer_name(diff_id, chain, name)) < 0) {
		if (errno != EEXIST && errno != ENOTEMPTY)
			return err_sys(err, "publish layer %.12s", diff_id->hex);
		/* Another process was faster. */
		store_layer_abort(st);
		return 0;
	}
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

#define UID_MAP_MAX	     4096
#define CAP_SYS_ADMIN_NUMBER 21

bool store_overlay_user(void)
{
	static const char identity[] = "0 0 4294967295";
	_cleanup_(buf) struct buf text = BUF_INIT;
	_cleanup_(buf) struct buf words = BUF_INIT;

	/* Attributes of the name trusted are for the machine's root with that capability. */
	if (geteuid() != 0 || !(cap_current() & CAP_BIT(CAP_SYS_ADMIN_NUMBER)))
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
	for (const struct dirent *e = dir_next(dir); e; e = dir_next(dir))
		if (str_prefix(e->d_name, STORE_VIEW_PREFIX, NULL))
			strv_take(ret, xasprintf("../%s", e->d_name));
	return errno ? err_sys(err, "read directory 'layers'") : 0;
}

bool store_layer_name_valid(const char *name)
{
	size_t len = SHA256_HEX;
	const char *hex = name;

	if (str_prefix(name, "sha512-", &hex))
		len = SHA512_HEX;
	if (strnlen(hex, len) < len || !hex_valid(hex, len))
		return false;
	hex += len;
	return !*hex ||
	       (*hex == '.' && strlen(hex + 1) == SHA256_HEX && hex_valid(hex + 1, SHA256_HEX));
}

/* In one directory, "" or a view relative to layers_fd. */
static int retire_in(struct store *s, const char *view, bool (*judge)(void *arg, const char *name),
		     void *arg, char ***ret_tmp, struct err *err)
{
	int fd = openat(s->layers_fd, *view ? view : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_dir_ DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir)
		return err_sys(err, "read directory 'layers'");
	for (const struct dirent *e = dir_next(dir); e; e = dir_next(dir)) {
		char name[STORE_TMP_MAX];

		if (!store_layer_name_valid(e->d_name) || !judge(arg, e->d_name))
			continue;
		/* Inside its parent: a directory of another owner can't be moved to a new one. */
		if (renameat(fd, e->d_name, fd, store_tmp_name(name)) == 0)
			strv_take(ret_tmp, *view ? path_join(view, name) : xstrdup(name));
		else if (errno != ENOENT)
			return err_sys(err, "remove layer %.12s", e->d_name);
	}
	return errno ? err_sys(err, "read directory 'layers'") : 0;
}

int store_layers_retire(struct store *s, bool (*judge)(void *arg, const char *name), void *arg,
			char ***ret_tmp, struct err *err)
{
	_cleanup_strv_ char **views = NULL;
	int layers;

	if (store_dir_peek(s, STORE_LAYERS, &layers, err) < 0)
		return -1;
	if (layers < 0)
		return 0;
	if (retire_in(s, "", judge, arg, ret_tmp, err) < 0 || store_views(s, &views, err) < 0)
		return -1;
	strv_foreach (view, views) {
		if (retire_in(s, *view, judge, arg, ret_tmp, err) < 0)
			return -1;
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
