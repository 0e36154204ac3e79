/* SPDX-License-Identifier: Apache-2.0 */
#include "container/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/id.h"
#include "base/log.h"
#include "base/path.h"
#include "base/strv.h"
#include "os/tree.h"
#include "store/volumes.h"

static void add_option(struct container_config *c, struct spec_mount *m, const char *option)
{
	arena_strv_add(&c->spec.arena, &m->options, &m->n_options,
		       arena_strdup(&c->spec.arena, option));
}

static struct spec_mount *add_spec_mount(struct container_config *c, const struct mount_request *r,
					 const char *type, const char *source)
{
	struct spec_mount *m = arena_push(&c->spec.arena, c->spec.mounts, c->spec.n_mounts);

	m->destination = arena_strdup(&c->spec.arena, r->target);
	m->type = arena_strdup(&c->spec.arena, type);
	m->source = arena_strdup(&c->spec.arena, source);
	return m;
}

static void add_record_mount(struct container_config *c, const struct mount_request *r,
			     const char *type, const char *name, const char *source)
{
	struct arena *a = &c->spec.arena;
	struct record_mount *m = arena_push(a, c->record.mounts, c->record.n_mounts);

	m->type = arena_strdup(a, type);
	m->name = arena_strdup(a, name);
	m->source = arena_strdup(a, source);
	m->destination = arena_strdup(a, r->target);
	m->readonly = r->readonly;
}

/* A host path as given: "~/x", "./x" and "../x" are the caller's. */
static int host_path(const char *given, char **ret, struct err *err)
{
	_cleanup_free_ char *joined = NULL;
	char cwd[PATH_MAX];
	const char *home = getenv("HOME");

	if (*given == '~' && (given[1] == '/' || !given[1]) && home) {
		*ret = xasprintf("%s%s", home, given + 1);
		return 0;
	}
	if (path_is_abs(given)) {
		*ret = xstrdup(given);
		return 0;
	}
	if (!getcwd(cwd, sizeof(cwd)))
		return err_sys(err, "'%s': find the working directory", given);
	joined = path_join(cwd, given);
	*ret = path_clean(joined);
	return 0;
}

static int add_bind(struct container_config *c, const struct mount_request *r, struct err *err)
{
	_cleanup_free_ char *path = NULL;
	struct spec_mount *m;
	struct stat st;

	if (host_path(r->source, &path, err))
		return -1;
	if (stat(path, &st)) {
		if (errno != ENOENT)
			return err_sys(err, "'%s'", path);
		if (r->must_exist) {
			err_set(err, ERR_NOT_FOUND, "'%s': no such file or directory on the host",
				path);
			return err_hint(err, "mkdir -p %s", path);
		}
		if (tree_mkdirs(AT_FDCWD, path, 0755, NULL, err))
			return -1;
	}
	m = add_spec_mount(c, r, "bind", path);
	add_option(c, m, r->non_recursive ? "bind" : "rbind");
	if (r->readonly)
		add_option(c, m, r->non_recursive || r->recursive_writable ? "ro" : "rro");
	add_option(c, m, r->propagation ? r->propagation : "rprivate");
	for (size_t i = 0; i < r->n_options; i++)
		add_option(c, m, r->options[i]);
	add_record_mount(c, r, "bind", NULL, path);
	return 0;
}

static int add_volume(struct store *s, struct container_config *c, const struct mount_request *r,
		      struct err *err)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_fd_ int fd = -1;
	char random[ID_LEN + 1];
	const char *name = r->source;
	struct spec_mount *m;

	if (!name) {
		id_random(random);
		name = random;
	}
	if (store_volume_open_for(s, name, r->source ? NULL : c->record.id, &fd, err))
		return -1;
	path = xasprintf("%s/volumes/%s/_data", s->data_path, name);
	m = add_spec_mount(c, r, "bind", path);
	add_option(c, m, "bind");
	add_option(c, m, r->readonly ? "ro" : "rw");
	add_option(c, m, r->propagation ? r->propagation : "rprivate");
	for (size_t i = 0; i < r->n_options; i++)
		add_option(c, m, r->options[i]);
	/*
	 * As docker does, a new volume begins with what the image has at that place, whoever made
	 * it: `volume create`, or a run that failed before it filled it.
	 */
	if (!r->no_copy && store_volume_unused(s, name))
		add_option(c, m, "copyup");
	add_record_mount(c, r, "volume", name, path);
	c->record.mounts[c->record.n_mounts - 1].anonymous = !r->source;
	return 0;
}

static int add_tmpfs(struct container_config *c, const struct mount_request *r)
{
	struct spec_mount *m = add_spec_mount(c, r, "tmpfs", "tmpfs");

	add_option(c, m, "nosuid");
	add_option(c, m, "nodev");
	add_option(c, m, "noexec");
	for (size_t i = 0; i < r->n_options; i++)
		add_option(c, m, r->options[i]);
	if (r->readonly)
		add_option(c, m, "ro");
	if (r->tmpfs_mode_set)
		add_option(c, m, arena_printf(&c->spec.arena, "mode=%o", r->tmpfs_mode));
	if (r->tmpfs_size)
		add_option(c, m,
			   arena_printf(&c->spec.arena, "size=%llu",
					(unsigned long long)r->tmpfs_size));
	add_record_mount(c, r, "tmpfs", NULL, NULL);
	return 0;
}

static int refuse_unknown(const struct mount_request *r, struct err *err)
{
	const char *what = r->chown		 ? "option U (change of ownership)"
			   : r->overlay		 ? "option O (overlay)"
			   : r->idmap		 ? "option idmap"
			   : r->subpath		 ? "subpath"
			   : r->n_volume_options ? "volume-opt"
			   : r->n_volume_labels	 ? "volume-label"
						 : NULL;

	if (!what)
		return 0;
	return err_set(err, ERR_UNSUPPORTED, "mount at '%s': %s is not known to this version",
		       r->target, what);
}

static unsigned depth(const char *path)
{
	unsigned n = 0;

	for (; *path; path++)
		n += *path == '/';
	return n;
}

static int by_depth(const void *a, const void *b)
{
	const struct mount_request *x = a, *y = b;
	unsigned dx = depth(x->target), dy = depth(y->target);

	return dx != dy ? (dx < dy ? -1 : 1) : strcmp(x->target, y->target);
}

int container_mounts_prepare(struct store *s, struct container_config *c, struct err *err)
{
	if (c->n_mounts > 1)
		qsort(c->mounts, c->n_mounts, sizeof(*c->mounts), by_depth);
	for (size_t i = 0; i < c->n_mounts; i++) {
		const struct mount_request *r = &c->mounts[i];
		int rc;

		if (refuse_unknown(r, err))
			return -1;
		if (r->kind == MOUNT_BIND)
			rc = add_bind(c, r, err);
		else if (r->kind == MOUNT_VOLUME)
			rc = add_volume(s, c, r, err);
		else
			rc = add_tmpfs(c, r);
		if (rc)
			return err_ctx(err, "mount at '%s'", r->target);
	}
	return 0;
}

void container_mounts_note_use(struct store *s, const struct container_record *r)
{
	for (size_t i = 0; i < r->n_mounts; i++)
		if (str_eq(r->mounts[i].type, "volume"))
			store_volume_note_use(s, r->mounts[i].name);
}

void container_mounts_remove_anonymous(struct store *s, const struct container_record *r)
{
	for (size_t i = 0; i < r->n_mounts; i++) {
		struct err err = ERR_INIT;

		if (r->mounts[i].anonymous && store_volume_remove(s, r->mounts[i].name, &err) &&
		    err.kind != ERR_NOT_FOUND)
			log_warn("%s", err.text);
	}
}
