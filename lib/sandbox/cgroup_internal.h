/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of cgroups share. Paths are absolute, below CGROUP_MOUNT, unless said otherwise.
 */
#ifndef ONGGI_SANDBOX_CGROUP_INTERNAL_H
#define ONGGI_SANDBOX_CGROUP_INTERNAL_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"
#include "sandbox/cgroup.h"

#define CGROUP_MOUNT	    "/sys/fs/cgroup"
#define CGROUP_OURS	    "onggi" /* directory at the top, or prefix of a container's directory */
#define CGROUP_LEAF	    "container" /* in a systemd scope: where the container is */
#define CGROUP_PIN	    "pin"	/* beside it: the process that keeps the scope */
#define CGROUP_SCOPE_PREFIX "scope:"	/* of a scope among cgroup_paths() */
#define CGROUP_FILE_MAX	    ((size_t)1 << 20)
#define CGROUP_MAX_PATH	    4096

struct cgroup_dir {
	char *controller; /* v1: the hierarchy; NULL: v2 */
	char *path;
	int tasks_fd; /* v1: through which the child goes in, by itself; else -1 */
};

struct cgroup {
	enum cgroup_mode mode;
	struct arena arena;
	struct cgroup_dir *dirs; /* the container's own directories */
	size_t n_dirs;
	int dir_fd; /* v2: of dirs[0], else -1 */
	struct cgroup_plan plan;
	struct spec_device_rule *devices;
	size_t n_devices;
	char *bus;   /* systemd: address */
	char *scope; /* systemd: the unit's name */
	char *slice; /* systemd: where the unit goes */
	pid_t pin;   /* systemd: the process that keeps the scope, 0: none */
};

/* ---- cgroup_fs.c ---- */

/* Read DIR/FILE whole; false when it can't be read. */
bool cgroup_read(const char *dir, const char *file, struct buf *ret);
/* Is `word` one of the blank-separated words of DIR/FILE? */
bool cgroup_has_word(const char *dir, const char *file, const char *word);
/* Value behind "KEY " on a line of its own in DIR/FILE; 0 when there is none. */
uint64_t cgroup_read_key(const char *dir, const char *file, const char *key);
/* Write a text to DIR/FILE, errors as file_write_text(). */
int cgroup_write(const char *dir, const char *file, const char *text, struct err *err);
/* Write a pid to DIR/cgroup.procs. */
int cgroup_enter(const char *dir, pid_t pid, struct err *err);
/*
 * Write those settings of the plan that are for a controller (NULL: all) to the directory.
 * Errors: the setting in a person's words, and the kernel's reason.
 */
int cgroup_apply(const char *dir, const char *controller, const struct cgroup_plan *p,
		 struct err *err);
/* mkdir with parents, each with mode 0755. Errors keep errno in err->sys. */
int cgroup_mkdirs(const char *path, struct err *err);
/* Remove a directory and the empty ones below it, with bounded retries. True when it is gone. */
bool cgroup_rmdir(const char *path);
/* Kill what is in a directory and below: cgroup.kill, or by cgroup.procs until it is empty. */
int cgroup_kill_dir(const char *path, struct err *err);
/* A setting in a person's words: "memory limit 64m". To be freed. */
char *cgroup_setting_words(const struct cgroup_setting *s);

/* ---- the modes ---- */

/* Make the directories in each hierarchy that is needed, and set limits. */
int cgroup_v1_new(struct cgroup *c, const char *id, const char *path, struct err *err);
/* Make the directory below the host's parent, enable controllers on the way, and set limits. */
int cgroup_v2_new(struct cgroup *c, const struct cgroup_host *h, const char *id, const char *path,
		  struct err *err);
/* Enable the plan's controllers for children of `dir`, from the mount point downward. */
int cgroup_v2_enable(const char *dir, const struct cgroup_plan *p, struct err *err);
/* Are all of the plan's controllers already enabled for children of `dir`? */
bool cgroup_v2_enabled(const char *dir, const struct cgroup_plan *p);
/* Make the scope with the process in it, the directory inside it, and set limits. */
int cgroup_systemd_add(struct cgroup *c, pid_t pid, struct err *err);
/* End the process that keeps the scope. */
void cgroup_systemd_unpin(struct cgroup *c);
/* Stop a scope by name; best effort. */
void cgroup_systemd_stop(const char *bus, const char *scope);
/* Address of the bus where this user's scopes are made, to be freed; NULL where there is none. */
char *cgroup_systemd_bus(void);

/* ---- cgroup_devices.c ---- */

#define CGROUP_MAX_DEVICE_RULES 1024

/* Rules as lines for devices.allow and devices.deny, in order, on a v1 directory. */
int cgroup_devices_v1(const char *dir, const struct spec_device_rule *rules, size_t n,
		      struct err *err);
/*
 * Compile rules to a BPF_PROG_TYPE_CGROUP_DEVICE program, appended to ret as struct bpf_insn. The
 * last rule that fits wins; what no rule names is denied.
 */
int cgroup_devices_bpf(const struct spec_device_rule *rules, size_t n, struct buf *ret,
		       struct err *err);
/* Load and attach to a v2 directory. EPERM is kept in err->sys. */
int cgroup_devices_v2(int dir_fd, const struct spec_device_rule *rules, size_t n, struct err *err);
/* Is everything allowed, so that no policy is needed? */
bool cgroup_devices_allow_all(const struct spec_device_rule *rules, size_t n);

#endif
