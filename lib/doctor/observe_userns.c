/* SPDX-License-Identifier: Apache-2.0 */
/*
 * User namespaces by trying them, step by step: what a setting says and what the kernel does are
 * two things (security modules and filters have no file that tells). The child that tries is the
 * part's own, so whatever it changes about itself ends with it.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/strv.h"
#include "doctor/parts.h"
#include "os/fd.h"
#include "os/idmap.h"
#include "os/mount.h"
#include "os/tree.h"

static int or_errno(int r)
{
	return r < 0 ? errno : 0;
}

/* Only our own id: what anybody may map. */
static int map_own_id(uid_t uid, gid_t gid)
{
	char text[OBSERVE_WORD];

	/* It is absent before Linux 3.19 and refused where it was written already. */
	file_write_text(AT_FDCWD, "/proc/self/setgroups", "deny", NULL);
	snprintf(text, sizeof(text), "0 %u 1\n", uid);
	if (file_write_text(AT_FDCWD, "/proc/self/uid_map", text, NULL) < 0)
		return errno;
	snprintf(text, sizeof(text), "0 %u 1\n", gid);
	return or_errno(file_write_text(AT_FDCWD, "/proc/self/gid_map", text, NULL));
}

/* A file system on top of "/" of a mount namespace of our own: nobody sees it. */
static int try_mount(const char *type)
{
	return or_errno(mount(type, "/", type, MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL));
}

/* /proc needs a process in the new pid namespace. */
static int try_proc(void)
{
	int status = 0;
	pid_t pid = fork();

	if (pid < 0)
		return errno;
	if (pid == 0)
		_exit(try_mount("proc") & 0xff);
	if (waitpid(pid, &status, 0) < 0)
		return errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
}

void observe_userns(const struct observe_request *r, struct observations *o)
{
	struct observe_userns *u = &o->userns;
	uid_t uid = geteuid();
	gid_t gid = getegid();

	(void)r;
	u->map_errno = u->spaces_errno = u->mount_errno = u->proc_errno = OBSERVE_NOT_TRIED;
	u->max = observe_number("/proc/sys/user/max_user_namespaces");
	u->debian = observe_number("/proc/sys/kernel/unprivileged_userns_clone");
	u->apparmor = observe_number("/proc/sys/kernel/apparmor_restrict_unprivileged_userns");
	u->built = access("/proc/self/ns/user", F_OK) == 0;
	u->clone_errno = or_errno(unshare(CLONE_NEWUSER));
	if (u->clone_errno == 0)
		u->map_errno = map_own_id(uid, gid);
	if (u->map_errno == 0)
		u->spaces_errno = or_errno(unshare(CLONE_NEWNS | CLONE_NEWPID));
	if (u->spaces_errno != 0)
		return;
	mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL);
	u->mount_errno = try_mount("tmpfs");
	u->proc_errno = try_proc();
}

/* ---- an overlay as a container's root has it ---- */

struct overlay_try {
	const char *path; /* of the scratch directory */
	bool in_userns;
	struct observe_overlay *seen;
};

static void failed(struct observe_overlay *seen, const char *step, const struct err *err, int sys)
{
	seen->error = sys ? sys : EIO;
	str_copy(seen->step, sizeof(seen->step), step);
	str_copy(seen->text, sizeof(seen->text), err ? err->text : strerror(seen->error));
}

static int open_dir(const char *path, const char *name)
{
	_cleanup_free_ char *full = path_join(path, name);

	return open(full, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Write into it, and remove what a layer below has: that needs a whiteout. */
static void use(int root, struct observe_overlay *seen)
{
	_cleanup_fd_ int fd = openat(root, "new", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		failed(seen, "write", NULL, errno);
	else if (unlinkat(root, "old", 0) < 0)
		failed(seen, "remove", NULL, errno);
	else if (unlinkat(root, "dir", AT_REMOVEDIR) < 0)
		failed(seen, "remove", NULL, errno);
	else
		seen->error = 0;
}

/* In the new mount namespace: an overlay takes no directory of another one, so all are opened here.
 */
static int try_overlay(void *arg, int channel, struct err *err)
{
	static char userxattr[] = "userxattr";
	char *const options[] = {userxattr, NULL};
	const struct overlay_try *t = arg;
	_cleanup_fd_ int lower = open_dir(t->path, "lower");
	_cleanup_fd_ int upper = open_dir(t->path, "upper");
	_cleanup_fd_ int work = open_dir(t->path, "work");
	_cleanup_fd_ int root = -1;
	const struct mount_overlay o = {
		.lower_fds = &lower,
		.n_lower = 1,
		.upper_fd = upper,
		.work_fd = work,
		.options = t->in_userns ? options : NULL,
	};
	int fd = -1;

	(void)channel;
	if (lower < 0 || upper < 0 || work < 0)
		return failed(t->seen, "open", NULL, errno), 0;
	if (mount_overlay_new(&o, &fd, err) < 0) {
		failed(t->seen, "mount", err, err->sys);
		return 0;
	}
	root = fd;
	use(root, t->seen);
	return 0;
}

/* The directories, with something in the lower one. */
static int make_dirs(int dir)
{
	static const char *const names[] = {"lower", "upper", "work", "lower/dir"};
	_cleanup_fd_ int fd = -1;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (mkdirat(dir, names[i], 0700) < 0)
			return errno;
	fd = openat(dir, "lower/old", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return or_errno(fd);
}

static void in_userns(struct overlay_try *t)
{
	struct id_maps maps = ID_MAPS_INIT;
	struct err err = ERR_INIT;
	const struct userns_call call = {
		.maps = &maps, .new_mount_ns = true, .join_fd = -1, .fn = try_overlay, .arg = t};

	/* The own id is enough, and needs no helpers. */
	id_map_add(&maps.uid, 0, geteuid(), 1);
	id_map_add(&maps.gid, 0, getegid(), 1);
	if (userns_run(&call, &err) < 0)
		failed(t->seen, "enter", &err, err.sys);
	id_maps_done(&maps);
}

void observe_overlay(const struct observe_request *r, struct observations *o)
{
	struct observe_overlay *seen = &o->overlay;
	char path[OBSERVE_PATH];
	struct overlay_try t = {.path = path, .in_userns = o->user.rootless, .seen = seen};
	_cleanup_fd_ int dir = -1;
	struct err err = ERR_INIT;

	(void)r;
	seen->error = OBSERVE_NOT_TRIED;
	if (o->state[OBSERVE_STORE] != OBSERVE_DONE || o->store.write_errno ||
	    o->state[OBSERVE_USERNS] != OBSERVE_DONE ||
	    (o->user.rootless && o->userns.mount_errno != 0) ||
	    observe_scratch(o->store.existing, path, sizeof(path)))
		return;
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir >= 0 && make_dirs(dir) == 0) {
		if (t.in_userns)
			in_userns(&t);
		else if (unshare(CLONE_NEWNS) < 0)
			failed(seen, "enter", NULL, errno);
		else if (mount_propagation("/", MS_REC | MS_PRIVATE, &err) < 0)
			failed(seen, "enter", &err, err.sys);
		else
			try_overlay(&t, -1, &err);
	}
	tree_remove(AT_FDCWD, path, NULL);
}
