/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/interrupt.h"
#include "suites.h"

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

START_TEST(a_signal_sets_the_flag)
{
	struct interrupt i = {.flag = NULL};
	struct err err = ERR_INIT;

	ck_ok(interrupt_begin(&i, &err), &err);
	ck_assert(!i.flag->set);
	ck_assert_int_eq(interrupt_signal(&i), 0);
	raise(signals[_i]);
	ck_assert(i.flag->set);
	ck_assert_int_eq(interrupt_signal(&i), signals[_i]);
	/* Another kind comes too; the first is what ended us. */
	raise(signals[(_i + 1) % ROWS(signals)]);
	ck_assert_int_eq(interrupt_signal(&i), signals[_i]);
	interrupt_end(&i);
	ck_assert_ptr_null(i.flag);
}
END_TEST

/* Between the two only the handler's flag stands: after end() the second would kill as well. */
START_TEST(the_second_of_a_kind_ends_the_process)
{
	struct interrupt i = {.flag = NULL};
	struct err err = ERR_INIT;
	int status;
	pid_t pid;

	ck_ok(interrupt_begin(&i, &err), &err);
	pid = fork();
	if (pid == 0) {
		raise(SIGINT);
		if (interrupt_signal(&i) == SIGINT)
			raise(SIGINT);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
	/* What the child got, the parent sees. */
	ck_assert(i.flag->set);
	ck_assert_int_eq(interrupt_signal(&i), SIGINT);
	interrupt_end(&i);
}
END_TEST

START_TEST(an_ignored_signal_stays_ignored)
{
	struct interrupt i = {.flag = NULL};
	struct sigaction old;
	struct err err = ERR_INIT;

	signal(SIGHUP, SIG_IGN);
	ck_ok(interrupt_begin(&i, &err), &err);
	raise(SIGHUP);
	ck_assert(!i.flag->set);
	interrupt_end(&i);
	sigaction(SIGHUP, NULL, &old);
	ck_assert(old.sa_handler == SIG_IGN);
}
END_TEST

START_TEST(the_end_puts_things_back)
{
	struct interrupt i = {.flag = NULL};
	struct sigaction before, now;
	struct err err = ERR_INIT;

	sigaction(SIGTERM, NULL, &before);
	interrupt_end(&i);
	ck_ok(interrupt_begin(&i, &err), &err);
	raise(SIGTERM);
	interrupt_end(&i);
	sigaction(SIGTERM, NULL, &now);
	ck_assert(now.sa_handler == before.sa_handler);
	/* And again. */
	ck_ok(interrupt_begin(&i, &err), &err);
	ck_assert(!i.flag->set);
	interrupt_end(&i);
}
END_TEST

Suite *suite_interrupt(void)
{
	Suite *s = suite_create("os/interrupt");
	TCase *c = tcase_create("interrupt");

	tcase_add_loop_test(c, a_signal_sets_the_flag, 0, ROWS(signals));
	tcase_add_test(c, the_second_of_a_kind_ends_the_process);
	tcase_add_test(c, an_ignored_signal_stays_ignored);
	tcase_add_test(c, the_end_puts_things_back);
	suite_add_tcase(s, c);
	return s;
}
