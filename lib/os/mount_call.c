/* SPDX-License-Identifier: Apache-2.0 */
#include "os/mount_call.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NO_COMMAND (~0u)

static const char *const names[] = {
	[MOUNT_CALL_FSOPEN] = "fsopen",		[MOUNT_CALL_FSCONFIG] = "fsconfig",
	[MOUNT_CALL_FSMOUNT] = "fsmount",	[MOUNT_CALL_OPEN_TREE] = "open_tree",
	[MOUNT_CALL_MOVE_MOUNT] = "move_mount", [MOUNT_CALL_MOUNT_SETATTR] = "mount_setattr",
};

static long try_call(enum mount_call call)
{
	struct mount_attr attr = {.attr_set = 0};

	switch (call) {
	case MOUNT_CALL_FSOPEN:
		return syscall(SYS_fsopen, NULL, 0);
	case MOUNT_CALL_FSCONFIG:
		return syscall(SYS_fsconfig, -1, NO_COMMAND, NULL, NULL, 0);
	case MOUNT_CALL_FSMOUNT:
		return syscall(SYS_fsmount, -1, 0, 0);
	case MOUNT_CALL_OPEN_TREE:
		return syscall(SYS_open_tree, -1, "", OPEN_TREE_CLONE | AT_EMPTY_PATH);
	case MOUNT_CALL_MOVE_MOUNT:
		return syscall(SYS_move_mount, -1, "", -1, "", 0);
	case MOUNT_CALL_MOUNT_SETATTR:
		return syscall(SYS_mount_setattr, -1, "", 0, &attr, (size_t)0);
	case MOUNT_CALL_COUNT:
		break;
	}
	return 0;
}

static bool is_refusal(int sys)
{
	return sys == ENOSYS || sys == EPERM || sys == EACCES;
}

int mount_call_refused(enum mount_call call)
{
	int saved = errno;
	int sys;

	errno = 0;
	sys = try_call(call) < 0 && is_refusal(errno) ? errno : 0;
	errno = saved;
	return sys;
}

bool mount_forbidden(void)
{
	int saved = errno;
	bool forbidden;

	/* Rights are looked at before the kernel finds that there is no such file system. */
	forbidden = mount("none", "/", "onggi-nothing", 0, NULL) < 0 && is_refusal(errno);
	errno = saved;
	return forbidden;
}

int mount_call_explain(enum mount_call call, struct err *err)
{
	int sys;

	if (!err || !is_refusal(err->sys))
		return -1;
	sys = mount_call_refused(call);
	if (!sys || (sys != ENOSYS && mount_forbidden()))
		return -1;
	if (sys == ENOSYS)
		return err_hint(err,
				"this kernel, or a seccomp filter around onggi, has no %s: boot "
				"Linux 5.15 or newer; in a container start the outer one with "
				"--security-opt seccomp=unconfined (onggi doctor kernel-features)",
				names[call]);
	return err_hint(err,
			"a seccomp filter around onggi forbids %s: start the outer container with "
			"--security-opt seccomp=unconfined (onggi doctor kernel-features)",
			names[call]);
}
