/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Real containers for tests: a root of Debian's static busybox as the lower layer of an overlay, a
 * spec of docker's shape with members added as JSON, and what the container printed.
 */
#ifndef ONGGI_TESTS_UNIT_SANDBOX_BOX_H
#define ONGGI_TESTS_UNIT_SANDBOX_BOX_H

#include <stdbool.h>

#include "oci/runtime_spec.h"
#include "sandbox/sandbox.h"

#define BOX_REMAP_FIRST 100000 /* the first id of BOX_REMAPPED on the host */

/* Who starts the container. */
enum box_who {
	BOX_ROOT,     /* root, no user namespace */
	BOX_REMAPPED, /* root, with a user namespace of other ids */
	BOX_USER,     /* an ordinary user with subordinate ids */
	BOX_ONE_ID,   /* an ordinary user without */
	BOX_WHO_COUNT,
};

struct box {
	enum box_who who;
	const char *script;	    /* run by sh -c; NULL: args */
	const char *args;	    /* JSON array, instead of script */
	const char *mounts;	    /* more mounts: ",{...}" */
	const char *process;	    /* more members of process: ",\"rlimits\":[...]" */
	const char *caps;	    /* JSON object process.capabilities; NULL: some, as root's */
	const char *linux_;	    /* more members of linux */
	const char *top;	    /* more members of the spec */
	const char *namespaces;	    /* JSON array; NULL: all but user and time */
	const char *lower;	    /* an extra layer on top of busybox's: a path, or NULL */
	int layers;		    /* so many more layers, each with a directory in /layers */
	const char *cwd;	    /* NULL: "/" */
	bool readonly;		    /* the root */
	bool new_privileges;	    /* without no_new_privs */
	const char *resources;	    /* linux.resources; NULL: deny all devices */
	bool no_cgroup;		    /* for containers whose supervisor is killed */
	bool join;		    /* no maps of its own: namespaces has a user namespace */
	int pid_fd;		    /* its pid is written there once it runs; 0: nowhere */
	bool dir;		    /* the busybox directory itself as root, no overlay */
	struct sandbox_request req; /* further members as they are to be passed */
};

struct box_result {
	int code; /* docker's exit code; -1: did not start */
	bool oom, degraded;
	char out[16384];
	struct err err;
};

/* Directory of the tests' files, made by box_setup(). */
const char *box_dir(void);
/* Once for the runner: make the directory. Returns false when there is no static busybox. */
bool box_setup(void);
void box_teardown(void);
/* Can this machine be `who`? Otherwise tells that this test is skipped, and why; it has to return.
 */
#define box_can(who) box_can_for(__func__, who)
bool box_can_for(const char *test, enum box_who who);
/*
 * In a test's own process: become `who`. Nothing can be undone, so a test is one person's.
 */
void box_become(enum box_who who);
/* The spec of a box, parsed. */
void box_spec(const struct box *b, struct runtime_spec *ret);
/* Run to the end. */
void box_run(const struct box *b, struct box_result *ret);
/* Run, and demand exit code 0 and this output. */
void box_expect(const struct box *b, const char *out);

#endif
