/* SPDX-License-Identifier: Apache-2.0 */
#include "container/remove.h"

#include "base/log.h"
#include "base/strv.h"
#include "container/mounts.h"
#include "os/process.h"
#include "sandbox/cgroup.h"
#include "store/containers.h"
#include "store/layers.h"
#include "store/volumes.h"

#define END_MS	    10000 /* for a killed container, and its supervisor, to be gone */
#define END_STEP_MS 50

/* Nothing of a dead container stays in the kernel: cgroups outlive processes, and the killed. */
static int release(const char *id, const struct container_state *st, struct err *err)
{
	if (st->pid > 0 && process_end(st->pid, st->pid_start, END_MS, err))
		return -1;
	if (st->n_cgroups)
		cgroup_remove_paths(st->cgroups);
	else
		cgroup_remove_id(id);
	return 0;
}

/* Kill a container that somebody looks after: that one then cleans up, and lets go. */
static int end_attended(struct store *s, const char *id, struct err *err)
{
	for (int waited = 0; waited < END_MS; waited += END_STEP_MS) {
		_cleanup_(container_state) struct container_state st = {.pid = 0};
		bool stale;

		/* It may be starting: there is no pid yet. */
		if (store_container_state(s, id, &st, &stale, err) ||
		    (st.pid > 0 && process_end(st.pid, st.pid_start, END_MS, err)))
			return -1;
		if (!st.attended || !store_container_wait_released(s, id, END_STEP_MS, NULL))
			return 0;
	}
	return store_container_wait_released(s, id, 0, err);
}

int container_remove(struct store *s, const char *id, const struct container_remove_options *o,
		     struct err *err)
{
	_cleanup_(container_record) struct container_record record = {.id = NULL};
	_cleanup_(container_state) struct container_state st = {.pid = 0};
	_cleanup_fd_ int held = -1;
	bool known = !store_container_read(s, id, &record, NULL);
	int there = store_container_hold(s, id, &held, err);

	if (there < 0)
		return -1;
	if (there && held < 0) {
		if (!o->force) {
			err_set(err, ERR_BUSY, "container %s is running", known ? record.name : id);
			return err_hint(err, "onggi rm -f %s", known ? record.name : id);
		}
		if (end_attended(s, id, err))
			return -1;
	}
	if (held >= 0 &&
	    (store_container_state_left(s, id, true, &st, err) < 0 || release(id, &st, err)))
		return -1;
	if (known && o->volumes)
		container_mounts_remove_anonymous(s, &record);
	return store_container_remove(s, id, -1, err);
}

/* Note the end of a container that we hold, or remove what is left of it. */
static int settle(struct store *s, const char *id, struct container_state *st, struct err *err)
{
	_cleanup_(container_record) struct container_record record = {.id = NULL};
	struct container_dirs dirs = CONTAINER_DIRS_INIT;
	int r;

	if (store_container_read(s, id, &record, err)) {
		if (err->kind != ERR_NOT_FOUND)
			return -1;
		err_clear(err);
		store_volumes_forget(s, id);
		return store_container_remove(s, id, -1, err);
	}
	if (record.auto_remove) {
		container_mounts_remove_anonymous(s, &record);
		return store_container_remove(s, id, -1, err);
	}
	st->status = CONTAINER_EXITED;
	r = store_container_dirs_open(s, id, &dirs, err) ||
	    store_container_set_state(s, &dirs, st, err);
	container_dirs_done(&dirs);
	return r ? -1 : 0;
}

/* One container that has a run directory. */
static int reconcile_one(struct store *s, const char *id, struct err *err)
{
	_cleanup_(container_state) struct container_state st = {.pid = 0};
	_cleanup_fd_ int held = -1;

	if (store_container_hold(s, id, &held, err) < 0)
		return -1;
	if (held < 0)
		return 0;
	if (store_container_state_left(s, id, true, &st, err) < 0 || release(id, &st, err))
		return -1;
	return settle(s, id, &st, err);
}

int container_reconcile(struct store *s, struct err *err)
{
	_cleanup_strv_ char **ids = NULL;

	if (store_container_list_active(s, &ids, err))
		return -1;
	strv_foreach (id, ids) {
		struct err one = ERR_INIT;

		/* Another command may be removing it at this moment. */
		if (reconcile_one(s, *id, &one))
			log_debug("reconcile %.12s: %s", *id, one.text);
	}
	return 0;
}

/* A --rm container without a run directory: its machine was restarted while it ran. */
static void remove_forgotten(struct store *s, const char *id)
{
	_cleanup_(container_record) struct container_record record = {.id = NULL};
	_cleanup_(container_state) struct container_state st = {.pid = 0};
	struct err err = ERR_INIT;
	bool stale;

	/* The record first: when it is there, so was the run directory before it. */
	if (store_container_read(s, id, &record, NULL) || !record.auto_remove ||
	    store_container_state(s, id, &st, &stale, NULL) || st.attended || stale)
		return;
	container_mounts_remove_anonymous(s, &record);
	if (store_container_remove(s, id, -1, &err))
		log_debug("%s", err.text);
}

int container_sweep(struct store *s, struct err *err)
{
	_cleanup_strv_ char **ids = NULL;

	store_sweep(s);
	if (container_reconcile(s, err) || store_container_list(s, &ids, err))
		return -1;
	strv_foreach (id, ids)
		remove_forgotten(s, *id);
	return 0;
}
