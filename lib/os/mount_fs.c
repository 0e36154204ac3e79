/* SPDX-License-Identifier: Apache-2.0 */
#include "os/mount_fs.h"

#include <errno.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/strv.h"
#include "os/mount_call.h"

#define LOG_MAX	     4096 /* bytes of one message of the kernel's */
#define LOG_MESSAGES 16

int mount_fs_failed(int fs_fd, const char *what, struct err *err)
{
	_cleanup_(buf) struct buf all = BUF_INIT_MAX(LOG_MAX);
	char text[LOG_MAX];
	int saved = errno;

	/* Each read gives one message: "e text" for errors, "w" and "i" for the rest. */
	for (int i = 0; i < LOG_MESSAGES; i++) {
		ssize_t n = read(fs_fd, text, sizeof(text));

		if (n <= 0)
			break;
		while (n > 0 && text[n - 1] == '\n')
			n--;
		if (n <= 2 || (text[0] != 'e' && text[0] != 'w'))
			continue;
		buf_adds(&all, all.len ? "; " : "");
		buf_add(&all, text + 2, (size_t)n - 2);
	}
	errno = saved;
	if (all.len)
		err_sys(err, "%s: the kernel says '%s'", what, buf_str(&all));
	else
		err_sys(err, "%s", what);
	errno = saved;
	return mount_call_explain(MOUNT_CALL_FSCONFIG, err);
}

int mount_fs_open(const char *fstype, int *ret, struct err *err)
{
	int fd = fsopen(fstype, FSOPEN_CLOEXEC);
	int saved = errno;

	if (fd >= 0) {
		*ret = fd;
		return 0;
	}
	if (saved == ENODEV) {
		err_set(err, ERR_UNSUPPORTED, "the kernel has no file system '%s'", fstype);
		if (err)
			err->sys = saved;
		err_hint(err, "modprobe %s", fstype);
	} else {
		err_sys(err, "prepare file system '%s'", fstype);
		mount_call_explain(MOUNT_CALL_FSOPEN, err);
	}
	errno = saved;
	return -1;
}

int mount_fs_options(int fs_fd, const char *fstype, char *const *options, struct err *err)
{
	strv_foreach (it, options) {
		_cleanup_free_ char *key = xstrdup(*it);
		char *value = strchr(key, '=');
		int r;

		if (value) {
			*value++ = '\0';
			r = fsconfig(fs_fd, FSCONFIG_SET_STRING, key, value, 0);
		} else {
			r = fsconfig(fs_fd, FSCONFIG_SET_FLAG, key, NULL, 0);
		}
		if (r < 0) {
			_cleanup_free_ char *what = xasprintf("set option '%s' of %s", *it, fstype);

			return mount_fs_failed(fs_fd, what, err);
		}
	}
	return 0;
}

int mount_fs_create(int fs_fd, const char *fstype, uint64_t attr, int *ret, struct err *err)
{
	_cleanup_free_ char *what = xasprintf("mount %s", fstype);
	int fd;

	if (fsconfig(fs_fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return mount_fs_failed(fs_fd, what, err);
	fd = fsmount(fs_fd, FSMOUNT_CLOEXEC, (unsigned)attr);
	if (fd < 0) {
		mount_fs_failed(fs_fd, what, err);
		return mount_call_explain(MOUNT_CALL_FSMOUNT, err);
	}
	*ret = fd;
	return 0;
}

unsigned long mount_attr_to_ms(uint64_t attr)
{
	unsigned long ms = 0;

	ms |= attr & MOUNT_ATTR_RDONLY ? MS_RDONLY : 0;
	ms |= attr & MOUNT_ATTR_NOSUID ? MS_NOSUID : 0;
	ms |= attr & MOUNT_ATTR_NODEV ? MS_NODEV : 0;
	ms |= attr & MOUNT_ATTR_NOEXEC ? MS_NOEXEC : 0;
	ms |= attr & MOUNT_ATTR_NODIRATIME ? MS_NODIRATIME : 0;
	ms |= attr & MOUNT_ATTR_NOSYMFOLLOW ? MS_NOSYMFOLLOW : 0;
	switch (attr & MOUNT_ATTR__ATIME) {
	case MOUNT_ATTR_NOATIME:
		return ms | MS_NOATIME;
	case MOUNT_ATTR_STRICTATIME:
		return ms | MS_STRICTATIME;
	default:
		return ms | MS_RELATIME;
	}
}
