/* SPDX-License-Identifier: Apache-2.0 */
#include "container/unshare.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "os/idmap.h"

/* Returns only with an error. */
static int execute_here(char *const *argv, struct err *err)
{
	bool is_path = strchr(argv[0], '/');
	_cleanup_free_ char *found = is_path ? xstrdup(argv[0]) : spawn_lookup(argv[0]);

	if (found)
		execv(found, argv);
	else
		errno = ENOENT;
	err_sys(err, "execute '%s'", argv[0]);
	err->kind = ERR_EXEC;
	return -1;
}

static int execute(void *arg, int channel, struct err *err)
{
	(void)channel;
	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
	/* What it mounts is seen by nobody else; what the host mounts it sees. */
	if (mount("none", "/", "none", MS_SLAVE | MS_REC, NULL) < 0)
		return err_sys(err, "mount namespace");
	return execute_here(arg, err);
}

static int run_mapped(char *const *argv, int *ret_code, struct err *err)
{
	struct id_maps maps = ID_MAPS_INIT;
	const char *why = NULL;
	int status = 0;
	struct userns_call call = {.maps = &maps,
				   .new_mount_ns = true,
				   .join_fd = -1,
				   .fn = execute,
				   .arg = (void *)(uintptr_t)argv,
				   .ret_status = &status};
	int r;

	if (id_maps_current_user(&maps, &why, err) < 0)
		return -1;
	if (why)
		log_info("only one id is mapped: %s", why);
	/* The terminal's signals are the program's. */
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	r = userns_run(&call, err);
	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
	id_maps_done(&maps);
	if (r == 0)
		*ret_code = process_exit_code(status);
	return r;
}

int container_unshare(const struct store *s, char *const *argv, int *ret_code, struct err *err)
{
	if (setenv("ONGGI_ROOT", s->data_path, 1) < 0 ||
	    setenv("ONGGI_RUNROOT", s->run_path, 1) < 0)
		return err_sys(err, "environment");
	if (geteuid() != 0)
		return run_mapped(argv, ret_code, err);
	return execute_here(argv, err);
}
