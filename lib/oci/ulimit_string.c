/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/ulimit_string.h"

#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/parse.h"
#include "base/strv.h"

/* Words of --ulimit; the kernel's names are these in upper case behind RLIMIT_. */
static const char *const words[] = {
	"as",	"core",	  "cpu",   "data", "fsize",  "locks",  "memlock",    "msgqueue",
	"nice", "nofile", "nproc", "rss",  "rtprio", "rttime", "sigpending", "stack",
};
static const char *const types[] = {
	"RLIMIT_AS",	 "RLIMIT_CORE",	  "RLIMIT_CPU",	       "RLIMIT_DATA",
	"RLIMIT_FSIZE",	 "RLIMIT_LOCKS",  "RLIMIT_MEMLOCK",    "RLIMIT_MSGQUEUE",
	"RLIMIT_NICE",	 "RLIMIT_NOFILE", "RLIMIT_NPROC",      "RLIMIT_RSS",
	"RLIMIT_RTPRIO", "RLIMIT_RTTIME", "RLIMIT_SIGPENDING", "RLIMIT_STACK",
};
_Static_assert(sizeof(words) == sizeof(types), "one word for each type");

static int refuse_name(const char *s, const char *name, struct err *err)
{
	const char *near = str_nearest(name, words, ARRAY_SIZE(words));

	(void)err_set(
		err, ERR_INVALID,
		"invalid ulimit '%.128s': unknown limit '%.32s', accepted: as, core, cpu, data, "
		"fsize, locks, memlock, msgqueue, nice, nofile, nproc, rss, rtprio, rttime, "
		"sigpending, stack",
		s, name);
	return near ? err_hint(err, "did you mean '%s'?", near) : -1;
}

static int parse_value(const char *s, const char *value, uint64_t *ret, struct err *err)
{
	if (strcmp(value, "-1") == 0 || strcmp(value, "unlimited") == 0) {
		*ret = UINT64_MAX;
		return 0;
	}
	if (parse_uint(value, UINT64_MAX, ret, NULL) < 0)
		return err_set(
			err, ERR_INVALID,
			"invalid ulimit '%.128s': '%.64s' is no limit, expected a number, -1 or "
			"unlimited",
			s, value);
	return 0;
}

int ulimit_parse(const char *s, struct ulimit *ret, struct err *err)
{
	const char *equals = strchr(s, '=');
	_cleanup_free_ char *name = NULL;
	_cleanup_free_ char *soft = NULL;
	struct ulimit u = {.type = NULL};
	const char *word, *colon;

	if (!equals)
		return err_set(err, ERR_INVALID,
			       "invalid ulimit '%.128s': expected NAME=SOFT[:HARD], such as "
			       "nofile=1024:2048",
			       s);
	name = xstrndup(s, (size_t)(equals - s));
	word = strncasecmp(name, "RLIMIT_", 7) == 0 ? name + 7 : name;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcasecmp(word, words[i]) == 0)
			u.type = types[i];
	if (!u.type)
		return refuse_name(s, name, err);
	colon = strchr(equals + 1, ':');
	soft = colon ? xstrndup(equals + 1, (size_t)(colon - equals - 1)) : xstrdup(equals + 1);
	if (parse_value(s, soft, &u.soft, err) < 0)
		return -1;
	u.hard = u.soft;
	if (colon && parse_value(s, colon + 1, &u.hard, err) < 0)
		return -1;
	if (u.soft > u.hard)
		return err_set(
			err, ERR_INVALID,
			"invalid ulimit '%.128s': the soft limit %s is above the hard limit %s", s,
			soft, colon + 1);
	*ret = u;
	return 0;
}
