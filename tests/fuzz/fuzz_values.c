/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One text, and every parser of a value that stands in an option, a filter, an image's config or a
 * file of ours: what is accepted is sane and, where there is a way back to text, the same again.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/parse.h"
#include "base/strv.h"
#include "cli/filter.h"
#include "container/config.h"
#include "container/list_private.h"
#include "fuzz.h"
#include "image/create.h"
#include "oci/device_string.h"
#include "oci/digest.h"
#include "oci/platform.h"
#include "oci/port_string.h"
#include "oci/signal_string.h"
#include "oci/ulimit_string.h"
#include "sandbox/mount_flags.h"
#include "scratch.h"
#include "store/prune.h"
#include "store/volumes.h"

/* A parser said n: then *err is set, or it is clear. */
static bool accepted(int n, struct err *err)
{
	if (n == 0) {
		FUZZ_CHECK(err->kind == ERR_NONE);
		return true;
	}
	FUZZ_CHECK(n == -1);
	scratch_check_err(err);
	err_clear(err);
	return false;
}

static void times(const char *s, struct err *err)
{
	struct timespec t, back;
	char text[FORMAT_MAX];
	int64_t ns;

	if (accepted(parse_time(s, &t, err), err)) {
		FUZZ_CHECK(t.tv_nsec >= 0 && t.tv_nsec < 1000000000);
		if (t.tv_sec >= -62135596800 && t.tv_sec < 253402300800) {
			FUZZ_CHECK(parse_time(format_time(t, text), &back, err) == 0);
			FUZZ_CHECK(back.tv_sec == t.tv_sec && back.tv_nsec == t.tv_nsec);
		}
		(void)format_age(-t.tv_sec, text);
	}
	(void)accepted(parse_duration(s, &ns, err), err);
}

static void numbers(const char *s, struct err *err)
{
	char text[FORMAT_MAX];
	enum log_level level;
	uint64_t u, again;
	unsigned mode;
	int64_t i;
	bool yes;

	if (accepted(parse_int(s, -1000, 1000, &i, err), err))
		FUZZ_CHECK(i >= -1000 && i <= 1000);
	if (accepted(parse_uint(s, UINT64_MAX, &u, err), err)) {
		(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)u);
		FUZZ_CHECK(parse_uint(text, u, &again, err) == 0 && again == u);
		FUZZ_CHECK(!u || parse_uint(text, u - 1, &again, NULL) < 0);
	}
	if (accepted(parse_mode(s, &mode, err), err))
		FUZZ_CHECK(mode <= 07777);
	if (accepted(parse_size(s, &u, err), err)) {
		FUZZ_CHECK(u <= INT64_MAX);
		(void)format_size(u, text);
	}
	(void)accepted(parse_nano(s, &i, err), err);
	(void)accepted(parse_bool(s, &yes, err), err);
	(void)accepted(log_level_parse(s, &level, err), err);
}

static void names(const char *s, struct err *err)
{
	struct platform p, again;
	struct digest d, back;
	struct ulimit u;
	char text[DIGEST_STR_MAX > PLATFORM_STR_MAX ? DIGEST_STR_MAX : PLATFORM_STR_MAX];
	int sig;

	if (accepted(digest_parse(s, &d, err), err)) {
		FUZZ_CHECK(strcmp(digest_str(&d, text), s) == 0);
		FUZZ_CHECK(digest_parse(text, &back, err) == 0 && digest_eq(&d, &back));
	}
	if (accepted(platform_parse(s, &p, err), err)) {
		FUZZ_CHECK(platform_parse(platform_str(&p, text), &again, err) == 0);
		FUZZ_CHECK(strcmp(p.os, again.os) == 0 && strcmp(p.arch, again.arch) == 0 &&
			   strcmp(p.variant, again.variant) == 0);
		FUZZ_CHECK(platform_match(&p, &p) > 0);
	}
	if (accepted(signal_parse(s, &sig, err), err)) {
		FUZZ_CHECK(sig >= 1 && sig <= 64);
		FUZZ_CHECK(!signal_name(sig) || signal_parse(signal_name(sig), &sig, err) == 0);
	}
	if (accepted(ulimit_parse(s, &u, err), err))
		FUZZ_CHECK(u.type && u.soft <= u.hard);
	if (store_volume_name_valid(s))
		FUZZ_CHECK(!strchr(s, '/') && s[0] != '.');
}

static void check_mount(const struct mount_request *m)
{
	FUZZ_CHECK(m->target && m->target[0] == '/' && !strstr(m->target, "/../"));
	FUZZ_CHECK(m->source || m->kind != MOUNT_BIND);
	FUZZ_CHECK(!m->n_options || m->options);
	for (size_t i = 0; i < m->n_options; i++)
		FUZZ_CHECK(m->options[i]);
}

static void structures(struct arena *a, const char *s, struct err *err)
{
	struct mount_request m;
	struct device_request d;
	struct port_request p;

	if (accepted(mount_parse_volume(a, s, &m, err), err))
		check_mount(&m);
	if (accepted(mount_parse_long(a, s, &m, err), err))
		check_mount(&m);
	if (accepted(mount_parse_tmpfs(a, s, &m, err), err))
		check_mount(&m);
	if (accepted(device_parse(a, s, &d, err), err))
		FUZZ_CHECK(d.host && (d.cdi || (d.container && d.access)));
	if (accepted(port_parse(a, s, &p, err), err)) {
		FUZZ_CHECK(p.container_port && p.container_port <= p.container_port_end);
		FUZZ_CHECK(p.host_port <= p.host_port_end && p.protocol);
	}
}

static void filters(char **words, struct err *err)
{
	_cleanup_(prune_filter) struct prune_filter pf = PRUNE_FILTER_INIT;
	_cleanup_(filters) struct filters f = {.items = NULL};
	const unsigned all = PRUNE_BY_UNTIL | PRUNE_BY_LABEL | PRUNE_BY_DANGLING;
	struct json_pair label = {(char[]){"key"}, (char[]){"value"}};

	if (accepted(filters_parse(words, list_filter_keys, &f, err), err))
		FUZZ_CHECK(f.n == 1 && f.items[0].key && f.items[0].value);
	if (accepted(prune_filter_parse(words, all, 1700000000, &pf, err), err))
		(void)prune_filter_pass(&pf, "2024-02-29T00:00:00Z", &label, 1);
}

static void words(struct arena *a, char **words, struct err *err)
{
	_cleanup_(image_config) struct image_config config = {.arena = ARENA_INIT};
	struct container_userns userns = {.separate = false};
	struct mount_flags flags;

	filters(words, err);
	(void)accepted(image_config_change(&config, words, err), err);
	(void)accepted(mount_flags_parse(words, 1, "/target", a, &flags, err), err);
	if (accepted(container_userns_decide(words[0], false, &userns, err), err))
		container_userns_done(&userns);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *s = xstrndup((const char *)data, size);
	_cleanup_(arena) struct arena a = ARENA_INIT;
	struct err err = ERR_INIT;

	numbers(s, &err);
	times(s, &err);
	names(s, &err);
	structures(&a, s, &err);
	words(&a, (char *[]){s, NULL}, &err);
	return 0;
}
