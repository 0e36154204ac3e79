/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation. The observations lie in memory that is shared with one child after another;
 * each fills its part and ends. A child that takes too long is killed and not waited for: one that
 * hangs in the kernel (a server of files that is gone) can't be. The result is a copy, so that
 * such a child can't change it later.
 */
#include "doctor/observe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/parse.h"
#include "base/strv.h"
#include "doctor/parts.h"
#include "os/fd.h"

#define POLL_STEP_MS	 2
#define OBSERVE_FILE_MAX ((size_t)1 << 20)

static void (*const parts[OBSERVE_PARTS])(const struct observe_request *, struct observations *) = {
	[OBSERVE_CONFIG] = observe_config,   [OBSERVE_HOST] = observe_host,
	[OBSERVE_USER] = observe_user,	     [OBSERVE_KERNEL] = observe_kernel,
	[OBSERVE_IDS] = observe_ids,	     [OBSERVE_USERNS] = observe_userns,
	[OBSERVE_STORE] = observe_store,     [OBSERVE_RUN] = observe_run,
	[OBSERVE_OVERLAY] = observe_overlay, [OBSERVE_CGROUP] = observe_cgroup,
	[OBSERVE_BUS] = observe_bus,	     [OBSERVE_LIBRARIES] = observe_libraries,
	[OBSERVE_DEVICES] = observe_devices,
};

bool observe_text(const char *path, char *buf, size_t size)
{
	_cleanup_(buf) struct buf text = BUF_INIT;

	if (file_read_all(AT_FDCWD, path, OBSERVE_FILE_MAX, &text, NULL) < 0)
		return false;
	str_copy(buf, size, buf_str(&text));
	buf[strcspn(buf, "\n")] = '\0';
	return true;
}

int64_t observe_number(const char *path)
{
	char text[OBSERVE_WORD];
	int64_t n;

	if (!observe_text(path, text, sizeof(text)) ||
	    parse_int(text, INT64_MIN, INT64_MAX, &n, NULL) < 0)
		return OBSERVE_UNKNOWN;
	return n;
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Wait for a child to end, for a time; false when it did not. */
static bool wait_until(pid_t pid, int64_t deadline, int *ret_status)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd p = {.fd = fd, .events = POLLIN};
	bool ended;

	for (;;) {
		int64_t left;
		pid_t r = waitpid(pid, ret_status, WNOHANG);

		ended = r == pid || (r < 0 && errno != EINTR);
		left = deadline - now_ms();
		if (ended || left <= 0)
			break;
		/* Without a pidfd, by looking again and again. */
		poll(&p, fd >= 0 ? 1 : 0, fd >= 0 ? (int)left : POLL_STEP_MS);
	}
	if (fd >= 0)
		close(fd);
	return ended;
}

static enum observe_state run_part(enum observe_part part, const struct observe_request *r,
				   struct observations *shared)
{
	int status = 0;
	pid_t pid = fork();

	if (pid < 0)
		return OBSERVE_NO_FORK;
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		parts[part](r, shared);
		_exit(0);
	}
	if (!wait_until(pid, now_ms() + OBSERVE_TIMEOUT_MS, &status)) {
		kill(pid, SIGKILL);
		waitpid(pid, &status, WNOHANG);
		return OBSERVE_TIMED_OUT;
	}
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? OBSERVE_DONE : OBSERVE_DIED;
}

void observe(const char *data, const char *run, struct observations *ret)
{
	const struct observe_request r = {.data = data, .run = run};
	struct observations *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
					   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	bool mapped = shared != MAP_FAILED;

	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < OBSERVE_PARTS; i++) {
		ret->state[i] =
			mapped ? run_part((enum observe_part)i, &r, shared) : OBSERVE_NO_FORK;
		if (mapped)
			shared->state[i] = ret->state[i];
	}
	if (!mapped)
		return;
	memcpy(ret, shared, sizeof(*ret));
	munmap(shared, sizeof(*shared));
}
