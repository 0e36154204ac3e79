/* SPDX-License-Identifier: Apache-2.0 */
/* Looking at records, names, volumes, directories, and at files that are none of ours. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/id.h"
#include "base/path.h"
#include "base/strv.h"
#include "oci/digest.h"
#include "os/dir.h"
#include "store/check_private.h"
#include "store/containers_private.h"
#include "store/dirs.h"
#include "store/layers_private.h"
#include "store/prune.h"
#include "store/volumes.h"

/* Call fn for each name in a directory of the store; absence is no error. */
static int each_name(struct store *s, const char *path,
		     void (*fn)(struct store *s, const char *path, const char *name,
				struct check_report *r),
		     struct check_report *r, struct err *err)
{
	int fd = openat(s->data_fd, *path ? path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_dir_ DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir)
		/* Its mode or kind is a finding of its own. */
		return errno == ENOENT || errno == EACCES || errno == ENOTDIR
			       ? 0
			       : err_sys(err, "read '%s/%s'", s->data_path, path);
	for (const struct dirent *e = dir_next(dir); e; e = dir_next(dir))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			fn(s, path, e->d_name, r);
	return errno ? err_sys(err, "read '%s/%s'", s->data_path, path) : 0;
}

/* ---- directories ---- */

static const char *const dirs[] = {
	"images",  "images/blobs",  "images/blobs/sha256", "images/blobs/sha512",
	"layers",  "layers/sha256", "containers",	   "containers/by-name",
	"volumes", "seccomp-cache",
};

static void check_dir(struct store *s, const char *path, struct check_report *r)
{
	struct check_finding *f;
	struct stat st;

	if (fstatat(s->data_fd, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	if (!S_ISDIR(st.st_mode)) {
		f = check_add(r, path, "is no directory, so that nothing can be kept in it");
		check_mends(r, f, CHECK_MEND_REMOVE, path, "it is removed");
		return;
	}
	if (st.st_uid != geteuid()) {
		check_add(r, path, "belongs to user %u, not to %u who uses this store", st.st_uid,
			  geteuid());
		return;
	}
	if ((st.st_mode & 07777) == store_dir_mode())
		return;
	f = check_add(r, path, "has mode %04o, so that others %s: expected %04o",
		      st.st_mode & 07777, st.st_mode & 077 ? "get at what is in it" : "don't",
		      store_dir_mode());
	check_mends(r, f, CHECK_MEND_MODE, path, "it gets that mode");
}

/* ---- foreign files ---- */

static bool is_blob_name(const char *path, const char *name)
{
	_cleanup_free_ char *text = xasprintf("%s:%s", path_base(path), name);
	struct digest d;

	return digest_parse(text, &d, NULL) == 0;
}

static bool is_container_name(const char *name)
{
	return strcmp(name, CONTAINER_NAMES_DIR) == 0 ||
	       (strlen(name) == ID_LEN && hex_valid(name, ID_LEN));
}

/* What may lie in a directory of the store. */
static bool is_known(const char *path, const char *name)
{
	static const char *const images[] = {"oci-layout", "index.json", "blobs", "reflog"};

	if (str_prefix(name, STORE_TMP_PREFIX, NULL))
		return true;
	if (strcmp(path, "images") == 0) {
		for (size_t i = 0; i < ARRAY_SIZE(images); i++)
			if (strcmp(name, images[i]) == 0)
				return true;
		return false;
	}
	if (strcmp(path, "images/blobs") == 0)
		return strcmp(name, "sha256") == 0 || strcmp(name, "sha512") == 0;
	if (str_prefix(path, "images/blobs/", NULL))
		return is_blob_name(path, name);
	if (strcmp(path, "layers") == 0)
		return strcmp(name, "sha256") == 0 || str_prefix(name, STORE_VIEW_PREFIX, NULL);
	if (str_prefix(path, "layers/", NULL))
		return store_layer_name_valid(name);
	if (strcmp(path, "containers") == 0)
		return is_container_name(name);
	return strcmp(path, "volumes") != 0 || store_volume_name_valid(name);
}

static void check_foreign(struct store *s, const char *path, const char *name,
			  struct check_report *r)
{
	_cleanup_free_ char *full = path_join(path, name);
	struct check_finding *f;

	if (is_known(path, name))
		return;
	f = check_add(r, full, "is no file of onggi's: nothing reads it");
	check_mends(r, f, CHECK_MEND_REMOVE, full, "it is removed");
	(void)s;
}

static void check_view(struct store *s, const char *path, const char *name, struct check_report *r)
{
	_cleanup_free_ char *full = path_join(path, name);

	if (str_prefix(name, STORE_VIEW_PREFIX, NULL))
		each_name(s, full, check_foreign, r, NULL);
}

/* ---- containers ---- */

static void bad_record(struct check_report *r, const char *id, const char *file, const char *why)
{
	_cleanup_free_ char *object = xasprintf("container %.12s", id);
	struct check_finding *f =
		check_add(r, object, "%s can't be read: %s; nobody can use the container", file,
			  why);

	check_mends(r, f, CHECK_MEND_CONTAINER, id, "the container is removed, with its changes");
}

/* A record's name must lead back to it. */
static void check_name_of(struct store *s, const struct container_record *c, struct check_report *r)
{
	_cleanup_free_ char *object = NULL;
	_cleanup_free_ char *target = NULL;
	struct check_finding *f;
	char id[ID_LEN + 1];

	if (str_empty(c->name) ||
	    (store_container_by_name(s->containers_fd, c->name, id) && strcmp(id, c->id) == 0))
		return;
	object = xasprintf("container %.12s", c->id);
	target = xasprintf("%s %s", c->id, c->name);
	f = check_add(r, object, "its name '%s' doesn't lead to it: it is only found by its id",
		      c->name);
	check_mends(r, f, CHECK_MEND_NAME, target, "it gets its name, where nobody else has it");
}

static void check_state(struct store *s, const char *id, struct check_report *r)
{
	_cleanup_(container_state) struct container_state st = {.pid = 0};
	_cleanup_free_ char *object = xasprintf("container %.12s", id);
	_cleanup_free_ char *path = NULL;
	struct err err = ERR_INIT;
	struct check_finding *f;
	bool stale;

	if (store_container_state(s, id, &st, &stale, &err) == 0)
		return;
	f = check_add(r, object, "how it ended can't be read: %s", err.text);
	path = xasprintf("containers/%s/" CONTAINER_STATE_FILE, id);
	check_mends(r, f, CHECK_MEND_REMOVE, path,
		    "its state is removed: it ended, nobody knows how");
}

static void check_container(struct store *s, const char *path, const char *name,
			    struct check_report *r)
{
	_cleanup_(container_record) struct container_record c = {.id = NULL};
	static const char *const parts[] = {"upper", "work"};
	struct err err = ERR_INIT;

	(void)path;
	if (strlen(name) != ID_LEN || !hex_valid(name, ID_LEN) ||
	    !store_container_complete(s->containers_fd, name))
		return;
	r->containers++;
	if (store_container_read(s, name, &c, &err) < 0) {
		bad_record(r, name, CONTAINER_RECORD_FILE, err.text);
		return;
	}
	if (!str_eq(c.id, name)) {
		bad_record(r, name, CONTAINER_RECORD_FILE, "it is that of another container");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		_cleanup_free_ char *part = xasprintf("%s/%s", name, parts[i]);
		struct stat st;

		if (fstatat(s->containers_fd, part, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		    !S_ISDIR(st.st_mode)) {
			bad_record(r, name, parts[i], "it is missing, or no directory");
			return;
		}
	}
	check_name_of(s, &c, r);
	check_state(s, name, r);
}

bool check_name_holds(struct store *s, const char *name)
{
	_cleanup_(container_record) struct container_record c = {.id = NULL};
	char id[ID_LEN + 1];

	if (!store_container_by_name(s->containers_fd, name, id))
		return false;
	if (!store_container_complete(s->containers_fd, id))
		return !store_container_gone(s->containers_fd, id);
	/* One that can't be read is told already. */
	return store_container_read(s, id, &c, NULL) < 0 || str_eq(c.name, name);
}

static void check_name(struct store *s, const char *path, const char *name, struct check_report *r)
{
	_cleanup_free_ char *full = path_join(path, name);
	struct check_finding *f;
	char id[ID_LEN + 1];

	if (check_name_holds(s, name))
		return;
	if (!store_container_by_name(s->containers_fd, name, id)) {
		f = check_add(r, full, "is no name of a container");
	} else if (!store_container_complete(s->containers_fd, id)) {
		/* Its removal was killed, and the next removal or sweep goes on with it. */
		struct stat st;
		bool torso = fstatat(s->containers_fd, id, &st, AT_SYMLINK_NOFOLLOW) == 0;

		f = check_add(r, full, "leads to container %.12s, %s", id,
			      torso ? "whose removal was killed" : "which does not exist");
		f->minor = torso;
	} else {
		_cleanup_(container_record) struct container_record c = {.id = NULL};

		store_container_read(s, id, &c, NULL);
		f = check_add(r, full, "leads to container %.12s, whose name is '%s'", id,
			      c.name ? c.name : "");
	}
	check_mends(r, f, CHECK_MEND_REMOVE, full, "the name is removed");
}

/* ---- volumes ---- */

static void check_labels(struct store *s, const char *name, const char *object,
			 struct check_report *r)
{
	_cleanup_(store_volume) struct store_volume v = {.name = NULL};
	_cleanup_free_ char *path = xasprintf("volumes/%s/volume.json", name);
	struct err err = ERR_INIT;
	struct check_finding *f;

	if (store_volume_read(s, name, &v, &err) == 0 || err.kind == ERR_NOT_FOUND)
		return;
	f = check_add(r, object, "its labels can't be read: %s", err.text);
	check_mends(r, f, CHECK_MEND_REMOVE, path, "they are removed; its files stay");
}

static void check_volume(struct store *s, const char *path, const char *name,
			 struct check_report *r)
{
	_cleanup_free_ char *object = xasprintf("volume %s", name);
	_cleanup_free_ char *full = path_join(path, name);
	_cleanup_free_ char *data = path_join(full, "_data");
	struct check_finding *f;
	struct stat st;

	if (!store_volume_name_valid(name))
		return;
	r->volumes++;
	if (fstatat(s->data_fd, data, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode)) {
		check_labels(s, name, object, r);
		return;
	}
	/* A command that is making it at this moment is a case, too: it makes what is missing. */
	f = check_add(r, object, "has no directory '_data', so that it can't be mounted");
	check_mends(r, f, CHECK_MEND_REMOVE, full, "it is removed: there is nothing in it");
}

/* ---- leftovers ---- */

static int check_leftovers(struct store *s, struct check_report *r, struct err *err)
{
	_cleanup_(store_usage) struct store_usage usage = STORE_USAGE_INIT;
	_cleanup_(prune_plan) struct prune_plan plan = PRUNE_PLAN_INIT;

	if (store_usage_measure(s, STORE_PARTS_ALL, &usage, err) < 0)
		return -1;
	for (int part = 0; part < STORE_PART_COUNT; part++)
		if (store_prune_leftovers(s, &usage, (enum store_part)part, &plan, err) < 0)
			return -1;
	for (size_t i = 0; i < plan.n; i++) {
		struct check_finding *f =
			check_add(r, plan.items[i].path, "was left by a command that was killed");
		const char *path = plan.items[i].path;

		f->minor = true;
		check_mends(r, f,
			    str_prefix(path, "volumes/", NULL) ? CHECK_MEND_REMOVE
							       : CHECK_MEND_SWEEP,
			    path, "it is removed");
	}
	return 0;
}

int check_records(struct store *s, struct check_report *r, struct err *err)
{
	static const char *const places[] = {
		"images", "images/blobs",  "images/blobs/sha256", "images/blobs/sha512",
		"layers", "layers/sha256", "containers",	  "volumes"};
	int containers;

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		check_dir(s, dirs[i], r);
	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		if (each_name(s, places[i], check_foreign, r, err) < 0)
			return -1;
	if (each_name(s, "layers", check_view, r, err) < 0 ||
	    each_name(s, "volumes", check_volume, r, err) < 0 ||
	    store_dir_peek(s, STORE_CONTAINERS, &containers, err) < 0)
		return -1;
	if (containers >= 0 &&
	    (each_name(s, "containers", check_container, r, err) < 0 ||
	     each_name(s, "containers/" CONTAINER_NAMES_DIR, check_name, r, err) < 0))
		return -1;
	return check_leftovers(s, r, err);
}
