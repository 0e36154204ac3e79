/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The flag lies in memory that is shared with children. A terminal's ^C comes to parent and child
 * both, `kill` to one of them: either way both see it, and nobody has to pass a signal on.
 */
#include "os/interrupt.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>

static const int signals[INTERRUPT_SIGNALS] = {SIGINT, SIGTERM, SIGHUP};

/* What the handler sets; the one flag of a signal handler that files of os have. */
static struct interrupt_flag *watched;

static void on_signal(int signo)
{
	struct interrupt_flag *f = watched;
	int none = 0;

	if (!f)
		return;
	atomic_compare_exchange_strong(&f->signal, &none, signo);
	atomic_store(&f->set, true);
}

int interrupt_begin(struct interrupt *ret, struct err *err)
{
	/* The next one of its kind finds the default again. */
	struct sigaction act = {.sa_handler = on_signal,
				.sa_flags = (int)(SA_RESTART | SA_RESETHAND)};
	struct interrupt i = {.flag = NULL};
	void *page = mmap(NULL, sizeof(*i.flag), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			  -1, 0);

	if (page == MAP_FAILED)
		return err_sys(err, "watch for signals");
	i.flag = page;
	watched = page;
	sigemptyset(&act.sa_mask);
	for (size_t k = 0; k < INTERRUPT_SIGNALS; k++) {
		sigaction(signals[k], NULL, &i.old[k]);
		if (i.old[k].sa_handler != SIG_IGN)
			sigaction(signals[k], &act, NULL);
	}
	*ret = i;
	return 0;
}

int interrupt_signal(const struct interrupt *i)
{
	return i->flag ? atomic_load(&i->flag->signal) : 0;
}

void interrupt_end(struct interrupt *i)
{
	if (!i->flag)
		return;
	for (size_t k = 0; k < INTERRUPT_SIGNALS; k++)
		sigaction(signals[k], &i->old[k], NULL);
	watched = NULL;
	munmap(i->flag, sizeof(*i->flag));
	*i = (struct interrupt){.flag = NULL};
}
