/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signals by name. Docker counts real-time signals as glibc does: RTMIN is 34, RTMAX is 64,
 * "RTMIN+n" and "RTMAX-n" between them.
 */
#include "oci/signal_string.h"

#include <ctype.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/parse.h"
#include "base/strv.h"

#define SIGNAL_RTMIN 34
#define SIGNAL_RTMAX 64

/* The first name of a number is the one that is shown. */
static const struct {
	const char *name; /* with "SIG" */
	int number;
} signals[] = {
	{"SIGHUP", SIGHUP},	  {"SIGINT", SIGINT},	    {"SIGQUIT", SIGQUIT},
	{"SIGILL", SIGILL},	  {"SIGTRAP", SIGTRAP},	    {"SIGABRT", SIGABRT},
	{"SIGIOT", SIGIOT},	  {"SIGBUS", SIGBUS},	    {"SIGFPE", SIGFPE},
	{"SIGKILL", SIGKILL},	  {"SIGUSR1", SIGUSR1},	    {"SIGSEGV", SIGSEGV},
	{"SIGUSR2", SIGUSR2},	  {"SIGPIPE", SIGPIPE},	    {"SIGALRM", SIGALRM},
	{"SIGTERM", SIGTERM},	  {"SIGSTKFLT", SIGSTKFLT}, {"SIGCHLD", SIGCHLD},
	{"SIGCLD", SIGCHLD},	  {"SIGCONT", SIGCONT},	    {"SIGSTOP", SIGSTOP},
	{"SIGTSTP", SIGTSTP},	  {"SIGTTIN", SIGTTIN},	    {"SIGTTOU", SIGTTOU},
	{"SIGURG", SIGURG},	  {"SIGXCPU", SIGXCPU},	    {"SIGXFSZ", SIGXFSZ},
	{"SIGVTALRM", SIGVTALRM}, {"SIGPROF", SIGPROF},	    {"SIGWINCH", SIGWINCH},
	{"SIGIO", SIGIO},	  {"SIGPOLL", SIGIO},	    {"SIGPWR", SIGPWR},
	{"SIGSYS", SIGSYS},	  {"SIGUNUSED", SIGSYS},    {"SIGRTMIN", 34},
	{"SIGRTMIN+1", 35},	  {"SIGRTMIN+2", 36},	    {"SIGRTMIN+3", 37},
	{"SIGRTMIN+4", 38},	  {"SIGRTMIN+5", 39},	    {"SIGRTMIN+6", 40},
	{"SIGRTMIN+7", 41},	  {"SIGRTMIN+8", 42},	    {"SIGRTMIN+9", 43},
	{"SIGRTMIN+10", 44},	  {"SIGRTMIN+11", 45},	    {"SIGRTMIN+12", 46},
	{"SIGRTMIN+13", 47},	  {"SIGRTMIN+14", 48},	    {"SIGRTMIN+15", 49},
	{"SIGRTMAX-14", 50},	  {"SIGRTMAX-13", 51},	    {"SIGRTMAX-12", 52},
	{"SIGRTMAX-11", 53},	  {"SIGRTMAX-10", 54},	    {"SIGRTMAX-9", 55},
	{"SIGRTMAX-8", 56},	  {"SIGRTMAX-7", 57},	    {"SIGRTMAX-6", 58},
	{"SIGRTMAX-5", 59},	  {"SIGRTMAX-4", 60},	    {"SIGRTMAX-3", 61},
	{"SIGRTMAX-2", 62},	  {"SIGRTMAX-1", 63},	    {"SIGRTMAX", 64},
};

/* "+15" and the like behind RTMIN or RTMAX. */
static bool realtime(const char *s, int base, int *ret)
{
	int64_t n;

	if ((*s != '+' && *s != '-') || !isdigit((unsigned char)s[1]) ||
	    parse_int(s + 1, 0, SIGNAL_RTMAX - SIGNAL_RTMIN, &n, NULL) < 0)
		return false;
	base += *s == '+' ? (int)n : -(int)n;
	if (base < SIGNAL_RTMIN || base > SIGNAL_RTMAX)
		return false;
	*ret = base;
	return true;
}

static int refuse(const char *s, const char *bare, struct err *err)
{
	const char *names[ARRAY_SIZE(signals)];
	char upper[32];
	const char *near;
	size_t i;

	for (i = 0; bare[i] && i + 1 < sizeof(upper); i++)
		upper[i] = (char)toupper((unsigned char)bare[i]);
	upper[i] = '\0';
	for (i = 0; i < ARRAY_SIZE(signals); i++)
		names[i] = signals[i].name + strlen("SIG");
	near = str_nearest(upper, names, ARRAY_SIZE(names));
	(void)err_set(
		err, ERR_INVALID,
		"invalid signal '%.64s': expected a name such as TERM or SIGTERM, RTMIN+3, or a "
		"number from 1 to %d",
		s, SIGNAL_RTMAX);
	return near ? err_hint(err, "did you mean '%s'?", near) : -1;
}

int signal_parse(const char *s, int *ret, struct err *err)
{
	const char *bare = s;
	int64_t number;
	int sig;

	if (isdigit((unsigned char)*s)) {
		if (parse_int(s, 1, SIGNAL_RTMAX, &number, NULL) < 0)
			return refuse(s, "", err);
		*ret = (int)number;
		return 0;
	}
	if (strncasecmp(s, "SIG", 3) == 0)
		bare += 3;
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
		if (strcasecmp(bare, signals[i].name + strlen("SIG")) == 0) {
			*ret = signals[i].number;
			return 0;
		}
	}
	if ((strncasecmp(bare, "RTMIN", 5) == 0 && realtime(bare + 5, SIGNAL_RTMIN, &sig)) ||
	    (strncasecmp(bare, "RTMAX", 5) == 0 && realtime(bare + 5, SIGNAL_RTMAX, &sig))) {
		*ret = sig;
		return 0;
	}
	return refuse(s, bare, err);
}

const char *signal_name(int sig)
{
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		if (signals[i].number == sig)
			return signals[i].name;
	return NULL;
}
