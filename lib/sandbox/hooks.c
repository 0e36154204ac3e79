/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation. A hook is forked, gets the container's state as JSON on its standard input,
 * and is waited for with poll(2) on its pidfd until its timeout. The state is smaller than a pipe's
 * buffer in any sane container; a larger one is written while the hook reads. A hook inherits our
 * standard output and error, no other descriptor.
 *
 * runtime-spec runtime.md "Lifecycle": prestart and createRuntime run when the mounts are made and
 * before pivot_root, in the caller's namespaces; the child waits for that. startContainer hooks are
 * files of the container: they are executed through onggi-init, as the program is.
 */
#include "sandbox/hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "codec/json.h"
#include "os/channel.h"
#include "os/fd.h"
#include "os/process.h"
#include "sandbox/apply.h"
#include "sandbox/init.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif
#define HOOK_FAILED 127 /* as a shell has it */

static void write_state(const struct sandbox_request *req, const char *status, pid_t pid,
			struct buf *out)
{
	const struct runtime_spec *s = req->spec;
	struct json_writer w = JSON_WRITER_INIT(out, 0);

	json_write_begin(&w, '{');
	json_write_key(&w, "ociVersion");
	json_write_string(&w, s->oci_version ? s->oci_version : RUNTIME_SPEC_VERSION);
	json_write_key(&w, "id");
	json_write_string(&w, req->id ? req->id : "");
	json_write_key(&w, "status");
	json_write_string(&w, status);
	json_write_key(&w, "pid");
	json_write_int(&w, pid);
	json_write_key(&w, "bundle");
	json_write_string(&w, req->bundle ? req->bundle : "");
	if (s->n_annotations > 0) {
		json_write_key(&w, "annotations");
		json_write_begin(&w, '{');
		for (size_t i = 0; i < s->n_annotations; i++) {
			json_write_key(&w, s->annotations[i].key);
			json_write_string(&w, s->annotations[i].value);
		}
		json_write_end(&w, '}');
	}
	json_write_end(&w, '}');
}

static void run_child(const struct spec_hook *h, int input, int init_fd) __attribute__((noreturn));
static void run_child(const struct spec_hook *h, int input, int init_fd)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	char **argv = NULL, **env = NULL;
	size_t n = 0, m = 0;
	sigset_t none;

	for (size_t i = 0; i < h->n_args; i++)
		arena_strv_add(&a, &argv, &n, h->args[i]);
	if (n == 0)
		arena_strv_add(&a, &argv, &n, h->path);
	for (size_t i = 0; i < h->n_env; i++)
		arena_strv_add(&a, &env, &m, h->env[i]);
	if (!env)
		env = arena_calloc(&a, 1, sizeof(*env));
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(input, 0) != 0 || fd_cloexec_from(3, -1, NULL) < 0)
		_exit(HOOK_FAILED);
	if (init_fd >= 0)
		init_exec(init_fd, &(struct init_order){.report_fd = -1,
							.program = h->path,
							.argv = argv,
							.env = env});
	else
		execve(h->path, argv, env);
	_exit(HOOK_FAILED);
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* 1 when the process has ended, 0 when its time is over. */
static int wait_until(const struct process *p, const int64_t *timeout_s)
{
	int64_t end = timeout_s ? now_ms() + *timeout_s * 1000 : 0;
	struct pollfd f = {.fd = p->pidfd, .events = POLLIN};

	/* Without a pidfd the wait itself is all there is. */
	while (p->pidfd >= 0) {
		int64_t left = timeout_s ? end - now_ms() : -1;
		int r;

		if (timeout_s && left <= 0)
			return 0;
		r = poll(&f, 1, left > INT32_MAX ? INT32_MAX : (int)left);
		if (r > 0)
			return 1;
		if (r < 0 && errno != EINTR)
			return 1;
	}
	return 1;
}

/*
 * The state as a file to read from its beginning. A pipe would hold so much of it only, and kill
 * whoever writes into it when the hook ends without having read.
 */
static int open_state(const struct buf *state, int *ret, struct err *err)
{
	_cleanup_fd_ int fd = memfd_create("state", MFD_CLOEXEC | MFD_NOEXEC_SEAL);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("state", MFD_CLOEXEC);
	if (fd < 0 || fd_write_full(fd, buf_str(state), state->len) < 0 ||
	    lseek(fd, 0, SEEK_SET) < 0)
		return err_sys(err, "write the container's state");
	*ret = fd_take(&fd);
	return 0;
}

/* init_fd: of onggi-init, for a hook that is the container's; else -1. */
static int run_one(const struct spec_hook *h, const char *kind, const struct buf *state,
		   int init_fd, struct err *err)
{
	struct process p = PROCESS_INIT;
	_cleanup_fd_ int in = -1;
	bool in_time;
	int status;
	pid_t pid;

	if (open_state(state, &in, err) < 0)
		return err_ctx(err, "%s hook '%s'", kind, h->path);
	pid = process_clone(0, -1, NULL, &p, err);
	if (pid < 0)
		return err_ctx(err, "%s hook '%s'", kind, h->path);
	if (pid == 0)
		run_child(h, in, init_fd);
	close(fd_take(&in));
	in_time = wait_until(&p, h->timeout);
	if (!in_time)
		process_signal(&p, SIGKILL, NULL);
	if (process_wait(&p, &status, err) < 0) {
		process_done(&p);
		return -1;
	}
	process_done(&p);
	if (!in_time)
		return err_set(err, ERR_LIMIT,
			       "%s hook '%s' did not end within its timeout of %lld s", kind,
			       h->path, (long long)*h->timeout);
	if (status != 0)
		return err_set(err, ERR_SYSTEM, "%s hook '%s' failed with exit code %d", kind,
			       h->path, process_exit_code(status));
	return 0;
}

static int run_all(const struct spec_hook *h, size_t n, const char *kind, const struct buf *state,
		   struct err *err)
{
	for (size_t i = 0; i < n; i++)
		if (run_one(&h[i], kind, state, -1, err) < 0)
			return -1;
	return 0;
}

bool hooks_before_pivot(const struct runtime_spec *s)
{
	const struct spec_hooks *h = s->hooks;

	return h && (h->n_prestart > 0 || h->n_create_runtime > 0 || h->n_create_container > 0);
}

int hooks_run_runtime(const struct sandbox_request *req, pid_t pid, struct err *err)
{
	const struct spec_hooks *h = req->spec->hooks;
	_cleanup_(buf) struct buf state = BUF_INIT;

	if (!h)
		return 0;
	write_state(req, "creating", pid, &state);
	if (run_all(h->prestart, h->n_prestart, "prestart", &state, err) < 0)
		return -1;
	return run_all(h->create_runtime, h->n_create_runtime, "createRuntime", &state, err);
}

int hooks_run_create_container(const struct sandbox_request *req, struct err *err)
{
	const struct spec_hooks *h = req->spec->hooks;
	_cleanup_(buf) struct buf state = BUF_INIT;

	write_state(req, "creating", getpid(), &state);
	return run_all(h->create_container, h->n_create_container, "createContainer", &state, err);
}

int hooks_run_start_container(const struct sandbox_request *req, struct err *err)
{
	const struct spec_hooks *h = req->spec->hooks;
	_cleanup_(buf) struct buf state = BUF_INIT;
	_cleanup_fd_ int init_fd = -1;

	if (init_open(&init_fd, err) < 0)
		return -1;
	write_state(req, "created", getpid(), &state);
	for (size_t i = 0; i < h->n_start_container; i++)
		if (run_one(&h->start_container[i], "startContainer", &state, init_fd, err) < 0)
			return -1;
	return 0;
}

int hooks_run_poststart(const struct sandbox_request *req, pid_t pid, struct err *err)
{
	const struct spec_hooks *h = req->spec->hooks;
	_cleanup_(buf) struct buf state = BUF_INIT;

	if (!h || h->n_poststart == 0)
		return 0;
	write_state(req, "running", pid, &state);
	return run_all(h->poststart, h->n_poststart, "poststart", &state, err);
}

int sandbox_run_poststop(const struct sandbox_request *req, struct err *err)
{
	const struct spec_hooks *h = req->spec->hooks;
	_cleanup_(buf) struct buf state = BUF_INIT;

	if (!h || h->n_poststop == 0)
		return 0;
	write_state(req, "stopped", 0, &state);
	return run_all(h->poststop, h->n_poststop, "poststop", &state, err);
}

int apply_hooks_create(struct apply *a, const struct op *op, struct err *err)
{
	static const char stage = SANDBOX_STAGE_HOOKS;
	struct channel_frame f;
	int r;

	(void)op;
	if (channel_send(a->channel, CHANNEL_READY, &stage, 1, err) < 0)
		return -1;
	r = channel_recv(a->channel, &f, err);
	if (r < 0)
		return -1;
	if (r == 0 || f.type != CHANNEL_GO)
		return err_set(err, ERR_CANCELLED, "the supervisor gave up");
	return hooks_run_create_container(a->req, err);
}

int apply_hooks_start(struct apply *a, const struct op *op, struct err *err)
{
	(void)op;
	return hooks_run_start_container(a->req, err);
}
