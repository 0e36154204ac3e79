/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "os/channel.h"
#include "os/fd.h"
#include "os/netif.h"
#include "sandbox/apply.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

int apply_loopback(struct apply *a, const struct op *op, struct err *err)
{
	(void)op;
	if (netif_loopback_up(err) == 0)
		return 0;
	/* A namespace that root made without one of users belongs to users' first, as does root. */
	return err && err->sys == EPERM && !a->plan->in_userns
		       ? err_hint(err, "root needs CAP_NET_ADMIN for it: start the outer container "
				       "with --cap-add NET_ADMIN (onggi doctor capabilities)")
		       : -1;
}

int apply_hostname(struct apply *a, const struct op *op, struct err *err)
{
	(void)a;
	if (sethostname(op->path, strlen(op->path)) < 0)
		return err_sys(err, "set host name '%s'", op->path);
	return 0;
}

int apply_domainname(struct apply *a, const struct op *op, struct err *err)
{
	(void)a;
	if (setdomainname(op->path, strlen(op->path)) < 0)
		return err_sys(err, "set domain name '%s'", op->path);
	return 0;
}

int apply_keyring(struct apply *a, const struct op *op, struct err *err)
{
	(void)a;
	(void)op;
	/* Keys of the caller's session are not the container's. A kernel or filter without keys has
	 * none. */
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 && errno != ENOSYS &&
	    errno != EPERM && errno != EACCES && errno != EDQUOT)
		return err_sys(err, "make a session keyring");
	return 0;
}

static int receive_mounts(struct apply *a, struct err *err)
{
	size_t have = 0;

	if (a->go.n_mounts == 0)
		return 0;
	a->mapped_fds = arena_calloc(&a->arena, a->go.n_mounts, sizeof(*a->mapped_fds));
	while (have < a->go.n_mounts) {
		struct channel_frame f;
		int r = channel_recv(a->channel, &f, err);

		if (r < 0)
			return -1;
		if (r == 0 || f.type != CHANNEL_FD || f.n_fds != 1)
			return err_set(err, ERR_SYSTEM, "the supervisor sent no mount");
		a->mapped_fds[have++] = f.fds[0];
	}
	return 0;
}

int apply_wait(struct apply *a, const struct op *op, struct err *err)
{
	struct channel_frame f;
	int r = channel_recv(a->channel, &f, err);

	(void)op;
	if (r < 0)
		return -1;
	if (r == 0 || f.type != CHANNEL_GO || f.len != sizeof(a->go))
		return err_set(err, ERR_CANCELLED, "the supervisor gave up");
	memcpy(&a->go, f.data, sizeof(a->go));
	/*
	 * From now on nobody with the container's privileges may look at our memory, our
	 * descriptors or, through /proc/PID/exe, at our binary. (Not before: the parent needs our
	 * /proc/PID to write the maps.) Executing onggi-init ends that, and shows nothing of us.
	 */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return err_sys(err, "become undumpable");
	return receive_mounts(a, err);
}

int apply_identity(struct apply *a, const struct op *op, struct err *err)
{
	(void)op;
	(void)a;
	/* Refused where setgroups is denied: with the caller's own id alone. */
	if (setgroups(0, NULL) < 0 && errno != EPERM)
		return err_sys(err, "drop the caller's groups");
	if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
		return err_sys(err, "become root of the user namespace");
	/* A change of ids forgets it, and whether the parent still lives. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return err_sys(err, "ask to end with the supervisor");
	return 0;
}

int apply_cgroup_ns(struct apply *a, const struct op *op, struct err *err)
{
	(void)op;
	/* In the new namespace every path is "/": what is to be bound is the host's. */
	apply_read_cgroups(a);
	if (unshare(CLONE_NEWCGROUP) < 0)
		return err_sys(err, "make a cgroup namespace");
	return 0;
}

/*
 * The offsets of a time namespace can be written only as long as nobody is in it: it is made for
 * children, set, and entered.
 */
int apply_time_ns(struct apply *a, const struct op *op, struct err *err)
{
	const struct spec_linux *l = &a->plan->spec->linux_;
	_cleanup_(buf) struct buf text = BUF_INIT;
	_cleanup_fd_ int fd = -1;

	(void)op;
	if (unshare(CLONE_NEWTIME) < 0)
		return err_sys(err, "make a time namespace");
	if (l->time_monotonic)
		buf_addf(&text, "monotonic %lld %u\n", (long long)l->time_monotonic->secs,
			 l->time_monotonic->nanosecs);
	if (l->time_boottime)
		buf_addf(&text, "boottime %lld %u\n", (long long)l->time_boottime->secs,
			 l->time_boottime->nanosecs);
	if (text.len > 0 &&
	    file_write_text(AT_FDCWD, "/proc/self/timens_offsets", buf_str(&text), err) < 0)
		return err_ctx(err, "linux.timeOffsets");
	fd = open("/proc/self/ns/time_for_children", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWTIME) < 0)
		return err_sys(err, "enter the time namespace");
	return 0;
}

int apply_sysctl(struct apply *a, const struct op *op, struct err *err)
{
	_cleanup_free_ char *path = xasprintf("%ssys/%s", a->proc_fd < 0 ? "/proc/" : "", op->path);
	_cleanup_fd_ int fd = openat(a->proc_fd, path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return err_sys(err, "sysctl '%s'", op->path);
	if (fd_write_full(fd, op->text, strlen(op->text)) < 0)
		return err_sys(err, "set sysctl '%s' to '%s'", op->path, op->text);
	return 0;
}
