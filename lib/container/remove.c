/* SPDX-License-Identifier: Apache-2.0 */
#include "container/remove.h"

#include <signal.h>
#include <time.h>

#include "base/log.h"
#include "base/strv.h"
#include "container/mounts.h"
#include "os/process.h"
#include "sandbox/cgroup.h"
#include "store/containers.h"

#define KILL_WAIT_MS 10000 /* for a killed container to be gone */
#define KILL_STEP_MS 5

/* SIGKILL pid 1, and wait until it and its supervisor are gone. */
static int kill_container(const struct container_state *st, const char *id, struct err *err)
{
	const struct timespec step = {.tv_nsec = KILL_STEP_MS * 1000000L};

	if (process_alive(st->pid, st->pid_start))
		kill(st->pid, SIGKILL);
	for (int waited = 0; waited < KILL_WAIT_MS; waited += KILL_STEP_MS) {
		if (!process_alive(st->pid, st->pid_start) &&
		    !process_alive(st->supervisor, st->supervisor_start))
			return 0;
		nanosleep(&step, NULL);
	}
	return err_set(err, ERR_BUSY, "container %.12s was killed but is still there after %d s",
		       id, KILL_WAIT_MS / 1000);
}

/* Nothing of a dead container stays in the kernel: cgroups outlive their processes. */
static void release_cgroups(const struct container_state *st)
{
	if (st->n_cgroups)
		cgroup_remove_paths(st->cgroups);
}

int container_remove(struct store *s, const char *id, const struct container_remove_options *o,
		     struct err *err)
{
	_cleanup_(container_record) struct container_record record = {.id = NULL};
	_cleanup_(container_state) struct container_state st = {.pid = 0};
	struct err ignored = ERR_INIT;
	bool stale = false, known;

	known = !store_container_read(s, id, &record, &ignored);
	if (store_container_state(s, id, &st, &stale, err))
		return -1;
	if (st.status == CONTAINER_RUNNING && !stale) {
		if (!o->force) {
			err_set(err, ERR_BUSY, "container %s is running", known ? record.name : id);
			return err_hint(err, "onggi rm -f %s", known ? record.name : id);
		}
		if (kill_container(&st, id, err))
			return -1;
	}
	release_cgroups(&st);
	if (known && o->volumes)
		container_mounts_remove_anonymous(s, &record);
	return store_container_remove(s, id, -1, err);
}

/* One container that is noted as running. */
static int reconcile_one(struct store *s, const char *id, struct err *err)
{
	_cleanup_(container_record) struct container_record record = {.id = NULL};
	_cleanup_(container_state) struct container_state st = {.pid = 0};
	struct container_dirs dirs = CONTAINER_DIRS_INIT;
	bool stale = false;
	int r;

	if (store_container_state(s, id, &st, &stale, err))
		return -1;
	if (!stale)
		return 0;
	if (process_alive(st.pid, st.pid_start))
		kill(st.pid, SIGKILL);
	release_cgroups(&st);
	if (store_container_read(s, id, &record, err))
		return -1;
	if (record.auto_remove) {
		container_mounts_remove_anonymous(s, &record);
		return store_container_remove(s, id, -1, err);
	}
	r = store_container_dirs_open(s, id, &dirs, err) ||
	    store_container_set_state(s, &dirs, &st, err);
	container_dirs_done(&dirs);
	return r ? -1 : 0;
}

int container_reconcile(struct store *s, struct err *err)
{
	_cleanup_strv_ char **ids = NULL;

	if (store_container_list_active(s, &ids, err))
		return -1;
	strv_foreach (id, ids) {
		struct err one = ERR_INIT;

		/* Another command may be removing it at this moment. */
		if (reconcile_one(s, *id, &one) && one.kind != ERR_NOT_FOUND)
			log_debug("reconcile %.12s: %s", *id, one.text);
	}
	return 0;
}
