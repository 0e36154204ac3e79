/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of an observation, one function each. Private to doctor. Each runs in a child of its
 * own, after those above it: it may read what they saw, where `state` says that they were done.
 */
#ifndef ONGGI_DOCTOR_PARTS_H
#define ONGGI_DOCTOR_PARTS_H

#include "doctor/observe.h"

/* What the parts are asked about. */
struct observe_request {
	const char *data, *run; /* of --root and --runroot; NULL: the defaults */
};

/* observe_store.c: what is configured. */
void observe_config(const struct observe_request *r, struct observations *o);

/* observe_host.c: the distribution, the user and its limits, the kernel, devices, libraries. */
void observe_host(const struct observe_request *r, struct observations *o);
void observe_user(const struct observe_request *r, struct observations *o);
void observe_kernel(const struct observe_request *r, struct observations *o);
void observe_libraries(const struct observe_request *r, struct observations *o);
void observe_devices(const struct observe_request *r, struct observations *o);

/* observe_ids.c: subordinate ids, and mapping them. */
void observe_ids(const struct observe_request *r, struct observations *o);

/* observe_userns.c: user namespaces, and an overlay in one. */
void observe_userns(const struct observe_request *r, struct observations *o);
void observe_overlay(const struct observe_request *r, struct observations *o);

/* observe_store.c: $DATA and $RUN; what is configured counts where r names none. */
void observe_store(const struct observe_request *r, struct observations *o);
void observe_run(const struct observe_request *r, struct observations *o);

/* observe_cgroup.c: control groups, and the user's systemd. */
void observe_cgroup(const struct observe_request *r, struct observations *o);
void observe_bus(const struct observe_request *r, struct observations *o);

/* Read a small file of text without its last newline into buf; false when it can't be read. */
bool observe_text(const char *path, char *buf, size_t size);
/* Whole number in a file; OBSERVE_UNKNOWN. */
int64_t observe_number(const char *path);
/*
 * A directory for a moment: a new one below dir, whose path goes to ret; 0 or errno. The caller
 * removes it.
 */
int observe_scratch(const char *dir, char *ret, size_t size);
/* Fill in the mount point and type of what path lies on (mountinfo); "" where unknown. */
void observe_mount(const char *path, char *mount, char *type);
/* Space of the file system of path. */
void observe_space(const char *path, struct observe_space *ret);

#endif
