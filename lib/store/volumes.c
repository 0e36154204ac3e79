/* SPDX-License-Identifier: Apache-2.0 */
/* Volumes: directories that outlive containers. */
#include "store/volumes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/path.h"
#include "base/strv.h"
#include "os/dir.h"
#include "os/fd.h"
#include "store/dirs.h"
#include "store/layers_private.h"

#define VOLUME_NAME_MAX 255
#define VOLUME_UNUSED                                                                              \
	"unused" /* an empty file beside the data, until a container has begun with it */

bool store_volume_name_valid(const char *name)
{
	size_t len = strlen(name);

	return len && len <= VOLUME_NAME_MAX &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") ==
		       len &&
	       !strchr("_.-", name[0]);
}

static int check_name(const char *name, struct err *err)
{
	if (store_volume_name_valid(name))
		return 0;
	return err_set(err, ERR_INVALID,
		       "volume name '%s' is not valid: expected letters, digits, '_', '.' and '-', "
		       "beginning with a letter or digit",
		       name);
}

/* maker: see store_volume_open_for() */
static int note_unused(int volume_fd, const char *maker)
{
	_cleanup_fd_ int fd =
		openat(volume_fd, VOLUME_UNUSED, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	return fd < 0 || (maker && fd_write_full(fd, maker, strlen(maker)) < 0) ? -1 : 0;
}

/*
 * Mode of a volume's root: 0755 whatever the umask says, as containers expect. That nobody has used
 * it is noted first: whoever finds the data without the note finds them used.
 */
static int make_data(int volume_fd, const char *name, const char *maker, bool *ret_created,
		     struct err *err)
{
	_cleanup_fd_ int fd = -1;

	if (note_unused(volume_fd, maker) < 0)
		return err_sys(err, "make volume '%s'", name);
	if (mkdirat(volume_fd, "_data", 0755) < 0) {
		if (errno == EEXIST)
			return 0;
		return err_sys(err, "make volume '%s'", name);
	}
	*ret_created = true;
	fd = openat(volume_fd, "_data", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fchmod(fd, 0755) < 0)
		return err_sys(err, "make volume '%s'", name);
	return 0;
}

static int open_volume(struct store *s, const char *name, const char *maker, int *ret_fd,
		       bool *ret_created, struct err *err)
{
	_cleanup_fd_ int volumes = -1;
	_cleanup_fd_ int volume = -1;
	int flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	bool created = false;
	int fd;

	if (check_name(name, err) < 0 || store_subdir(s, "volumes", &volumes, err) < 0 ||
	    store_dir_make(volumes, name, store_dir_mode(), "volumes", &volume, err) < 0)
		return -1;
	fd = openat(volume, "_data", flags);
	if (fd < 0 && errno == ENOENT) {
		if (make_data(volume, name, maker, &created, err) < 0)
			return -1;
		fd = openat(volume, "_data", flags);
	}
	if (fd < 0)
		return err_sys(err, "open volume '%s'", name);
	*ret_fd = fd;
	if (ret_created)
		*ret_created = created;
	return 0;
}

int store_volume_open(struct store *s, const char *name, int *ret_fd, bool *ret_created,
		      struct err *err)
{
	return open_volume(s, name, NULL, ret_fd, ret_created, err);
}

int store_volume_open_for(struct store *s, const char *name, const char *maker, int *ret_fd,
			  struct err *err)
{
	return open_volume(s, name, maker, ret_fd, NULL, err);
}

static char *unused_path(const char *name)
{
	return xasprintf("volumes/%s/" VOLUME_UNUSED, name);
}

bool store_volume_unused(struct store *s, const char *name)
{
	_cleanup_free_ char *path = unused_path(name);

	return fd_entry_exists(s->data_fd, path);
}

void store_volume_note_use(struct store *s, const char *name)
{
	_cleanup_free_ char *path = unused_path(name);

	if (unlinkat(s->data_fd, path, 0) < 0 && errno != ENOENT)
		log_debug("volume '%s' is filled anew when it is empty: %s", name, strerror(errno));
}

/* What was renamed away: the volume just now, and those whose removal was killed. */
static int list_removed(int volumes, char ***ret, struct err *err)
{
	int fd = openat(volumes, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_dir_ DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir)
		return err_sys(err, "read directory 'volumes'");
	for (const struct dirent *e = dir_next(dir); e; e = dir_next(dir)) {
		if (str_prefix(e->d_name, STORE_TMP_PREFIX, NULL))
			strv_add(ret, e->d_name);
	}
	return errno ? err_sys(err, "read directory 'volumes'") : 0;
}

static int open_volumes(struct store *s, int *ret_fd, struct err *err)
{
	*ret_fd = openat(s->data_fd, "volumes", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *ret_fd < 0 && errno != ENOENT ? err_sys(err, "open '%s/volumes'", s->data_path) : 0;
}

int store_volume_retire(struct store *s, const char *name, struct err *err)
{
	_cleanup_fd_ int volumes = -1;
	char tmp[STORE_TMP_MAX];

	if (check_name(name, err) < 0 || open_volumes(s, &volumes, err) < 0)
		return -1;
	if (volumes >= 0 && renameat(volumes, name, volumes, store_tmp_name(tmp)) == 0)
		return 0;
	if (errno != ENOENT)
		return err_sys(err, "remove volume '%s'", name);
	err_set(err, ERR_NOT_FOUND, "no such volume: %s", name);
	return err_hint(err, "`onggi volume ls` lists all volumes");
}

int store_volumes_delete(struct store *s, struct err *err)
{
	_cleanup_fd_ int volumes = -1;
	_cleanup_strv_ char **names = NULL;

	if (open_volumes(s, &volumes, err) < 0)
		return -1;
	if (volumes < 0)
		return 0;
	if (list_removed(volumes, &names, err) < 0)
		return -1;
	return store_trees_remove(s, volumes, names, "volume", err);
}

int store_volume_remove(struct store *s, const char *name, struct err *err)
{
	return store_volume_retire(s, name, err) < 0 ? -1 : store_volumes_delete(s, err);
}

static bool is_made_by(int volumes, const char *name, const char *maker)
{
	_cleanup_free_ char *path = path_join(name, VOLUME_UNUSED);
	_cleanup_(buf) struct buf text = BUF_INIT;

	return store_volume_name_valid(name) &&
	       file_read_all(volumes, path, strlen(maker), &text, NULL) == 0 &&
	       strcmp(buf_str(&text), maker) == 0;
}

void store_volumes_forget(struct store *s, const char *maker)
{
	int fd = openat(s->data_fd, "volumes", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_dir_ DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct err err = ERR_INIT;

	for (const struct dirent *e = dir ? dir_next(dir) : NULL; e; e = dir_next(dir)) {
		if (is_made_by(fd, e->d_name, maker) && store_volume_remove(s, e->d_name, &err) < 0)
			log_debug("left to `onggi volume prune`: %s", err.text);
	}
}
