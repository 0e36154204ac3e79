/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/init.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strv.h"
#include "os/fd.h"
#include "os/mount.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif
#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC 0x0020
#endif
#define SEALS	     (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
#define EXTRA_ARGS   3 /* name, order, program */
#define TMPFS_OPTION "size=1m"

/* False: kernels before 6.3 don't know the flag, and vm.memfd_noexec=2 refuses it. */
static bool open_memfd(int *ret)
{
	_cleanup_fd_ int fd = -1;

	fd = memfd_create(INIT_NAME, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
	if (fd < 0 && errno == EINVAL)
		fd = memfd_create(INIT_NAME, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0 || fd_write_full(fd, init_program, init_program_size) < 0)
		return false;
	if (fcntl(fd, F_ADD_SEALS, SEALS | F_SEAL_EXEC) < 0 && fcntl(fd, F_ADD_SEALS, SEALS) < 0)
		return false;
	*ret = fd_take(&fd);
	return true;
}

static int open_tmpfs(int *ret, struct err *err)
{
	static char size[] = TMPFS_OPTION, mode[] = "mode=0755";
	const struct mount_attr_change ro = {.set = MOUNT_ATTR_RDONLY};
	char *options[] = {size, mode, NULL};
	_cleanup_fd_ int dir = -1, file = -1;

	if (mount_new("tmpfs", "tmpfs", options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, &dir, err) <
	    0)
		return -1;
	file = openat(dir, INIT_NAME, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	if (file < 0 || fd_write_full(file, init_program, init_program_size) < 0)
		return err_sys(err, "write " INIT_NAME);
	/* It could not be executed as long as it is open for writing. */
	close(fd_take(&file));
	if (mount_set_attr(dir, &ro, err) < 0)
		return -1;
	file = openat(dir, INIT_NAME, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return err_sys(err, "open " INIT_NAME);
	*ret = fd_take(&file);
	return 0;
}

int init_open(int *ret, struct err *err)
{
	if (open_memfd(ret))
		return 0;
	return open_tmpfs(ret, err) < 0 ? err_ctx(err, "make the container's init") : 0;
}

int init_exec(int fd, const struct init_order *o)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	size_t n = strv_len(o->argv);
	char **argv = arena_calloc(&a, n + EXTRA_ARGS + 1, sizeof(*argv));
	char link[32];
	int why;

	argv[0] = arena_strdup(&a, INIT_NAME);
	argv[1] = o->report_fd < 0 ? arena_printf(&a, "%c-", o->stay ? 'i' : 'p')
				   : arena_printf(&a, "%c%d", o->stay ? 'i' : 'p', o->report_fd);
	argv[2] = arena_strdup(&a, o->program);
	for (size_t i = 0; i < n; i++)
		argv[EXTRA_ARGS + i] = o->argv[i];
	syscall(SYS_execveat, fd, "", argv, o->env, AT_EMPTY_PATH);
	why = errno;
	/* A filter may forbid this one, or not know it. */
	if (why == EPERM || why == EACCES || why == ENOSYS)
		execve(fd_proc_path(fd, link), argv, o->env);
	errno = why;
	return -1;
}
