/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/idmapped.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "os/channel.h"
#include "os/process.h"
#include "sandbox/apply.h"

static void copy_map(const struct spec_id_mapping *m, size_t n, struct id_map *ret)
{
	for (size_t i = 0; i < n; i++)
		id_map_add(ret, m[i].container_id, m[i].host_id, m[i].size);
}

static int open_userns(const struct process *holder, const struct id_maps *maps, int *ret,
		       struct err *err)
{
	char path[48];

	if (id_maps_write(holder->pid, maps, err) < 0)
		return -1;
	snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)holder->pid);
	*ret = open(path, O_RDONLY | O_CLOEXEC);
	return *ret < 0 ? err_sys(err, "open '%s'", path) : 0;
}

/* It has our descriptors, and with them our locks: it must not outlive us. */
static void __attribute__((noreturn)) hold(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	while (getppid() == parent)
		pause();
	_exit(0);
}

/* A user namespace that exists for its maps: nobody runs in it. */
static int mapping_userns(const struct spec_mount *m, int *ret, struct err *err)
{
	struct process holder = PROCESS_INIT;
	struct id_maps maps = ID_MAPS_INIT;
	pid_t parent = getpid();
	int status;
	int r;

	copy_map(m->uid_mappings, m->n_uid_mappings, &maps.uid);
	copy_map(m->gid_mappings, m->n_gid_mappings, &maps.gid);
	r = process_clone(CLONE_NEWUSER, -1, NULL, &holder, err);
	if (r == 0)
		hold(parent);
	if (r > 0) {
		r = open_userns(&holder, &maps, ret, err);
		process_signal(&holder, SIGKILL, NULL);
		process_wait(&holder, &status, NULL);
		process_done(&holder);
	}
	id_maps_done(&maps);
	return r;
}

static int send_one(const struct op *op, int channel, int userns_fd, struct err *err)
{
	static const char name = SANDBOX_FD_MOUNT;
	const struct op_mount *m = &op->mount;
	_cleanup_fd_ int own = -1, source = -1, copy = -1;

	if (m->spec->n_uid_mappings > 0) {
		if (mapping_userns(m->spec, &own, err) < 0)
			return -1;
		userns_fd = own;
	}
	source = m->source_fd >= 0 ? fcntl(m->source_fd, F_DUPFD_CLOEXEC, 0)
				   : open(m->source, O_PATH | O_CLOEXEC);
	if (source < 0)
		return err_sys(err, "open '%s' to bind it", m->source);
	if (mount_clone(source, m->recursive, &copy, err) < 0 ||
	    mount_set_idmap(copy, userns_fd, m->idmap_rec, err) < 0)
		return -1;
	return channel_send_fd(channel, CHANNEL_FD, &name, 1, copy, err);
}

int idmapped_send(const struct sandbox_plan *p, int channel, int userns_fd, struct err *err)
{
	for (size_t i = 0; i < p->n_ops; i++) {
		const struct op *op = &p->ops[i];

		if (op->kind != OP_BIND || !op->mount.idmap)
			continue;
		if (send_one(op, channel, userns_fd, err) < 0) {
			if (err->sys == EPERM)
				err_hint(err, "only the host's root can map the ids of a mount");
			return err_ctx(err, "bind '%s' on '%s' with mapped ids", op->mount.source,
				       op->path);
		}
	}
	return 0;
}
