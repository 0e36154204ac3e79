/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/source.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "os/fd.h"

int source_reopen(int fd, int *ret, struct err *err)
{
	_cleanup_fd_ int opened = -1;
	struct stat was, is;
	char link[32], path[PATH_MAX];
	ssize_t n = readlink(fd_proc_path(fd, link), path, sizeof(path) - 1);

	if (n < 0)
		return err_sys(err, "descriptor %d", fd);
	path[n] = '\0';
	opened = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (opened < 0)
		return err_sys(err, "open '%s' in the container's mount namespace", path);
	if (fstat(fd, &was) < 0 || fstat(opened, &is) < 0)
		return err_sys(err, "examine '%s'", path);
	if (was.st_dev != is.st_dev || was.st_ino != is.st_ino)
		return err_set(err, ERR_NOT_FOUND, "'%s' was replaced since it was opened", path);
	*ret = fd_take(&opened);
	return 0;
}

static int copy_tree(const char *path, int fd, bool recursive, int *ret, struct err *err)
{
	_cleanup_fd_ int opened = -1;

	if (fd < 0) {
		opened = open(path, O_PATH | O_CLOEXEC);
		if (opened < 0)
			return err_sys(err, "open '%s' to bind it", path);
		fd = opened;
	}
	if (mount_clone(fd, recursive, ret, err) < 0)
		return err_ctx(err, "bind '%s'", path);
	return 0;
}

/*
 * A new volume is the caller's; its content is to be the container's, whose root fills it. What
 * somebody else has been given stays his.
 */
static int give_volume(const struct sandbox_plan *p, int mount_fd, struct err *err)
{
	uint32_t uid, gid;
	struct stat st;

	if (fstat(mount_fd, &st) < 0)
		return err_sys(err, "examine a volume");
	if (st.st_uid != geteuid() || !id_map_to_outside(&p->maps.uid, 0, &uid) ||
	    !id_map_to_outside(&p->maps.gid, 0, &gid))
		return 0;
	if (fchownat(mount_fd, "", uid, gid, AT_EMPTY_PATH) < 0)
		return err_sys(err, "give a new volume to the container");
	return 0;
}

int sources_open(const struct sandbox_plan *p, struct sources *ret, struct err *err)
{
	_cleanup_(sources) struct sources s = SOURCES_INIT;

	s.n = p->n_ops;
	s.binds = xcalloc(s.n, sizeof(*s.binds));
	for (size_t i = 0; i < s.n; i++)
		s.binds[i] = -1;
	for (size_t i = 0; i < s.n; i++) {
		const struct op *op = &p->ops[i];
		const struct op_mount *m = &op->mount;

		if (op->kind == OP_ROOT_DIR && copy_tree(op->path, -1, true, &s.root, err) < 0)
			return -1;
		/* /proc and the like stand for the namespace that they are opened in */
		if (op->kind == OP_BIND && !m->idmap && m->spec &&
		    copy_tree(m->source, m->source_fd, m->recursive, &s.binds[i], err) < 0)
			return -1;
		if (op->kind == OP_BIND && m->copy_up && s.binds[i] >= 0 &&
		    give_volume(p, s.binds[i], err) < 0)
			return -1;
	}
	*ret = s;
	s = (struct sources)SOURCES_INIT;
	return 0;
}

void sources_done(struct sources *s)
{
	if (s->root >= 0)
		close(s->root);
	for (size_t i = 0; s->binds && i < s->n; i++)
		if (s->binds[i] >= 0)
			close(s->binds[i]);
	free(s->binds);
	*s = (struct sources)SOURCES_INIT;
}
