/* SPDX-License-Identifier: Apache-2.0 */
/*
 * $DATA and $RUN by using them: access(2) knows nothing of quotas, full disks and servers. What is
 * written is removed at once, and directories that don't exist are not made: the nearest one that
 * does is looked at.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/parse.h"
#include "base/path.h"
#include "base/strv.h"
#include "codec/json.h"
#include "config/config.h"
#include "doctor/parts.h"
#include "os/fd.h"
#include "store/store.h"

#define MOUNTINFO_MAX ((size_t)16 << 20)
#define WRITE_SIZE    65536 /* bytes: a full disk or a quota shows */

int observe_scratch(const char *dir, char *ret, size_t size)
{
	if ((size_t)snprintf(ret, size, "%s/.doctor-XXXXXX", dir) >= size)
		return ENAMETOOLONG;
	return mkdtemp(ret) ? 0 : errno;
}

/* Undo mountinfo's \040 and its like, in place. */
static void unescape(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] && s[3]) {
			*to++ = (char)((s[1] - '0') * 64 + (s[2] - '0') * 8 + (s[3] - '0'));
			s += 3;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
}

/* "36 35 98:0 /root /point options shared:1 - ext4 source options": the point and the type. */
static bool parse_mountinfo(char *line, uint64_t id, char *mount, char *type)
{
	char *dash = strstr(line, " - "), *kind = dash ? dash + 3 : NULL;
	const char *field = NULL;
	uint64_t n;

	if (!dash)
		return false;
	*dash = '\0';
	for (int i = 0; i < 5; i++) {
		field = strsep(&line, " ");
		if (!field || (i == 0 && (parse_uint(field, UINT64_MAX, &n, NULL) || n != id)))
			return false;
	}
	str_copy(mount, OBSERVE_PATH, field);
	unescape(mount);
	str_copy(type, OBSERVE_WORD, strsep(&kind, " "));
	return true;
}

void observe_mount(const char *path, char *mount, char *type)
{
	_cleanup_(buf) struct buf text = BUF_INIT;
	_cleanup_strv_ char **lines = NULL;
	struct statx st;

	*mount = *type = '\0';
	if (statx(AT_FDCWD, path, AT_NO_AUTOMOUNT, STATX_MNT_ID, &st) < 0 ||
	    !(st.stx_mask & STATX_MNT_ID) ||
	    file_read_all(AT_FDCWD, "/proc/self/mountinfo", MOUNTINFO_MAX, &text, NULL) < 0)
		return;
	lines = strv_split(buf_str(&text), '\n');
	strv_foreach (line, lines)
		if (parse_mountinfo(*line, st.stx_mnt_id, mount, type))
			return;
}

void observe_space(const char *path, struct observe_space *ret)
{
	bool reserve = geteuid() == 0;
	struct statvfs fs;

	if (statvfs(path, &fs) < 0)
		return;
	*ret = (struct observe_space){
		.known = fs.f_blocks > 0,
		.size = (uint64_t)fs.f_blocks * fs.f_frsize,
		.free = (uint64_t)(reserve && !fs.f_bavail ? fs.f_bfree : fs.f_bavail) *
			fs.f_frsize,
		.inodes = fs.f_files,
		.free_inodes = reserve ? fs.f_ffree : fs.f_favail,
	};
}

/* The nearest directory of path that exists. */
static void nearest(const char *path, char *ret, size_t size, uid_t *ret_owner)
{
	_cleanup_free_ char *p = xstrdup(path);
	struct stat st;

	while (stat(p, &st) < 0 && !str_eq(p, "/")) {
		char *up = path_dir(p);

		free(p);
		p = up;
	}
	str_copy(ret, size, p);
	*ret_owner = stat(p, &st) == 0 ? st.st_uid : 0;
}

static int write_file(int dir, const char *name)
{
	static const char zeros[WRITE_SIZE];
	_cleanup_fd_ int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	return fd < 0 || fd_write_full(fd, zeros, sizeof(zeros)) ? errno : 0;
}

/* Make a directory in dir, write a file in it, and hand both to look (may be NULL) for a moment. */
static int try_write(const char *dir, void (*look)(const char *scratch, struct observe_store *s),
		     struct observe_store *s)
{
	char path[OBSERVE_PATH + OBSERVE_WORD];
	_cleanup_fd_ int fd = -1;
	int sys = observe_scratch(dir, path, sizeof(path));

	if (sys)
		return sys;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	sys = fd < 0 ? errno : write_file(fd, "file");
	if (!sys && look)
		look(path, s);
	if (fd >= 0)
		unlinkat(fd, "file", 0);
	rmdir(path);
	return sys;
}

/* What unpacking layers needs of it. */
static void look_closer(const char *scratch, struct observe_store *s)
{
	_cleanup_dir_ DIR *dir = opendir(scratch);
	const char *attr = s->user_xattrs ? "user.onggi" : "trusted.onggi";
	const struct dirent *e;

	s->xattr_errno = setxattr(scratch, attr, "1", 1, 0) < 0 ? errno : 0;
	while (dir && (e = readdir(dir)))
		if (str_eq(e->d_name, "file"))
			s->d_type = e->d_type != DT_UNKNOWN;
}

/* What is amiss with the images at first sight. */
static void see_images(struct observe_store *s)
{
	_cleanup_(buf) struct buf text = BUF_INIT;
	_cleanup_(json) struct json *index = NULL;
	struct err err = ERR_INIT;
	char path[OBSERVE_PATH + OBSERVE_WORD];
	struct stat st;

	snprintf(path, sizeof(path), "%s/images/index.json", s->path);
	if (stat(path, &st) < 0)
		return;
	s->has_images = true;
	s->newest = st.st_mtim.tv_sec;
	if (file_read_all(AT_FDCWD, path, JSON_MAX_SIZE, &text, &err) == 0 &&
	    json_parse(buf_str(&text), text.len, path, &index, &err) == 0 &&
	    json_type(json_get(index, "manifests")) != JSON_ARRAY)
		err_set(&err, ERR_CORRUPT, "%s lists no manifests", path);
	snprintf(path, sizeof(path), "%s/images/oci-layout", s->path);
	if (err.kind == ERR_NONE && access(path, R_OK) < 0)
		err_sys(&err, "read '%s'", path);
	str_copy(s->images_error, sizeof(s->images_error), err.text);
}

static void see_newest(struct observe_store *s)
{
	static const char *const dirs[] = {"", "/containers", "/layers/sha256"};

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		char path[OBSERVE_PATH + OBSERVE_WORD];
		struct stat st;

		snprintf(path, sizeof(path), "%s%s", s->path, dirs[i]);
		if (stat(path, &st) == 0 && st.st_mtim.tv_sec > s->newest)
			s->newest = st.st_mtim.tv_sec;
	}
}

static void see_home(struct observe_store *s)
{
	const char *home = getenv("HOME"), *xdg = getenv("XDG_DATA_HOME");
	struct stat st;

	s->by_xdg = xdg && path_is_abs(xdg);
	str_copy(s->home, sizeof(s->home), home ? home : "");
	s->home_exists = home && stat(home, &st) == 0 && S_ISDIR(st.st_mode);
	s->home_owner = s->home_exists ? st.st_uid : 0;
}

static void see_flags(struct observe_store *s)
{
	struct statvfs fs;

	if (statvfs(s->existing, &fs) < 0)
		return;
	s->readonly = fs.f_flag & ST_RDONLY;
	s->noexec = fs.f_flag & ST_NOEXEC;
	s->nosuid = fs.f_flag & ST_NOSUID;
	s->nodev = fs.f_flag & ST_NODEV;
}

/* An error of more lines shows the place in the file; the first says it. */
static void first_line(char *text)
{
	text[strcspn(text, "\n")] = '\0';
}

void observe_config(const struct observe_request *r, struct observations *o)
{
	struct observe_config *c = &o->config;
	struct config config = {.n_files = 0};
	struct err err = ERR_INIT;

	(void)r;
	if (config_load(&config, &err) < 0) {
		str_copy(c->error, sizeof(c->error), err.text);
		first_line(c->error);
		return;
	}
	if (config.values.data_root)
		str_copy(c->data, sizeof(c->data), config.values.data_root);
	if (config.values.run_root)
		str_copy(c->run, sizeof(c->run), config.values.run_root);
	config_done(&config);
}

static const char *or_configured(const char *given, const char *configured)
{
	return given ? given : *configured ? configured : NULL;
}

void observe_store(const struct observe_request *r, struct observations *o)
{
	struct observe_store *s = &o->store;
	const char *root = or_configured(r->data, o->config.data);
	_cleanup_free_ char *data = NULL, *run = NULL;
	struct err err = ERR_INIT;
	bool in_tmp;

	s->write_errno = s->xattr_errno = OBSERVE_NOT_TRIED;
	s->d_type = OBSERVE_UNKNOWN;
	s->given = root;
	see_home(s);
	if (store_where(root, r->run, &data, &run, &in_tmp, &err) < 0) {
		str_copy(s->path_error, sizeof(s->path_error), err.text);
		return;
	}
	str_copy(s->path, sizeof(s->path), data);
	nearest(data, s->existing, sizeof(s->existing), &s->existing_owner);
	observe_mount(s->existing, s->mount, s->type);
	see_flags(s);
	observe_space(s->existing, &s->space);
	see_newest(s);
	see_images(s);
	s->user_xattrs = o->user.rootless;
	s->write_errno = try_write(s->existing, look_closer, s);
}

static enum observe_xdg see_xdg(struct observe_run *run)
{
	const char *xdg = getenv("XDG_RUNTIME_DIR");
	struct stat st;

	if (str_empty(xdg))
		return OBSERVE_XDG_UNSET;
	str_copy(run->xdg, sizeof(run->xdg), xdg);
	if (!path_is_abs(xdg))
		return OBSERVE_XDG_RELATIVE;
	if (stat(xdg, &st) < 0 || !S_ISDIR(st.st_mode))
		return OBSERVE_XDG_ABSENT;
	run->xdg_owner = st.st_uid;
	return st.st_uid == geteuid() ? OBSERVE_XDG_GOOD : OBSERVE_XDG_FOREIGN;
}

void observe_run(const struct observe_request *r, struct observations *o)
{
	struct observe_run *run = &o->run;
	const char *runroot = or_configured(r->run, o->config.run);
	_cleanup_free_ char *data = NULL, *path = NULL;
	char usual[OBSERVE_WORD], existing[OBSERVE_PATH];
	struct stat st;
	uid_t owner;

	run->write_errno = OBSERVE_NOT_TRIED;
	run->xdg_state = runroot || geteuid() == 0 ? OBSERVE_XDG_UNUSED : see_xdg(run);
	snprintf(usual, sizeof(usual), "/run/user/%u", geteuid());
	run->usual = stat(usual, &st) == 0 && st.st_uid == geteuid();
	/* Without a place for data there is one for run-time state all the same. */
	store_where(r->data, runroot, &data, &path, &run->in_tmp, NULL);
	if (!path)
		return;
	str_copy(run->path, sizeof(run->path), path);
	run->exists = lstat(path, &st) == 0;
	if (run->exists) {
		run->owner = st.st_uid;
		run->mode = st.st_mode & 07777;
	}
	nearest(path, existing, sizeof(existing), &owner);
	observe_space(existing, &run->space);
	run->write_errno = try_write(existing, NULL, NULL);
}
