/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "os/lock.h"
#include "suites.h"

/* Lock the file "lock", made where it is missing. */
static int lock_at(int dir, enum lock_mode mode, bool wait, int *ret, struct err *err)
{
	_cleanup_fd_ int fd = openat(dir, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || lock_fd(fd, mode, wait, "lock", err) < 0)
		return -1;
	*ret = fd_take(&fd);
	return 0;
}

/* In another process: can it be locked at once? 0 yes, 1 busy, 2 another error. */
static int try_in_child(int dir, enum lock_mode mode)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		struct err err = ERR_INIT;
		int fd;

		if (lock_at(dir, mode, false, &fd, &err) == 0)
			_exit(0);
		_exit(err.kind == ERR_BUSY ? 1 : 2);
	}
	waitpid(pid, &status, 0);
	return WEXITSTATUS(status);
}

static const struct {
	enum lock_mode ours, theirs;
	int result;
} rows[] = {
	{LOCK_EXCLUSIVE, LOCK_EXCLUSIVE, 1},
	{LOCK_EXCLUSIVE, LOCK_SHARED, 1},
	{LOCK_SHARED, LOCK_EXCLUSIVE, 1},
	{LOCK_SHARED, LOCK_SHARED, 0},
};

START_TEST(modes)
{
	int dir = test_dir();
	struct err err = ERR_INIT;
	int fd = -1;

	ck_ok(lock_at(dir, rows[_i].ours, true, &fd, &err), &err);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(try_in_child(dir, rows[_i].theirs), rows[_i].result);
	close(fd);
	ck_assert_int_eq(try_in_child(dir, rows[_i].theirs), 0);
}
END_TEST

/* Processes count in shared memory with a read, a pause and a write: without the lock, counts are
 * lost. */
START_TEST(contention_loses_nothing)
{
	enum { PROCESSES = 8, ROUNDS = 50 };
	volatile int *counter =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int dir = test_dir();
	pid_t pids[PROCESSES];

	for (int p = 0; p < PROCESSES; p++) {
		pids[p] = fork();
		if (pids[p])
			continue;
		for (int i = 0; i < ROUNDS; i++) {
			int fd, seen;

			if (lock_at(dir, LOCK_EXCLUSIVE, true, &fd, NULL) < 0)
				_exit(1);
			seen = *counter;
			usleep(10);
			*counter = seen + 1;
			close(fd);
		}
		_exit(0);
	}
	for (int p = 0; p < PROCESSES; p++) {
		int status;

		ck_assert_int_eq(waitpid(pids[p], &status, 0), pids[p]);
		ck_assert_int_eq(status, 0);
	}
	ck_assert_int_eq(*counter, PROCESSES * ROUNDS);
}
END_TEST

START_TEST(a_killed_holder_lets_go)
{
	int dir = test_dir();
	struct err err = ERR_INIT;
	int fd = -1;
	int p[2];
	char c;
	pid_t pid;

	ck_assert_int_eq(pipe(p), 0);
	pid = fork();
	if (pid == 0) {
		lock_at(dir, LOCK_EXCLUSIVE, true, &fd, NULL);
		if (write(p[1], "x", 1) == 1)
			pause();
		_exit(0);
	}
	ck_assert_int_eq(read(p[0], &c, 1), 1);
	ck_assert_int_eq(lock_at(dir, LOCK_SHARED, false, &fd, &err), -1);
	ck_assert_int_eq(err.kind, ERR_BUSY);
	kill(pid, SIGKILL);
	ck_ok(lock_at(dir, LOCK_EXCLUSIVE, true, &fd, &err), &err);
	waitpid(pid, NULL, 0);
}
END_TEST

START_TEST(directories)
{
	int dir = test_dir();
	struct err err = ERR_INIT;
	int other;

	ck_ok(lock_fd(dir, LOCK_EXCLUSIVE, false, "store", &err), &err);
	other = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_eq(lock_fd(other, LOCK_SHARED, false, "store", &err), -1);
	ck_assert_int_eq(err.kind, ERR_BUSY);
	ck_assert_ptr_nonnull(strstr(err.text, "'store'"));
}
END_TEST

Suite *suite_lock(void)
{
	Suite *s = suite_create("os/lock");
	TCase *t = tcase_create("lock");

	tcase_add_loop_test(t, modes, 0, ROWS(rows));
	tcase_add_test(t, contention_loses_nothing);
	tcase_add_test(t, a_killed_holder_lets_go);
	tcase_add_test(t, directories);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	return s;
}
