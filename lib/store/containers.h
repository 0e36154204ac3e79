/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Container records. What was asked is $DATA/containers/<id>/container.json, written once; what was
 * seen is state.json: in $RUN/containers/<id>/ while the container runs, beside container.json once
 * it has ended. "Running" means that somebody holds the lock on $RUN/containers/<id> (ADR 22).
 *
 * A name is a symbolic link containers/by-name/<name> → ../<id>: creating it is atomic, so names
 * are unique. A run directory that nobody holds is settled by whichever command meets it.
 */
#ifndef ONGGI_STORE_CONTAINERS_H
#define ONGGI_STORE_CONTAINERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/id.h"
#include "codec/json.h"
#include "store/store.h"

struct record_mount {
	char *type; /* "bind", "volume", "tmpfs", "image" */
	char *name; /* of a volume */
	char *source;
	char *destination;
	char *mode; /* options as given */
	bool readonly;
	bool anonymous; /* a volume to be removed with the container (--rm, rm -v) */
};

/* What was asked for, after merging the image's configuration. */
struct container_record {
	struct arena arena;
	char *id;
	char *name;
	char *created;	/* RFC 3339 with nanoseconds */
	char *image;	/* reference as given */
	char *image_id; /* "sha256:…" of the config */
	char *manifest; /* "sha256:…" of the manifest */
	char **layers;	/* diff ids, bottom first */
	size_t n_layers;
	char **args; /* entrypoint and command as executed */
	size_t n_args;
	char **entrypoint;
	size_t n_entrypoint;
	char **cmd;
	size_t n_cmd;
	char **env;
	size_t n_env;
	char *working_dir;
	char *user;
	char *hostname;
	char *network; /* "none", "host" */
	char *userns;  /* "" or what --userns asked for */
	char *stop_signal;
	char *restart; /* "no", … */
	struct json_pair *labels;
	size_t n_labels;
	struct record_mount *mounts;
	size_t n_mounts;
	int64_t memory, memory_swap, nano_cpus, pids_limit, shm_size; /* 0: no limit */
	bool tty, open_stdin, auto_remove, init, privileged, read_only;
	/* What else was asked for, as it was given: for those who look. */
	char **binds, **tmpfs, **devices; /* of -v and --mount, --tmpfs, --device */
	size_t n_binds, n_tmpfs, n_devices;
	char **cap_add, **cap_drop, **security_opt, **group_add;
	size_t n_cap_add, n_cap_drop, n_security_opt, n_group_add;
	char **dns, **dns_search, **dns_option, **add_host;
	size_t n_dns, n_dns_search, n_dns_option, n_add_host;
	char **ulimits, **sysctls, **exposed_ports;
	size_t n_ulimits, n_sysctls, n_exposed_ports;
	struct json_pair *annotations;
	size_t n_annotations;
	char *domainname, *pid_mode, *ipc_mode, *uts_mode, *cgroupns_mode;
	char *cpuset_cpus, *cpuset_mems, *cidfile;
	char *layers_view; /* store_view() of its layers; NULL: the store itself */
	int64_t memory_reservation, cpu_shares, cpu_period, cpu_quota, oom_score_adj;
	int64_t *memory_swappiness; /* NULL: not asked for */
	bool oom_kill_disable;
};

enum container_status {
	CONTAINER_CREATED,
	CONTAINER_RUNNING,
	CONTAINER_EXITED,
	CONTAINER_REMOVING,
};

/* What was seen. */
struct container_state {
	struct arena arena;
	enum container_status status;
	int32_t pid; /* of pid 1, as seen from the host */
	uint64_t pid_start;
	int32_t exit_code;
	char *started_at;
	char *finished_at; /* RFC 3339; NULL: never */
	char *error;
	bool oom_killed;
	char **cgroups; /* sandbox/cgroup.h cgroup_paths() */
	size_t n_cgroups;
	/* Not stored: a live process looks after it (holds $RUN/containers/<id>). */
	bool attended;
};

/* Release what it owns; the value is empty afterwards. */
void container_record_done(struct container_record *r);
DEFINE_CLEANUP_VALUE(container_record, container_record_done)
/* Release what it owns; the value is empty afterwards. */
void container_state_done(struct container_state *s);
DEFINE_CLEANUP_VALUE(container_state, container_state_done)

/* A container's directories, opened. */
struct container_dirs {
	char id[ID_LEN + 1];
	int data_fd;  /* $DATA/containers/<id> */
	int run_fd;   /* $RUN/containers/<id>, -1 while it does not run */
	int upper_fd; /* upper/ and work/ in it, -1 unless asked for */
	int work_fd;
};
#define CONTAINER_DIRS_INIT                                                                        \
	{                                                                                          \
		.data_fd = -1, .run_fd = -1, .upper_fd = -1, .work_fd = -1                         \
	}
/* Close those that are open. */
void container_dirs_done(struct container_dirs *d);
DEFINE_CLEANUP_VALUE(container_dirs, container_dirs_done)

/*
 * Begin to look after a container: $RUN/containers/<id> is made and locked (shared). The lock lasts
 * as long as run_fd, or a copy of it, is open, and is how others tell whether anybody looks after
 * the container: it works across pid namespaces, and no pid can be mistaken for another.
 *
 * dirs  CONTAINER_DIRS_INIT; id and run_fd are set
 */
int store_container_claim(struct store *s, const char *id, struct container_dirs *dirs,
			  struct err *err);
/*
 * Make a record: directories, container.json and the name. fsync only when the container is to
 * outlive its command (not auto_remove).
 *
 * dirs    claimed, or CONTAINER_DIRS_INIT; data_fd, upper_fd and work_fd are added
 * Errors: ERR_EXISTS for a name in use, naming the container that has it, hint `onggi rm NAME`.
 */
int store_container_create(struct store *s, const struct container_record *r,
			   struct container_dirs *dirs, struct err *err);
/*
 * The same in two steps, for who can do something in between. This one makes everything but
 * container.json: until that is there the container isn't for others, and data_fd is locked. To
 * give it up, close data_fd, everybody's, and then use store_container_remove_own().
 */
int store_container_begin(struct store *s, const struct container_record *r,
			  struct container_dirs *dirs, struct err *err);
/* The second step: write container.json and unlock, also after an error. */
int store_container_commit(struct store *s, const struct container_record *r,
			   struct container_dirs *dirs, struct err *err);
/* Open the directories of an existing container (run_fd -1 where it has none; upper and work not
 * opened). */
int store_container_dirs_open(struct store *s, const char *id, struct container_dirs *ret,
			      struct err *err);
/*
 * Write state.json where it belongs: RUNNING in $RUN (claimed now unless it was), any other beside
 * container.json, and then $RUN/containers/<id> is removed.
 */
int store_container_set_state(struct store *s, struct container_dirs *d,
			      const struct container_state *st, struct err *err);
/*
 * Remove everything of a container, its changes first and the run directory last, so that a command
 * that is killed in between leaves something that the next one finds. upper/ may hold files of
 * subordinate ids: on EACCES the removal is run inside userns_fd (-1: a user namespace is made for
 * it).
 */
int store_container_remove(struct store *s, const char *id, int userns_fd, struct err *err);
/* The same for who made the container and still has its record, which is not read again. */
int store_container_remove_own(struct store *s, const struct container_record *r, int userns_fd,
			       struct err *err);

/*
 * Full id of a container by name, id or unique prefix.
 * Errors: ERR_NOT_FOUND "no such container: NAME" (hint: nearest name, or `onggi ps -a`);
 * ERR_INVALID for an ambiguous prefix.
 */
int store_container_resolve(struct store *s, const char *name, char ret_id[ID_LEN + 1],
			    struct err *err);
/* Read container.json. Errors: ERR_NOT_FOUND. */
int store_container_read(struct store *s, const char *id, struct container_record *ret,
			 struct err *err);
/*
 * The state, reconciled with what is true. When there is a run directory that nobody holds, the
 * supervisor is gone: *ret_stale is set, and a recorded RUNNING comes back as EXITED (exit code
 * 137) with the pid that was recorded. A container without any state ended with its machine.
 */
int store_container_state(struct store *s, const char *id, struct container_state *ret,
			  bool *ret_stale, struct err *err);
/*
 * Take a container that nobody looks after: its run directory is locked exclusively as long as
 * ret_fd is open, so that nobody else takes or claims it. Returns 2 when it is held, 1 when
 * somebody looks after it, 0 when there is no run directory, -1 on error.
 */
int store_container_hold(struct store *s, const char *id, int *ret_fd, struct err *err);
/*
 * The state of a container that the caller holds (left: read it as that of a dead one), or of which
 * nobody knows whether it is held. Returns 1, 0 when there is none, -1 on error.
 */
int store_container_state_left(struct store *s, const char *id, bool left,
			       struct container_state *ret, struct err *err);
/* Wait until nobody looks after the container. Errors: ERR_BUSY when that takes longer. */
int store_container_wait_released(struct store *s, const char *id, int timeout_ms, struct err *err);
/* All ids, newest directory first is not promised. strv, to be strv_free()d. */
int store_container_list(struct store *s, char ***ret_ids, struct err *err);
/* Ids that have a directory in $RUN: those that are looked after and those whose supervisor died.
 */
int store_container_list_active(struct store *s, char ***ret_ids, struct err *err);

#endif
