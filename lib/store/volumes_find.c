/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Listing and describing volumes. A volume is its directory; beside its data lies volume.json when
 * there is more to tell than that. When it was made is the file system's affair.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/parse.h"
#include "base/strv.h"
#include "os/atomic.h"
#include "os/fd.h"
#include "store/volumes.h"

#define VOLUME_FILE	"volume.json"
#define VOLUME_FILE_MAX ((size_t)1 << 20)
#define VOLUME_DATA	"_data"

static const struct json_field fields[] = {
	JSON_FIELD_N(JSON_F_PAIRS, "labels", struct store_volume, labels, NULL, 0),
};
static const struct json_table table = JSON_TABLE(struct store_volume, fields);

void store_volume_done(struct store_volume *v)
{
	arena_done(&v->arena);
	*v = (struct store_volume){.name = NULL};
}

/* Returns -1 with *err clear where there are no volumes at all. */
static int open_volumes(struct store *s, struct err *err)
{
	int fd = openat(s->data_fd, "volumes", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 && errno != ENOENT)
		err_sys(err, "open '%s/volumes'", s->data_path);
	return fd;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int store_volume_list(struct store *s, char ***ret, struct err *err)
{
	_cleanup_dir_ DIR *dir = NULL;
	char **names = NULL;
	struct err cause = ERR_INIT;
	int fd = open_volumes(s, &cause);

	if (fd < 0) {
		if (cause.kind == ERR_NONE)
			*ret = NULL;
		else if (err)
			*err = cause;
		return cause.kind == ERR_NONE ? 0 : -1;
	}
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return err_sys(err, "read directory 'volumes'");
	}
	for (const struct dirent *e = readdir(dir); e; e = readdir(dir)) {
		_cleanup_free_ char *data = xasprintf("%s/" VOLUME_DATA, e->d_name);

		if (store_volume_name_valid(e->d_name) && fd_entry_exists(fd, data))
			strv_add(&names, e->d_name);
	}
	if (names)
		qsort(names, strv_len(names), sizeof(*names), compare);
	*ret = names;
	return 0;
}

static int no_such_volume(struct store *s, const char *name, struct err *err)
{
	_cleanup_strv_ char **names = NULL;
	const char *nearest;

	store_volume_list(s, &names, NULL);
	nearest = str_nearest(name, (const char *const *)names, strv_len(names));
	err_set(err, ERR_NOT_FOUND, "no such volume: %s", name);
	if (nearest)
		return err_hint(err, "did you mean '%s'? `onggi volume ls` lists all volumes",
				nearest);
	return err_hint(err, "`onggi volume ls` lists all volumes");
}

/* When the directory was made, or last changed where the file system doesn't keep that. */
static char *created(int fd, struct arena *a)
{
	struct statx st;
	struct timespec t = {.tv_sec = 0};
	char text[FORMAT_MAX];

	if (statx(fd, "", AT_EMPTY_PATH, STATX_BTIME | STATX_MTIME, &st) < 0)
		return NULL;
	if (st.stx_mask & STATX_BTIME)
		t = (struct timespec){st.stx_btime.tv_sec, st.stx_btime.tv_nsec};
	else
		t = (struct timespec){st.stx_mtime.tv_sec, st.stx_mtime.tv_nsec};
	return arena_strdup(a, format_time(t, text));
}

static int read_labels(int fd, struct store_volume *v, struct err *err)
{
	_cleanup_(buf) struct buf text = BUF_INIT;
	struct err cause = ERR_INIT;

	if (file_read_all(fd, VOLUME_FILE, VOLUME_FILE_MAX, &text, &cause) < 0) {
		if (cause.sys == ENOENT)
			return 0;
		if (err)
			*err = cause;
		return -1;
	}
	return json_decode_text(&table, text.data, text.len, VOLUME_FILE, v, &v->arena, err);
}

int store_volume_read(struct store *s, const char *name, struct store_volume *ret, struct err *err)
{
	_cleanup_(store_volume) struct store_volume v = {.name = NULL};
	_cleanup_fd_ int volumes = -1;
	_cleanup_fd_ int fd = -1;
	struct err cause = ERR_INIT;

	if (!store_volume_name_valid(name))
		return no_such_volume(s, name, err);
	volumes = open_volumes(s, &cause);
	if (volumes < 0 && cause.kind != ERR_NONE) {
		if (err)
			*err = cause;
		return -1;
	}
	if (volumes >= 0)
		fd = openat(volumes, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || !fd_entry_exists(fd, VOLUME_DATA))
		return no_such_volume(s, name, err);
	if (read_labels(fd, &v, err) < 0)
		return err_ctx(err, "volume '%s'", name);
	v.name = arena_strdup(&v.arena, name);
	v.mountpoint = arena_printf(&v.arena, "%s/volumes/%s/" VOLUME_DATA, s->data_path, name);
	v.created = created(fd, &v.arena);
	*ret = v;
	v = (struct store_volume){.name = NULL};
	return 0;
}

static int write_labels(struct store *s, const char *name, const struct json_pair *labels, size_t n,
			struct err *err)
{
	_cleanup_(buf) struct buf text = BUF_INIT_MAX(VOLUME_FILE_MAX);
	_cleanup_free_ struct json_pair *copy = xcalloc(n, sizeof(*copy));
	struct store_volume v = {.labels = copy, .n_labels = n};
	struct json_writer w = JSON_WRITER_INIT(&text, 0);
	_cleanup_fd_ int volumes = -1;
	_cleanup_fd_ int fd = -1;

	memcpy(copy, labels, n * sizeof(*copy));
	json_encode(&table, &v, &w);
	volumes = open_volumes(s, err);
	if (volumes >= 0)
		fd = openat(volumes, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_sys(err, "open volume '%s'", name);
	return atomic_write(fd, VOLUME_FILE, &text, 0600, s->durable ? DURABLE_YES : DURABLE_NO,
			    err);
}

int store_volume_create(struct store *s, const char *name, const struct json_pair *labels,
			size_t n_labels, bool *ret_created, struct err *err)
{
	_cleanup_fd_ int fd = -1;
	bool is_new;

	if (store_volume_open(s, name, &fd, &is_new, err) < 0)
		return -1;
	if (is_new && n_labels && write_labels(s, name, labels, n_labels, err) < 0)
		return err_ctx(err, "volume '%s'", name);
	if (ret_created)
		*ret_created = is_new;
	return 0;
}
