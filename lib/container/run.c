/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation.
 *
 * fetch     the image from a registry, where that is wanted (container/image.c)
 * resolve   under the shared lock of the images, so that rmi can't take the image away before the
 *           record says that it is used: find the image, open its layers, decide everything
 *           (config), make directories and name
 * prepare   files below /etc, standard input and output; plan
 * start     block signals, clone; while the child makes its namespaces ready, write the record and
 *           the files, and release the lock; wait for exec; write state.json
 * supervise until pid 1 ends
 * finish    note the exit (or remove everything, with --rm), sweep what killed commands left
 *
 * Each step's leftovers are released by run_done() whatever happened, and by the reconciliation of
 * a later command when this process is killed.
 */
#include "container/run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/id.h"
#include "base/log.h"
#include "base/parse.h"
#include "base/path.h"
#include "base/strv.h"
#include "container/config.h"
#include "container/image.h"
#include "container/mounts.h"
#include "container/remove.h"
#include "container/stdio.h"
#include "container/supervise.h"
#include "image/image.h"
#include "os/fd.h"
#include "store/images.h"

#define NAME_TRIES 8

struct run {
	struct store *store;
	const struct container_options *options;
	struct sandbox_host host;
	char id[ID_LEN + 1];
	struct store_image image;
	struct container_config config;
	struct container_dirs dirs;
	struct container_etc etc;
	struct stdio io;
	struct sandbox sandbox;
	int *layer_fds;
	int images_lock; /* shared, -1: not held (any more) */
	int signal_fd;
	sigset_t ignored;
	int signal; /* that ended us before there was a container; 0: none */
	bool have_image, have_config, claimed;
};

static void run_done(struct run *r)
{
	stdio_done(&r->io);
	container_etc_done(&r->etc);
	container_dirs_done(&r->dirs);
	for (size_t i = 0; r->layer_fds && i < r->image.config.n_diff_ids; i++)
		close(r->layer_fds[i]);
	free(r->layer_fds);
	if (r->images_lock >= 0)
		close(r->images_lock);
	if (r->signal_fd >= 0)
		close(r->signal_fd);
	if (r->have_config)
		container_config_done(&r->config);
	if (r->have_image)
		store_image_done(&r->image);
}

/* Is the image for this machine? One that is not may still run by binfmt_misc: a warning, as
 * docker's. */
static int check_platform(struct run *r, struct err *err)
{
	struct platform host, want, have;
	char a[PLATFORM_STR_MAX], b[PLATFORM_STR_MAX];

	platform_host(&host);
	image_config_platform(&r->image.config, &have);
	if (!str_empty(r->options->platform)) {
		if (platform_parse(r->options->platform, &want, err))
			return err_ctx(err, "--platform");
		if (!platform_match(&want, &have))
			return err_set(err, ERR_NOT_FOUND, "image '%s' is for %s, not for %s",
				       r->config.record.image, platform_str(&have, a),
				       platform_str(&want, b));
	} else if (*have.arch && !platform_match(&host, &have)) {
		log_warn("image '%s' is for %s, this machine is %s", r->config.record.image,
			 platform_str(&have, a), platform_str(&host, b));
	}
	return 0;
}

/* Remove an ended container that has the name (--replace); absence is what we want. */
static int replace_container(struct run *r, struct err *err)
{
	const struct container_options *o = r->options;
	char id[ID_LEN + 1];

	if (!o->replace)
		return 0;
	if (!o->name)
		return err_set(err, ERR_INVALID, "--replace needs --name");
	if (store_container_resolve(r->store, o->name, id, err)) {
		if (err->kind != ERR_NOT_FOUND)
			return -1;
		err_clear(err);
		return 0;
	}
	return container_remove(r->store, id, &(struct container_remove_options){.volumes = true},
				err);
}

/* The image's layers, with the owners that the container's id maps make of them. */
static int open_layers(struct run *r, struct err *err)
{
	const struct container_userns *u = &r->config.userns;
	char name[48];
	struct store view;
	int rc;

	if (!u->keep_id)
		return image_layers_open(r->store, &r->image, &r->layer_fds, err);
	snprintf(name, sizeof(name), "keep-%u-%u", u->keep_uid, u->keep_gid);
	if (store_view(r->store, name, &u->maps, &view, err))
		return -1;
	rc = image_layers_open(&view, &r->image, &r->layer_fds, err);
	store_view_done(&view);
	return rc;
}

/* Make the directories and take a name; one that we chose ourselves, and that is taken, is chosen
 * again. */
static int create_record(struct run *r, struct err *err)
{
	struct container_record *record = &r->config.record;

	for (int i = 0;; i++) {
		_cleanup_free_ char *name = NULL;

		if (!store_container_begin(r->store, record, &r->dirs, err))
			return 0;
		if (err->kind != ERR_EXISTS || i == (str_empty(r->options->name) ? NAME_TRIES : 1))
			return -1;
		err_clear(err);
		/* Whoever has the name may be dead, and its end not noted yet. */
		if (!str_empty(r->options->name)) {
			if (container_reconcile(r->store, err))
				return -1;
			continue;
		}
		name = name_random();
		record->name = arena_printf(&r->config.spec.arena, "%s_%.*s", name, 2 + i, r->id);
	}
}

static int resolve(struct run *r, const char *image, char *const *argv, struct err *err)
{
	struct container_image found = {.lock = -1};
	_cleanup_fd_ int lock = -1;
	int rc;
	const struct container_request req = {.options = r->options,
					      .image = &r->image,
					      .id = r->id,
					      .argv = argv,
					      .rootless = r->host.rootless};

	rc = replace_container(r, err) ||
	     container_image_find(r->store, r->options, image, &found, err);
	r->signal = found.signal;
	if (rc)
		return -1;
	r->image = found.image;
	lock = found.lock;
	r->have_image = true;
	if (container_config_build(&req, &r->config, err))
		return -1;
	r->have_config = true;
	if (check_platform(r, err) || open_layers(r, err) ||
	    store_container_claim(r->store, r->id, &r->dirs, err))
		return -1;
	/* From here on there is something to remove. */
	r->claimed = true;
	if (container_mounts_prepare(r->store, &r->config, err) || create_record(r, err))
		return -1;
	r->images_lock = fd_take(&lock);
	return 0;
}

/*
 * For sandbox_start(), while the child does what needs none of this. The child has the lock's
 * descriptor as well, so that closing it would not be enough.
 */
static int write_files(void *arg, struct err *err)
{
	struct run *r = arg;

	if (container_etc_write(&r->etc, &r->dirs, err) ||
	    store_container_commit(r->store, &r->config.record, &r->dirs, err))
		return -1;
	if (r->images_lock >= 0)
		flock(r->images_lock, LOCK_UN);
	return 0;
}

static int write_cidfile(const struct run *r, struct err *err)
{
	_cleanup_fd_ int fd = -1;

	if (str_empty(r->options->cidfile))
		return 0;
	fd = open(r->options->cidfile, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0 && errno == EEXIST) {
		err_set(err, ERR_EXISTS, "--cidfile '%s': the file exists already",
			r->options->cidfile);
		return err_hint(err, "remove it, or name another one");
	}
	if (fd < 0 || fd_write_full(fd, r->id, ID_LEN))
		return err_sys(err, "--cidfile '%s'", r->options->cidfile);
	return 0;
}

static char *now_text(struct arena *a)
{
	struct timespec now;
	char text[FORMAT_MAX];

	clock_gettime(CLOCK_REALTIME, &now);
	return arena_strdup(a, format_time(now, text));
}

static int write_running(struct run *r, struct container_state *st, struct err *err)
{
	char **paths = r->sandbox.cgroup ? cgroup_paths(r->sandbox.cgroup) : NULL;

	st->status = CONTAINER_RUNNING;
	st->pid = r->sandbox.process.pid;
	st->started_at = now_text(&st->arena);
	strv_foreach (p, paths)
		arena_strv_add(&st->arena, &st->cgroups, &st->n_cgroups,
			       arena_strdup(&st->arena, *p));
	strv_free(paths);
	if (process_start_time(st->pid, &st->pid_start, err))
		return -1;
	return store_container_set_state(r->store, &r->dirs, st, err);
}

static void debug_plan(const struct sandbox_plan *plan)
{
	_cleanup_(buf) struct buf text = BUF_INIT;

	if (!log_enabled(LOG_LEVEL_DEBUG))
		return;
	sandbox_plan_print(plan, &text);
	for (char *line = text.data, *next; line && *line; line = next) {
		next = line + strcspn(line, "\n");
		if (*next)
			*next++ = '\0';
		log_debug("plan: %s", line);
	}
}

static int start(struct run *r, struct err *err)
{
	_cleanup_(sandbox_plan) struct sandbox_plan *plan = NULL;
	struct sandbox_rootfs rootfs = {
		.kind = ROOTFS_OVERLAY,
		.lower_fds = r->layer_fds,
		.n_lower = r->image.config.n_diff_ids,
		.upper_fd = r->dirs.upper_fd,
		.work_fd = r->dirs.work_fd,
	};
	_cleanup_free_ char *cache = path_join(r->store->data_path, "seccomp-cache");
	struct sandbox_request req = {
		.id = r->id,
		.seccomp_cache = cache,
		.spec = &r->config.spec,
		.rootfs = &rootfs,
		.host = &r->host,
		.maps = r->config.userns.separate ? &r->config.userns.maps : NULL,
		.user = r->config.user,
		.group_add = r->config.group_add,
		.new_upper = true,
		.make_cwd = true,
		.init = r->options->init,
		.ignored = &r->ignored,
		.meanwhile = write_files,
		.meanwhile_arg = r,
		.deny_mknod_without_cgroup = !r->options->privileged,
	};

	if (container_etc_prepare(r->store, r->options, &r->dirs, &r->config, &r->etc, err) ||
	    write_cidfile(r, err) ||
	    stdio_prepare(r->options->interactive, r->options->tty, &r->io, err))
		return -1;
	memcpy(req.stdio, r->io.child, sizeof(req.stdio));
	if (r->config.userns.why_single)
		log_info("only one user id is mapped: %s", r->config.userns.why_single);
	sandbox_host_probe_labels(&r->config.spec, &r->host);
	if (sandbox_plan_new(&req, &plan, err))
		return -1;
	debug_plan(plan);
	if (supervise_signals(&r->signal_fd, &r->ignored, err))
		return -1;
	return sandbox_start(&req, plan, &r->sandbox, err);
}

/* Note how it ended, or remove everything. userns: of the container, for files of its ids. */
static int finish(struct run *r, struct container_state *st, int userns, struct err *err)
{
	if (r->options->rm) {
		container_mounts_remove_anonymous(r->store, &r->config.record);
		return store_container_remove_own(r->store, &r->config.record, userns, err);
	}
	st->finished_at = now_text(&st->arena);
	return store_container_set_state(r->store, &r->dirs, st, err);
}

/*
 * The program was never executed. When that is the image's or the command line's fault the record
 * stays, as docker's does, unless --rm; after a failure of ours nothing does.
 */
static void finish_unstarted(struct run *r, const struct err *cause)
{
	_cleanup_(container_state) struct container_state st = {.status = CONTAINER_CREATED};
	struct err err = ERR_INIT;
	int rc;

	if (cause->kind == ERR_EXEC && !r->options->rm) {
		st.error = arena_strdup(&st.arena, cause->text);
		st.exit_code = cause->sys == ENOENT ? 127 : 126;
		rc = store_container_set_state(r->store, &r->dirs, &st, &err);
	} else {
		container_mounts_remove_anonymous(r->store, &r->config.record);
		/* It may be locked still, for the record. */
		if (r->dirs.data_fd >= 0)
			close(fd_take(&r->dirs.data_fd));
		rc = store_container_remove_own(r->store, &r->config.record, -1, &err);
	}
	if (rc)
		log_warn("%s", err.text);
}

/* Supervise to the end. An error of ours ends the container, which is noted like any other end. */
static int run_started(struct run *r, int *ret_code, struct err *err)
{
	_cleanup_(container_state) struct container_state st = {.status = CONTAINER_RUNNING};
	_cleanup_fd_ int userns = -1;
	struct err late = ERR_INIT;
	int status = 0;
	int rc = write_running(r, &st, err) ||
		 stdio_begin(&r->io, fd_take(&r->sandbox.console_fd), err) ||
		 supervise(&r->sandbox, &r->io, r->signal_fd, &status, err);

	if (rc) {
		st.error = arena_strdup(&st.arena, err->text);
		if (sandbox_kill(&r->sandbox, &late) ||
		    process_wait(&r->sandbox.process, &status, &late))
			log_warn("%s", late.text);
		err_clear(&late);
	}
	stdio_done(&r->io);
	userns = fd_take(&r->sandbox.userns_fd);
	sandbox_finish(&r->sandbox, &st.oom_killed);
	st.status = CONTAINER_EXITED;
	st.exit_code = process_exit_code(status);
	if (finish(r, &st, userns, &late))
		log_warn("%s", late.text);
	*ret_code = st.exit_code;
	return rc ? -1 : 0;
}

/* Until the program runs. */
static int begin(struct run *r, const char *image, char *const *argv, struct err *err)
{
	if (!resolve(r, image, argv, err) && !start(r, err))
		return 0;
	if (err->kind == ERR_EXEC && argv[0] && argv[0][0] == '-')
		err_hint(err, "options go before the image: onggi run %s %s", argv[0], image);
	if (r->claimed)
		finish_unstarted(r, err);
	return -1;
}

int container_run(struct store *s, const struct container_options *o, const char *image,
		  char *const *argv, int *ret_code, struct err *err)
{
	struct run r = {
		.store = s,
		.options = o,
		.dirs = CONTAINER_DIRS_INIT,
		.io = STDIO_INIT,
		.sandbox = SANDBOX_INIT,
		.images_lock = -1,
		.signal_fd = -1,
	};
	struct err late = ERR_INIT;
	int rc = -1;

	id_random(r.id);
	sandbox_host_probe(&r.host);
	if (!begin(&r, image, argv, err)) {
		container_mounts_note_use(s, &r.config.record);
		rc = run_started(&r, ret_code, err);
	} else if (r.signal) {
		log_err(err);
		err_clear(err);
		*ret_code = 128 + r.signal;
		rc = 0;
	}
	run_done(&r);
	if (container_reconcile(s, &late))
		log_warn("%s", late.text);
	return rc;
}
